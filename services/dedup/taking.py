"""A reviewer takes a held application, so that no two look at one: numbered rows, and the first writer wins.

A row is a decision of its own, on the subject ``review/<application_id>``. When it was taken is the time at which Kafka
appended the command, so that every instance and every replay sees the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import orjson

from services.dedup.concede import Known
from services.dedup.reasons import reason
from services.dedup.reopen import as_draft
from services.dedup.ruling import Hold
from shared.contracts.command import Command
from shared.contracts.status import Reason
from shared.stage.commands import done, refused
from shared.stage.messages import moment
from shared.stage.numbering import caused_by, next_number
from shared.stage.records import Record
from shared.stage.stage import Draft, Input, Verdict
from shared.store.tables import Decision

TAKEN: Final = "taken"
RELEASED: Final = "released"

_PREFIX: Final = "review/"


class Taking(NamedTuple):
    """The hold ``n`` was taken ``by`` a reviewer for the time from ``from_us`` to ``until_us``, µs since 1970 UTC."""

    n: int
    by: str
    from_us: int
    until_us: int


def subject_of(application_id: str) -> str:
    """Under which the rows of an application are numbered."""
    return _PREFIX + application_id


def is_taking(row: Decision) -> bool:
    """Whether a decision says who looks at an application, or what a listed pair is, and nothing of an application."""
    return row.subject.startswith(_PREFIX)


def moment_us(record: Record) -> int:
    """When Kafka appended it, µs since 1970 UTC."""
    return record.timestamp_ms * 1_000


def taken(me: Known, rows: Iterable[Decision], at_us: int) -> Taking | None:
    """Who has the application's present hold at that time, given all rows of its subject in order."""
    last: Decision | None = None
    for row in rows:
        if row.revision == me.row.revision:
            last = row
    if last is None or last.state == RELEASED:
        return None
    taking = Taking(**orjson.loads(last.body))
    return taking if taking.n == me.n and taking.from_us <= at_us < taking.until_us else None


def take(
    item: Input[Command], me: Known | None, n: int, revision: int, rows: Sequence[Decision], claim_us: int
) -> Verdict:
    """Decide that a reviewer takes hold ``n`` of ``revision`` for ``claim_us``; again is to take it for longer."""
    own = caused_by(rows, item.record.origin)
    if own:  # a replay after a crash between the row and its answer
        return _answer(item, Taking(**orjson.loads(own[0].body)), as_draft(own[0]))
    at_us = moment_us(item.record)
    fault = _fault(item, me, n, revision, rows, at_us)
    if fault is not None:
        return refused(item, [fault])
    taking = Taking(n, item.event.by, at_us, at_us + claim_us)
    return _answer(item, taking, _draft(item, revision, rows, TAKEN, taking))


def release(item: Input[Command], me: Known | None, n: int, revision: int, rows: Sequence[Decision]) -> Verdict:
    """Decide that a reviewer gives hold ``n`` of ``revision`` back; one that nobody has stays so."""
    own = caused_by(rows, item.record.origin)
    if own:
        return done(item, {"application_id": item.event.about}, [as_draft(own[0])])
    at_us = moment_us(item.record)
    fault = _fault(item, me, n, revision, rows, at_us)
    if fault is not None:
        return refused(item, [fault])
    taking = Taking(n, item.event.by, at_us, at_us)
    return done(item, {"application_id": item.event.about}, [_draft(item, revision, rows, RELEASED, taking)])


def is_open(me: Known | None, revision: int, n: int) -> bool:
    """Whether the application is held for a reviewer by that very decision."""
    if me is None or me.ruling is None:
        return False
    return me.ruling.hold is Hold.REVIEWER and (me.row.revision, me.n) == (revision, n)


def shown(takings: Mapping[str, Sequence[Decision]], me: Known, at_us: int) -> Taking | None:
    """``taken``, from rows by subject."""
    return taken(me, takings.get(subject_of(me.application_id), ()), at_us)


def _fault(
    item: Input[Command], me: Known | None, n: int, revision: int, rows: Sequence[Decision], at_us: int
) -> Reason | None:
    if me is None:
        return reason("application_unknown")
    if not is_open(me, revision, n):
        return reason("no_such_hold")
    holder = taken(me, rows, at_us)
    return reason("taken_by_another") if holder is not None and holder.by != item.event.by else None


def _draft(item: Input[Command], revision: int, rows: Sequence[Decision], state: str, taking: Taking) -> Draft:
    number = next_number(rows, revision, item.record.origin)
    return Draft(subject_of(item.event.about), revision, number, state, orjson.dumps(taking._asdict()))


def _answer(item: Input[Command], taking: Taking, draft: Draft) -> Verdict:
    result = {"application_id": item.event.about, "n": taking.n, "until": moment(taking.until_us).isoformat()}
    return done(item, result, [draft])
