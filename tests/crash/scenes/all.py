"""All scenes: each consumer of each stage, and what only one of them shows."""

from tests.crash.play import Scene
from tests.crash.scenes import dedup, enrolment, intake, notify, payments, scoring

SCENES: tuple[Scene, ...] = (
    intake.SCENE,
    scoring.SCENE,
    scoring.REFUSED,
    dedup.MAIN,
    dedup.COMMANDS,
    enrolment.MAIN,
    enrolment.COMMANDS,
    payments.MAIN,
    payments.COMMANDS,
    payments.PACED,
    payments.OVERTAKEN,
    notify.SCENE,
)
