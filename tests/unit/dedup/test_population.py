"""A thousand applications of a synthetic population, in their ministries' habits: who is taken for whom.

The figures rank rules; they say nothing about real people.
"""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

from sandbox.ministries.feed import Feed
from sandbox.population.scenario import MATURE
from sandbox.population.truth import DUPLICATES, Planted, Truth
from services.intake.examine import Accepted, Examiner
from services.intake.submission import open_submission
from shared.contracts.chain import Rank, Scored
from shared.privacy import Pseudonyms
from tests.shipped import shipped_policy
from tests.unit.dedup.people import record
from tests.unit.dedup.world import Process, World, played

TODAY = date(2026, 11, 22)


def scored_feed(applications: int) -> list[tuple[Scored, Truth]]:
    """What scoring would pass on if everybody qualified, with the truth."""
    policy, pseudonyms = shipped_policy(), Pseudonyms(b"p" * 32)
    examiner, passed = Examiner(policy), []
    for place, sent in enumerate(Feed(5, MATURE, policy, TODAY, applications)):
        if sent.truth is None or sent.delivery.value != "first":
            continue
        examined = examiner.examine(open_submission(sent.value or b""), policy.sources[sent.source], TODAY)
        if not isinstance(examined, Accepted):
            continue
        reference = sent.truth.reference
        event = Scored(
            outcome="passed",
            application_id=pseudonyms.application_id(*reference),
            source=reference.source,
            source_ref=reference.source_ref,
            revision=1,
            n=1,
            programme=examined.parts.programme,
            received_at=datetime(2026, 11, 22, tzinfo=UTC) + timedelta(milliseconds=place),
            person=examined.parts.person,
            rank=Rank(),
            rate_class="standard",
        )
        passed.append((event, sent.truth))
    return passed


@played
async def test_duplicates_are_found_and_nobody_is_refused_wrongly(world: World, process: Process) -> None:
    feed = scored_feed(1_000)
    for start in range(0, len(feed), 250):
        await process.process(*(record(event, world.offset()) for event, _ in feed[start : start + 250]))
    await world.sweep(process, rounds=20)
    ids = {truth.reference: event.application_id for event, truth in feed}
    truths = {event.application_id: truth for event, truth in feed}
    states = {name: world.state(name) for name in truths}
    found: Counter[tuple[Planted, str]] = Counter()
    for name, truth in truths.items():
        if truth.copy_of in ids:
            pair = {states[name], states[ids[truth.copy_of]]}
            found[truth.planted, next((s for s in ("duplicate", "review/reviewer") if s in pair), "cleared")] += 1
        if states[name] == "duplicate":
            original = world.ruling(name).original
            assert original is not None
            assert truths[original.application_id].person_id == truth.person_id
            assert states[original.application_id] == "cleared"

    of_equal_id = (Planted.EXACT_DUPLICATE, Planted.EQUAL_ID)
    assert sum(found[kind, "duplicate"] for kind in of_equal_id) >= 8
    assert sum(found[kind, "cleared"] for kind in of_equal_id) == 0
    assert found[Planted.TWIN, "duplicate"] == 0
    assert found[Planted.TWIN, "cleared"] + found[Planted.TWIN, "review/reviewer"] > 0
    missed = sum(found[kind, "cleared"] for kind in DUPLICATES)
    assert missed <= 0.05 * sum(n for (kind, _), n in found.items() if kind in DUPLICATES)
    reviewed = sum(state == "review/reviewer" for state in states.values())
    assert reviewed <= 0.05 * len(states)
    assert "review/system" not in states.values()
