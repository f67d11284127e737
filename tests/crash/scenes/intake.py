"""Intake: accepted, rejected, repeated, conflicting, amended, late, unreadable; then a dead letter replayed."""

from services.intake.decided import REFUSALS
from services.intake.stage import IntakeStage
from shared import topics
from shared.stage.deadletters import letter
from shared.stage.records import Origin, Record
from shared.store.port import Store
from tests.crash.play import NOW_US, PARTITION, Parts, Phase, Scene, fed, shipped
from tests.unit.intake.bench import HEADERS, PSEUDONYMS, record, without_gaps
from tests.unit.intake.forms import good_form

FORMS = (
    (good_form(), HEADERS),
    (good_form(source_ref="without headers"), ()),
    (good_form(source_ref="faulty", applicant__gender="X", consent__given=False), HEADERS),
    (good_form(), HEADERS),
    (good_form(applicant__mobile="01812345678"), HEADERS),
    (good_form(revision=2), HEADERS),
    (good_form(), HEADERS),
    (b"\xff{", HEADERS),
    (good_form(revision=3, applicant__gender="X"), HEADERS),
    (good_form(source_ref="unreadable", revision=0), HEADERS),
)
LOST = 1
"""The offset of the one that becomes a dead letter and is replayed."""


def build(store: Store, sink: object, now_us: object, other_policy: bool) -> Parts:
    policy = without_gaps(shipped(), "lgd") if other_policy else shipped()
    return Parts(main=IntakeStage(policy, PSEUDONYMS, store, lambda *counted: None))


def _replayed() -> Record:
    form, _ = FORMS[LOST]
    original = record(LOST, form, headers=())
    origin = Origin(topics.submitted("lgd"), PARTITION, LOST)
    lost = Record(origin, original.key, original.value, (), NOW_US // 1_000)
    about = letter(lost, topics.GROUPS["intake"], "no_headers").headers
    return Record(origin, lost.key, lost.value, (*HEADERS, *about), 0)


SCENE = Scene(
    "intake",
    "intake",
    (
        Phase("main", [fed(record(place, form, headers=headers)) for place, (form, headers) in enumerate(FORMS)]),
        Phase("main", [fed(_replayed())], hours=1),
    ),
    build,
    tables=(REFUSALS,),
)
