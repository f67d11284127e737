"""Scoring: eligible, ineligible, insufficient; a repeat, an amendment, one that comes too late, rubbish.

And the same under a Kafka that refuses for good what the stage passes on, and takes the lines on the others.
"""

from dataclasses import replace

from services.scoring.checks import verify_scores
from services.scoring.stage import ScoringStage
from shared import topics
from shared.contracts.chain import Validated
from shared.policy import Policy
from shared.stage.records import Outgoing
from shared.store.port import Store
from tests.crash.play import Parts, Phase, Scene, each, fed, shipped
from tests.unit.scoring.bench import record, rubbish
from tests.unit.scoring.people import application, declarations

RICH = declarations(yearly_income_taka=900_000)
OTHER_POLICY = replace(shipped(), programmes={}, models={}, hash="another")

EVENTS: tuple[Validated | None, ...] = (
    application("old_age"),
    application("mother_child", application_id="a-2"),
    application("old_age", application_id="a-3", declarations=RICH),
    None,
    application("old_age"),
    application("old_age", revision=2, declarations=RICH),
    application("old_age"),
    application("widow", application_id="a-4", declarations=declarations(remarried=None)),
)


def build(store: Store, sink: object, now_us: object, other_policy: bool) -> Parts:
    policy: Policy = OTHER_POLICY if other_policy else shipped()
    return Parts(main=ScoringStage(policy))


SCENE = Scene(
    "scoring",
    "scoring",
    (Phase("main", [fed(rubbish(0) if event is None else record(0, event)) for event in EVENTS]),),
    build,
    domain=(each(lambda store: verify_scores(store, shipped())),),
    reserves=False,
)


def _refuses(outgoing: Outgoing) -> str | None:
    return "too large" if outgoing.topic == topics.SCORED else None


REFUSED = replace(SCENE, name="scoring refused", refuses=_refuses)
