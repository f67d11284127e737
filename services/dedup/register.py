"""The register in the store: applications are entered before they look, and found by the keys that they share."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from operator import itemgetter
from typing import Final

import msgspec

from services.dedup.concede import Known
from services.dedup.index import Index, Looking, ref_of
from services.dedup.matching.layout import Features
from services.dedup.size import Size
from services.dedup.tables import INDEX, RESTS, REVISIONS, RevisionRow
from shared.stage.numbering import caused_by
from shared.stage.records import Origin
from shared.store.port import Insert, Store
from shared.store.tables import DECISIONS, Decision

_KEY: Final = itemgetter(0)


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A revision of an application on its way into the register."""

    row: RevisionRow
    looking: Looking


class Found(msgspec.Struct, frozen=True, gc=False):
    """An application to compare with: its revisions, the highest last, and the kinds of key that hit."""

    revisions: tuple[RevisionRow, ...]
    keys: tuple[str, ...] = ()

    @property
    def latest(self) -> RevisionRow:
        """The revision that counts."""
        return self.revisions[-1]


class Wanted(msgspec.Struct, frozen=True, gc=False):
    """Somebody whose neighbours are wanted: ``own`` is his row where he is in the register himself, ``names`` are
    applications to be found beside."""

    looking: Looking
    own: RevisionRow | None = None
    names: Iterable[str] = ()


class Neighbourhood(msgspec.Struct, frozen=True, gc=False):
    """Who is near somebody, by id, and the kinds of key of which not everybody could be looked at."""

    found: Mapping[str, Found]
    truncated: tuple[str, ...]


class Register:
    """Enters and finds applications. The number of store calls does not grow with the batch."""

    def __init__(self, store: Store, index: Index) -> None:
        self._store, self._index = store, index
        self._size = Size(store)

    async def size(self) -> int:
        """About how many applications are in the register; within a few percent."""
        return await self._size.about()

    def looking_for(self, features: Features, ref: int | None = None) -> Looking:
        """Somebody with these features as somebody to look for; ``ref`` where he comes into the register."""
        return self._index.looking(features, ref)

    def looking(self, row: RevisionRow) -> Looking:
        """An application of the register as somebody to look for."""
        return self._index.looking_of(row.packed, row.ref)

    async def enter(self, entries: Sequence[Entry]) -> list[RevisionRow]:
        """Write a batch into the register and return its rows as they stand; a replay finds its own.

        The rows of the index go first: whose revision is there can be found. An amendment keeps the place of the
        application's first revision.
        """
        amended = [entry.row.ref for entry in entries if entry.row.revision > 1]
        places: dict[str, int] = {}
        for row in await self._store.find(REVISIONS, "ref", amended) if amended else ():
            places[row.application_id] = min(row.place_us, places.get(row.application_id, row.place_us))
        rows: list[RevisionRow] = []
        for entry in entries:
            row = entry.row
            place_us = min(row.place_us, places.get(row.application_id, row.place_us)) if places else row.place_us
            rows.append(row._replace(place_us=place_us) if place_us != row.place_us else row)
        index = self._index.rows([entry.looking for entry in entries])
        _, stored = await self._store.insert_all([Insert(INDEX, index), Insert(REVISIONS, rows)])
        self._size.entered(len(entries))
        return stored

    async def neighbours(self, wanted: Sequence[Wanted]) -> list[Neighbourhood]:
        """For each applicant the applications to compare with, its own among them, and those named beside it."""
        own = [each.own for each in wanted]
        near = await self._index.look_up([each.looking for each in wanted])
        named = [[(name, ref_of(name)) for name in each.names] if each.names else [] for each in wanted]
        refs = {ref for each in near for ref in each.refs}.union(ref for each in named for _, ref in each)
        by_ref = await self._by_ref(refs)
        asked = sorted([REVISIONS.key_of(me) for me in own if me is not None], key=_KEY)
        beside_own = _by_ref(await self._store.others(REVISIONS, asked))
        hoods: list[Neighbourhood] = []
        for each, beside, me in zip(near, named, own, strict=True):
            found = {} if me is None else _found_himself(me, beside_own.get(me.ref, {}))
            for ref, keys in each.refs.items():
                for name, revisions in by_ref.get(ref, {}).items():
                    found[name] = Found(revisions, keys)
            for name, ref in beside:
                named_one = by_ref.get(ref, {}).get(name)
                if named_one is not None and name not in found:
                    found[name] = Found(named_one)
            hoods.append(Neighbourhood(found, each.truncated))
        return hoods

    async def find(self, application_ids: Iterable[str]) -> dict[str, Found]:
        """These applications, as far as they were entered."""
        refs = {name: ref_of(name) for name in application_ids}
        by_ref = await self._by_ref(refs.values())
        return {name: Found(by_ref[ref][name]) for name, ref in refs.items() if name in by_ref.get(ref, {})}

    async def _by_ref(self, refs: Iterable[int]) -> Mapping[int, dict[str, tuple[RevisionRow, ...]]]:
        # In the order of the key, so that neighbours are read from one page.
        return _by_ref(await self._store.find(REVISIONS, "ref", sorted(set(refs))))

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

    async def events(self, refs: Set[tuple[str, int]]) -> Mapping[tuple[str, int], bytes]:
        """The stored events of these (application_id, revision)."""
        found = await self.find({name for name, _ in refs}) if refs else {}
        return {
            ref: row.event
            for name, each in found.items()
            for row in each.revisions
            if (ref := (name, row.revision)) in refs
        }


def known(row: RevisionRow, decisions: Sequence[Decision]) -> Known:
    """An application at that revision, given all its decisions."""
    of_it = tuple(decision for decision in decisions if decision.revision == row.revision) if decisions else ()
    return Known(row, of_it)


def _by_ref(rows: Iterable[RevisionRow]) -> Mapping[int, dict[str, tuple[RevisionRow, ...]]]:
    """The revisions of each application under each ref, the highest last, of rows in key order."""
    found: defaultdict[int, dict[str, tuple[RevisionRow, ...]]] = defaultdict(dict)
    for row in rows:
        of_ref = found[row.ref]
        of_ref[row.application_id] = (*of_ref.get(row.application_id, ()), row)
    return found


def _found_himself(me: RevisionRow, beside: Mapping[str, tuple[RevisionRow, ...]]) -> dict[str, Found]:
    """An application with its other revisions, and who has the same ref."""
    if not beside:
        return {me.application_id: Found((me,))}  # nearly always
    found = {name: Found(revisions) for name, revisions in beside.items()}
    # Where another of the batch has that ref too, his own row is among them.
    revisions = {row.revision: row for row in (me, *beside.get(me.application_id, ()))}
    found[me.application_id] = Found(tuple(revisions[number] for number in sorted(revisions)))
    return found
