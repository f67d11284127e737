"""How the commands of ``dsr payments`` ask and show."""

from datetime import datetime
from typing import Any

import click

from shared.policy.dates import DHAKA
from shared.service import terminal

STAGE = "payments"


def taka(poisha: int) -> str:
    """An amount for people: taka with two decimals, in exact integer arithmetic."""
    sign = "-" if poisha < 0 else ""
    return f"{sign}{abs(poisha) // 100:,}.{abs(poisha) % 100:02d}"


def get(path: str, **params: Any) -> Any:
    """What the service answers."""
    with terminal.client() as client:
        return client.request("GET", STAGE, path, params=params).json()


def command(
    name: str, arguments: dict[str, Any], as_json: bool, about: str | None = None, then: str | None = None
) -> None:
    """Have a command carried out and show what came of it; ``about`` is the cycle where nothing else is said.

    ``then`` tells a person what comes next, where it is done; ``{…}`` in it is filled from the result.
    """
    with terminal.client() as client:
        about = about or f"{arguments['programme']}|{arguments['cycle']}"
        result = client.send_command(STAGE, name, about, arguments)
    if as_json:
        terminal.show_result(result, as_json)
        return
    # How the service carries a long command on is of no use to a person.
    shown = {name: value for name, value in result.result.items() if name != "then"}
    terminal.show_result(result._replace(result=shown), as_json)
    if then is not None:
        click.echo(then.format(**shown))


def in_dhaka(at: str) -> str:
    """A time as people read it: Dhaka's, to the minute."""
    return f"{datetime.fromisoformat(at).astimezone(DHAKA):%Y-%m-%d %H:%M}"


def show_orders(payment_id: str, orders: list[dict[str, Any]]) -> None:
    """The release orders that pay for a payment, and how much each."""
    rows = [[one["order_ref"], taka(one["poisha"])] for one in orders] or [["none has paid for it yet", ""]]
    terminal.show_table(f"Release orders of payment {payment_id}", ("order", "taka"), rows)
