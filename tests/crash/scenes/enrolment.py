"""Enrolment: two scenes, for its two consumers. One place in every cell.

Applications: two compete for the place of a rolling programme, one of them comes again, is amended and is withdrawn; a
person is in two programmes that exclude each other; committees take, refuse and are refused.
"""

from dataclasses import replace
from functools import cache

from services.enrolment.checks import check_numbers, check_places
from services.enrolment.commands import Desk
from services.enrolment.filler import Filler
from services.enrolment.logbook import Logbook
from services.enrolment.stage import EnrolmentStage
from services.enrolment.tables import TABLES
from shared.policy import Policy
from shared.stage.commands import CommandStage
from shared.stage.ports import Sink
from shared.stage.records import Origin, Record
from shared.store.port import Store
from tests.crash.play import Fed, NowUs, Parts, Phase, Scene, each, fed
from tests.unit.enrolment.bench import AREA, Feed, cleared, policy

ROUND = "old_age.1"
LOG = f"old_age|{AREA}"


@cache
def _policy(places: int) -> Policy:
    return policy(places)


def build(store: Store, sink: Sink, now_us: NowUs, other_policy: bool) -> Parts:
    rules = replace(_policy(2), hash="another") if other_policy else _policy(1)
    logbook = Logbook(store, now_us)
    desk = Desk(rules, store, logbook, now_us)
    return Parts(
        EnrolmentStage(rules, store, logbook, now_us),
        CommandStage("enrolment", rules.hash, store, desk.handlers(), desk.emitters(), now_us=now_us),
        Filler(rules, store, logbook, sink, now_us).look,
    )


FEED = Feed()


def arrive(*events: object) -> list[Fed]:
    return [fed(FEED.cleared(event)) for event in events]  # type: ignore[arg-type]


def ask(name: str, about: str, **arguments: object) -> Fed:
    return fed(FEED.command(name, about, arguments))


ROUND_CLOSED = (
    Phase("main", arrive(*(cleared(f"r{order}", "old_age", order=float(order)) for order in range(3)))),
    Phase("commands", [ask("round.open", "old_age"), ask("round.close", "old_age")], hours=1),
    Phase("look", hours=2),
    Phase("commands", hours=3),
)
"""Three in a round, the first of whom has been offered the place."""

RUBBISH = Record(Origin("registry.application.cleared.v1", 0, 0), b"x", b"{", (), 1)
COMMON = {"stage": "enrolment", "build": build, "tables": TABLES, "domain": (check_numbers, each(check_places))}

MAIN = Scene(
    name="enrolment",
    setup=ROUND_CLOSED,
    phases=(
        Phase(
            "main",
            [
                *arrive(cleared("a", order=2.0), cleared("b", order=1.0), cleared("a", order=2.0)),
                fed(RUBBISH),
                *arrive(cleared("a", n=2, order=0.5), cleared("o", "old_age", person="p-b")),
                fed(FEED.selected("r0", ROUND, False, reason="has left the union")),
                fed(FEED.selected("r1", ROUND)),
            ],
            hours=4,
        ),
        Phase(
            "main",
            [
                fed(FEED.selected("r2", ROUND)),
                *arrive(cleared("b", revision=2, n=1, outcome="withdrawn"), cleared("a", order=2.0)),
            ],
            hours=5,
        ),
    ),
    **COMMON,  # type: ignore[arg-type]
)

COMMANDS = Scene(
    name="enrolment commands",
    setup=(
        Phase("main", arrive(*(cleared(f"r{order}", "old_age", order=float(order)) for order in range(2)))),
        Phase("main", arrive(cleared("a", order=1.0), cleared("b", order=2.0))),
    ),
    phases=(
        Phase("commands", [ask("round.open", "old_age"), ask("round.close", "old_age"), ask("no.such", "x")], hours=1),
        Phase("commands", [ask("entitlement.end", "a", reason="has died")], hours=2),
        Phase("look", hours=3),
        Phase("commands", hours=4),
    ),
    **COMMON,  # type: ignore[arg-type]
)
