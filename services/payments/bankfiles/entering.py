"""``bank.report``: a bank's reply from a file enters by the bank's own report topic, like any provider's report."""

from typing import Annotated, Literal

from pydantic import Field

from services.payments.asked import Asked
from shared import topics
from shared.contracts.command import Command
from shared.contracts.payment import Report
from shared.envelope import event_id
from shared.stage.stage import Message

REPORT = "bank.report"


class AskedToReport(Asked):
    """``bank.report``: one reply of a bank's file.

    ``account_state`` only where the bank says it; otherwise what the account check found holds.
    """

    provider: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")]
    payment_id: Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    attempt: Annotated[int, Field(ge=1)]
    attempt_ref: Annotated[str, Field(max_length=35)]
    kind: Literal["credited", "failed", "returned", "cancelled", "pending"]
    poisha: Annotated[int, Field(gt=0, lt=2**53)] | None = None
    account_state: Literal["active", "dormant"] | None = None
    code: Annotated[str, Field(max_length=40)] | None = None


def worded(command: Command, given: AskedToReport) -> Message:
    """The report, under an id of what it says: the same file entered twice is the same event."""
    report = Report(
        payment_id=given.payment_id,
        attempt=given.attempt,
        attempt_ref=given.attempt_ref,
        kind=given.kind,
        amount_poisha=given.poisha,
        account_state=given.account_state,
        code=given.code,
        at=command.at,
    )
    at_us = int(command.at.timestamp() * 1_000_000)
    named = event_id(given.provider, "payment.report.v1", f"{given.attempt_ref}|{given.kind}", given.attempt, 0)
    return Message(
        topics.report(given.provider),
        given.payment_id,
        "payment.report.v1",
        given.payment_id,
        named,
        at_us,
        report.write(),
    )
