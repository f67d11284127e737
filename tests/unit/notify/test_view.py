"""One application as its source sees it: the overall state does not depend on the order in which lines arrive."""

from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.notify.checks import verify_views
from services.notify.line_refs import hash_of
from services.notify.view import ApplicationView, application
from shared.contracts.status import StatusLine
from shared.overall import Overall
from shared.stage.stage import Kind
from shared.store.tables import FATES
from tests.shipped import shipped_policy
from tests.unit.notify.world import ID, PSEUDONYMS, World, answer, line

pytestmark = pytest.mark.anyio

PAYMENT = "6d1c9a3e-52f0-5b7e-9c55-0f0d5a1e7b42"
PAID = (
    line("intake", "accepted"),
    line("scoring", "eligible"),
    line("dedup", "review"),
    line("dedup", "cleared", 2),
    line("enrolment", "waiting"),
    line("enrolment", "enrolled", 2),
    line("payments", "instructed", subject=PAYMENT),
    line("payments", "credited", 2, subject=PAYMENT),
)
POLICY = shipped_policy()


async def view(world: World) -> ApplicationView:
    found = await application(world.store, "dss", ID)
    assert found is not None
    return found


def whole(found: ApplicationView) -> Overall:
    assert found.overall is not None
    return found.overall


async def test_the_rightmost_stage_gives_the_state_and_each_stage_shows_its_latest_line() -> None:
    found = await view(await World().tell(*PAID))
    assert whole(found).state == "credited"
    assert whole(found).attention == ()
    assert [(each.stage, each.state) for each in found.lines] == [
        ("intake", "accepted"),
        ("scoring", "eligible"),
        ("dedup", "cleared"),
        ("enrolment", "enrolled"),
        ("payments", "credited"),
    ]


LINES = (*PAID, line("dedup", "review", 3), answer("recognised", "e-1"), answer("conflicting_revision", "e-2"))


class Telling(NamedTuple):
    """The lines in some order, some of them again, in two batches."""

    first: tuple[StatusLine, ...]
    second: tuple[StatusLine, ...]
    partition: int


@st.composite
def tellings(draw: st.DrawFn) -> Telling:
    repeated = draw(st.lists(st.sampled_from(LINES), max_size=4))
    order = draw(st.permutations([*LINES, *repeated]))
    cut = draw(st.integers(0, len(order)))
    return Telling(tuple(order[:cut]), tuple(order[cut:]), draw(st.integers(0, 3)))


@settings(max_examples=60, deadline=None)
@given(tellings())
async def test_neither_order_nor_repetition_nor_batches_change_what_is_seen(telling: Telling) -> None:
    world = await (await World().tell(*telling.first)).tell(*telling.second, partition=telling.partition)
    assert await view(world) == await view(await World().tell(*LINES))


async def test_an_undo_further_left_shows_beside_the_state() -> None:
    found = await view(await World().tell(*PAID, line("dedup", "duplicate", 3)))
    assert whole(found).state == "credited"
    assert [each.state for each in whole(found).attention] == ["duplicate"]


@pytest.mark.parametrize(("state", "revision"), [("unreadable", 0), ("unreadable", 2), ("conflicting", 1), ("late", 3)])
async def test_an_answer_about_a_submission_never_hides_what_was_decided(state: str, revision: int) -> None:
    found = await view(await World().tell(*PAID, answer(state, "e-9", revision=revision)))
    assert whole(found).state == "credited"
    assert [each.state for each in found.lines] == ["accepted", "eligible", "cleared", "enrolled", "credited"]
    assert [each.state for each in found.answers] == [state]


async def test_a_higher_accepted_revision_counts_and_a_rejected_one_does_not() -> None:
    world = await World().tell(*PAID, line("intake", "rejected", revision=2))
    assert whole(await view(world)).state == "credited"
    await world.tell(line("intake", "accepted", revision=3))
    assert whole(await view(world)).state == "accepted"
    assert whole(await view(world)).line.revision == 3


async def test_another_source_sees_nothing_of_it() -> None:
    world = await World().tell(*PAID)
    assert await application(world.store, "lgd", ID) is None


async def test_two_applications_that_share_a_hash_are_told_apart() -> None:
    one, other = (PSEUDONYMS.application_id("dss", ref) for ref in ("r-129333", "r-144140"))
    assert hash_of(one) == hash_of(other) != hash_of(ID)
    world = await World().tell(line("intake", "accepted", application_id=one), line("scoring", "eligible"))
    await world.tell(line("intake", "rejected", application_id=other), partition=1)
    for application_id, state in ((one, "accepted"), (other, "rejected")):
        found = await application(world.store, "dss", application_id)
        assert found is not None
        assert [(each.application_id, each.state) for each in found.lines] == [(application_id, state)]
    assert (await verify_views(world.store, POLICY)).detail.startswith("notify: 3 applications")


async def test_a_line_that_nobody_can_read_is_a_dead_letter_and_hides_nothing() -> None:
    world = await World().tell(*PAID)
    broken = replace(world.record(line("dedup", "cleared", 4)), value=b"{}")
    await world.take(broken)
    (fate,) = (await world.store.get(FATES, [tuple(broken.origin)])).values()
    assert fate.kind == Kind.DEAD_LETTER
    assert whole(await view(world)).state == "credited"


async def test_a_replay_after_a_crash_leaves_one_fate_and_the_same_view() -> None:
    world = World()
    records = [world.record(each) for each in PAID]
    await world.take(*records)
    before = await view(world)
    await world.take(*records)
    assert await view(world) == before
    assert len([fate async for fate in world.store.scan(FATES)]) == len(PAID)


async def test_the_check_of_all_views_counts_applications() -> None:
    world = await World().tell(*PAID, answer("recognised", "e-1"), PAID[0])
    await world.tell(line("intake", "rejected", application_id="a-other"), partition=2)
    finding = await verify_views(world.store, POLICY)
    assert (finding.id, finding.holds) == ("I6", True)
    assert finding.detail.startswith("notify: 2 applications")


async def test_a_number_that_says_two_things_and_a_line_without_one_are_found() -> None:
    twice = await verify_views((await World().tell(*PAID, line("dedup", "duplicate", 2))).store, POLICY)
    assert not twice.holds
    assert "dedup says two things" in twice.detail
    unnumbered = await verify_views((await World().tell(line("scoring", "eligible", None))).store, POLICY)
    assert "has no number" in unnumbered.detail
