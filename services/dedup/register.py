"""The index in the store: applications are entered before they look, and found by the blocking keys they share."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import NamedTuple

from services.dedup.blocking import blocking_keys
from services.dedup.concede import Known
from services.dedup.features import Features
from services.dedup.tables import FEATURES, INDEX, PARTS, RESTS, FeaturesRow, IndexRow, PartsRow
from shared.privacy import Pseudonyms
from shared.stage.numbering import caused_by
from shared.stage.records import Origin
from shared.store.port import Insert, Store
from shared.store.tables import DECISIONS, Decision


class Entry(NamedTuple):
    """A revision of an application on its way into the index. ``place_us``: when it was received."""

    row: FeaturesRow
    features: Features
    event: bytes


@dataclass(frozen=True, slots=True)
class Found:
    """An application that shares a key: its revisions, the highest last."""

    revisions: tuple[FeaturesRow, ...]

    @property
    def latest(self) -> FeaturesRow:
        """The revision that counts."""
        return self.revisions[-1]


class Register:
    """Enters and finds applications. The number of store calls does not grow with the batch."""

    def __init__(self, store: Store, pseudonyms: Pseudonyms) -> None:
        self._store = store
        self._keys = lru_cache(maxsize=2_048)(partial(blocking_keys, pseudonyms=pseudonyms))

    async def enter(self, entries: Sequence[Entry]) -> list[FeaturesRow]:
        """Write a batch into the index and return its rows as they stand; a replay finds its own.

        The rows of the index go first and the parts last: whose parts are there can be found. An amendment keeps the
        place of the application's first revision.
        """
        amended = [entry.row.application_id for entry in entries if entry.row.revision > 1]
        places: dict[str, int] = {}
        for row in await self._store.find(FEATURES, "application_id", amended) if amended else ():
            places[row.application_id] = min(row.place_us, places.get(row.application_id, row.place_us))
        index: list[IndexRow] = []
        rows: list[FeaturesRow] = []
        for row, features, _ in entries:
            place_us = min(row.place_us, places.get(row.application_id, row.place_us))
            rows.append(row._replace(place_us=place_us) if place_us != row.place_us else row)
            index += (IndexRow(key, row.application_id, row.revision) for key in self._keys(features))
        parts = [PartsRow(entry.row.application_id, entry.row.revision, entry.event) for entry in entries]
        _, stored, _ = await self._store.insert_all(
            [Insert(INDEX, index), Insert(FEATURES, rows), Insert(PARTS, parts)]
        )
        return stored

    async def neighbours(self, wanted: Sequence[tuple[Features, Iterable[str]]]) -> list[dict[str, Found]]:
        """For each applicant the applications that share a key, its own among them, and those named beside it."""
        keys = [self._keys(features) for features, _ in wanted]
        holders: defaultdict[int, list[str]] = defaultdict(list)
        for row in await self._store.find(INDEX, "key", list({key for each in keys for key in each})):
            holders[row.key].append(row.application_id)
        near = [
            dict.fromkeys((*(holder for key in each for holder in holders[key]), *named))
            for each, (_, named) in zip(keys, wanted, strict=True)
        ]
        found = await self.find({application_id for each in near for application_id in each})
        return [{name: found[name] for name in each if name in found} for each in near]

    async def find(self, application_ids: Iterable[str]) -> dict[str, Found]:
        """These applications, as far as they were entered."""
        revisions: defaultdict[str, list[FeaturesRow]] = defaultdict(list)
        for row in await self._store.find(FEATURES, "application_id", list(application_ids)):
            revisions[row.application_id].append(row)
        return {application_id: Found(tuple(rows)) for application_id, rows in revisions.items()}

    async def decisions(self, application_ids: Iterable[str]) -> dict[str, tuple[Decision, ...]]:
        """All decisions of each, in order; reading them after the index is what the protocol rests on."""
        rows: defaultdict[str, list[Decision]] = defaultdict(list)
        for row in await self._store.find(DECISIONS, "subject", list(application_ids)):
            rows[row.subject].append(row)
        return {application_id: tuple(of_it) for application_id, of_it in rows.items()}

    async def known(self, application_ids: Iterable[str]) -> dict[str, Known]:
        """These applications with their decisions, as far as they were entered."""
        names = set(application_ids)
        found = await self.find(names) if names else {}
        decisions = await self.decisions(found) if found else {}
        return {name: known(each.latest, decisions.get(name, ())) for name, each in found.items()}

    async def resting_on(self, application_ids: Iterable[str]) -> dict[str, set[str]]:
        """For each of these the applications that have at some time rested on it."""
        dependents: defaultdict[str, set[str]] = defaultdict(set)
        for row in await self._store.find(RESTS, "on", list(application_ids)):
            dependents[row.on].add(row.application_id)
        return dependents

    async def reservations(self, made: Sequence[tuple[str, Origin]]) -> list[tuple[Decision, ...]]:
        """For each application and record: the concessions that were reserved for that application by that record.

        They belong to the record's fate, whatever the record comes to in the end.
        """
        dependents = await self.resting_on({name for name, _ in made}) if made else {}
        names = {name for of_one in dependents.values() for name in of_one}
        decisions = await self.decisions(names) if names else {}
        return [
            tuple(
                row for other in sorted(dependents.get(name, ())) for row in caused_by(decisions.get(other, ()), origin)
            )
            for name, origin in made
        ]

    async def parts(self, refs: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], bytes]:
        """The stored events of these (application_id, revision)."""
        found = await self._store.get(PARTS, list(dict.fromkeys(refs)))
        return {(row.application_id, row.revision): row.event for row in found.values()}


def known(row: FeaturesRow, decisions: Sequence[Decision]) -> Known:
    """An application at that revision, given all its decisions."""
    return Known(row, tuple(decision for decision in decisions if decision.revision == row.revision))


@lru_cache(maxsize=4_096)
def unpacked(packed: bytes) -> Features:
    """The features of a row."""
    return Features.unpack(packed)
