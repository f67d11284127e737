"""What goes out for stored decisions: status lines, cleared applications and their withdrawals."""

from collections.abc import Iterable, Sequence
from typing import Literal

from services.dedup import application
from services.dedup.reasons import reason, reasons_of
from services.dedup.register import Register
from services.dedup.ruling import Hold, Identity, Ruling, State, read
from shared import topics
from shared.contracts.chain import Cleared, Scored
from shared.stage import messages
from shared.stage.messages import About, Next
from shared.stage.stage import Input, Message
from shared.store.tables import Decision

CLEARED_TYPE = "application.cleared.v1"


class Publisher:
    """Words messages. Reads nothing but the immutable events that the stage stored itself."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def after_event(self, decisions: Iterable[Decision], item: Input[Scored]) -> list[Message]:
        """For an application's own event."""
        return _messages(decisions, item.subject, item.event)

    async def after_request(self, settled: Sequence[tuple[Sequence[Decision], str | None]]) -> list[list[Message]]:
        """For requests: each with its decisions and the application that it was about."""
        decided = {row[:2] for rows, about in settled for row in rows if row.subject == about}
        stored = await self._register.events(decided)
        events = {ref: application.read(event) for ref, event in stored.items()}
        return [
            _messages(rows, about, next((events[row[:2]] for row in rows if row[:2] in events), None))
            for rows, about in settled
        ]


def superseded(item: Input[Scored], at_us: int) -> Message:
    """The answer to a lower revision after a higher one."""
    event = item.event
    about = About(event.application_id, event.source, event.source_ref, event.revision)
    return messages.answer(
        "dedup",
        about,
        item.envelope.id,
        at_us,
        state="superseded",
        next="nobody",
        reasons=(reason("superseded"),),
        same_key=True,
    )


def _messages(decisions: Iterable[Decision], name: str | None, event: Scored | None) -> list[Message]:
    """``name`` is the input's own application, ``event`` what it came by; others have conceded to it."""
    out: list[Message] = []
    for row in decisions:
        if row.revision == 0:
            continue  # the answer to a command, which its asker reads
        ruling, own = read(row.body), row.subject == name
        if ruling.state is not State.WITHDRAWN:
            about = About(row.subject, ruling.source, ruling.source_ref, row.revision)
            out.append(
                messages.status(
                    "dedup",
                    about,
                    row,
                    state=ruling.state.value,
                    next=_next(ruling),
                    reasons=reasons_of(ruling),
                    same_key=own,
                )
            )
        if own and event is not None:
            out += _passed_on(row, ruling, event)
    return out


def _passed_on(row: Decision, ruling: Ruling, event: Scored) -> list[Message]:
    if ruling.state is State.CLEARED and ruling.person is not None:
        cleared = _cleared(row, event, ruling.person, "passed")
    elif ruling.withdraws is not None:
        cleared = _cleared(row, event, ruling.withdraws, "withdrawn")
    else:
        return []
    return [messages.event("dedup", topics.CLEARED, CLEARED_TYPE, row.subject, cleared, row, same_key=True)]


def _cleared(row: Decision, event: Scored, person: Identity, outcome: Literal["passed", "withdrawn"]) -> Cleared:
    """What enrolment needs of the scored event, and who it is."""
    return Cleared(
        application_id=event.application_id,
        source=event.source,
        source_ref=event.source_ref,
        revision=row.revision,
        n=row.n,
        programme=event.programme,
        received_at=event.received_at,
        outcome=outcome,
        person_id=person.person_id,
        cluster=person.cluster,
        permanent_address=event.person.permanent_address,
        payee=event.payee,
        rank=event.rank,
        rate_class=event.rate_class,
    )


def _next(ruling: Ruling) -> Next:
    if ruling.state is State.REVIEW:
        return "pipeline" if ruling.hold is Hold.SYSTEM else "reviewer"
    return "pipeline" if ruling.state is State.CLEARED else "nobody"
