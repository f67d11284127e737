"""Composition root of intake."""

from collections.abc import Mapping
from uuid import uuid4

from services.intake.completeness import FIELDS
from services.intake.decided import REFUSALS
from services.intake.http import intake_router
from services.intake.stage import CountFields, IntakeStage
from shared.observability.metrics import Metrics
from shared.policy import load_policy
from shared.privacy import Pseudonyms
from shared.service.assembly import assemble, ground, now_us
from shared.service.host import Service
from shared.service.secrets import pseudonym_key
from shared.settings import Settings
from shared.stage.commands import CommandStage


async def build(settings: Settings, metrics: Metrics) -> Service:
    """Wire the service; raises what a wrong setting or policy raises."""
    policy = load_policy(settings.policy_dir)
    on = ground("intake", settings, metrics, policy)
    pseudonyms = Pseudonyms(pseudonym_key(settings.pseudonym_key_file))
    stage = IntakeStage(policy, pseudonyms, on.store, counting(metrics))
    desk = CommandStage("intake", policy.hash, on.store, {}, now_us=now_us)
    router = intake_router(policy, pseudonyms, on.store, on.sink, now_us=now_us, new_id=uuid4)
    return assemble(on, stage, desk, routers=[router], tables=[REFUSALS], title="DSR intake")


def counting(metrics: Metrics) -> CountFields:
    """Counts each CCDS field of a form as filled or empty, by source."""

    def count(source: str, forms: Mapping[frozenset[str], int]) -> None:
        for field in FIELDS:
            for outcome, counted in ("filled", True), ("empty", False):
                if number := sum(times for filled, times in forms.items() if (field in filled) is counted):
                    metrics.ccds_fields.add(number, source, field, outcome)

    return count
