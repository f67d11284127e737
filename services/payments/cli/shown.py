"""How the commands of ``dsr payments`` ask and show."""

from typing import Any

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


def command(name: str, arguments: dict[str, Any], as_json: bool, about: str | None = None) -> None:
    """Have a command carried out and show what came of it; ``about`` is the cycle where nothing else is said."""
    with terminal.client() as client:
        about = about or f"{arguments['programme']}|{arguments['cycle']}"
        terminal.show_result(client.send_command(STAGE, name, about, arguments), as_json)


def show_orders(payment_id: str, orders: list[dict[str, Any]]) -> None:
    """The release orders that pay for a payment, and how much each."""
    rows = [[one["order_ref"], taka(one["poisha"])] for one in orders] or [["none has paid for it yet", ""]]
    terminal.show_table(f"Release orders of payment {payment_id}", ("order", "taka"), rows)
