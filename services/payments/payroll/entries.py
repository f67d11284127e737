"""One line of a payroll: who is paid what, to which account; and the payment that it becomes on release."""

from typing import Any, NamedTuple

from services.payments import journal
from services.payments.ids import person_claim
from services.payments.payment import Payment
from services.payments.states import Move, State
from shared.contracts.entitlement import EntitlementChanged
from shared.stage.messages import Next


class Entry(NamedTuple):
    """A line, fixed when the list was frozen. ``revision`` and ``change`` are those of the entitlement then.

    ``people`` are all ids of the person, ``arrears`` the earlier cycles that ``poisha`` pays for as well, ``recovered``
    what is held back of it. ``area`` is the upazila, or the district where the upazila is not known.
    ``national_ids`` are known where the person holds the account.
    """

    entitlement_id: str
    payment_id: str
    application_id: str
    source: str
    source_ref: str
    revision: int
    change: int
    district: str
    area: str
    poisha: int
    provider: str
    account: str
    routing_number: str | None
    holder_name: str
    people: tuple[str, ...]
    arrears: tuple[str, ...]
    recovered: int
    national_ids: tuple[str, ...] = ()

    @classmethod
    def read(cls, stored: list[Any]) -> "Entry":
        """An entry as it was stored in JSON."""
        entry = cls(*stored)
        return entry._replace(
            people=tuple(entry.people), arrears=tuple(entry.arrears), national_ids=tuple(entry.national_ids)
        )

    def claims(self, programme: str, cycle: str) -> tuple[str, ...]:
        """What its payment needs so that nobody is paid twice for one cycle (I3)."""
        cycles = (cycle, *self.arrears)
        return tuple(person_claim(programme, one, person) for one in cycles for person in self.people)


class Timing(NamedTuple):
    """When a payment leaves, until when it may be carried out, when its report is due; µs since 1970 UTC.

    One whose provider does not take it now has ``leaves_us`` and nothing else.
    """

    sent_us: int
    valid_until_us: int
    report_due_us: int
    leaves_us: int = 0


def sent(
    entry: Entry,
    before: Payment | None,
    *,
    programme: str,
    cycle: str,
    number: int,
    drawn: int,
    timing: Timing,
    eft: bool,
) -> Payment:
    """The payment of a line that leaves, after ``before``: now, or when its provider takes it."""
    now = not timing.leaves_us
    code = ("sent_in_file" if eft else "sent_to_provider") if now else "provider_takes_later"
    return journal.entered(
        before,
        Payment(
            state=State.INSTRUCTED if now else State.SCHEDULED,
            move=Move.SENT if now else Move.HELD,
            code=code,
            next="provider" if now else "pipeline",
            entitlement_id=entry.entitlement_id,
            programme=programme,
            cycle=cycle,
            district=entry.district,
            amount=entry.poisha,
            committed=True,
            application_id=entry.application_id,
            source=entry.source,
            source_ref=entry.source_ref,
            revision=entry.revision,
            provider=entry.provider,
            account=entry.account,
            routing_number=entry.routing_number,
            holder_name=entry.holder_name,
            attempt=1 if now else 0,
            sent_us=timing.sent_us,
            drawn=drawn,
            valid_until_us=timing.valid_until_us,
            report_due_us=timing.report_due_us,
            payroll=number,
            arrears=entry.arrears,
            recovered=entry.recovered,
            eft=eft,
            leaves_us=timing.leaves_us,
        ),
    )


def held(
    change: EntitlementChanged,
    before: Payment | None,
    *,
    cycle: str,
    poisha: int,
    state: State,
    code: str,
    acts: Next,
) -> Payment:
    """The payment of somebody who is left off a list, so that the source hears why."""
    return journal.entered(
        before,
        Payment(
            state=state,
            move=Move.HELD,
            code=code,
            next=acts,
            entitlement_id=change.entitlement_id,
            programme=change.programme,
            cycle=cycle,
            district=change.area,
            amount=before.amount if before is not None else poisha,
            committed=before is not None and before.committed,
            application_id=change.application_id,
            source=change.source,
            source_ref=change.source_ref,
            revision=change.revision,
        ),
    )
