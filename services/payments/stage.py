"""The payments stage: entitlements become payments of the open cycle, reports move them."""

import re
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Final
from uuid import UUID

import msgspec
import orjson

from services.payments import entitlements
from services.payments.accounts.watch import Watch, said_of_answer, said_of_change
from services.payments.cycles import RECENT, open_cycle
from services.payments.ids import payment_id
from services.payments.lookup import cycles_by_programme, transitions
from services.payments.payment import Payment, present
from services.payments.publish import is_transition, said_of
from services.payments.recent import Recent
from services.payments.repeating import again, restated
from services.payments.reports.desk import ReportsDesk
from services.payments.sending.disburse import Disburser
from services.payments.sending.plans import Wish
from services.payments.tables import DUE, ENTITLEMENTS, MEMBERS, EntitlementRow, Member
from services.payments.timers import due_row, due_us_of
from shared import topics
from shared.contracts.account import AccountReport
from shared.contracts.base import NotAsAgreed
from shared.contracts.entitlement import EntitlementChanged
from shared.contracts.payment import Report
from shared.envelope import BadEnvelope, Envelope
from shared.policy.policy import Policy
from shared.stage import messages
from shared.stage.digests import digest_of_content
from shared.stage.numbering import caused_by, next_number
from shared.stage.records import Record
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
    Stored,
    Verdict,
)
from shared.store.port import Insert, Store
from shared.store.tables import Decision

ENTITLEMENT_TYPES = frozenset({"entitlement.changed.v1"})
REPORT_TYPES = frozenset({"payment.report.v1", "account.report.v1"})

_DECISION: Final = Kind.DECISION  # a look into an enum takes ten times as long, and each record is asked
_BY_NUMBER: Final = attrgetter("n")
_CHANGE: Final = msgspec.json.Encoder()
_OURS: Final = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Event = EntitlementChanged | Report | AccountReport


class PaymentsStage:
    """See ``shared.stage.stage.Stage``.

    A change is decided under its entitlement, numbered as enrolment numbered it; what it does to payments are further
    rows, under the payments. A report is decided under its payment.
    """

    name = "payments"

    def __init__(self, store: Store, policy: Policy, disburser: Disburser, *, now_us: Callable[[], int]) -> None:
        self.policy = policy.hash
        self._store, self._disburser, self._now_us = store, disburser, now_us
        self._watch = Watch(store, policy, disburser.gate, now_us)
        self._provider_of = {topics.report(code): code for code in policy.providers}
        self._recent = disburser.recent
        self._desk = ReportsDesk(store, policy, disburser.gate, self._recent, self._provider_of, now_us)

    def read(self, record: Record) -> Input[Event]:
        """A change of an entitlement or a provider's report; raises ``BadRecord``."""
        try:
            if record.origin.topic in self._provider_of:
                return _read_report(record)
            envelope = Envelope.from_headers(record.headers, ENTITLEMENT_TYPES)
            change = EntitlementChanged.read(record.value or b"")
        except BadEnvelope as bad:
            raise BadRecord(bad.reason) from None
        except NotAsAgreed:
            raise BadRecord("not_readable_as_its_type") from None
        digest = digest_of_content(record.value or b"")
        return Input(record, envelope, change, change.entitlement_id, change.revision, digest)

    async def decide(self, inputs: Sequence[Input[Event]], history: History) -> Sequence[Verdict]:
        """Reports are judged by their payment's rows; changes are kept, then paid for as far as can be."""
        verdicts: dict[str, Verdict] = {}
        changes: list[tuple[Input[Event], EntitlementChanged]] = []
        reports: list[tuple[Input[Event], Report]] = []
        answers: list[Input[Event]] = []
        for item in inputs:
            match item.event:
                case Report() as report:
                    reports.append((item, report))
                case AccountReport():
                    answers.append(item)
                case EntitlementChanged() as change:
                    known = _known(item, change, history[item.subject])
                    if known is None:
                        changes.append((item, change))
                    else:
                        verdicts[item.subject] = known
        if reports:
            verdicts |= await self._desk.judged(reports, history)
        if answers:
            said, unfitting = await self._watch.answers(answers, history, self._provider_of)
            verdicts |= said
            await self._desk.keep(unfitting)
            for item, code in unfitting:
                verdicts[item.subject] = Settle(Kind.CONFLICTING, orjson.dumps({"code": code}))
        if changes:
            verdicts |= await self._follow(changes, history)
        return [verdicts[item.subject] for item in inputs]

    async def emit(self, settled: Sequence[Settled[Event]]) -> Sequence[Sequence[Message]]:
        """Each transition's line and instruction; an answer to a change that came after a later one."""
        return [_emit(item, self._recent) for item in settled]

    async def _follow(
        self, changes: Sequence[tuple[Input[Event], EntitlementChanged]], history: History
    ) -> dict[str, Verdict]:
        """The entitlements' new state is stored before cycles are read: a cycle that opens meanwhile sees it."""
        statuses: dict[str, str] = {}
        for item, change in changes:
            before = history[item.subject]
            statuses[item.subject] = entitlements.status_after(before[-1].state if before else None, change.change)
        rows = [
            EntitlementRow(item.subject, change.revision, change.n, statuses[item.subject], item.record.value or b"")
            for item, change in changes
        ]
        members = [Member(change.programme, item.subject) for item, change in changes]
        kept, _ = await self._store.insert_all([Insert(ENTITLEMENTS, rows), Insert(MEMBERS, members)])
        fresh = {item.subject for item, _ in changes if not history[item.subject]}
        # Nobody can have paid for an entitlement before its first change was stored. What a command makes of it from
        # now on comes first or second with its row, as anywhere, and whoever is second decides again.
        unpaid = {row.entitlement_id for row, stored in zip(rows, kept, strict=True) if stored is row} & fresh
        beside = await self._watch.follow([change for _, change in changes], fresh)
        cycles = await cycles_by_programme(self._store, [change.programme for _, change in changes])
        recent = {programme: known[-RECENT:] for programme, known in cycles.items()}
        now_open = {programme: open_cycle(known) for programme, known in recent.items()}
        ids = {
            (item.subject, cycle.name): payment_id(change.programme, cycle.name, item.subject)
            for item, change in changes
            for cycle in recent.get(change.programme, ())
        }
        paid: dict[str, tuple[Decision, ...]] = dict.fromkeys(ids.values(), ())
        paid.update(
            await transitions(self._store, [named for (subject, _), named in ids.items() if subject not in unpaid])
        )
        wishes: list[Wish] = []
        for item, change in changes:
            subject, cycle = item.subject, now_open.get(change.programme)
            if (
                cycle is not None
                and statuses[subject] == entitlements.ENTITLED
                and self._disburser.dues.covers(change, cycle)
            ):
                named = ids[subject, cycle.name]
                wishes.append(
                    Wish(
                        change,
                        cycle,
                        named,
                        item.record.origin,
                        paid[named],
                        cycles=cycles[change.programme],
                        fresh=subject in fresh,
                    )
                )
        moved = dict(zip((wish.payment_id for wish in wishes), await self._disburser.drafts(wishes), strict=True))
        verdicts: dict[str, Verdict] = {}
        restating: list[Draft] = []
        for item, change in changes:
            others: list[Draft] = []
            for cycle in recent.get(change.programme, ()):
                named = ids[item.subject, cycle.name]
                draft = moved.get(named)
                if draft is None and (draft := _restatement(named, paid[named], item, change)) is not None:
                    restating.append(draft)
                if draft is not None:
                    others.append(draft)
            said = {"change": change.change, **beside.get(item.subject, {})}
            head = Draft(item.subject, change.revision, change.n, statuses[item.subject], _CHANGE.encode(said))
            verdicts[item.subject] = Decide((head, *others))
        await self._keep_timers(restating)
        return verdicts

    async def _keep_timers(self, restating: Sequence[Draft]) -> None:
        """A restated payment is still waited for, under its new number."""
        timers = [
            # What is due already belongs to a minute that nobody may look at again.
            due_row(draft.subject, draft.n, max(due_us, self._now_us()))
            for draft in restating
            if (due_us := due_us_of(Payment.read(draft.body)))
        ]
        if timers:
            await self._store.insert(DUE, timers)


