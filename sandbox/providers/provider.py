"""One provider: batches of records in, letters out, its memory in between."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from sandbox.providers.accounts import ALL_GOOD, Accounts
from sandbox.providers.attempts import Due
from sandbox.providers.desk import Deals, Told
from sandbox.providers.memory import Memory
from sandbox.providers.reports import Letter, letter
from sandbox.providers.verifying import verified
from shared.contracts.account import Verify
from shared.contracts.base import NotAsAgreed
from shared.contracts.payment import Cancel, Inquire, Instruct
from shared.envelope import BadEnvelope, Envelope
from shared.stage.records import Headers

_MODELS: dict[str, type[Told] | type[Verify]] = {
    "payment.instruct.v1": Instruct,
    "payment.inquire.v1": Inquire,
    "payment.cancel.v1": Cancel,
    "account.verify.v1": Verify,
}
_NEVER_US = 2**63


class Unreadable(NamedTuple):
    """A record that is no instruction, inquiry or cancel; the reason holds nothing of its content."""

    reason: str


class Provider:
    """``clock`` gives µs since 1970 UTC. Not for several threads."""

    def __init__(
        self, code: str, desk: Deals, memory: Memory, clock: Callable[[], int], accounts: Accounts = ALL_GOOD
    ) -> None:
        self.code, self._desk, self._memory, self._clock, self._accounts = code, desk, memory, clock, accounts
        self._next_due_us = memory.next_due_us()

    def take(self, records: Iterable[tuple[Headers, bytes | None]]) -> tuple[list[Letter], list[Unreadable]]:
        """Deal with a batch, and remember; only then may the letters be sent. The same batch again does no harm."""
        told: list[Told] = []
        asked: list[Verify] = []
        unreadable: list[Unreadable] = []
        for headers, value in records:
            read = _read(headers, value)
            if isinstance(read, Unreadable):
                unreadable.append(read)
            elif isinstance(read, Verify):
                asked.append(read)
            else:
                told.append(read)
        now_us = self._clock()
        said = [verified(self.code, one, self._accounts, now_us) for one in asked]
        with self._memory.books([one.payment_id for one in told], [one.attempt_ref for one in told]) as books:
            for one in told:
                said += [letter(self.code, report) for report in self._desk.take(one, books, now_us)]
        if books.due:
            soonest = min(due.due_us for due in books.due)
            self._next_due_us = min(soonest, self._next_due_us or _NEVER_US)
        return said, unreadable

    def fall_due(self, limit: int = 500) -> tuple[list[Letter], Sequence[Due]]:
        """What is to be said because its time has come; call ``done`` with the second part once it is sent."""
        now_us = self._clock()
        if self._next_due_us is None or self._next_due_us > now_us:
            return [], ()
        due = self._memory.due(now_us, limit)
        said: list[Letter] = []
        with self._memory.books((), [one.attempt_ref for one in due]) as books:
            for one in due:
                said += [letter(self.code, report) for report in self._desk.fall_due(one, books, now_us)]
        return said, due

    def done(self, due: Sequence[Due]) -> None:
        """What was due has been sent."""
        self._memory.done(due)
        self._next_due_us = self._memory.next_due_us()

    def close(self) -> None:
        """Let the memory go."""
        self._memory.close()


def _read(headers: Headers, value: bytes | None) -> Told | Verify | Unreadable:
    try:
        envelope = Envelope.from_headers(headers, _MODELS)
        return _MODELS[envelope.type].read(value or b"")
    except BadEnvelope as bad:
        return Unreadable(bad.reason)
    except NotAsAgreed:
        return Unreadable("not_as_the_contract_says")
