"""What ``dsr check`` verifies of notify: the invariants that every stage has, and that every view can be made (I6)."""

from collections.abc import AsyncIterator, Sequence
from itertools import groupby

from services.notify.stage import LINE_REFS, LineRef
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
    """Each application with all its lines. The index is in the order of applications, so one at a time is held."""
    name: str | None = None
    lines: list[StatusLine] = []
    async for page in pages(store.scan(LINE_REFS)):
        found = await store.get(FATES, [_origin(ref) for ref in page])
        for application_id, refs in groupby(page, key=lambda ref: ref.application_id):
            if application_id != name:
                if name is not None:
                    yield name, lines
                name, lines = application_id, []
            fates = (found.get(_origin(ref)) for ref in refs)
            lines += (StatusLine.read(fate.detail) for fate in fates if fate is not None and fate.kind == Kind.DECISION)
    if name is not None:
        yield name, lines


def _origin(ref: LineRef) -> tuple[str, int, int]:
    return ref.topic, ref.partition, ref.offset
