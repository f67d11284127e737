"""The table of states, the diagram made from it, and the journal that follows it."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from services.payments import journal
from services.payments.reasons import TABLE
from services.payments.states import AWAITING, CORRECTIONS, MEANINGS, MOVES, OURS, Move, State, allowed, diagram
from tests.unit.payments.world import change, paying

pytestmark = pytest.mark.anyio


def test_the_diagram_in_docs_is_current() -> None:
    page = Path(__file__).parents[3] / "docs" / "payments-states.md"
    assert page.read_text(encoding="utf-8") == diagram(), (
        "run: python -m services.payments.states > docs/payments-states.md"
    )


def test_every_state_has_a_meaning_and_is_reachable() -> None:
    assert set(MEANINGS) == set(State)
    assert {after for follow in MOVES.values() for after in follow} | CORRECTIONS == set(State)


def test_an_unknown_outcome_is_never_followed_by_an_instruction() -> None:
    assert not any(allowed(State.UNKNOWN, State.INSTRUCTED, move) for move in Move)
    assert not any(allowed(State.INSTRUCTED, State.INSTRUCTED, move) for move in set(Move) - {Move.RESTATED})
    assert {before for before in State if allowed(before, State.INSTRUCTED, Move.SENT)} == AWAITING | OURS


def test_every_reason_speaks_both_languages() -> None:
    for code, reason in TABLE.items():
        assert reason.code == code
        assert reason.text_en
        assert any("ঀ" <= letter <= "৿" for letter in reason.text_bn)


async def test_every_declared_move_posts_to_declared_accounts_and_sums_to_zero() -> None:
    made = await paying()
    await made.feed(made.topics.change(change(1)))
    some = await made.payment(1)
    for before, follow in MOVES.items():
        for after, move in follow.items():
            earlier = None if before is None else replace(some, state=before, committed=before not in (None, "blocked"))
            posted = journal.of_transition(earlier, replace(some, state=after, move=move))
            assert journal.balanced(posted)
            assert all(
                name.split(":")[0].rstrip(":") in {one.rstrip(":") for one in journal.CHART} for name, _ in posted
            )
