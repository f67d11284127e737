"""A report that cannot be true of its payment is kept for reconciliation; the payment stays as it was."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson
import pytest

from shared import topics
from shared.contracts.payment import Instruct, Report
from shared.stage.records import Origin
from tests.integration.bad_input.world import Sent, World, event

REPORTS = topics.report("bkash")


def instructed(world: World) -> Instruct:
    """A payment that its provider was told to make."""
    form = world.people.form("disability")
    world.submit(form)
    return world.instruction(world.line(form, "payments", "instructed").subject or "")


def credited(instruct: Instruct, **changes: Any) -> Report:
    """The report that is right, or one with something changed."""
    right = {
        "payment_id": instruct.payment_id,
        "attempt": instruct.attempt,
        "attempt_ref": instruct.attempt_ref,
        "kind": "credited",
        "amount_poisha": instruct.amount_poisha,
        "account": instruct.account,
        "at": datetime.now(UTC),
    }
    return Report(**{**right, **changes})


def state(world: World, instruct: Instruct) -> tuple[str, int]:
    """A payment's state and how many transitions led to it."""
    shown = world.get("payments", f"/v1/payments/{instruct.payment_id}")
    return shown["state"], len(shown["transitions"])


def until_credited(world: World, instruct: Instruct) -> None:
    world.payment(instruct.payment_id, lambda shown: shown["state"] == "credited")


def discrepancies(world: World, origins: list[Origin]) -> dict[Origin, str]:
    """The codes under which these reports are kept."""
    listed = world.get("payments", "/v1/discrepancies", limit=1000)["discrepancies"]
    found = {Origin(*row["origin"]): row["code"] for row in listed}
    return {origin: found[origin] for origin in origins if origin in found}


UNFITTING: dict[str, Callable[[Instruct], Report]] = {
    "wrong_amount": lambda told: credited(told, amount_poisha=told.amount_poisha - 1),
    "amount_missing": lambda told: credited(told, amount_poisha=None),
    "wrong_account": lambda told: credited(told, account="01555555555"),
    "attempt_unknown": lambda told: credited(told, attempt=2),
    "forbidden_transition": lambda told: credited(told, kind="returned"),
    "cancel_not_asked": lambda told: credited(told, kind="cancelled"),
}


@pytest.mark.parametrize(("code", "unfitting"), UNFITTING.items(), ids=UNFITTING.keys())
def test_a_report_that_does_not_fit_is_kept_and_its_payment_and_neighbours_go_on(
    world: World, code: str, unfitting: Callable[[Instruct], Report]
) -> None:
    told, one, other = instructed(world), instructed(world), instructed(world)
    origins = world.report(credited(one), unfitting(told), credited(other))
    until_credited(world, one)
    until_credited(world, other)
    assert state(world, told) == ("instructed", 1)
    assert discrepancies(world, origins) == {origins[1]: code}
    shown = world.get("payments", f"/v1/payments/{told.payment_id}")["discrepancies"]
    assert [row["code"] for row in shown] == [code]
    assert told.account.encode() not in orjson.dumps(shown)

    world.report(credited(told))
    if code == "forbidden_transition":  # with nothing wrong but its place: it follows the credit
        shown = world.payment(told.payment_id, lambda shown: shown["state"] == "returned")
        assert [row["state"] for row in shown["transitions"]] == ["instructed", "credited", "returned"]
        assert [row["settled_by"] for row in shown["discrepancies"]] == [3]
        return
    until_credited(world, told)
    assert state(world, told)[1] == 2, "the right report still counts"


def test_another_attempts_reference_is_no_proof_for_this_payment(world: World) -> None:
    told, other = instructed(world), instructed(world)
    origins = world.report(credited(told, attempt_ref=other.attempt_ref), credited(other))
    until_credited(world, other)
    assert discrepancies(world, origins) == {origins[0]: "attempt_unknown"}
    assert state(world, told) == ("instructed", 1)


def test_a_report_for_a_payment_that_nobody_knows_is_kept(world: World) -> None:
    told = instructed(world)
    stranger = str(uuid4())
    origins = world.report(credited(told, payment_id=stranger), credited(told))
    until_credited(world, told)
    assert discrepancies(world, origins) == {origins[0]: "unknown_payment"}
    shown = world.get("payments", f"/v1/payments/{stranger}")
    assert (shown["state"], shown["transitions"]) == (None, [])


def test_a_report_by_another_provider_is_kept(world: World) -> None:
    told = instructed(world)
    origins = world.report(credited(told), provider="nagad")
    world.payment(told.payment_id, lambda shown: bool(shown["discrepancies"]))
    assert discrepancies(world, origins) == {origins[0]: "another_provider"}
    assert state(world, told) == ("instructed", 1)


def test_what_contradicts_an_outcome_is_kept_and_what_repeats_it_is_nothing(world: World) -> None:
    told = instructed(world)
    origins = world.report(
        credited(told, kind="failed", amount_poisha=None), credited(told), credited(told, kind="failed")
    )
    world.payment(told.payment_id, lambda shown: bool(shown["discrepancies"]))
    assert state(world, told) == ("failed", 2)
    assert discrepancies(world, origins) == {origins[1]: "contradicting"}


def test_a_report_that_cannot_be_read_is_a_dead_letter_and_moves_nothing(world: World) -> None:
    told, other = instructed(world), instructed(world)
    good = event(credited(told), "payment.report.v1")
    bad = {
        "not_readable_as_its_type": Sent(b'{"payment_id": 7}', good.headers),
        "payment_id_malformed": event(credited(told, payment_id="one"), "payment.report.v1"),
        "major_version_unknown": event(credited(told), "payment.report.v2"),
    }
    origins = world.send(REPORTS, *bad.values(), event(credited(other), "payment.report.v1"))
    for origin, (reason, sent) in zip(origins, bad.items(), strict=False):
        letter = world.letter(origin, topics.GROUPS["payments"])
        assert (letter.header("dlq_reason"), letter.value) == (reason.encode(), sent.value)
    until_credited(world, other)
    assert state(world, told) == ("instructed", 1)
