"""What goes wrong with an instruction: a pure function of seed, payment, attempt and account."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.population.draws import Weighted
from sandbox.providers.accounts import Accounts, AccountState, position_of
from sandbox.providers.modes import Mode, Plan
from shared.contracts.payment import Instruct

Behaviour = Callable[[Instruct], Plan]
"""Chooses what is done with an instruction that the contract allows to be carried out."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares of the instructions to good accounts, all assumed; the rest is accepted.

    ``dormant_refused`` is the share of dormant accounts that refuse money at once instead of keeping it for a while.
    """

    twice: float = 0.02
    late: float = 0.03
    never: float = 0.01
    time_out: float = 0.005
    over_limit: float = 0.005
    closed_later: float = 0.005
    withdrawn: float = 0.02
    dormant_refused: float = 0.3


_FAULTY = {
    AccountState.MISSING: Plan(Mode.REFUSE, "no_such_account"),
    AccountState.OTHER_HOLDER: Plan(Mode.REFUSE, "holder_differs"),
}
_ASLEEP = AccountState.DORMANT  # a look into an enum takes ten times as long, and each instruction is asked
_DORMANT = Plan(Mode.REFUSE, "account_dormant")
_NEVER_ACTIVATED = Plan(Mode.RETURN, "wallet_never_activated")


def honest(seed: int, accounts: Accounts, rates: Rates | None = None) -> Behaviour:
    """A provider as they are: what an account is decides first, then chance."""
    rates = rates or Rates()
    misfortunes = [
        (Plan(Mode.TWICE), rates.twice),
        (Plan(Mode.LATE), rates.late),
        (Plan(Mode.NEVER), rates.never),
        (Plan(Mode.TIME_OUT, "timed_out"), rates.time_out),
        (Plan(Mode.REFUSE, "account_limit_reached"), rates.over_limit),
        (Plan(Mode.RETURN, "account_closed"), rates.closed_later),
        (Plan(Mode.WITHDRAW), rates.withdrawn),
    ]
    chances = Weighted([*misfortunes, (Plan(Mode.ACCEPT), 1 - sum(rate for _, rate in misfortunes))])

    def choose(order: Instruct) -> Plan:
        state = accounts(order.account)
        if (faulty := _FAULTY.get(state)) is not None:
            return faulty
        position = position_of(seed, "instruction", f"{order.payment_id}|{order.attempt}")
        if state is _ASLEEP:
            return _DORMANT if position < rates.dormant_refused else _NEVER_ACTIVATED
        return chances.at(position)

    return choose


def always(mode: Mode) -> Behaviour:
    """Every instruction meets the same fate: for trying out how something is dealt with."""
    plan = Plan(mode, {Mode.REFUSE: "refused", Mode.RETURN: "returned", Mode.TIME_OUT: "timed_out"}.get(mode))
    return lambda _: plan
