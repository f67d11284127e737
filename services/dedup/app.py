"""Composition root of dedup."""

from dataclasses import replace
from time import monotonic
from uuid import uuid4

from services.dedup.adjudicate import Adjudicator
from services.dedup.commands import Desk
from services.dedup.generation import require_current
from services.dedup.http.explanation import explanation_router
from services.dedup.http.labels import labels_router
from services.dedup.http.lookup import lookup_router
from services.dedup.http.pairs import pairs_router
from services.dedup.http.review_specs import Specs
from services.dedup.http.reviews import review_router
from services.dedup.index import Index
from services.dedup.listed import PairDesk
from services.dedup.loading.prepare import engine_of
from services.dedup.lookup.audit import ASKED, LOOKUPS, Audit
from services.dedup.lookup.bucket import Buckets
from services.dedup.lookup.desk import LookupDesk
from services.dedup.lookup.finding import RegisterFinder
from services.dedup.lookup.rights import RIGHTS, RightsStage
from services.dedup.matching.bangladesh.normaliser import NORMALISER
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
    engine = engine_of(settings.matching_model, Pseudonyms(pseudonym_key(settings.pseudonym_key_file)))
    register, watch = Register(on.store, Index(on.store, engine)), Watch()
    adjudicator = Adjudicator(
        on.store, register, engine, policy.hash, now_us, lambda kind: metrics.truncated_look_ups.add(1, kind)
    )
    reopener = Reopener(register, adjudicator)
    publisher = Publisher(register)
    rules = policy.reviews[DUPLICATES]
    verdicts, desk = Verdicts(register, rules), Desk(register, reopener, publisher, rules)
    handlers = {**desk.handlers(), **PairDesk(on.store, register, rules).handlers()}
    specs, audit = Specs(register), Audit(on.store, Pseudonyms(pseudonym_key(settings.pseudonym_key_file)))
    buckets = Buckets(settings.lookups_per_minute, settings.lookup_burst, monotonic)
    look_ups = LookupDesk(policy, on.store, RegisterFinder(register, engine), audit)
    service = assemble(
        on,
        DedupStage(policy.hash, register, engine, adjudicator, reopener, publisher, verdicts, watch.change, watch.hold),
        CommandStage("dedup", policy.hash, on.store, handlers, desk.emitters(), now_us=now_us),
        specs=specs.all,
        routers=[
            review_router(on.store, register, on.sink, specs, now_us=now_us, new_id=uuid4),
            labels_router(on.store, register, engine),
            pairs_router(on.store, register, engine, on.sink, specs, now_us=now_us, new_id=uuid4),
            explanation_router(register),
            lookup_router(look_ups, audit, buckets, policy, metrics, now_us=now_us, new_id=uuid4),
        ],
        tables=(*TABLES, RIGHTS, LOOKUPS, ASKED),
        view=RightsStage(on.store),
        workers=[Sweeper(on.store, register, on.sink, watch, now_us)],
        title="DSR duplicate detection",
    )
    return replace(service, checks=[lambda: require_current(on.store, NORMALISER.version), *service.checks])
