"""What ``dsr check`` verifies of intake: the invariants that every stage has."""

from collections.abc import Sequence

from shared.audit.audit import audit_stage
from shared.checks import Finding
from shared.settings import Settings


async def check(settings: Settings) -> Sequence[Finding]:
    """I1, I2, I6 and I7."""
    return await audit_stage(settings, "intake")
