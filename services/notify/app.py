"""Composition root of notify."""

from services.notify.http import status_router
from services.notify.line_refs import LINE_REFS
from services.notify.stage import NotifyStage
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
    on = ground("notify", settings, metrics, policy)
    desk = CommandStage("notify", policy.hash, on.store, {}, now_us=now_us)
    pseudonyms = Pseudonyms(pseudonym_key(settings.pseudonym_key_file))
    return assemble(
        on,
        NotifyStage(on.store),
        desk,
        routers=[status_router(on.store, pseudonyms, now_us)],
        tables=[LINE_REFS],
        title="DSR status",
    )
