"""What must hold when all is done: the invariants as ``dsr check`` verifies them, and that a replay says the same."""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from shared.audit.decisions import verify_decisions
from shared.audit.fates import Place, verify_fates
from shared.audit.numbers import verify_numbers
from shared.audit.personal import check_events, check_letters
from shared.audit.published import PublishedEvents
from shared.audit.tally import Tally
from shared.checks import Finding
from shared.kafka.reading import LogBounds
from shared.stage.publishing import UNDELIVERED
from shared.stage.records import Origin, Record, Unreadable
from shared.store.memory import MemoryStore
from tests.crash.play import HOUR_US, Open, Phase, Times, World, resumed, to_the_end
from tests.crash.state import State, Written

AGAIN = (Phase("main", hours=1_000), Phase("commands", hours=1_000))
MUCH_LATER = Times(late_us=HOUR_US, other_policy=True)


async def findings(world: World) -> list[Finding]:
    """I1, I2, I6, I7 and what the stage adds (I3, I4, I5, I8, I9, I10)."""
    scene, lasting = world.scene, world.lasting
    store = MemoryStore(lasting.memory)
    await store.open(list(scene.all_tables.values()))
    items = [item for topic in scene.read for item in world.kafka.contents(topic)]
    committed = {place: offset for group in scene.groups for place, offset in world.kafka.committed(group).items()}
    bounds = {place: LogBounds(0, world.kafka.end(place)) for place in committed}
    events = [record for record in published(lasting.published) if not record.origin.topic.endswith(".dlq")]
    letters = [record for record in published(lasting.published) if record.origin.topic.endswith(".dlq")]
    caused, personal = Tally("I2", scene.stage), Tally("I7", scene.stage)
    said = PublishedEvents(scene.stage, store, caused)
    await said.take([record for record in events if record.origin.topic not in scene.read])
    said.close()
    await verify_decisions(store, caused, committed, is_reservation=scene.is_reservation)
    check_events(events, personal)
    check_letters(letters, personal)
    return [
        await verify_fates(store, scene.stage, _stream(items), committed, bounds),
        _all_done(committed, bounds),
        caused.finding("decisions and events"),
        personal.finding("records"),
        await verify_numbers(store, scene.stage, scene.has_senders_number),
        *[finding for verify in scene.domain for finding in await verify(store)],
    ]


def _all_done(committed: dict[Place, int], bounds: dict[Place, LogBounds]) -> Finding:
    left = {place: bounds[place].end - offset for place, offset in committed.items() if offset != bounds[place].end}
    return Finding("I1", not left, f"records that nobody has committed: {left}")


async def _stream(items: Iterable[Record | Unreadable]) -> AsyncIterator[Record | Unreadable]:
    for item in items:
        yield item


def published(written: Iterable[Written]) -> list[Record]:
    """As they stand in their topics, in some order."""
    return [
        Record(Origin(each.topic, each.partition or 0, offset), each.key, each.value, each.headers, 1)
        for offset, each in enumerate(written)
    ]


def by_key(written: Iterable[Written]) -> dict[tuple[str, bytes | None], list[Written]]:
    """What each reader of one key sees, in order; what the stage has published, and not what its timers have asked:
    when a timer looks, and how often, is no promise."""
    found: dict[tuple[str, bytes | None], list[Written]] = {}
    for each in written:
        if not by_a_timer(each):
            found.setdefault((each.topic, each.key), []).append(each)
    return found


def without_traces(
    found: Mapping[tuple[str, bytes | None], list[Written]],
) -> dict[tuple[str, bytes | None], list[Written]]:
    """The same without the ``traceparent`` headers."""
    return {
        key: [one._replace(headers=tuple(each for each in one.headers if each[0] != "traceparent")) for one in records]
        for key, records in found.items()
    }


def identity(each: Written) -> tuple[Any, ...]:
    """What says that two published records are copies of each other: event id, or a dead letter's origin."""
    if each.topic.endswith(".dlq"):
        return each.topic, *(content for name, content in each.headers if name.startswith("dlq_"))
    return each.topic, dict(each.headers)["ce_id"]


def assert_copies_are_equal(written: Iterable[Written]) -> None:
    """One identity, one content: duplicates are allowed, and are byte-identical."""
    first: dict[tuple[Any, ...], Written] = {}
    for each in written:
        if not by_a_timer(each):
            known = first.setdefault(identity(each), each)
            assert known == each, f"published in two versions: {known}, {each}"


async def assert_replay_says_the_same(world: World) -> None:
    """Deliver every record once more, to a process with another policy and another clock: it publishes the same bytes,
    no more and no fewer. What is missing was recorded and never published; what is new was never recorded.

    Of a record whose output Kafka has refused only the letter comes again: what was taken of it stands already.
    """
    state = world.lasting.state()
    once_more = State(0, state.rows, state.inputs, (), frozenset())
    again = await resumed(world.scene, once_more, AGAIN)
    await to_the_end(again, Open(), MUCH_LATER)
    before, after = set(world.lasting.published), set(again.lasting.published)
    put_aside = {row[2][:3] for row in state.rows if row[0] == UNDELIVERED.name}
    keys = {record.key for _, records in state.inputs for record in records if record.origin in put_aside}
    asked = {each for each in before if by_a_timer(each) or (each.key in keys and not each.topic.endswith(".dlq"))}
    assert after <= before, f"a replay publishes what was never published: {sorted(after - before)[:2]}"
    assert before - asked <= after, f"never published again: {sorted(before - asked - after)[:2]}"


def by_a_timer(each: Written) -> bool:
    """Whether a timer has asked for it, and no record has led to it: its source is ``/dsr/<stage>/<worker>``."""
    return dict(each.headers).get("ce_source", b"").count(b"/") > 2
