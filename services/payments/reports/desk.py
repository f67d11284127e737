"""Providers' reports as they come in a batch: judged by their payments' rows, and kept where they cannot be true."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import orjson

from services.payments.accounts.gate import Gate
from services.payments.payment import Payment
from services.payments.publish import is_transition
from services.payments.recent import Recent
from services.payments.repeating import again
from services.payments.reports.judging import (
    Discrepancy,
    Judgement,
    Moved,
    Nothing,
    after_report,
    applied_to,
    asks_what_was_applied,
    judge,
)
from services.payments.reports.overtaking import Credit, overtaken
from services.payments.sending.providers import takes_files
from services.payments.states import State
from services.payments.tables import DISCREPANCIES, DiscrepancyRow
from shared.contracts.payment import Report
from shared.envelope import source_of_commands
from shared.policy.policy import Policy
from shared.stage.numbering import caused_by, next_number
from shared.stage.stage import Decide, History, Input, Kind, Settle, Stored, Verdict
from shared.store.port import Store
from shared.store.tables import Decision

_CREDITED: Final = State.CREDITED  # a look into an enum takes ten times as long, and each report is asked
OUR_DOOR: Final = source_of_commands("payments")
"""Where a bank's reply comes from that was in a file; providers write to their topics themselves."""


class ReportsDesk:
    """What reports do to payments. ``provider_of`` says whose a topic is."""

    def __init__(
        self,
        store: Store,
        policy: Policy,
        gate: Gate,
        recent: Recent,
        provider_of: Mapping[str, str],
        now_us: Callable[[], int],
    ) -> None:
        self._store, self._policy, self._gate, self._recent = store, policy, gate, recent
        self._provider_of, self._now_us = provider_of, now_us

    async def judged(self, reports: Sequence[tuple[Input[Any], Report]], history: History) -> dict[str, Verdict]:
        """The verdict on each, by payment. What cannot be true is stored as a discrepancy before anything else is."""
        verdicts: dict[str, Verdict] = {}
        kept: list[tuple[Input[Any], str]] = []
        credits: list[Credit] = []
        confirmed = await self._confirmed(reports, history)
        for item, report in reports:
            rows = [row for row in history[item.subject] if is_transition(row)]
            if own := caused_by(rows, item.record.origin):
                credits += _half_way(rows, own)
                verdicts[item.subject] = Stored(own[-1:])  # a second one names the first
                continue
            payment = self._recent.present(rows)
            match self._judgement(item, report, payment, rows):
                case Moved(state=state):
                    assert payment is not None
                    declared = self._policy.providers[self._provider(item)]
                    after = after_report(payment, state, report, declared, confirmed=item.subject in confirmed)
                    n = next_number(rows, 0, item.record.origin)
                    claims = tuple(rows[-1].claims.split())
                    draft = self._recent.draft(item.subject, n, after, claims)
                    if state is _CREDITED:
                        credits.append(Credit(draft, after, n + 1))
                    verdicts[item.subject] = Decide((draft,))
                case Discrepancy(code=code):
                    kept.append((item, code))
                    verdicts[item.subject] = Settle(Kind.CONFLICTING, orjson.dumps({"code": code}), tuple(rows[-1:]))
                case Nothing(code=code):
                    verdicts[item.subject] = Settle(Kind.RECOGNISED, orjson.dumps({"code": code}), tuple(rows[-1:]))
        await self.keep(kept)
        if credits:
            verdicts |= await overtaken(self._store, self._policy, credits)
        return verdicts

    async def keep(self, unfitting: Sequence[tuple[Input[Any], str]]) -> None:
        """Store reports that do not fit, each with the code that says why, for people to look at."""
        if unfitting:
            await self._store.insert(DISCREPANCIES, [self._row(item, code) for item, code in unfitting])

    def _judgement(
        self, item: Input[Any], report: Report, payment: Payment | None, rows: Sequence[Decision]
    ) -> Judgement:
        provider = self._provider(item)
        if payment is None:
            return judge(item.subject, None, provider, report)
        applied = applied_to(rows) if asks_what_was_applied(payment, report) else ()
        judged = judge(item.subject, payment, provider, report, applied)
        may_say_so = item.envelope.source != OUR_DOOR or self._by_file(payment, provider)
        return judged if may_say_so or isinstance(judged, Nothing) else Discrepancy("not_by_file")

    def _by_file(self, payment: Payment, provider: str) -> bool:
        """Whether a payment's outcome may come by a file: it left with one, or its provider is a bank that has them."""
        return payment.eft or takes_files(self._policy, provider)

    async def _confirmed(self, reports: Sequence[tuple[Input[Any], Report]], history: History) -> frozenset[str]:
        """A file has no word for whether an account is in use; then what the account check found holds."""
        silent: dict[str, Payment] = {}
        for item, report in reports:
            if report.kind == "credited" and report.account_state is None:
                payment = self._recent.present([row for row in history[item.subject] if is_transition(row)])
                if payment is not None and self._by_file(payment, self._provider(item)):
                    silent[item.subject] = payment
        return await self._gate.confirmed(silent) if silent else frozenset()

    def _provider(self, item: Input[Any]) -> str:
        return self._provider_of[item.record.origin.topic]

    def _row(self, item: Input[Any], code: str) -> DiscrepancyRow:
        origin, value = item.record.origin, item.record.value or b""
        return DiscrepancyRow(*origin, code, item.subject, self._provider(item), value, self._now_us())


def _half_way(rows: Sequence[Decision], own: Sequence[Decision]) -> list[Credit]:
    """The credit of a report that may be to lead further, where only the credit itself was stored when it ended."""
    if len(own) > 1 or rows[-1].state != State.CREDITED:
        return []
    payment = Payment.read(rows[-1].body)
    same = own[0].state == State.CREDITED and payment.attempt == Payment.read(own[0].body).attempt
    return [Credit(again(own[0]), payment, rows[-1].n + 1)] if same else []
