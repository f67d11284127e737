"""What enrolment publishes of a stored decision: a status line, and the change of an entitlement."""

from collections.abc import Sequence

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
        said: list[list[tuple[Decision, Decided]]] = []
        for item in settled:
            rows = item.decisions if item.kind is Kind.DECISION else ()
            said.append([(row, words) for row in rows if (words := decided(row)) is not None])
        parts = await self._parts(settled, said)
        return [
            [message for row, words in told for message in _of(row, words, parts, _key(item))]
            for item, told in zip(settled, said, strict=True)
        ]

    async def _parts(
        self, settled: Sequence[Settled[object]], said: Sequence[Sequence[tuple[Decision, Decided]]]
    ) -> dict[Key, Cleared]:
        """The cleared events that entitlements are made of: mostly the very ones that came in."""
        parts: dict[Key, Cleared] = {
            (item.input.event.application_id, item.input.event.revision, item.input.event.n): item.input.event
            for item in settled
            if item.input is not None and isinstance(item.input.event, Cleared)
        }
        needed = {
            (row.subject, *words.made_of)
            for told in said
            for row, words in told
            if words.change is not None and words.made_of is not None
        }
        missing: list[Key] = sorted(needed - parts.keys())
        if missing:
            rows = await self._store.get(PARTS, missing)
            parts |= {key: Cleared.read(row.event) for key, row in rows.items()}
        return parts


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


def _of(row: Decision, words: Decided, parts: dict[Key, Cleared], key: str | None) -> list[Message]:
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


def _key(settled: Settled[object]) -> str | None:
    """The application whose record this is, where the record's key says so."""
    return settled.input.subject if settled.input is not None else None
