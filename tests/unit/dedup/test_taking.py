"""Reviewers take held applications: of two that want one, one has it, until it is decided, given back or time is up."""

from functools import cache
from random import Random

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.dedup.checks import is_concession, verify_refusals
from shared import topics
from shared.audit.decisions import verify_decisions
from shared.audit.numbers import verify_numbers
from shared.audit.tally import Tally
from shared.contracts.command import Command
from shared.envelope import Envelope
from shared.stage.messages import moment
from shared.stage.records import Origin, Record
from tests.unit.dedup.test_reviews import _held, answer
from tests.unit.dedup.world import RULES, Process, World, played
from tests.unit.store.interleaving import Turns, finished

CLAIM_MS = RULES.claim_minutes * 60_000


@cache
def under_review() -> World:
    """A world in which ``a2`` is held for a reviewer; take a copy."""

    async def hold() -> World:
        world = World()
        await _held(world, await world.instance())
        return world

    return finished(hold())


def command(world: World, name: str, by: str, *, n: int = 1, at_ms: int = 1_000, about: str = "a2") -> Record:
    """A reviewer's command on its way in, appended at that time."""
    offset = world.offset()
    asked = Command(
        command_id=f"c-{offset}", name=name, about=about, by=by, at=moment(0), arguments={"revision": 1, "n": n}
    )
    headers = Envelope(asked.command_id, "/test", "dedup.command.v1").to_headers()
    return Record(Origin(topics.command("dedup"), 0, offset), about.encode(), asked.write(), headers, at_ms)


async def told(world: World, process: Process, each: Record) -> str:
    """What the reviewer is answered: ``done``, or the reason of the refusal."""
    await process.obey(each)
    state, content = answer(world, each)
    return state if state == "done" else content[0]["code"]  # type: ignore[index]


@played
async def test_a_taken_application_is_nobody_elses_until_it_is_given_back(world: World, process: Process) -> None:
    await _held(world, process)
    assert await told(world, process, command(world, "review.claim", "salma")) == "done"
    assert await told(world, process, command(world, "review.claim", "rahim")) == "taken_by_another"
    assert await told(world, process, command(world, "review.release", "rahim")) == "taken_by_another"
    verdict = world.verdict("a2", "distinct", n=1, by="rahim")
    await process.process(verdict)
    assert answer(world, verdict)[1][0]["code"] == "taken_by_another"  # type: ignore[index]
    assert await told(world, process, command(world, "review.release", "salma")) == "done"
    assert await told(world, process, command(world, "review.claim", "rahim")) == "done"
    await process.process(world.verdict("a2", "distinct", n=1, by="rahim"))
    assert world.state("a2") == "cleared"


@played
async def test_after_its_time_a_taken_application_is_free_and_its_taker_can_have_it_for_longer(
    world: World, process: Process
) -> None:
    await _held(world, process)
    assert await told(world, process, command(world, "review.claim", "salma")) == "done"
    assert await told(world, process, command(world, "review.claim", "salma", at_ms=CLAIM_MS)) == "done"
    late = command(world, "review.claim", "rahim", at_ms=CLAIM_MS + 1_000)
    assert await told(world, process, late) == "taken_by_another"
    later = command(world, "review.claim", "rahim", at_ms=2 * CLAIM_MS)
    assert await told(world, process, later) == "done"


@played
async def test_only_the_open_hold_can_be_taken(world: World, process: Process) -> None:
    await _held(world, process)
    assert await told(world, process, command(world, "review.claim", "salma", n=2)) == "no_such_hold"
    assert await told(world, process, command(world, "review.claim", "salma", about="a1")) == "no_such_hold"
    assert await told(world, process, command(world, "review.claim", "salma", about="a9")) == "application_unknown"
    wrong = command(world, "review.claim", "salma")
    content = orjson.loads(wrong.value or b"")
    content["arguments"] = {"n": "one"}
    assert await told(world, process, replace(wrong, value=orjson.dumps(content))) == "arguments_wrong"


@played
async def test_a_hold_that_comes_after_another_one_is_free(world: World, process: Process) -> None:
    await _held(world, process)
    await told(world, process, command(world, "review.claim", "salma"))
    await process.process(world.verdict("a2", "distinct", n=1, by="salma"))
    await process.process(world.verdict("a2", "undo", n=2, by="rahim"))
    assert world.state("a2") == "review/reviewer"
    assert await told(world, process, command(world, "review.claim", "rahim", n=3)) == "done"


