"""The audit of one stage on live data: I1, I2, I6 and I7, and what the stage itself adds (design.md §6)."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from shared import topics
from shared.audit.decisions import nothing_reserved, verify_decisions
from shared.audit.fates import Place, verify_fates
from shared.audit.numbers import nothing_borrowed, verify_numbers
from shared.audit.pages import pages
from shared.audit.personal import check_events, check_letters
from shared.audit.published import PublishedEvents
from shared.audit.stores import stage_store
from shared.audit.tally import Tally
from shared.checks import Finding
from shared.kafka.reading import committed_offsets, log_bounds, read_topics
from shared.policy import Policy, load_policy
from shared.settings import Settings
from shared.stage.records import Record, Unreadable
from shared.store.port import Store, Table
from shared.store.tables import Decision

Domain = Callable[[Store, Policy], Awaitable[Finding]]
"""An invariant that only one stage can verify, from its store."""


async def audit_stage(
    settings: Settings,
    stage: str,
    *,
    tables: Sequence[Table[Any]] = (),
    domain: Sequence[Domain] = (),
    is_reservation: Callable[[Decision], bool] = nothing_reserved,
    has_senders_number: Callable[[Decision], bool] = nothing_borrowed,
) -> list[Finding]:
    """Verify the stage's invariants; changes nothing. Memory does not grow with what there is to read.

    ``domain`` are further invariants, over a store that holds ``tables`` too; ``is_reservation`` is explained in
    ``verify_decisions``, ``has_senders_number`` in ``verify_numbers``. Raises ``KafkaAway``, ``StoreAway``,
    ``NothingStored``, ``OtherKafka`` and ``PolicyInvalid``: then nothing was found out.
    """
    policy = _policy(settings.policy_dir)
    async with stage_store(settings, stage, tables) as store:
        # Offsets first: what lies below them has been decided and published by the time that it is read.
        committed = await _committed(settings.kafka, stage)
        return [
            await _fates(settings.kafka, stage, policy, store, committed),
            *await _decisions_and_events(settings.kafka, stage, policy, store, committed, is_reservation),
            await verify_numbers(store, stage, has_senders_number),
            *[await verify(store, policy) for verify in domain],
        ]


@lru_cache(maxsize=1)
def _policy(folder: Path) -> Policy:
    """Read once for all stages of a run: it takes as long as a thousand records."""
    return load_policy(folder)


async def _committed(bootstrap: str, stage: str) -> dict[Place, int]:
    main = await committed_offsets(bootstrap, topics.GROUPS[stage])
    offsets = main | await committed_offsets(bootstrap, topics.COMMAND_GROUPS[stage])
    if stage in topics.VIEW_GROUPS:
        offsets |= await committed_offsets(bootstrap, topics.VIEW_GROUPS[stage])
    return offsets


async def _fates(bootstrap: str, stage: str, policy: Policy, store: Store, committed: dict[Place, int]) -> Finding:
    main = topics.main_topics(stage, policy.sources, policy.providers)
    names = (*main, topics.command(stage), *topics.view_topics(stage))
    bounds = await log_bounds(bootstrap, names)
    return await verify_fates(store, stage, read_topics(bootstrap, names), committed, bounds)


async def _decisions_and_events(
    bootstrap: str,
    stage: str,
    policy: Policy,
    store: Store,
    committed: dict[Place, int],
    is_reservation: Callable[[Decision], bool],
) -> list[Finding]:
    """I2 and I7 together, as both read all that the stage writes."""
    written = [topic for topic in topics.all_topics(policy.sources, policy.providers) if stage in topic.written_by]
    letters = [topic.name for topic in written if topic.read_by == ("operators",)]
    command = topics.command(stage)
    caused, personal = Tally("I2", stage), Tally("I7", stage)
    published = PublishedEvents(stage, store, caused)
    events = [topic.name for topic in written if topic.name not in letters and topic.name != command]
    async for page in pages(_records(read_topics(bootstrap, events))):
        await published.take(page)
        check_events(page, personal)
    async for page in pages(_records(read_topics(bootstrap, [command]))):
        check_events(page, personal)
    async for page in pages(_records(read_topics(bootstrap, letters))):
        check_letters(page, personal)
    published.close()
    await verify_decisions(store, caused, committed, is_reservation=is_reservation)
    return [
        caused.finding("decisions and events, each from its input and as stored"),
        personal.finding("records without a person's number outside their values"),
    ]


async def _records(items: AsyncIterator[Record | Unreadable]) -> AsyncIterator[Record]:
    """What can be read at all; of the rest I1 tells whether its fate is known."""
    async for item in items:
        if isinstance(item, Record):
            yield item
