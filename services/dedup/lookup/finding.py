"""Who in the register may be the person of a question: the matching that decides on applications, only read."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from services.dedup.lookup.answer import Seen
from services.dedup.matching.bangladesh.person import record_of
from services.dedup.matching.engine import Engine
from services.dedup.matching.evidence import Outcome
from services.dedup.register import Register, Wanted, known
from shared.contracts.person import Person


class Sighting(NamedTuple):
    """Applications that may be of a person, however they stand; ``complete``: everybody near could be looked at."""

    seen: Sequence[Seen]
    complete: bool


class Finder(Protocol):
    """Finds applications by a person."""

    async def find(self, person: Person) -> Sighting:
        """All that may be of this person."""


class RegisterFinder:
    """Over the register."""

    def __init__(self, register: Register, engine: Engine) -> None:
        self._register, self._engine = register, engine

    async def find(self, person: Person) -> Sighting:
        """See ``Finder.find``."""
        looking = self._register.looking_for(self._engine.features(record_of(person)))
        (near,) = await self._register.neighbours([Wanted(looking)])
        rows = [found.latest for found in near.found.values()]
        size = await self._register.size()
        scored = self._engine.score_candidates(looking.features, [row.packed for row in rows], size)
        names = [rows[place].application_id for place, _, _ in scored]
        decisions = await self._register.decisions(names) if names else {}
        seen: list[Seen] = []
        for place, _, outcome in scored:
            row = rows[place]
            me = known(row, decisions.get(row.application_id, ()))
            ruling = me.ruling
            who = ruling.person if ruling is not None else None
            seen.append(
                Seen(
                    row.application_id,
                    row.programme,
                    me.standing,
                    who.person_id if who is not None else None,
                    who.cluster if who is not None else (),
                    outcome is Outcome.DUPLICATE,
                    listed=row.revision == 0,
                )
            )
        return Sighting(seen, complete=not near.truncated)
