"""Who has a right to which programme, as enrolment tells payments: a copy to read from, which no decision uses."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from shared.contracts.base import NotAsAgreed
from shared.contracts.entitlement import EntitlementChanged
from shared.envelope import BadEnvelope, Envelope
from shared.stage.records import Record
from shared.stage.stage import NOBODY, BadRecord, History, Input, Kind, Message, Settle, Settled, Verdict
from shared.store.port import Store, Table

Status = Literal["receiving", "suspended", "ended"]

TYPES = frozenset({"entitlement.changed.v1"})
_STATUS: dict[str, Status] = {
    "granted": "receiving",
    "resumed": "receiving",
    "suspended": "suspended",
    "ended": "ended",
}
"""What a change says of the right as a whole; the others leave it as it was."""


class RightRow(NamedTuple):
    """The change ``n`` of an entitlement, at that revision of its application."""

    entitlement_id: str
    revision: int
    n: int
    application_id: str
    person_id: str
    programme: str
    change: str


RIGHTS: Table[RightRow] = Table(
    "dedup_rights", RightRow, ("entitlement_id", "revision", "n"), (("application_id",), ("person_id",))
)


class Right(NamedTuple):
    """An entitlement as it stands."""

    entitlement_id: str
    application_id: str
    programme: str
    status: Status


class RightsStage:
    """Reads what enrolment tells payments, in a consumer group of its own, and keeps it."""

    name = "dedup"
    policy = ""

    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self, record: Record) -> Input[EntitlementChanged]:
        """A change of an entitlement, checked; raises ``BadRecord``."""
        try:
            envelope = Envelope.from_headers(record.headers, TYPES)
            event = EntitlementChanged.read(record.value or b"")
        except BadEnvelope as bad:
            raise BadRecord(bad.reason) from None
        except NotAsAgreed:
            raise BadRecord("not_a_change_of_an_entitlement") from None
        return Input(record, envelope, event, NOBODY, 0, "")

    async def decide(self, inputs: Sequence[Input[EntitlementChanged]], history: History) -> Sequence[Verdict]:
        """Keep the changes, in whatever order they come."""
        await self._store.insert(RIGHTS, [_row(item.event) for item in inputs])
        return [Settle(Kind.DECISION) for _ in inputs]

    async def emit(self, settled: Sequence[Settled[EntitlementChanged]]) -> Sequence[Sequence[Message]]:
        """Nothing goes on from here."""
        return [()] * len(settled)


async def rights_of(store: Store, application_ids: Iterable[str], person_ids: Iterable[str]) -> list[Right]:
    """The entitlements of these applications and of these persons, as they stand."""
    near = [
        *await store.find(RIGHTS, "application_id", list(application_ids)),
        *await store.find(RIGHTS, "person_id", list(person_ids)),
    ]
    names = list(dict.fromkeys(row.entitlement_id for row in near))
    changes: defaultdict[str, list[RightRow]] = defaultdict(list)
    for row in await store.find(RIGHTS, "entitlement_id", names) if names else ():
        changes[row.entitlement_id].append(row)
    return [_standing(rows) for rows in changes.values()]


def _standing(rows: Sequence[RightRow]) -> Right:
    """``rows`` are all changes of one entitlement, in order."""
    last = rows[-1]
    said = [_STATUS[row.change] for row in rows if row.change in _STATUS]
    return Right(last.entitlement_id, last.application_id, last.programme, said[-1] if said else "receiving")


def _row(event: EntitlementChanged) -> RightRow:
    return RightRow(
        event.entitlement_id,
        event.revision,
        event.n,
        event.application_id,
        event.person_id,
        event.programme,
        event.change,
    )