@played
async def test_of_two_claims_in_one_batch_the_first_one_has_it(world: World, process: Process) -> None:
    await _held(world, process)
    first, second = command(world, "review.claim", "salma"), command(world, "review.claim", "rahim")
    await process.obey(first, second)
    assert (answer(world, first)[0], answer(world, second)[0]) == ("done", "refused")
    await process.obey(first, second)
    assert (answer(world, first)[0], answer(world, second)[0]) == ("done", "refused"), "a replay changes nothing"


@played
async def test_what_reviewers_do_passes_the_check_of_the_invariants(world: World, process: Process) -> None:
    await _held(world, process)
    for name, by in (("review.claim", "salma"), ("review.claim", "rahim"), ("review.release", "salma")):
        await process.obey(command(world, name, by))
    await process.process(world.verdict("a2", "duplicate", n=1, of="a1", by="salma"))
    await process.process(world.verdict("a2", "split", n=2, by="rahim"))
    await world.sweep(process)
    assert world.state("a2") == "cleared"
    tally = Tally("I2", "dedup")
    await verify_decisions(process.store, tally, {}, is_reservation=is_concession)
    for finding in (
        tally.finding("decisions"),
        await verify_numbers(process.store, "dedup"),
        await verify_refusals(process.store, None),  # type: ignore[arg-type]
    ):
        assert finding.holds, finding.detail


def test_of_two_claims_in_two_processes_exactly_one_wins() -> None:
    async def scene(world: World, seed: int) -> None:
        turns = Turns(Random(seed).randrange)
        claims = [command(world, "review.claim", by) for by in ("salma", "rahim")]
        batches = [claims[:1], claims[1:], *([claims] if seed % 3 == 0 else [])]
        processes = [world.rival(turns) for _ in batches]
        turns.run(*(each.obey(*batch) for each, batch in zip(processes, batches, strict=True)))
        assert sorted(answer(world, each)[0] for each in claims) == ["done", "refused"]
        assert len(world.rows("review/a2")) == 1

    for seed in range(40):
        finished(scene(under_review().copy(), seed))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["salma", "rahim"]),
            st.sampled_from(["review.claim", "review.release", "wait", "distinct", "undo"]),
        ),
        max_size=12,
    )
)
def test_whatever_two_reviewers_do_by_turns_nobody_decides_what_another_one_has_taken(
    steps: list[tuple[str, str]],
) -> None:
    """Against a model of one line: who has the present hold, and until when."""

    async def scene() -> None:
        world = under_review().copy()
        process = await world.instance()
        at_ms, holder, until_ms = 1_000, None, 0
        author: str | None = None
        for by, act in steps:
            if act == "wait":
                at_ms += CLAIM_MS // 2 + 1
                continue
            n = world.rows("a2")[-1].n
            held = world.state("a2") == "review/reviewer"
            busy = held and holder not in (None, by) and at_ms < until_ms
            if act in ("distinct", "undo"):
                word = replace(world.verdict("a2", act, n=n, by=by), timestamp_ms=at_ms)
                await process.process(word)
                allowed = held if act == "distinct" else not held and author not in (None, by)
                assert (answer(world, word)[0] == "done") == (allowed and not busy)
                if allowed and not busy:
                    author, holder = by, None
                continue
            outcome = await told(world, process, command(world, act, by, n=n, at_ms=at_ms))
            assert (outcome == "done") == (held and not busy)
            if outcome == "done":
                holder, until_ms = (by, at_ms + CLAIM_MS) if act == "review.claim" else (None, 0)

    finished(scene())


def test_a_claim_and_a_verdict_of_another_reviewer_at_once_leave_no_half_decided_case() -> None:
    async def scene(world: World, seed: int) -> None:
        turns = Turns(Random(seed).randrange)
        claim, word = command(world, "review.claim", "salma"), world.verdict("a2", "distinct", n=1, by="rahim")
        one, other = world.rival(turns), world.rival(turns)
        order = [one.obey(claim), other.process(word)]
        Random(seed).shuffle(order)
        turns.run(*order)
        decided = answer(world, word)[0]
        assert world.state("a2") == ("cleared" if decided == "done" else "review/reviewer")
        assert decided == "done" or answer(world, claim)[0] == "done"

    for seed in range(30):
        finished(scene(under_review().copy(), seed))
