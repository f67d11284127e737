"""What enrolment publishes of a stored decision: a status line, and the change of an entitlement."""

from collections.abc import Mapping, Sequence
from typing import Final

from services.enrolment.decided import Decided, decided
from services.enrolment.entitlements import changed
from services.enrolment.reasons import REASONS
from services.enrolment.tables import PARTS
from shared import topics
from shared.contracts.chain import Cleared
from shared.contracts.command import Command
from shared.stage import messages
from shared.stage.stage import Kind, Message, Settled
from shared.store.port import Key, Store
from shared.store.tables import Decision

_DECISION: Final = Kind.DECISION  # a look into an enum takes ten times as long, and each record asks
_NEXT: dict[str, messages.Next] = {
    "enrolled": "pipeline",
    "waiting": "nobody",
    "not_selected": "nobody",
    "overlap": "applicant",
    "suspended": "operator",
    "ended": "nobody",
}


class Announcer:
    """Makes the messages of settled records; the only thing it reads is events that enrolment itself has stored."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def messages(self, settled: Sequence[Settled[object]]) -> list[list[Message]]:
        """For each settled record what to publish, answers to late revisions apart."""
        said: list[tuple[str | None, list[tuple[Decision, Decided]]]] = []
        parts: dict[Key, Cleared] = {}
        needed: set[Key] = set()
        for item in settled:
            subject = None
            if item.input is not None:
                subject, event = item.input.subject, item.input.event
                if isinstance(event, Cleared):
                    parts[event.application_id, event.revision, event.n] = event
            told: list[tuple[Decision, Decided]] = []
            for row in item.decisions if item.kind is _DECISION else ():
                words = decided(row)
                if words is not None:
                    told.append((row, words))
                    if words.change is not None and words.made_of is not None:
                        needed.add((row.subject, *words.made_of))
            said.append((subject, told))
        # The cleared events that entitlements are made of are mostly the very ones that came in.
        if missing := sorted(needed - parts.keys()):
            rows = await self._store.get(PARTS, missing)
            parts |= {key: Cleared.read(row.event) for key, row in rows.items()}
        return [[message for row, words in told for message in _of(row, words, parts, key)] for key, told in said]


def command_message(command: Command, at_us: int) -> Message:
    """A command that enrolment gives itself."""
    return Message(
        topic=topics.command("enrolment"),
        key=command.about,
        type="enrolment.command.v1",
        subject=command.about,
        event_id=command.command_id,
        time_us=at_us,
        value=command.write(),
    )


def _of(row: Decision, words: Decided, parts: Mapping[Key, Cleared], key: str | None) -> list[Message]:
    """``key`` is the application whose record this is, where the record's key says so."""
    about = messages.About(row.subject, words.source, words.source_ref, row.revision)
    said = [
        messages.status(
            "enrolment",
            about,
            row,
            state=row.state,
            reasons=[REASONS[code] for code in words.reasons],
            next="committee" if "waiting_for_round" in words.reasons else _NEXT[row.state],
            same_key=row.subject == key,
        )
    ]
    if words.change is not None and words.made_of is not None and words.starts is not None:
        content = changed(row, parts[row.subject, *words.made_of], words.change, words.starts)
        said.append(
            messages.event(
                "enrolment",
                topics.ENTITLEMENT_CHANGED,
                "entitlement.changed.v1",
                content.entitlement_id,
                content,
                row,
                same_key=False,
            )
        )
    return said
