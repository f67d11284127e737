"""Records that come again from the dead letters: linked to the fate of the first, and given what that one was owed.

A replay names the record it repeats in its headers. Whoever sends a record may write any header, so that is believed
only where the stored fate of the named record is for the very same bytes.
"""

from collections.abc import Callable
from typing import Generic

import orjson

from shared.stage.deadletters import replays_among
from shared.stage.deciding import Outcome
from shared.stage.digests import digest_of
from shared.stage.fates import REPUBLISH, decisions_of, owes_decisions
from shared.stage.publishing import UNDELIVERED
from shared.stage.records import Origin, Record
from shared.stage.stage import E, Input, Kind
from shared.stage.tables import REPLAYED, Replayed
from shared.store.port import Store
from shared.store.tables import FATES, Fate


class Replays(Generic[E]):
    """Looks through the fresh records of a batch; nearly always nothing of it is a replay, which costs next to
    nothing."""

    def __init__(self, store: Store, now_us: Callable[[], int]) -> None:
        self._store, self._now_us = store, now_us

    async def look_through(
        self, inputs: list[Input[E]], dead: list[Outcome[E]]
    ) -> tuple[list[Input[E]], list[Outcome[E]]]:
        """Split into inputs that are for the stage to decide, and outcomes that stand without it.

        Of a replay that is a dead letter again the outcome keeps the first time of receipt. One whose decision stands
        and whose event Kafka had refused is not decided again: its outcome has that decision published after all.
        """
        fresh_records = [item.record for item in inputs] + [outcome.record for outcome in dead]
        named = replays_among(fresh_records)
        if not named:
            return inputs, dead
        records = {record.origin: record for record in fresh_records if record.origin in named}
        first = await self._first(records, named)
        rows = [Replayed(*fate[:3], origin.offset, self._now_us()) for origin, fate in first.items()]
        await self._store.insert(REPLAYED, rows)
        fresh: list[Input[E]] = []
        settled: list[Outcome[E]] = [_as_first_received(outcome, first.get(outcome.record.origin)) for outcome in dead]
        for item in inputs:
            fate = first.get(item.record.origin)
            if fate is not None and owes_decisions(fate):
                decisions = tuple((await decisions_of(self._store, [fate]))[0])
                settled.append(Outcome(item.record, item, Kind.RECOGNISED, decisions, REPUBLISH))
            else:
                fresh.append(item)
        return fresh, settled

    async def _first(self, records: dict[Origin, Record], named: dict[Origin, Origin]) -> dict[Origin, Fate]:
        """By replay the fate of the record that it truly repeats: a dead letter, or one that was not delivered."""
        fates = await self._store.get(FATES, list(named.values()))
        undelivered = await self._store.get(UNDELIVERED, list(named.values()))
        return {
            origin: fate
            for origin, old in named.items()
            if (fate := fates.get(old)) is not None
            and fate.digest == digest_of(records[origin])
            and (fate.kind == Kind.DEAD_LETTER or old in undelivered)
        }


def _as_first_received(outcome: Outcome[E], first: Fate | None) -> Outcome[E]:
    if first is None or first.kind != Kind.DEAD_LETTER:
        return outcome
    received_ms = orjson.loads(first.detail)["appended_ms"]
    detail = orjson.dumps({**orjson.loads(outcome.detail), "appended_ms": received_ms})
    return Outcome(outcome.record, outcome.input, outcome.kind, outcome.decisions, detail)
