"""Are changed accounts held that a thief changed, and are those paid in time that their owners changed?

``python -m bench.payments.account_changes [--seed 1]``. One month, by the rules of ``services.payments.accounts`` and
the defaults of policy, and nothing else: 2,000 people change accounts through some 200 clerks, second persons confirm
within two days, and look into what is held as a burst within three. Thieves change 500 accounts: from one desk to many
accounts, from many desks to few accounts, and one by one. Where money is diverted to somebody else's account, its
provider mostly says so (the account check's *owner*).

How thieves and clerks behave is made up (nobody publishes it); the rules are the real ones. A diversion counts as held
if it has not passed when its cycle is released. Bars: 95 % of diversions held, at most 0.5 % of honest changes miss it.
"""

import sys
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any, Final, NamedTuple

import click

from bench.payments.result import Bar, record
from services.payments.accounts.changes import CONFIRMED, LOOKED_AT, REJECTED, is_burst, standing
from services.payments.accounts.tables import AccountChangeRow
from shared.policy.payroll import AccountChangeRule, Payroll

HONEST, DIVERSIONS, CLERKS = 2_000, 500, 200
HELD, MISSED = 0.95, 0.005
CYCLE: Final = timedelta(days=30)
DAY_US: Final = 86_400_000_000
CONFIRM_DAYS, LOOK_DAYS = 2.0, 3.0
OWNER_SEEN = 0.9
"""How often a provider sees that an account is not the payee's; relatives and borrowed SIMs are the rest (assumed)."""
DECEIVED = 0.3
"""How often a second person confirms a theft that stands alone; in a burst, where each is telephoned, ``FOOLED``."""
FOOLED = 0.02
LAST_HONEST_DAY = 24.0
"""Changes that come later are for the next cycle: the payroll freezes when they could not have cooled off."""


class Case(NamedTuple):
    """A change, whether it is a theft, and whether the provider says that the owner differs."""

    row: AccountChangeRow
    theft: bool
    owner_differs: bool


def cases(seed: int) -> Iterator[Case]:
    """A month of changes."""
    random = Random(seed)
    for number in range(HONEST):
        day = random.uniform(0, LAST_HONEST_DAY)
        clerk = f"msw:clerk-{random.randrange(CLERKS)}"
        yield _case(f"honest-{number}", f"own-{number}", clerk, day, theft=False, differs=False)
    for number in range(DIVERSIONS):
        kind, differs = number % 5, random.random() < OWNER_SEEN
        day = random.uniform(15, 27)
        if kind in (0, 1):  # one desk, an account each, within some days before the payday
            clerk, day = f"msw:thief-{number % 4}", random.uniform(20, 24)
            yield _case(f"theft-{number}", f"mule-{number}", clerk, day, theft=True, differs=differs)
        elif kind in (2, 3):  # many desks, a few accounts
            clerk = f"msw:clerk-{random.randrange(CLERKS)}"
            yield _case(f"theft-{number}", f"mule-{number % 20}", clerk, day, theft=True, differs=differs)
        else:  # one by one
            clerk = f"msw:clerk-{random.randrange(CLERKS)}"
            yield _case(f"theft-{number}", f"mule-{number}", clerk, day, theft=True, differs=differs)


def _case(who: str, account: str, clerk: str, day: float, *, theft: bool, differs: bool) -> Case:
    row = AccountChangeRow(who, 1, 2, account, f"old-{who}", clerk, int(day * DAY_US))
    return Case(row, theft, differs)


def passes(case: Case, rule: AccountChangeRule, every: list[Case], random: Random) -> bool:
    """Whether the change may be paid when the cycle is released; ``every`` are all changes."""
    row = case.row
    by_clerk = [other.row for other in every if other.row.clerk == row.clerk]
    to_account = [other.row for other in every if other.row.account == row.account]
    burst = is_burst(rule, row, by_clerk, to_account)
    if case.owner_differs:
        return False  # the account check refuses it, whatever people say
    said_us = row.at_us + int(random.uniform(0.1, LOOK_DAYS if burst else CONFIRM_DAYS) * DAY_US)
    now_us = int(CYCLE / timedelta(microseconds=1))
    taken_in = random.random() < (FOOLED if burst else DECEIVED)
    word = REJECTED if case.theft and not taken_in else LOOKED_AT if burst else CONFIRMED
    return standing(rule, row, word if said_us <= now_us else None, burst, now_us).fault is None


def measure(seed: int) -> dict[str, Any]:
    """One month by the rules."""
    rule, every, random = Payroll().account_change, list(cases(seed)), Random(seed + 1)
    passed = {True: 0, False: 0}
    held_by_rules = 0
    for case in every:
        passed[case.theft] += passes(case, rule, every, random)
        if case.theft:
            by_clerk = [other.row for other in every if other.row.clerk == case.row.clerk]
            to_account = [other.row for other in every if other.row.account == case.row.account]
            held_by_rules += is_burst(rule, case.row, by_clerk, to_account) or case.owner_differs
    missed = HONEST - passed[False]
    held = DIVERSIONS - passed[True]
    return {
        "seed": seed,
        "diversions": DIVERSIONS,
        "held": held,
        "held_share": held / DIVERSIONS,
        "held_by_burst_or_account_check_alone": held_by_rules,
        "honest": HONEST,
        "honest_missed": missed,
        "honest_missed_share": missed / HONEST,
    }


@click.command()
@click.option("--seed", type=int, default=1, show_default=True)
def main(seed: int) -> None:
    """Measure, and put the figures beside those of the other parts."""
    figures = measure(seed)
    held, missed = figures["held_share"], figures["honest_missed_share"]
    bars = (
        Bar(f"diversions held >= {HELD:.0%}", f"{held:.1%}", held >= HELD),
        Bar(f"honest changes that miss a cycle <= {MISSED:.1%}", f"{missed:.2%}", missed <= MISSED),
    )
    sys.exit(0 if record("account_changes", figures, bars) else 1)


if __name__ == "__main__":
    main()
