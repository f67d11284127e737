"""``dsr check``'s part for payments, the rebuild and the trace, over a national number of payments.

``python -m bench.payments.check_and_trace [--payments 1000000]``. Bars: check < 60 s, trace < 2 s with nothing
unexplained, all totals rebuilt equal to the running ones, and equal in every direction.
"""

import asyncio
import sys
from itertools import combinations
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import click

from bench.payments.national import Written, write
from bench.payments.result import Bar, record
from services.payments.books.ledger import Axis, Ledger, Totals
from services.payments.books.running import Books, differences
from services.payments.checks import findings
from services.payments.tables import TABLES
from services.payments.view import View
from shared.policy import load_policy
from shared.policy.policy import Policy
from shared.service.assembly import now_us
from shared.store.sqlite import SqliteStore
from shared.store.tables import COMMON

FOLDER: Final = Path("var/bench/payments")
CHECK_S, TRACE_S = 60.0, 2.0
_DIMENSIONS: Final[tuple[Axis, ...]] = ("programme", "cycle", "district", "provider")


def adds_up(ledger: Ledger) -> bool:
    """Whether the totals are the same sums along every choice of dimensions."""
    whole = Totals()
    for totals in ledger.by(()).values():
        whole = whole.plus(totals)
    for count in range(1, len(_DIMENSIONS) + 1):
        for axes in combinations(_DIMENSIONS, count):
            summed = Totals()
            for totals in ledger.by(axes).values():
                summed = summed.plus(totals)
            if summed != whole:
                return False
    return True


async def measure(path: Path, policy: Policy, written: Written) -> dict[str, Any]:
    """Everything on the store at an absolute path, the way each service and command does it."""
    store = SqliteStore(path)
    await store.open((*COMMON, *TABLES))
    try:
        started = perf_counter()
        view = View(store, policy, now_us=now_us)
        ledger = await view.ledger()
        first_s = perf_counter() - started

        started = perf_counter()
        resumed = View(store, policy, now_us=now_us)
        await resumed.ledger()
        resumed_s = perf_counter() - started

        traces: list[float] = []
        unexplained = shown = 0
        for order_ref, poisha in written.orders.items():
            started = perf_counter()
            found = await resumed.trace(order_ref, ["provider", "district", "age", "state"])
            traces.append(perf_counter() - started)
            assert found is not None
            unexplained += abs(found.unexplained) + abs(found.poisha - poisha)
            shown += sum(part.poisha for part in found.parts) + found.left
        started = perf_counter()
        books = await Books.resume(store, policy)
        await books.catch_up()
        found_out = await findings(store, books, f"sqlite:///{path}")
        check_s = perf_counter() - started
        return {
            "payments": written.payments,
            "transitions": written.transitions,
            "check_s": round(check_s, 1),
            "invariants_hold": all(finding.holds for finding in found_out),
            "findings": [finding._asdict() for finding in found_out],
            "add_up_from_nothing_s": round(first_s, 1),
            "resume_s": round(resumed_s, 2),
            "trace_s_max": round(max(traces), 3),
            "unexplained_poisha": unexplained + abs(shown - sum(written.orders.values())),
            "rebuilt_differs": len(differences(ledger, books.ledger)),
            "adds_up": adds_up(ledger),
        }
    finally:
        await store.close()


@click.command()
@click.option("--payments", type=click.IntRange(1), default=1_000_000, show_default=True)
def main(payments: int) -> None:
    """Write the store, measure, and put the figures into var/bench/payments.json."""
    policy = load_policy(Path("deploy/policy"))
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER.absolute() / "national.db"
    started = perf_counter()
    written = write(path, policy, payments)
    write_s = perf_counter() - started
    figures = asyncio.run(measure(path, policy, written))
    path.unlink()
    bars = (
        Bar(
            f"check of {payments:,} payments < {CHECK_S:.0f} s", f"{figures['check_s']} s", figures["check_s"] < CHECK_S
        ),
        Bar("I3, I4 and I5 hold", str(figures["invariants_hold"]), figures["invariants_hold"]),
        Bar("rebuilt equal to running", f"{figures['rebuilt_differs']} differ", not figures["rebuilt_differs"]),
        Bar(f"trace < {TRACE_S:.0f} s", f"{figures['trace_s_max']} s", figures["trace_s_max"] < TRACE_S),
        Bar("0 poisha unexplained", f"{figures['unexplained_poisha']} poisha", not figures["unexplained_poisha"]),
        Bar("totals add up in every direction", str(figures["adds_up"]), figures["adds_up"]),
    )
    sys.exit(0 if record("check_and_trace", {**figures, "write_s": round(write_s, 1)}, bars) else 1)


if __name__ == "__main__":
    main()
