"""``dsr payments``: where the money is, what is left to people, and what they do about single payments."""

import re
from http.client import NOT_FOUND
from typing import Any, Final

import click

from services.payments.cli.shown import command, get, in_dhaka, show_orders, taka
from shared.http.client import Refused
from shared.service import terminal

_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_PAYMENT: Final = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_REASON = click.option("--reason", required=True, help="Why; it is kept.")


@click.command()
@click.argument("named", metavar="ORDER_REF|PAYMENT_ID")
@click.option(
    "--by",
    "axes",
    multiple=True,
    type=click.Choice(["provider", "district", "age", "state"]),
    help="Repeat for several; provider, district, age and state if left out.",
)
@click.option("--payments", "after", type=click.IntRange(0), help="List its payments too, from this place on (0: all).")
@terminal.json_option
def trace(named: str, axes: tuple[str, ...], after: int | None, as_json: bool) -> None:
    """From release order ORDER_REF to each taka of it, or from PAYMENT_ID back to the orders that pay for it."""
    params: dict[str, Any] = {"by": list(axes)} if axes else {}
    try:
        found = get(f"/v1/trace/{named}", **params, **({} if after is None else {"payments_after": after}))
    except Refused as refused:
        if refused.status != NOT_FOUND or not _PAYMENT.fullmatch(named):
            raise
        _back_from(named, as_json)
        return
    if as_json:
        terminal.show_json(found)
        return
    names = axes or ("provider", "district", "age", "state")
    rows = [[*(one[name] or "-" for name in names), one["payments"], taka(one["poisha"])] for one in found["parts"]]
    rows += [
        [*("" for _ in names[1:]), "not taken yet", "", taka(found["left"])],
        [*("" for _ in names[1:]), "unexplained", "", taka(found["unexplained"])],
        [*("" for _ in names[1:]), "released", "", taka(found["poisha"])],
    ]
    title = f"Release order {named}, {found['programme']} {found['cycle']}, in taka"
    terminal.show_table(title, (*names, "payments", "taka"), rows)
    if after is not None:
        _payments(f"Its payments (go on with --payments {found['onward']})", found["payments"])


def _back_from(payment_id: str, as_json: bool) -> None:
    found = get(f"/v1/payments/{payment_id}")
    if as_json:
        terminal.show_json({name: found[name] for name in ("payment_id", "state", "orders")})
    else:
        show_orders(payment_id, found["orders"])


@click.command()
@terminal.json_option
def waiting(as_json: bool) -> None:
    """What waits to be sent until a provider works or its rate allows it: how much, and until when (Dhaka time)."""
    found = get("/v1/waiting")["providers"]
    if as_json:
        terminal.show_json(found)
        return
    rows = [
        [
            one["provider"],
            one["payments"],
            taka(one["poisha"]),
            f"{one['opens_hour']:02d}-{one['cut_off_hour']:02d}",
            " ".join([*(_WEEKDAYS[day - 1] for day in one["closed_weekdays"]), *one["closed_on"][:1]]) or "-",
            one["instructions_per_minute_max"] or "-",
            in_dhaka(one["takes_from"]),
            in_dhaka(one["until"]),
        ]
        for one in found
    ]
    columns = ("provider", "payments", "taka", "hours", "closed", "a minute", "takes from", "until")
    terminal.show_table("Waiting for providers", columns, rows)


@click.command("person-list")
@click.option("--who", type=click.Choice(["operator", "source"]), default="operator", show_default=True)
@click.option("--cursor", default="", help="Go on after the last answer.")
@click.option("--limit", type=click.IntRange(1, 1000), default=200, show_default=True)
@terminal.json_option
def person_list(who: str, cursor: str, limit: int, as_json: bool) -> None:
    """List payments that wait for a person: an operator here, or a ministry that owes a corrected account."""
    found = get(f"/v1/left-to/{who}", cursor=cursor, limit=limit)
    if as_json:
        terminal.show_json(found)
    else:
        _payments(f"Left to the {who}", found["payments"])


@click.command()
@terminal.json_option
def scorecard(as_json: bool) -> None:
    """How each provider does: time to report, failures, returns, silence, and money in transit by age."""
    found = get("/v1/scorecards")["providers"]
    if as_json:
        terminal.show_json(found)
        return
    names = ("sent", "credited", "failed", "returned", "unanswered", "discrepancies")
    rates = ("failure_rate", "return_rate", "unanswered_rate")
    rows = [
        [
            one["provider"],
            *(one[name] for name in names),
            *(f"{one[name] * 100:.2f}" for name in rates),
            *(_hours(one[name]) for name in ("report_hours_p50", "report_hours_p95")),
        ]
        for one in found
    ]
    columns = ("provider", *names, "failure %", "return %", "unanswered %", "report h p50", "p95")
    terminal.show_table("Providers", columns, rows)
    ages = list(found[0]["in_transit"]) if found else []
    money = [[one["provider"], *(taka(one["in_transit"][age]) for age in ages)] for one in found]
    terminal.show_table("In transit by age, in taka", ("provider", *(f"{age}+ days" for age in ages)), money)


@click.command()
@click.argument("payment_id", type=click.UUID)
@_REASON
@terminal.json_option
def cancel(payment_id: Any, reason: str, as_json: bool) -> None:
    """Tell the provider to refuse the present attempt of PAYMENT_ID for ever."""
    _of_one("payment.cancel", payment_id, {"reason": reason}, as_json)


@click.command()
@click.argument("payment_id", type=click.UUID)
@_REASON
@terminal.json_option
def retry(payment_id: Any, reason: str, as_json: bool) -> None:
    """Propose a new attempt of PAYMENT_ID, whose money is back; somebody else confirms it."""
    _of_one("payment.retry", payment_id, {"reason": reason}, as_json)


@click.command()
@click.argument("payment_id", type=click.UUID)
@click.option("--to", required=True, type=click.Choice(["credited", "failed", "returned", "disputed"]))
@_REASON
@click.option("--evidence", required=True, help="Where it stands, such as a line of a statement.")
@terminal.json_option
def correct(payment_id: Any, to: str, reason: str, evidence: str, as_json: bool) -> None:
    """Propose to correct PAYMENT_ID after a reconciliation; somebody else confirms it."""
    _of_one("payment.correct", payment_id, {"to": to, "reason": reason, "evidence": evidence}, as_json)


@click.command()
@click.argument("proposal", type=click.UUID)
@terminal.json_option
def confirm(proposal: Any, as_json: bool) -> None:
    """Confirm PROPOSAL, which somebody else made."""
    command("payment.confirm", {"proposal": str(proposal)}, as_json, about=str(proposal))


COMMANDS: Final = (trace, waiting, person_list, scorecard, cancel, retry, correct, confirm)


def _of_one(name: str, payment_id: Any, arguments: dict[str, str], as_json: bool) -> None:
    command(name, {"payment_id": str(payment_id), **arguments}, as_json, about=str(payment_id))


def _payments(title: str, found: list[dict[str, Any]]) -> None:
    names = ("state", "code", "provider", "district", "attempt", "payment_id")
    rows = [[in_dhaka(one["since"]), *(str(one[name]) for name in names), taka(one["amount_poisha"])] for one in found]
    terminal.show_table(title, ("since (Dhaka)", *names, "taka"), rows)


def _hours(hours: float | None) -> str:
    return "-" if hours is None else f"≤ {hours:g}"
