"""I6: within a subject's revision the decisions are numbered 1, 2, 3 … without a gap."""

from shared.audit.tally import Tally
from shared.checks import Finding
from shared.store.port import Store
from shared.store.tables import DECISIONS


async def verify_numbers(store: Store, stage: str) -> Finding:
    """Walk all decisions in key order, which is the order of their numbers."""
    tally = Tally("I6", stage)
    subject, revision, expected = "", -1, 1
    async for row in store.scan(DECISIONS):
        tally.seen += 1
        if (row.subject, row.revision) != (subject, revision):
            subject, revision, expected = row.subject, row.revision, 1
        if row.n != expected:
            tally.fault(f"{subject} revision {revision} has decision {row.n} where {expected} is due")
        expected = row.n + 1
    return tally.finding("decisions, numbered without a gap")
