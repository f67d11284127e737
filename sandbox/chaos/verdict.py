"""What must hold when all is over: nothing lost, nothing twice, no decision in two versions, no work left lying."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sandbox.chaos.drain import Drained
from sandbox.chaos.published import Published, written_topics
from sandbox.chaos.tally import Tally
from sandbox.demo.accounting import Account, account
from sandbox.demo.board import Board
from sandbox.demo.run import check
from sandbox.deployment.deployment import Deployment
from sandbox.providers.ledger import Ledger
from shared.checks import Finding
from shared.kafka.reading import read_topics
from shared.policy import Policy

KILLS_A_MINUTE: Final = 4
"""Twenty in five minutes."""
TAKEN_OVER: Final = "taken over in 15 s"
_SHOWN: Final = 3
Reference = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Seen:
    """What the outside can read when all is over."""

    board: Board
    account: Account
    published: Published


async def look(bootstrap: str, policy: Policy) -> Seen:
    """Read every topic once. Raises ``KafkaAway``."""
    board, published = Board(policy.sources), Published()
    written, of_board = set(written_topics(policy)), set(board.topics)
    async for record in read_topics(bootstrap, sorted(written | of_board)):
        if record.origin.topic in of_board:
            board.take(record)
        if record.origin.topic in written:
            published.take(record)
    return Seen(board, account(board), published)


def findings(
    deployment: Deployment,
    seen: Seen,
    sent: Collection[Reference],
    ledgers: Collection[Ledger],
    tally: Tally,
    drained: Drained,
    seconds: float,
) -> list[Finding]:
    """Everything that must hold; the invariants of ``dsr check`` last."""
    return [
        _none_lost(seen, sent),
        _one_end(seen.account),
        _not_paid_twice(ledgers),
        _repeated(seen.published),
        _identical(seen.published),
        _enough_kills(tally, seconds),
        _continued(tally),
        _drained(drained),
        _stayed(tally),
        *check(deployment),
    ]


def _none_lost(seen: Seen, sent: Collection[Reference]) -> Finding:
    overall = seen.board.overall()
    known = {(whole.line.source, whole.line.source_ref) for whole in overall.values()}
    lost = sorted(set(sent) - known)
    return Finding(
        "none lost",
        not lost,
        f"{len(sent):,} applications that Kafka took, {len(lost):,} of them without a state"
        + "".join(f"; {source} {ref}" for source, ref in lost[:_SHOWN]),
    )


def _one_end(counted: Account) -> Finding:
    """The equation of the demo: each submitted record in exactly one place, and none still on its way."""
    differences, records = counted.differences(), sum(counted.submitted.values())
    detail = f"{records:,} records, each with one end" if not differences else f"without one end: {differences}"
    return Finding("one end", not differences, detail)


def _not_paid_twice(ledgers: Collection[Ledger]) -> Finding:
    credited, twice = sum(each.credited for each in ledgers), sum(each.paid_twice for each in ledgers)
    return Finding("none paid twice", twice == 0, f"{credited:,} payments by the providers' own books, {twice:,} twice")


def _repeated(published: Published) -> Finding:
    """Otherwise no fault hit a window, and the run has shown nothing."""
    count = published.repeated.total()
    by_stage = ", ".join(f"{stage} {times:,}" for stage, times in published.repeated.most_common())
    return Finding("repeats occurred", count > 0, f"{count:,} of {published.events:,} events were repeats: {by_stage}")


def _identical(published: Published) -> Finding:
    differing = published.differing
    detail = f"{len(differing):,} repeats differ from the first" + "".join(f"; {one}" for one in differing[:_SHOWN])
    return Finding("repeats identical", not differing, detail)


def _enough_kills(tally: Tally, seconds: float) -> Finding:
    wanted = int(KILLS_A_MINUTE * seconds / 60)
    at_steps = sum(kill.step is not None for kill in tally.kills)
    return Finding(
        "enough kills",
        len(tally.kills) >= wanted,
        f"{len(tally.kills)} kills, {at_steps} of them at a step; {wanted} are wanted",
    )


def _continued(tally: Tally) -> Finding:
    measured = [kill.continued_s for kill in tally.kills if kill.continued_s is not None]
    slow = [kill for kill in tally.kills if kill.too_slow]
    detail = f"{len(measured)} measured, the longest {max(measured, default=0.0):.1f} s"
    detail += "".join(
        f"; {kill.stage}-{kill.instance} at {kill.at_s:.0f} s took {kill.continued_s or 'for ever'}"
        for kill in slow[:_SHOWN]
    )
    return Finding(TAKEN_OVER, not slow and bool(measured), detail)


def _drained(drained: Drained) -> Finding:
    seen = f"{drained.seconds:.0f} s after the last incident"
    return Finding("backlog drained", not drained.left, f"{seen} there was left: {drained.left or 'nothing'}")


def _stayed(tally: Tally) -> Finding:
    detail = "; ".join(f"{one.name} ended with code {one.code}" for one in tally.exits[:_SHOWN])
    return Finding("nobody gave up", not tally.exits, detail or "every service ended only when it was ended")
