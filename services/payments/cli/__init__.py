"""``dsr payments``: cycles, totals, one payment, discrepancies."""

from typing import Any

import click

from services.payments.cli import bank, people, rebuild, statements
from services.payments.cli import payroll as payrolls
from services.payments.cli.shown import get, in_dhaka, show_orders, taka
from shared.service import terminal

COLUMNS = ("allocated", "committed", "released", "sent", "reached", "returned")


@click.group()
def payments() -> None:
    """Cycles and money: what is allocated, released, sent, and what reached people."""


@payments.command()
@click.option(
    "--by",
    "axes",
    multiple=True,
    type=click.Choice(["programme", "cycle", "district", "provider"]),
    help="Repeat for several; programme and cycle if left out.",
)
@terminal.json_option
def totals(axes: tuple[str, ...], as_json: bool) -> None:
    """Taka allocated, committed, released, sent, reached and returned. JSON gives poisha.

    Allocation and release are orders by programme and cycle; by district or provider they stand in an empty row.
    """
    chosen = axes or ("programme", "cycle")
    found = get("/v1/totals", by=list(chosen))
    if as_json:
        terminal.show_json(found)
        return
    rows = [
        [*(one["by"][axis] or "-" for axis in chosen), *(taka(one[name]) for name in COLUMNS)]
        for one in found["totals"]
    ]
    terminal.show_table("Totals, in taka", (*chosen, *COLUMNS), rows)
    states = [[one["provider"] or "-", one["state"], one["payments"]] for one in found["states"]]
    terminal.show_table("Payments", ("provider", "state", "payments"), states)


@payments.command("show")
@click.argument("payment_id", type=click.UUID)
@terminal.json_option
def show_payment(payment_id: str, as_json: bool) -> None:
    """The life of one payment, the release orders that pay for it, and what people have proposed for it."""
    found = get(f"/v1/payments/{payment_id}")
    if as_json:
        terminal.show_json(found)
        return
    names = ("state", "code", "next", "provider", "attempt")
    rows = [
        [one["n"], in_dhaka(one["at"]), *(str(one[name]) for name in names), taka(one["amount_poisha"])]
        for one in found["transitions"]
    ]
    terminal.show_table(f"Payment {payment_id}", ("n", "at (Dhaka)", *names, "taka"), rows)
    show_orders(str(payment_id), found["orders"])
    if found["proposals"]:
        told = ("proposal_id", "name", "to", "by", "reason", "evidence")
        proposals = [[in_dhaka(one["at"]), *(str(one[name]) for name in told)] for one in found["proposals"]]
        terminal.show_table("Proposed", ("at (Dhaka)", *told), proposals)
    if found["discrepancies"]:
        _show_discrepancies(found["discrepancies"])


@payments.command()
@click.option("--cursor", help="Go on after the last answer.")
@click.option("--limit", type=click.IntRange(1, 1000), default=200, show_default=True)
@terminal.json_option
def discrepancies(cursor: str | None, limit: int, as_json: bool) -> None:
    """Reports of providers that could not be applied."""
    found = get("/v1/discrepancies", limit=limit, **({"cursor": cursor} if cursor else {}))
    if as_json:
        terminal.show_json(found)
    else:
        _show_discrepancies(found["discrepancies"])


def _show_discrepancies(found: list[dict[str, Any]]) -> None:
    names = ("at", "code", "provider", "kind", "attempt", "payment_id")
    rows = [[*(str(one[name]) for name in names), _settled_by(one["settled_by"])] for one in found]
    terminal.show_table("Discrepancies", (*names, "settled by"), rows)


def _settled_by(n: int | None) -> str:
    return "-" if n is None else f"transition {n}"


for _one in (*payrolls.COMMANDS, *people.COMMANDS, *statements.COMMANDS, *bank.COMMANDS, rebuild.command):
    payments.add_command(_one)
