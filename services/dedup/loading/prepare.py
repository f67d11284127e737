"""From rows of a list to rows of the register: pure, and done by several processes at once."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from services.dedup.index import ref_of
from services.dedup.loading.reading import Row
from services.dedup.matching.bangladesh.normaliser import NORMALISER
from services.dedup.matching.engine import Engine
from services.dedup.matching.model_file import load as load_model
from services.dedup.tables import LOADED, FeaturesRow, IndexRow, PartsRow
from shared.privacy import Pseudonyms

_NAMED: Final = ("name", "mother", "father")


class Setting(NamedTuple):
    """What preparation needs to know; it goes to other processes. ``at_us``: when the load began.

    ``source`` and ``programme`` stand in for columns that a list does not have.
    """

    model: Path
    key: bytes
    at_us: int
    source: str | None
    programme: str | None


class Bad(NamedTuple):
    """A row that cannot be loaded: its number in the list, from 1, and why. Nothing of a person."""

    row: int
    reason: str


class Prepared(NamedTuple):
    """Rows to insert, and those of the list that were left out."""

    features: list[FeaturesRow]
    parts: list[PartsRow]
    keys: list[IndexRow]
    bad: list[Bad]


class Preparer:
    """Prepares chunks under one setting."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._pseudonyms = Pseudonyms(setting.key)
        self._engine = engine_of(setting.model, self._pseudonyms)
        self._n10, self._n13 = map(NORMALISER.layout.place, ("n10", "n13"))

    def prepare(self, first: int, rows: Sequence[Row]) -> Prepared:
        """The rows numbered from ``first``."""
        prepared = Prepared([], [], [], [])
        for number, row in enumerate(rows, first):
            self._prepare(number, row, prepared)
        prepared.features.sort()
        prepared.parts.sort()
        return prepared

    def _prepare(self, number: int, row: Row, into: Prepared) -> None:
        source = row.get("source") or self._setting.source
        programme = row.get("programme") or self._setting.programme
        source_ref, area = row.get("source_ref"), row.get("union", "")
        missing = [
            name
            for name, value in (("source", source), ("programme", programme), ("source_ref", source_ref))
            if not value
        ]
        if missing or not source or not programme or not source_ref:
            into.bad.append(Bad(number, f"{' and '.join(missing)} missing"))
            return
        if not (area.isascii() and area.isdigit() and len(area) == 10):
            into.bad.append(Bad(number, "union is no geo code of ten digits"))
            return
        features = self._engine.features(row)
        person = person_of(row, features[self._n10], features[self._n13])
        if not person["name"]:
            into.bad.append(Bad(number, "no name in either script"))
            return
        name = self._pseudonyms.application_id(source, source_ref)
        ref = ref_of(name)
        packed = self._engine.pack(features)
        at_us = self._setting.at_us
        into.features.append(FeaturesRow(ref, name, LOADED, programme, source, source_ref, at_us, area, packed))
        into.parts.append(PartsRow(name, LOADED, orjson.dumps({"person": person})))
        into.keys.extend(IndexRow(key.hash, ref) for key in self._engine.keys(features))


def engine_of(model: Path, pseudonyms: Pseudonyms) -> Engine:
    """The registry's engine; raises what a wrong model file raises."""
    secret = bytes.fromhex(pseudonyms.hash_of("dedup", "blocking"))
    return Engine(NORMALISER, load_model(model, NORMALISER), secret)


def person_of(row: Row, n10: int, n13: int) -> dict[str, Any]:
    """Somebody of a list, in the shape of ``shared.contracts.person.Person``, for a reviewer to see masked."""
    names = {
        field: {script: value for script in ("bn", "en") if (value := row.get(f"{field}_{script}"))} for field in _NAMED
    }
    area = row["union"]
    numbers = {**({"n10": f"{n10:010}"} if n10 else {}), **({"n13": f"{n13:013}"} if n13 else {})}
    person: dict[str, Any] = {
        "national_id": numbers,
        "mother": {"name": names["mother"]} if names["mother"] else None,
        "father": {"name": names["father"]} if names["father"] else None,
        **{field: row.get(field) for field in ("birth_registration_number", "date_of_birth", "gender", "mobile")},
    }
    address = {
        "division": area[:2], "district": area[2:4], "city_corporation": area[4:6], "upazila": area[6:8],
        "union": area[8:],
    }  # fmt: skip
    return {
        "name": names["name"],
        "permanent_address": address,
        **{field: value for field, value in person.items() if value},
    }
