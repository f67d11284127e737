"""Composition root of dedup."""

from uuid import uuid4

from services.dedup.adjudicate import Adjudicator
from services.dedup.commands import Desk
from services.dedup.http.labels import labels_router
from services.dedup.http.reviews import Specs, review_router
from services.dedup.publish import Publisher
from services.dedup.register import Register
from services.dedup.reopen import Reopener
from services.dedup.stage import DedupStage
from services.dedup.sweeper import Sweeper, Watch
from services.dedup.tables import TABLES
from services.dedup.verdicts import Verdicts
from shared.observability.metrics import Metrics
from shared.policy import load_policy
from shared.policy.reviews import DUPLICATES
from shared.privacy import Pseudonyms
from shared.service.assembly import assemble, ground, now_us
from shared.service.host import Service
from shared.service.secrets import pseudonym_key
from shared.settings import Settings
from shared.stage.commands import CommandStage


async def build(settings: Settings, metrics: Metrics) -> Service:
    """Wire the service; raises what a wrong setting or policy raises."""
    policy = load_policy(settings.policy_dir)
    on = ground("dedup", settings, metrics, policy)
    pseudonyms = Pseudonyms(pseudonym_key(settings.pseudonym_key_file))
    register, watch = Register(on.store, pseudonyms), Watch()
    adjudicator = Adjudicator(on.store, register, pseudonyms, policy.hash, now_us)
    reopener = Reopener(register, adjudicator)
    publisher = Publisher(register)
    rules = policy.reviews[DUPLICATES]
    verdicts, desk = Verdicts(register, rules), Desk(register, reopener, publisher, rules)
    specs = Specs(register)
    return assemble(
        on,
        DedupStage(policy.hash, register, adjudicator, reopener, publisher, verdicts, watch.change, watch.hold),
        CommandStage("dedup", policy.hash, on.store, desk.handlers(), desk.emitters(), now_us=now_us),
        specs=specs.all,
        routers=[
            review_router(on.store, register, on.sink, specs, now_us=now_us, new_id=uuid4),
            labels_router(on.store, register),
        ],
        tables=TABLES,
        workers=[Sweeper(on.store, register, on.sink, watch, now_us)],
        title="DSR duplicate detection",
    )
