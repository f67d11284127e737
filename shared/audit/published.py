"""I2, Kafka's side: what a stage has published is what it has stored, and every copy of an event is the same."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from shared.audit.repeats import Repeats
from shared.audit.tally import Tally
from shared.stage.records import Record
from shared.store.port import Key, Store
from shared.store.tables import DECISIONS

STATUS = "application.status.v1"


def decision_of(content: Mapping[str, Any]) -> Key | None:
    """The key of the decision that an event says it is of; None if it says nothing of the kind.

    A status line about a payment carries it as its subject; a payment has no revisions, so its decisions have 0.
    """
    if content.get("about") == "submission" or not {"application_id", "revision", "n"} <= content.keys():
        return None
    if "subject" in content:
        return content["subject"], 0, content["n"]
    return content["application_id"], content["revision"], content["n"]


class _Claimed(NamedTuple):
    """An event that says it is of a stored decision; ``state`` is what a status line says."""

    where: str
    key: Key
    state: str | None


class PublishedEvents:
    """Takes a stage's events page by page; ``close`` tells of copies that differ."""

    def __init__(self, stage: str, store: Store, tally: Tally) -> None:
        self._own, self._store, self._tally = f"/dsr/{stage}".encode(), store, tally
        self._repeats = Repeats()

    async def take(self, page: list[Record]) -> None:
        """Hold the events of this stage against its decisions; others' are left alone."""
        claimed: list[_Claimed] = []
        for record in page:
            headers = dict(record.headers)
            if headers.get("ce_source") != self._own:
                continue
            self._tally.seen += 1
            self._repeats.add(headers.get("ce_id", b""), record)
            claim = self._claim(record, headers.get("ce_type", b"").decode(errors="replace"))
            if claim is not None:
                claimed.append(claim)
        rows = await self._store.get(DECISIONS, list({claim.key for claim in claimed})) if claimed else {}
        for where, key, state in claimed:
            row = rows.get(key)
            if row is None:
                self._tally.fault(f"{where} is of a decision that is not stored")
            elif state is not None and row.state != state:
                self._tally.fault(f"{where} says {state} and the stored decision says {row.state}")

    def close(self) -> None:
        """Compare the copies, and let go of the temporary files."""
        with self._repeats as repeats:
            for _ in repeats.differing():
                self._tally.fault("an event was published twice and not the same")

    def _claim(self, record: Record, message_type: str) -> _Claimed | None:
        topic, partition, offset = record.origin
        where = f"{topic}[{partition}] offset {offset}"
        try:
            content = orjson.loads(record.value or b"")
        except orjson.JSONDecodeError:
            content = None
        if not isinstance(content, dict):
            self._tally.fault(f"{where} is not an event")
            return None
        key = decision_of(content)
        if key is None:
            return None
        return _Claimed(where, key, content.get("state") if message_type == STATUS else None)
