"""The Finance Division: says by order what may be spent (allocation) and what may leave (release), by programme.

The amounts are made up, as iBAS++ is not asked here; they are given, never computed from people times rate.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import NamedTuple, TypedDict

from shared.errors import DsrError
from shared.http.client import Client, CommandResult
from shared.policy import Policy
from shared.policy.dates import fiscal_year, fiscal_year_start
from shared.policy.errors import FrequencyNotKnown
from shared.policy.programmes import ProgrammePolicy

STAGE = "payments"
_AT_ONCE = 4
MADE_UP_BUDGET_CODE = "0-0000-0000"
"""Where the policy has none: no programme's code is published."""


class NotDone(DsrError):
    """Payments refused what the sandbox needs: an order of the treasury or the opening of a cycle."""

    def __init__(self, name: str, about: str, result: CommandResult) -> None:
        self.name, self.about, self.result = name, about, result
        why = " ".join(str(reason["text_en"]) for reason in result.reasons)
        super().__init__(f"payments refused {name} for {about}: {why}")


class Prepared(NamedTuple):
    """A programme's cycle with money; amounts in poisha."""

    programme: str
    cycle: str
    allocated_poisha: int
    released_poisha: int


class _Stated(TypedDict):
    """What stands on an order beside its money."""

    dated: date
    budget_code: str


class CycleDates(NamedTuple):
    """A cycle's name, and the Dhaka date on which it starts."""

    cycle: str
    starts_on: date


def cycle_on(programme: ProgrammePolicy, today: date) -> CycleDates | None:
    """The month or fiscal quarter in which this Dhaka date lies, or its fiscal year for a one-time grant.

    None where the programme does not pay on it. Who is enrolled today is paid in it, not in one that has ended.
    """
    try:
        every = programme.frequency_on(today)
    except FrequencyNotKnown:
        return None
    if every == "month":
        return CycleDates(f"{today:%Y-%m}", today.replace(day=1))
    if every == "quarter":
        starts_on = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
        return CycleDates(f"{fiscal_year(today)}-Q{(starts_on.month + 5) % 12 // 3 + 1}", starts_on)
    return CycleDates(fiscal_year(today), fiscal_year_start(today))


def prepare_cycles(
    treasury: Client,
    operator: Client,
    policy: Policy,
    today: date,
    poisha: int | Mapping[str, int],
    *,
    released_percent: int = 100,
) -> list[Prepared]:
    """Give each programme that is open to applications its money and open its cycle of today (a Dhaka date).

    Doing it again changes nothing.

    ``poisha`` is the allocation of each, or by programme (others get none); of it ``released_percent`` is released.
    Raises ``NotDone`` and what ``Client`` raises.
    """

    cycles = {
        code: dates
        for code, programme in policy.programmes.items()
        if programme.open_to_applications and (dates := cycle_on(programme, today)) is not None
    }

    def prepare(programme: str) -> Prepared:
        cycle, starts_on = cycles[programme]
        allocated = poisha if isinstance(poisha, int) else poisha.get(programme, 0)
        released = allocated * released_percent // 100
        # The day of the cycle, not today's: the same order says the same whenever it is sent again.
        code = policy.programmes[programme].payroll.budget_code or MADE_UP_BUDGET_CODE
        stated = _Stated(dated=starts_on, budget_code=code)
        if allocated:
            order(treasury, "allocate", programme, cycle, allocated, f"AL/{programme}/{cycle}", **stated)
        if released:
            order(treasury, "release", programme, cycle, released, f"RE/{programme}/{cycle}", **stated)
        _open_cycle(operator, programme, cycle, starts_on)
        return Prepared(programme, cycle, allocated, released)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(prepare, cycles))


def order(
    client: Client,
    kind: str,
    programme: str,
    cycle: str,
    poisha: int,
    order_ref: str,
    *,
    dated: date | None = None,
    budget_code: str | None = None,
) -> None:
    """Send one order, ``allocate`` or ``release``, and wait until it is entered. Raises ``NotDone``."""
    arguments: dict[str, str | int] = {
        "programme": programme,
        "cycle": cycle,
        "poisha": poisha,
        "order_ref": order_ref,
        **({"dated": dated.isoformat()} if dated is not None else {}),
        **({"budget_code": budget_code} if budget_code is not None else {}),
    }
    about = f"{programme}|{cycle}"
    result = client.send_command(STAGE, f"treasury.{kind}", about, arguments)
    if result.state == "refused":
        raise NotDone(f"treasury.{kind}", about, result)


def _open_cycle(client: Client, programme: str, cycle: str, starts_on: date) -> None:
    about = f"{programme}|{cycle}"
    arguments = {"programme": programme, "cycle": cycle, "starts_on": starts_on.isoformat()}
    result = client.send_command(STAGE, "cycle.open", about, arguments)
    known = [reason["code"] for reason in result.reasons] == ["cycle_known"]
    if result.state == "refused" and not known:
        raise NotDone("cycle.open", about, result)
