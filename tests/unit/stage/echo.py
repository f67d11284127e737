"""The smallest stage there is: accepts each subject once, and says so. For tests of the runtime alone."""

from collections.abc import Awaitable, Callable, Sequence

import orjson

from shared import topics
from shared.envelope import Envelope, event_id
from shared.stage.digests import digest_of_content
from shared.stage.numbering import next_number, repeated
from shared.stage.ports import SendRefused
from shared.stage.records import Origin, Outgoing, Record
from shared.stage.stage import (
    BadRecord,
    Decide,
    Draft,
    History,
    Input,
    Kind,
    Message,
    Settle,
    Settled,
    Verdict,
)

TOPIC = "echo.in.v1"
OUT = "echo.out.v1"
GROUP = "echo-group"


def record(offset: int, subject: str, revision: int = 1, text: str = "hello", partition: int = 0) -> Record:
    """A readable record for the echo stage."""
    value = orjson.dumps({"subject": subject, "revision": revision, "text": text})
    return Record(Origin(TOPIC, partition, offset), subject.encode(), value, (), 1_000_000 + offset)


def rubbish(offset: int, partition: int = 0) -> Record:
    """A record that no one can read."""
    return Record(Origin(TOPIC, partition, offset), None, b"\xff{", (("h", b"v"),), 1_000_000 + offset)


class EchoStage:
    """Decides ``echoed`` for each (subject, revision)."""

    name = "echo"
    policy = "p1"

    def read(self, record: Record) -> Input[dict[str, object]]:
        try:
            content = orjson.loads(record.value or b"")
        except orjson.JSONDecodeError:
            raise BadRecord("not_json") from None
        envelope = Envelope("0", "/test", "echo.v1", traceparent=None)
        digest = digest_of_content(record.value or b"")
        return Input(record, envelope, content, content["subject"], content["revision"], digest)

    async def decide(self, inputs: Sequence[Input[dict[str, object]]], history: History) -> Sequence[Verdict]:
        verdicts: list[Verdict] = []
        for item in inputs:
            rows = history[item.subject]
            known = repeated(item, rows, lower=Kind.LATE)
            if known is not None:
                verdicts.append(known)
            elif any(row.revision == item.revision for row in rows):
                verdicts.append(Settle(Kind.CONFLICTING, against=tuple(rows[-1:])))
            else:
                n = next_number(rows, item.revision, item.record.origin)
                body = orjson.dumps({"said": item.event["text"]})
                verdicts.append(Decide((Draft(item.subject, item.revision, n, "echoed", body),)))
        return verdicts

    async def emit(self, settled: Sequence[Settled[dict[str, object]]]) -> Sequence[Sequence[Message]]:
        return [
            [
                Message(
                    OUT,
                    row.subject,
                    "echo.v1",
                    row.subject,
                    event_id("echo", "echo.v1", row.subject, row.revision, row.n),
                    row.at_us,
                    row.body,
                    same_key=True,
                )
                for row in item.decisions
                if item.kind in (Kind.DECISION, Kind.RECOGNISED)
            ]
            for item in settled
        ]


class ListSink:
    """A sink that keeps what it is sent; ``refuse`` decides what a broker would refuse for good."""

    def __init__(
        self,
        refuse: Callable[[Outgoing], bool] = lambda outgoing: False,
        before: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        self.sent: list[Outgoing] = []
        self._refuse, self._before = refuse, before

    async def start(self) -> None:
        """Nothing to connect to."""

    async def stop(self) -> None:
        """Nothing to close."""

    async def send(self, outgoing: Sequence[Outgoing]) -> None:
        if self._before is not None:
            await self._before("send")
        for item in outgoing:
            if self._refuse(item):
                raise SendRefused(item.topic, "too large")
            self.sent.append(item)
        if self._before is not None:
            await self._before("sent")

    def letters(self) -> list[Outgoing]:
        """What went to the dead letters."""
        return [item for item in self.sent if item.topic == topics.dead_letters(TOPIC, GROUP)]

    def events(self) -> list[Outgoing]:
        """What went on."""
        return [item for item in self.sent if item.topic == OUT]
