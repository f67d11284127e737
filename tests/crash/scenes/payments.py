"""Payments: a scene for each of its two consumers, with money for three payments only; one for both, with a pace; and
one of a return that overtakes its credit.

Entitlements: two of one person, one without an account, one that ends, one amended; more than there is money for.
Reports: a credit twice, a wrong amount, one on an unknown payment, one nobody can read. Commands: orders, one of them
twice, a cycle that opens and fills in pieces, a report that is due and does not come. The pace: three payments come
before their provider opens, and it takes two a minute; one of them misses its minute. (Who of several gets the last
place of a minute is for the moment to say, so nobody competes for it here.) Overtaken: the return comes before its
credit, which leads to two transitions; meanwhile the payment is told under a newer revision.
"""

from dataclasses import replace
from typing import Any

from services.payments.checks import _is_entitlement, findings
from services.payments.commands import command_stage
from services.payments.scheduler import Scheduler
from services.payments.sending.disburse import Disburser
from services.payments.stage import PaymentsStage
from services.payments.tables import TABLES
from services.payments.view import View
from shared.policy.policy import Policy
from shared.stage.commands import CommandStage
from shared.stage.ports import Sink
from shared.stage.records import Origin, Record
from shared.store.port import Store
from tests.crash.play import Fed, NowUs, Parts, Phase, Scene, fed, shipped
from tests.unit.payments.world import CYCLE, NO_PAYEE, POISHA, PROGRAMME, STARTS, Topics, change, report

TOPICS = Topics()
RUBBISH = Record(Origin("payments.report.bkash.v1", 0, 0), b"x", b"{", (), 1)


def _desk(store: Store, rules: Policy, disburser: Disburser, now_us: NowUs) -> CommandStage:
    ledger = View(store, rules, now_us=now_us).ledger
    return command_stage(store, rules, disburser, ledger=ledger, now_us=now_us, piece=2, manifest_key=b"k" * 32)


def build(store: Store, sink: Sink, now_us: NowUs, other_policy: bool) -> Parts:
    rules = replace(shipped(), programmes={}, hash="another") if other_policy else shipped()
    disburser = Disburser(store, rules, now_us=now_us, factor=0.01)
    return Parts(
        PaymentsStage(store, rules, disburser, now_us=now_us),
        _desk(store, rules, disburser, now_us),
        Scheduler(store, sink, now_us=now_us).look,
    )


def paced(store: Store, sink: Sink, now_us: NowUs, other_policy: bool) -> Parts:
    """The same under a provider that opens at 18, Dhaka, and takes two instructions a minute."""
    rules = shipped()
    bkash = rules.providers["bkash"].model_copy(update={"opens_hour": 18, "instructions_per_minute_max": 2})
    providers = {**rules.providers, "bkash": bkash}
    rules = replace(rules, providers=providers, hash="another" if other_policy else rules.hash)
    disburser = Disburser(store, rules, now_us=now_us, factor=0.01)
    return Parts(
        PaymentsStage(store, rules, disburser, now_us=now_us),
        _desk(store, rules, disburser, now_us),
        Scheduler(store, sink, now_us=now_us).look,
    )


def ask(name: str, **arguments: Any) -> Fed:
    return fed(TOPICS.command(name, programme=PROGRAMME, **arguments))


def order(kind: str, times: int, ref: str) -> Fed:
    return ask(f"treasury.{kind}", cycle=CYCLE, poisha=times * POISHA, order_ref=ref)


def open_cycle() -> Fed:
    return ask("cycle.open", cycle=CYCLE, starts_on=STARTS.isoformat())


def changes(*events: object) -> list[Fed]:
    return [fed(TOPICS.change(event)) for event in events]  # type: ignore[arg-type]


COMMON = {
    "stage": "payments",
    "build": build,
    "tables": TABLES,
    "domain": (findings,),
    "has_senders_number": _is_entitlement,
}

MAIN = Scene(
    name="payments",
    setup=(Phase("commands", [order("allocate", 3, "A"), order("release", 2, "R"), open_cycle()]),),
    phases=(
        Phase(
            "main",
            [
                *changes(change(1), change(2, cluster=("p2", "p1")), change(3, payee_=NO_PAYEE), change(1)),
                *changes(change(4), change(5), change(4, n=2, change="ended")),
            ],
            hours=1,
        ),
        Phase(
            "main",
            [
                *(fed(TOPICS.report(report(1, "credited"))) for _ in range(2)),
                fed(RUBBISH),
                fed(TOPICS.report(report(4, "credited", amount_poisha=POISHA - 1))),
                fed(TOPICS.report(report(9, "credited"))),
                *changes(change(1, revision=2, n=1), change(5, n=2, change="ended")),
            ],
            hours=2,
        ),
    ),
    **COMMON,  # type: ignore[arg-type]
)

COMMANDS = Scene(
    name="payments commands",
    setup=(
        Phase("main", changes(change(1), change(2))),
        Phase("commands", [order("allocate", 2, "A")]),
    ),
    phases=(
        Phase("commands", [order("release", 1, "R"), order("release", 1, "R"), open_cycle()], hours=2),
        Phase("look", hours=2.25),
        Phase("commands", [ask("cycle.close", cycle=CYCLE)], hours=2.3),
    ),
    traces=False,
    **COMMON,  # type: ignore[arg-type]
)

OVERTAKEN = Scene(
    name="payments overtaken",
    setup=(
        Phase("commands", [order("allocate", 2, "A"), order("release", 2, "R"), open_cycle()]),
        Phase("main", changes(change(1), change(2))),
    ),
    phases=(
        Phase(
            "main",
            [
                fed(TOPICS.report(report(1, "returned"))),
                *(fed(TOPICS.report(report(number, "credited"))) for number in (1, 2)),
                *changes(change(1, revision=2, n=1)),
            ],
            hours=1,
        ),
    ),
    **COMMON,  # type: ignore[arg-type]
)

OPENS = 1 + 1 / 3
"""Hours after the beginning of a scene, which is at 16:40 in Dhaka."""
MINUTE = 1 / 60

PACED = Scene(
    name="payments paced",
    setup=(
        Phase("commands", [order("allocate", 3, "A"), order("release", 3, "R"), open_cycle()]),
        Phase("main", changes(change(1), change(2), change(3)), hours=1),
    ),
    phases=(
        Phase("look", hours=OPENS + 0.5 * MINUTE),
        Phase("commands", hours=OPENS + 0.5 * MINUTE),
        Phase("look", hours=OPENS + 4 * MINUTE),
        Phase("commands", hours=OPENS + 4 * MINUTE),
    ),
    traces=False,
    **{**COMMON, "build": paced},  # type: ignore[arg-type]
)
