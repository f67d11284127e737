"""Composition root of enrolment."""

from services.enrolment.commands import Desk
from services.enrolment.filler import Filler
from services.enrolment.http import SPECS, enrolment_router
from services.enrolment.logbook import Logbook
from services.enrolment.stage import EnrolmentStage
from services.enrolment.tables import TABLES
from shared.observability.metrics import Metrics
from shared.policy import load_policy
from shared.service.assembly import assemble, ground, now_us
from shared.service.host import Service
from shared.settings import Settings
from shared.stage.commands import CommandStage


async def build(settings: Settings, metrics: Metrics) -> Service:
    """Wire the service; raises what a wrong setting or policy raises."""
    policy = load_policy(settings.policy_dir)
    on = ground("enrolment", settings, metrics, policy)
    logbook = Logbook(on.store, now_us)
    desk = Desk(policy, on.store, logbook, now_us)
    return assemble(
        on,
        EnrolmentStage(policy, on.store, logbook, now_us),
        CommandStage("enrolment", policy.hash, on.store, desk.handlers(), desk.emitters(), now_us=now_us),
        specs=SPECS,
        routers=[enrolment_router(policy, on.store, logbook)],
        tables=TABLES,
        workers=[Filler(policy, on.store, logbook, on.sink, now_us)],
        title="DSR enrolment",
    )
