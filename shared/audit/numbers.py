"""I6: within a subject's revision the decisions are numbered 1, 2, 3 … without a gap."""

from collections.abc import Callable

from shared.audit.tally import Tally
from shared.checks import Finding
from shared.store.port import Store
from shared.store.tables import DECISIONS, Decision


def nothing_borrowed(row: Decision) -> bool:
    """Every row has a number of its own."""
    return False


async def verify_numbers(
    store: Store, stage: str, has_senders_number: Callable[[Decision], bool] = nothing_borrowed
) -> Finding:
    """Walk all decisions in key order, which is the order of their numbers.

    ``has_senders_number`` tells rows that answer a numbered message under the message's own number: their sender does
    not tell this stage of each of its decisions, so a gap there is none of ours.
    """
    tally = Tally("I6", stage)
    subject, revision, expected = "", -1, 1
    async for row in store.scan(DECISIONS):
        tally.seen += 1
        if (row.subject, row.revision) != (subject, revision):
            subject, revision, expected = row.subject, row.revision, 1
        if row.n != expected and not has_senders_number(row):
            tally.fault(f"{subject} revision {revision} has decision {row.n} where {expected} is due")
        expected = row.n + 1
    return tally.finding("decisions, numbered without a gap")
