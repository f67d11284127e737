"""Every submitted record in exactly one place: the equation that a demo is held to, by source."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.demo.board import Board
from shared.contracts.status import StatusLine

TERMS = (
    "unreadable",
    "recognised",
    "conflicting",
    "late",
    "rejected",
    "insufficient",
    "ineligible",
    "superseded",
    "duplicate",
    "overlap",
    "review",
    "waiting",
    "not_selected",
    "without_account",
    "instructed",
)
"""The ends that a record can come to, in the order of the pipeline."""

IN_FLIGHT = "in_flight"
"""Not an end: something is still being done. At the end of a demo there is none of it."""

_OF_ANSWER = {
    "recognised": "recognised",
    "conflicting_revision": "conflicting",
    "late_revision": "late",
    "rejected": "rejected",
}
_OF_STATE = {
    "rejected": "rejected",
    "insufficient_data": "insufficient",
    "ineligible": "ineligible",
    "duplicate": "duplicate",
    "overlap": "overlap",
    "review": "review",
    "waiting": "waiting",
    "not_selected": "not_selected",
    "awaiting_account": "without_account",
    "instructed": "instructed",
    "unknown": "instructed",
    "credited": "instructed",
    "withdrawn": "instructed",
    "cancelling": "instructed",
    "cancelled": "instructed",
    "disputed": "instructed",
    "failed": "instructed",
    "returned": "instructed",
}


def term_of(state: str) -> str:
    """The term of an overall state; ``in_flight`` for one that is on its way."""
    return _OF_STATE.get(state, IN_FLIGHT)


@dataclass(frozen=True, slots=True)
class Account:
    """By source: how many records were submitted, and how many came to which end."""

    submitted: Mapping[str, int]
    ends: Mapping[str, Counter[str]]

    def total(self, term: str) -> int:
        """Over all sources."""
        return sum(ends[term] for ends in self.ends.values())

    @property
    def by_fate(self) -> dict[str, int]:
        """All terms over all sources, zero ones too."""
        return {term: self.total(term) for term in TERMS}

    @property
    def settled(self) -> bool:
        """Whether every record has come to an end."""
        return all(
            submitted == sum(self.ends[source][term] for term in TERMS) for source, submitted in self.submitted.items()
        )

    def differences(self) -> dict[str, int]:
        """By source the records that have no end, or (negative) more than one; empty when the account is exact."""
        found = {
            source: submitted - sum(self.ends[source][term] for term in TERMS)
            for source, submitted in self.submitted.items()
        }
        return {source: difference for source, difference in found.items() if difference}


def account(board: Board) -> Account:
    """Count a board as it stands.

    A record that intake accepted is counted under its application's overall state if it is the highest accepted
    revision, and as superseded otherwise. One that it rejected, or answered as a repetition, is counted as that.
    """
    ends: dict[str, Counter[str]] = defaultdict(Counter)
    for source, count in board.unreadable.items():
        ends[source]["unreadable"] += count
    for answer in board.answers.values():
        if answer.stage == "intake" and answer.state in _OF_ANSWER:
            ends[answer.source][_OF_ANSWER[answer.state]] += 1
    overall = board.overall()
    for application_id, lines in board.lines.items():
        _count(ends, lines, overall[application_id].state)
    return Account({source: board.submitted[source] for source in sorted(board.submitted)}, ends)


def _count(ends: dict[str, Counter[str]], lines: list[StatusLine], state: str) -> None:
    source = lines[0].source
    intake = [line for line in lines if line.stage == "intake"]
    accepted = [line.revision for line in intake if line.state == "accepted"]
    ends[source]["rejected"] += sum(line.state == "rejected" for line in intake)
    if accepted:
        ends[source]["superseded"] += len(accepted) - 1
        ends[source][term_of(state)] += 1
