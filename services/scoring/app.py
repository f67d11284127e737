"""Composition root of scoring."""

from services.scoring.stage import ScoringStage
from shared.observability.metrics import Metrics
from shared.policy import load_policy
from shared.service.assembly import assemble, ground, now_us
from shared.service.host import Service
from shared.settings import Settings
from shared.stage.commands import CommandStage


async def build(settings: Settings, metrics: Metrics) -> Service:
    """Wire the service; raises what a wrong setting or policy raises."""
    policy = load_policy(settings.policy_dir)
    on = ground("scoring", settings, metrics, policy)
    desk = CommandStage("scoring", policy.hash, on.store, {}, now_us=now_us)
    return assemble(on, ScoringStage(policy), desk, title="DSR scoring")
