"""``dsr payments``: cycles, totals, one payment, discrepancies."""

from typing import Any

import click

from services.payments import cli_people, rebuild
from services.payments.shown import command, get, taka
from shared.service import terminal

COLUMNS = ("allocated", "committed", "released", "sent", "reached", "returned")


@click.group()
def payments() -> None:
    """Cycles and money: what is allocated, released, sent, and what reached people."""


@payments.group()
def cycle() -> None:
    """Open and close the cycles in which programmes pay."""


@cycle.command("open")
@click.argument("programme")
@click.argument("name")
@click.option("--starts-on", required=True, metavar="YYYY-MM-DD", help="The first day; its rates are paid.")
@terminal.json_option
def open_(programme: str, name: str, starts_on: str, as_json: bool) -> None:
    """Open cycle NAME of PROGRAMME and pay everyone who is entitled, as far as money is released."""
    command("cycle.open", {"programme": programme, "cycle": name, "starts_on": starts_on}, as_json)


@cycle.command()
@click.argument("programme")
@click.argument("name")
@terminal.json_option
def close(programme: str, name: str, as_json: bool) -> None:
    """Close cycle NAME of PROGRAMME: nothing more is sent for it."""
    command("cycle.close", {"programme": programme, "cycle": name}, as_json)


@cycle.command()
@terminal.json_option
def show(as_json: bool) -> None:
    """List all cycles."""
    found = get("/v1/cycles")["cycles"]
    if as_json:
        terminal.show_json(found)
    else:
        names = ("programme", "cycle", "starts_on", "state")
        terminal.show_table("Cycles", names, [[one[name] for name in names] for one in found])


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
    """The life of one payment."""
    found = get(f"/v1/payments/{payment_id}")
    if as_json:
        terminal.show_json(found)
        return
    names = ("n", "at", "state", "code", "next", "provider", "attempt")
    rows = [[*(str(one[name]) for name in names), taka(one["amount_poisha"])] for one in found["transitions"]]
    terminal.show_table(f"Payment {payment_id}", (*names, "taka"), rows)
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
    terminal.show_table("Discrepancies", names, [[str(one[name]) for name in names] for one in found])


for _one in (*cli_people.COMMANDS, rebuild.command):
    payments.add_command(_one)
