"""What ``dsr check`` verifies of notify: the invariants that every stage has, and that every view can be made (I6)."""

from collections.abc import AsyncIterator, Sequence
from itertools import groupby

from services.notify.line_refs import LINE_REFS
from shared.audit.audit import audit_stage
from shared.audit.pages import pages
from shared.audit.tally import Tally
from shared.checks import Finding
from shared.contracts.status import StatusLine
from shared.overall import overall
from shared.policy import Policy
from shared.settings import Settings
from shared.stage.stage import Kind
from shared.store.port import Store
from shared.store.tables import FATES


async def check(settings: Settings) -> Sequence[Finding]:
    """I1, I2, I6 and I7."""
    return await audit_stage(settings, "notify", tables=[LINE_REFS], domain=[verify_views])


async def verify_views(store: Store, policy: Policy) -> Finding:
    """I6: a number of a stage says one thing, and the lines of each application give an overall state."""
    tally = Tally("I6", "notify")
    async for application_id, lines in _by_application(store):
        tally.seen += 1
        _verify(application_id, lines, tally)
    return tally.finding("applications, each with the overall state that its lines give")


def _verify(application_id: str, lines: Sequence[StatusLine], tally: Tally) -> None:
    said: dict[tuple[str, str | None, int, int | None], StatusLine] = {}
    decided = [line for line in lines if line.about == "application"]
    for line in decided:
        if line.n is None:
            tally.fault(f"a line of {line.stage} on {application_id} has no number")
        key = line.stage, line.subject, line.revision, line.n
        if said.setdefault(key, line) != line:
            tally.fault(f"{line.stage} says two things of {application_id} revision {line.revision} number {line.n}")
    if decided and overall(lines) is None:
        tally.fault(f"the lines of {application_id} give no overall state")


async def _by_application(store: Store) -> AsyncIterator[tuple[str, list[StatusLine]]]:
    """Each application with all its lines. The index is in the order of their hashes, so one hash at a time is held."""
    number: int | None = None
    lines: list[StatusLine] = []
    async for page in pages(store.scan(LINE_REFS)):
        found = await store.get(FATES, [ref.origin for ref in page])
        for hashed, refs in groupby(page, key=lambda ref: ref.application):
            if hashed != number:
                for named in _named(lines):
                    yield named
                number, lines = hashed, []
            fates = (found.get(ref.origin) for ref in refs)
            lines += (StatusLine.read(fate.detail) for fate in fates if fate is not None and fate.kind == Kind.DECISION)
    for named in _named(lines):
        yield named


def _named(lines: Sequence[StatusLine]) -> list[tuple[str, list[StatusLine]]]:
    """Lines under one hash by application: nearly always one."""
    by_id: dict[str, list[StatusLine]] = {}
    for line in lines:
        by_id.setdefault(line.application_id, []).append(line)
    return list(by_id.items())
