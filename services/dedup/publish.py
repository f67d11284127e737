"""What goes out for stored decisions: status lines, cleared applications and their withdrawals."""

from collections.abc import Iterable, Sequence

import msgspec

from services.dedup import application
from services.dedup.application import Application
from services.dedup.reasons import reason, reasons_of
from services.dedup.register import Register
from services.dedup.ruling import Hold, Identity, Ruling, State, read
from shared import topics
from shared.envelope import event_id
from shared.stage import messages
from shared.stage.messages import About, Next
from shared.stage.stage import Input, Message
from shared.store.tables import Decision

_WRITER = msgspec.json.Encoder(order="sorted")

CLEARED_TYPE = "application.cleared.v1"
_CARRIED = ("application_id", "source", "source_ref", "programme", "received_at", "payee", "rank", "rate_class")


class Publisher:
    """Words messages. Reads nothing but the immutable parts that the stage stored itself."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def after_event(self, decisions: Iterable[Decision], item: Input[Application]) -> list[Message]:
        """For an application's own event."""
        return _messages(decisions, item.subject, item.event)

    async def after_request(self, settled: Sequence[tuple[Sequence[Decision], str | None]]) -> list[list[Message]]:
        """For requests: each with its decisions and the application that it was about."""
        refs = [
            (row.subject, row.revision) for rows, about in settled for row in rows if about and row.subject == about
        ]
        parts = await self._register.parts(refs) if refs else {}
        events = {ref: application.read(event) for ref, event in parts.items()}
        return [
            _messages(rows, about, next((events[row[:2]] for row in rows if row[:2] in events), None))
            for rows, about in settled
        ]


def superseded(item: Input[Application], at_us: int) -> Message:
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


def _messages(decisions: Iterable[Decision], name: str | None, event: Application | None) -> list[Message]:
    """``name`` is the input's own application, ``event`` its parts; other applications have conceded to it."""
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


def _passed_on(row: Decision, ruling: Ruling, event: Application) -> list[Message]:
    if ruling.state is State.CLEARED and ruling.person is not None:
        value = _cleared(row, event, ruling.person, "passed")
    elif ruling.withdraws is not None:
        value = _cleared(row, event, ruling.withdraws, "withdrawn")
    else:
        return []
    return [
        Message(
            topic=topics.CLEARED,
            key=row.subject,
            type=CLEARED_TYPE,
            subject=row.subject,
            event_id=event_id("dedup", CLEARED_TYPE, row.subject, row.revision, row.n),
            time_us=row.at_us,
            value=value,
            same_key=True,
        )
    ]


def _cleared(row: Decision, event: Application, person: Identity, outcome: str) -> bytes:
    """A ``shared.contracts.chain.Cleared``: what enrolment needs of the scored event, as it came, and who it is."""
    content = event.content
    cleared = {name: content[name] for name in _CARRIED if name in content}
    cleared |= {
        "revision": row.revision,
        "n": row.n,
        "outcome": outcome,
        "person_id": person.person_id,
        "cluster": person.cluster,
        "permanent_address": event.person["permanent_address"],
    }
    return _WRITER.encode(cleared)


def _next(ruling: Ruling) -> Next:
    if ruling.state is State.REVIEW:
        return "pipeline" if ruling.hold is Hold.SYSTEM else "reviewer"
    return "pipeline" if ruling.state is State.CLEARED else "nobody"
