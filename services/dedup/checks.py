"""What ``dsr check`` verifies of dedup: the invariants that every stage has, and I10."""

from collections.abc import AsyncIterator, Sequence

from services.dedup.index import ref_of
from services.dedup.ruling import Hold, Ruling, Standing, State, read
from services.dedup.tables import LOADED, REVISIONS, TABLES
from services.dedup.taking import is_taking
from shared.audit.audit import audit_stage
from shared.audit.pages import pages
from shared.audit.tally import Tally
from shared.checks import Finding
from shared.policy import Policy
from shared.settings import Settings
from shared.stage.commands import DONE, REFUSED
from shared.store.port import Store
from shared.store.tables import DECISIONS, Decision


async def check(settings: Settings) -> Sequence[Finding]:
    """I1, I2, I6, I7 and I10."""
    return await audit_stage(settings, "dedup", tables=TABLES, domain=[verify_refusals], is_reservation=is_concession)


def is_concession(row: Decision) -> bool:
    """Whether a decision was, or may have been, inserted by another application's record (``concede.py``)."""
    return row.state == State.REVIEW and read(row.body).hold is Hold.SYSTEM


async def verify_refusals(store: Store, policy: Policy) -> Finding:
    """I10: whoever is refused as a duplicate has an accepted record.

    One whose amendment is being decided, or is held for a reviewer, counts as accepted: it was, and the refusal is
    looked at again when that is decided. Somebody of a list that was loaded is accepted from the beginning.
    """
    tally = Tally("I10", "dedup")
    async for page in pages(_latest(store)):
        refused = [(row, ruling) for row in page if (ruling := read(row.body)).state is State.DUPLICATE]
        originals = {ruling.original.application_id for _, ruling in refused if ruling.original is not None}
        standing = {row.subject: row for row in await store.find(DECISIONS, "subject", list(originals))}
        keys = [(ref_of(name), name, LOADED) for name in originals - standing.keys()]
        loaded = {name for _, name, _ in await store.get(REVISIONS, keys)} if keys else set()
        for row, ruling in refused:
            tally.seen += 1
            is_loaded = ruling.original is not None and ruling.original.application_id in loaded
            if not is_loaded and not _has_original(ruling, standing):
                tally.fault(f"{row.subject} revision {row.revision} is refused and its original is not accepted")
    return tally.finding("refusals, each with an accepted record")


def _has_original(ruling: Ruling, latest: "dict[str, Decision]") -> bool:
    row = latest.get(ruling.original.application_id) if ruling.original is not None else None
    if row is None:
        return False
    amended = ruling.original is not None and row.revision > ruling.original.revision
    standing = read(row.body).standing
    return standing is Standing.ACCEPTED or (amended and standing in (Standing.UNDECIDED, Standing.HELD))


async def _latest(store: Store) -> AsyncIterator[Decision]:
    """The latest decision of each application; the store's order is (application, revision, n)."""
    before: Decision | None = None
    async for row in store.scan(DECISIONS):
        if row.state in (DONE, REFUSED) or is_taking(row):
            continue
        if before is not None and before.subject != row.subject:
            yield before
        before = row
    if before is not None:
        yield before
