"""From rows of a list to rows of the register: pure, and done by several processes at once."""

from array import array
from collections import Counter
from collections.abc import Sequence, Set
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from services.dedup.index import ref_of, rows_of
from services.dedup.loading.reading import Row
from services.dedup.matching.bangladesh.normaliser import NORMALISER
from services.dedup.matching.engine import Engine
from services.dedup.matching.model_file import load as load_model
from services.dedup.tables import LOADED, IndexRow, RevisionRow
from shared.privacy import Pseudonyms
from shared.reference.geography import DISTRICTS
from shared.reference.source_ref import REFERENCE_MAX, is_personal

SHARES: Final = 256
"""Keys are dealt out by their first byte: a share is sorted in memory, at ten million people 5 MB of numbers."""

_PLAIN: Final = ("birth_registration_number", "date_of_birth", "gender", "mobile")

_READ: Final = (
    ("birth_registration_number", "registered"), ("date_of_birth", "born"), ("gender", "sex"), ("mobile", "mobile"),
)  # fmt: skip
"""Columns with one slot each, which is 0 where nothing could be read."""

_HALF: Final = SHARES // 2
_SHARE_BITS: Final = 64 - 8
_KEY: Final = itemgetter(0)
"""Rows are sorted by nothing else, so that of a reference that is there twice the first row stays, and whole."""


class Setting(NamedTuple):
    """What preparation needs to know; it goes to other processes. ``at_us``: when the load began.

    ``source`` and ``programme`` stand in for columns that a list does not have. ``sources`` and ``programmes`` are the
    codes of the policy; None: any.
    """

    model: Path
    key: bytes
    at_us: int
    source: str | None
    programme: str | None
    sources: Set[str] | None = None
    programmes: Set[str] | None = None


class Bad(NamedTuple):
    """A row that cannot be loaded: its number in the list, from 1, and why. Nothing of a person."""

    row: int
    reason: str


class Prepared(NamedTuple):
    """Rows to insert, and those of the list that were left out. ``unread`` counts by column the cells of rows that are
    in, in which there is something and nothing that could be compared.

    ``keys`` are ``SHARES`` shares of the index's rows, in the order of the keys but not sorted within: key, entry,
    key, entry …, 64 bits each as the machine has them.
    """

    revisions: list[RevisionRow]
    keys: tuple[bytes, ...]
    bad: list[Bad]
    unread: Counter[str]

    @property
    def rows(self) -> int:
        """Rows of the list that it is of."""
        return len(self.revisions) + len(self.bad)


def joined(several: Sequence[Prepared]) -> Prepared:
    """All of them as one, in the order of its own keys."""
    return Prepared(
        sorted(chain.from_iterable(one.revisions for one in several), key=_KEY),
        tuple(b"".join(one.keys[share] for one in several) for share in range(SHARES)),
        list(chain.from_iterable(one.bad for one in several)),
        sum((one.unread for one in several), Counter()),
    )


class Preparer:
    """Prepares chunks under one setting."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._pseudonyms = Pseudonyms(setting.key)
        self._engine = engine_of(setting.model, self._pseudonyms)
        place = NORMALISER.layout.place
        self._n10, self._n13 = place("n10"), place("n13")
        self._read = [(column, place(slot)) for column, slot in _READ]
        self._unread: Counter[str] = Counter()

    def prepare(self, first: int, rows: Sequence[Row]) -> Prepared:
        """The rows numbered from ``first``."""
        revisions: list[RevisionRow] = []
        bad: list[Bad] = []
        self._unread.clear()
        shares = [array("q") for _ in range(SHARES)]
        for number, row in enumerate(rows, first):
            made = self._prepare(number, row)
            if isinstance(made, Bad):
                bad.append(made)
                continue
            revision, index = made
            revisions.append(revision)
            for key, entry in index:
                share = shares[(key >> _SHARE_BITS) + _HALF]
                share.append(key)
                share.append(entry)
        revisions.sort(key=_KEY)
        return Prepared(revisions, tuple(share.tobytes() for share in shares), bad, self._unread.copy())

    def _prepare(self, number: int, row: Row) -> tuple[RevisionRow, list[IndexRow]] | Bad:
        source = row.get("source") or self._setting.source
        programme = row.get("programme") or self._setting.programme
        source_ref, area = row.get("source_ref"), row.get("union", "")
        if not source or not programme or not source_ref:
            given = (("source", source), ("programme", programme), ("source_ref", source_ref))
            return Bad(number, f"{' and '.join(name for name, value in given if not value)} missing")
        for name, code, known in (
            ("source", source, self._setting.sources),
            ("programme", programme, self._setting.programmes),
        ):
            if known is not None and code not in known:
                return Bad(number, f"{name} is no code of the policy")
        if len(source_ref) > REFERENCE_MAX:
            return Bad(number, f"source_ref has more than {REFERENCE_MAX} characters")
        if is_personal(source_ref, row):
            return Bad(number, "source_ref holds a number of the person; give a reference of the record")
        if not (area.isascii() and area.isdigit() and len(area) == 10):
            return Bad(number, "union is no geo code of ten digits")
        if area[:4] not in DISTRICTS:
            return Bad(number, "union begins with no division and district that there are")
        features = self._engine.features(row)
        person = person_of(row, features[self._n10], features[self._n13])
        if not person["name"]:
            return Bad(number, "no name in either script")
        for column, place in self._read:
            if row.get(column) and not features[place]:
                self._unread[column] += 1
        if not person.get("national_id") and (row.get("national_id") or row.get("n10") or row.get("n13")):
            self._unread["national_id"] += 1
        name = self._pseudonyms.application_id(source, source_ref)
        ref = ref_of(name)
        packed, event = self._engine.pack(features), orjson.dumps({"person": person})
        one = RevisionRow(ref, name, LOADED, programme, source, source_ref, self._setting.at_us, area, packed, event)
        return one, rows_of(self._engine.keys(features), ref)


def engine_of(model: Path, pseudonyms: Pseudonyms) -> Engine:
    """The registry's engine; raises what a wrong model file raises."""
    secret = bytes.fromhex(pseudonyms.hash_of("dedup", "blocking"))
    return Engine(NORMALISER, load_model(model, NORMALISER), secret)


def person_of(row: Row, n10: int, n13: int) -> dict[str, Any]:
    """Somebody of a list, in the shape of ``shared.contracts.person.Person``, for a reviewer to see masked."""
    get, area = row.get, row["union"]
    person: dict[str, Any] = {
        "name": _name(get("name_bn"), get("name_en")),
        "permanent_address": {
            "division": area[:2], "district": area[2:4], "city_corporation": area[4:6], "upazila": area[6:8],
            "union": area[8:],
        },
    }  # fmt: skip
    if n10 or n13:
        person["national_id"] = {
            **({"n10": f"{n10:010}"} if n10 else {}),
            **({"n13": f"{n13:013}"} if n13 else {}),
        }
    if mother := _name(get("mother_bn"), get("mother_en")):
        person["mother"] = {"name": mother}
    if father := _name(get("father_bn"), get("father_en")):
        person["father"] = {"name": father}
    for field in _PLAIN:
        if value := get(field):
            person[field] = value
    return person


def _name(bn: str | None, en: str | None) -> dict[str, str]:
    if bn and en:
        return {"bn": bn, "en": en}
    return {"bn": bn} if bn else {"en": en} if en else {}
