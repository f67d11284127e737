"""What ``dsr check`` verifies of dedup: the invariants that every stage has, and its part of I10."""

from collections.abc import AsyncIterator, Callable, Sequence
from time import time_ns

from services.dedup.features import Features
from services.dedup.matching import Level, compare
from services.dedup.ruling import Hold, Ruling, Standing, State, passed_on, read
from services.dedup.tables import FEATURES, TABLES, FeaturesRow
from shared.audit.audit import Domain, audit_stage
from shared.audit.pages import pages
from shared.audit.tally import Tally
from shared.checks import Finding
from shared.policy import Policy
from shared.settings import Settings
from shared.store.port import Key, Store
from shared.store.tables import DECISIONS, Decision

GRACE_US = 600_000_000
"""So long the sweeper may take to look again at a duplicate whose original is accepted no more."""


async def check(settings: Settings) -> Sequence[Finding]:
    """I1, I2, I6, I7 and I10."""
    duplicates = verify_refusals(lambda: time_ns() // 1_000)
    return await audit_stage(settings, "dedup", tables=TABLES, domain=[duplicates])


def verify_refusals(now_us: Callable[[], int]) -> Domain:
    """I10: each duplicate has an accepted original in its programme that it matches, by the rules or a reviewer's word;
    and nobody is under review by a person who still stands as passed on.
    """

    async def verify(store: Store, policy: Policy) -> Finding:
        tally = Tally("I10", "dedup")
        async for page in pages(_applications(store)):
            refused: list[tuple[Decision, Ruling]] = []
            for rows in page:
                ruling = read(rows[-1].body)
                if ruling.state is State.DUPLICATE:
                    refused.append((rows[-1], ruling))
                elif ruling.hold is Hold.REVIEWER and passed_on(rows) is not None:
                    tally.fault(f"{rows[-1].subject} is under review and was not withdrawn")
            await _verify_refused(store, refused, tally, now_us())
        return tally.finding("duplicates, each with the accepted application that it matches")

    return verify


async def _verify_refused(store: Store, refused: Sequence[tuple[Decision, Ruling]], tally: Tally, now_us: int) -> None:
    if not refused:
        return
    originals = [ruling.original for _, ruling in refused if ruling.original is not None]
    named = await store.get(DECISIONS, list({tuple(original) for original in originals}))
    latest: dict[str, Decision] = {}
    for found in await store.find(DECISIONS, "subject", [original.application_id for original in originals]):
        latest[found.subject] = found  # by key order, so the last is the latest
    keys: set[Key] = {(original.application_id, original.revision) for original in originals}
    features = await store.get(FEATURES, list(keys | {(row.subject, row.revision) for row, _ in refused}))
    for row, ruling in refused:
        tally.seen += 1
        original = ruling.original
        if original is None:
            tally.fault(f"{row.subject} is refused as a duplicate of nobody")
            continue
        decision = named.get(tuple(original))
        if decision is None or decision.state != State.CLEARED:
            tally.fault(f"{row.subject} is refused for {original.application_id}, which was not accepted")
            continue
        now = latest[original.application_id]
        if read(now.body).standing is not Standing.ACCEPTED and now.at_us < now_us - GRACE_US:
            tally.fault(f"{row.subject} is refused for {original.application_id}, which is accepted no more")
        ours = features.get((row.subject, row.revision))
        theirs = features.get((original.application_id, original.revision))
        said = original.application_id in ruling.same
        if ours is None or theirs is None or not (said or _matches(ours, theirs)):
            tally.fault(f"{row.subject} does not match {original.application_id}, for which it is refused")
        elif ours.programme != theirs.programme:
            tally.fault(f"{row.subject} is refused for an application to another programme")


def _matches(ours: FeaturesRow, theirs: FeaturesRow) -> bool:
    match = compare(Features.unpack(ours.packed), Features.unpack(theirs.packed))
    return match is not None and match.level is Level.SAME


async def _applications(store: Store) -> AsyncIterator[list[Decision]]:
    """Each application's decisions, in order; the answers to commands, which have revision 0, are left out."""
    rows: list[Decision] = []
    async for row in store.scan(DECISIONS):
        if row.revision == 0:
            continue
        if rows and rows[-1].subject != row.subject:
            yield rows
            rows = []
        rows.append(row)
    if rows:
        yield rows
