"""How providers do: what is counted of each transition, and the scorecard made of it (seed 002). Pure."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from services.payments.payment import Body, Payment

HOURS_US: Final = 3_600_000_000
BOUNDS_H: Final = (0.01, 0.1, 1, 6, 12, 24, 48, 72, 168, 720)
"""Upper bounds of the classes of time to report, in hours; beyond the last is a class of its own."""
AGES_DAYS: Final = (0, 1, 2, 3, 7, 14, 30)
"""Ages of money in transit, in whole days, from which a class begins."""

SENT, ASKED, UNANSWERED = "sent", "asked", "unanswered"
_SENT: Final = (SENT,)
_OUTCOMES: Final = frozenset({"credited", "failed", "cancelled"})
_WITHIN: Final = tuple(f"within_{place}" for place in range(len(BOUNDS_H) + 1))


def measures(body: Body | Payment, at_us: int) -> tuple[str, ...]:
    """What a transition adds one to: nothing for one that says nothing of a provider."""
    move = body.move
    if move == "sent":
        return _SENT
    if move == "reported":
        state = str(body.state)
        if state not in _OUTCOMES:
            return (state,)
        return state, _WITHIN[bisect_left(BOUNDS_H, (at_us - body.sent_us) / HOURS_US)]
    if move == "asked":
        return (ASKED,) if body.asks else (UNANSWERED,)
    return ()


class Scorecard(NamedTuple):
    """Counts and shares of one provider. Times are upper bounds in hours, None where nothing was reported in any class.

    ``unanswered`` is how often inquiries went without an answer until a person's list. ``in_transit`` is poisha by age
    in days (the lower bound of the class).
    """

    provider: str
    sent: int
    credited: int
    failed: int
    returned: int
    cancelled: int
    withdrawn: int
    inquiries: int
    unanswered: int
    failure_rate: float
    return_rate: float
    unanswered_rate: float
    report_hours_p50: float | None
    report_hours_p95: float | None
    discrepancies: int
    in_transit: dict[int, int]


def scorecard(
    provider: str,
    counts: Mapping[tuple[str, str], int],
    in_transit: Iterable[tuple[int, int]],
    discrepancies: int,
    today: int,
) -> Scorecard:
    """One provider's; ``in_transit`` are (day of sending, poisha), ``today`` the Dhaka day since 1970."""

    def of(measure: str) -> int:
        return counts.get((provider, measure), 0)

    classes = [of(measure) for measure in _WITHIN]
    ages = dict.fromkeys(AGES_DAYS, 0)
    for day, poisha in in_transit:
        ages[max(bound for bound in AGES_DAYS if bound <= max(today - day, 0))] += poisha
    return Scorecard(
        provider=provider,
        sent=of(SENT),
        credited=of("credited"),
        failed=of("failed"),
        returned=of("returned"),
        cancelled=of("cancelled"),
        withdrawn=of("withdrawn"),
        inquiries=of(ASKED),
        unanswered=of(UNANSWERED),
        failure_rate=_share(of("failed"), sum(classes)),
        return_rate=_share(of("returned"), of("credited")),
        unanswered_rate=_share(of(UNANSWERED), of(SENT)),
        report_hours_p50=_quantile(classes, 0.50),
        report_hours_p95=_quantile(classes, 0.95),
        discrepancies=discrepancies,
        in_transit=ages,
    )


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _quantile(classes: list[int], share: float) -> float | None:
    wanted, seen = share * sum(classes), 0
    for count, bound in zip(classes, BOUNDS_H, strict=False):
        seen += count
        if seen and seen >= wanted:
            return bound
    return None
