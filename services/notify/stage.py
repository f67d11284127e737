"""The notify stage: a status line becomes a fate that holds it, and an entry in the index of applications."""

from collections.abc import Sequence
from typing import Final

from services.notify.line_refs import LINE_REFS, line_ref
from shared.contracts.base import NotAsAgreed
from shared.contracts.status import StatusLine
from shared.envelope import BadEnvelope, Envelope
from shared.stage.records import Record
from shared.stage.stage import NOBODY, BadRecord, History, Input, Kind, Message, Settle, Settled, Verdict
from shared.store.port import Store

STATUS_TYPES = frozenset({"application.status.v1"})
_KEPT: Final = Kind.DECISION  # a look into an enum takes ten times as long, and each line asks


class NotifyStage:
    """Keeps lines as they come. Order between stages does not matter: the view is made when it is asked for."""

    name = "notify"
    policy = ""

    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self, record: Record) -> Input[str]:
        """A status line, checked; what is handed on is the application's id. Raises ``BadRecord``."""
        try:
            envelope = Envelope.from_headers(record.headers, STATUS_TYPES)
            application_id = StatusLine.read(record.value or b"").application_id
        except BadEnvelope as bad:
            raise BadRecord(bad.reason) from None
        except NotAsAgreed:
            raise BadRecord("not_a_status_line") from None
        return Input(record, envelope, application_id, NOBODY, 0, "")

    async def decide(self, inputs: Sequence[Input[str]], history: History) -> Sequence[Verdict]:
        """Index the lines; the fate keeps the bytes."""
        refs = [line_ref(item.event, item.record.origin) for item in inputs]
        await self._store.insert(LINE_REFS, refs)
        return [Settle(_KEPT, item.record.value or b"") for item in inputs]

    async def emit(self, settled: Sequence[Settled[str]]) -> Sequence[Sequence[Message]]:
        """Nothing goes on from here."""
        return [()] * len(settled)