def _read_report(record: Record) -> Input[Event]:
    envelope = Envelope.from_headers(record.headers, REPORT_TYPES)
    about_account = envelope.type == "account.report.v1"
    report = (AccountReport if about_account else Report).read(record.value or b"")
    try:
        named = _in_one_spelling(report.verify_ref if isinstance(report, AccountReport) else report.payment_id)
    except ValueError:
        raise BadRecord("payment_id_malformed") from None
    return Input(record, envelope, report, named, 0, digest_of_content(record.value or b""))


def _in_one_spelling(reference: str) -> str:
    """A UUID as we write them, however it is written; raises ``ValueError``."""
    return reference if _OURS.fullmatch(reference) else str(UUID(reference))


def _known(item: Input[Event], change: EntitlementChanged, rows: Sequence[Decision]) -> Verdict | None:
    """The verdict on a change that brings nothing new: its own replay, the same again, or an older one."""
    if not rows:
        return None
    own = caused_by(rows, item.record.origin)
    if own:
        return Stored(own)
    last = rows[-1]
    if (change.revision, change.n) > (last.revision, last.n):
        return None
    same = [row for row in rows if (row.revision, row.n) == (change.revision, change.n)]
    if not same:
        return Settle(Kind.SUPERSEDED, against=(last,))
    kind = Kind.RECOGNISED if same[0].digest == item.digest else Kind.CONFLICTING
    return Settle(kind, against=(same[0],))


def _restatement(
    named: str, rows: tuple[Decision, ...], item: Input[Event], change: EntitlementChanged
) -> Draft | None:
    own = caused_by(rows, item.record.origin)
    if own:
        return again(own[0])
    payment = present(rows)
    if payment is None or payment.revision >= change.revision:
        return None
    n = next_number(rows, 0, item.record.origin)
    after = restated(payment, change)
    return Draft(named, 0, n, after.state.value, after.write(), tuple(rows[-1].claims.split()))


def _emit(settled: Settled[Event], recent: Recent) -> list[Message]:
    if settled.input is None:
        return []
    if settled.kind is _DECISION:
        event, rows = settled.input.event, settled.decisions
        if len(rows) > 1 and isinstance(event, Report):
            rows = tuple(sorted(rows, key=_BY_NUMBER))  # a credit is told before what follows it
        return [message for row in rows for message in _said(event, row, recent)]
    change = settled.input.event
    if settled.kind is Kind.SUPERSEDED and isinstance(change, EntitlementChanged):
        return [
            messages.answer(
                "payments",
                messages.About(change.application_id, change.source, change.source_ref, change.revision),
                messages.submission_id(settled.record.origin),
                settled.at_us,
                state="superseded",
                next="nobody",
                reasons=[messages.SUPERSEDED],
            )
        ]
    return []


def _said(event: Event, row: Decision, recent: Recent) -> list[Message]:
    if is_transition(row):
        return said_of(row, recent.stored(row))
    if isinstance(event, EntitlementChanged):
        return said_of_change(event, row)
    return said_of_answer(row)
