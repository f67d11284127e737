"""What a change of an entitlement means for its account: ask the provider, watch the change, tell the old number."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

import orjson

from services.payments.accounts.changes import CONFIRMED, LOOKED_AT, key_of
from services.payments.accounts.gate import STATES, Gate, found, question
from services.payments.accounts.questions import Questions
from services.payments.accounts.tables import CHANGES, AccountChangeRow
from services.payments.onward import worded
from services.payments.sending.providers import Account, payable
from services.payments.tables import ENTITLEMENTS
from shared import topics
from shared.contracts.account import AccountNotice, AccountReport
from shared.contracts.command import Command
from shared.contracts.entitlement import EntitlementChanged
from shared.contracts.person import Payee
from shared.envelope import event_id
from shared.policy.policy import Policy
from shared.stage import messages
from shared.stage.numbering import caused_by, next_number
from shared.stage.stage import Decide, Draft, Input, Kind, Message, Settle, Stored, Verdict
from shared.store.port import Store
from shared.store.tables import Decision

LOOK: Final = "entitlement.look"
_TEXT_EN: Final = (
    "The account that your allowance is paid to is being changed. If you did not ask for this, tell your union office."
)
_TEXT_BN: Final = "আপনার ভাতার হিসাব নম্বর পরিবর্তন করা হচ্ছে। আপনি না চাইলে এখনই ইউনিয়ন কার্যালয়ে জানান।"

Extra = Mapping[str, Any]


class Watch:
    """Looks at accounts as entitlements change, and at what providers answer."""

    def __init__(self, store: Store, policy: Policy, gate: Gate, now_us: Callable[[], int]) -> None:
        self._store, self._policy, self._gate, self._now_us = store, policy, gate, now_us
        self._questions = Questions(store)

    async def follow(self, changes: Sequence[EntitlementChanged], fresh: Collection[str]) -> dict[str, Extra]:
        """By entitlement what the decision on its change has to say beside: ``verify``, and whom to tell (``told``).

        ``fresh`` have no earlier change. Call it when the changes are stored.
        """
        extras: dict[str, dict[str, Any]] = {}
        asked = [one for one in changes if self._gate.asks(one.programme) and self._good(one.payee)]
        if asked:
            await self._questions.keep(asked)
            extras |= {one.entitlement_id: {"verify": True} for one in asked}
        later = [one for one in changes if one.entitlement_id not in fresh and self._good(one.payee)]
        if later:
            for one, old in (await self._changed(later)).items():
                extras.setdefault(one, {})["told"] = [old.provider, old.account]
        return dict(extras)

    def _good(self, payee: Payee | None) -> bool:
        return isinstance(payable(self._policy, payee), Account)

    async def _changed(self, later: Sequence[EntitlementChanged]) -> dict[str, Payee]:
        """By entitlement the account that could have been paid before, where it is another one now."""
        rows = await self._store.find(ENTITLEMENTS, "entitlement_id", [one.entitlement_id for one in later])
        before: dict[str, list[EntitlementChanged]] = {}
        for row in rows:
            before.setdefault(row.entitlement_id, []).append(EntitlementChanged.read(row.body))
        olds: dict[str, Payee] = {}
        found_: list[AccountChangeRow] = []
        for one in later:
            place = (one.revision, one.n)
            good = [
                each.payee
                for each in before.get(one.entitlement_id, ())
                if (each.revision, each.n) < place and each.payee is not None and self._good(each.payee)
            ]
            assert one.payee is not None
            if good and key_of(good[-1]) != key_of(one.payee):
                olds[one.entitlement_id] = good[-1]
                clerk = f"{one.source}:{one.payee.entered_by}" if one.payee.entered_by else ""
                what = (one.entitlement_id, *place, key_of(one.payee), key_of(good[-1]), clerk)
                found_.append(AccountChangeRow(*what, self._now_us()))
        if found_:
            await self._store.insert(CHANGES, found_)
        return olds

    async def answers(
        self, items: Sequence[Input[Any]], history: Mapping[str, Sequence[Decision]], provider_of: Mapping[str, str]
    ) -> tuple[dict[str, Verdict], list[tuple[Input[Any], str]]]:
        """Verdicts on what providers say of accounts; and, with a code, those that fit no question."""
        known = await self._questions.known(item.subject for item in items)
        verdicts: dict[str, Verdict] = {}
        unfitting: list[tuple[Input[Any], str]] = []
        for item in items:
            report: AccountReport = item.event
            asked, rows = known.get(item.subject), history[item.subject]
            if own := caused_by(rows, item.record.origin):
                verdicts[item.subject] = Stored(own)
            elif asked is None or asked.entitlement_id != report.entitlement_id:
                unfitting.append((item, "unknown_account_question"))
            elif asked.provider != provider_of[item.record.origin.topic]:
                unfitting.append((item, "another_provider"))
            elif rows and rows[-1].state == found(report):
                verdicts[item.subject] = Settle(Kind.RECOGNISED, b'{"code":"repeated"}', tuple(rows[-1:]))
            else:
                body = orjson.dumps({"programme": asked.programme, "entitlement_id": asked.entitlement_id})
                n = next_number(rows, 0, item.record.origin)
                verdicts[item.subject] = Decide((Draft(item.subject, 0, n, found(report), body),))
        return verdicts, unfitting


def said_of_change(change: EntitlementChanged, row: Decision) -> list[Message]:
    """The question and the notice that leave with the decision on a change."""
    if b'"verify"' not in row.body and b'"told"' not in row.body:
        return []
    content, said = orjson.loads(row.body), []
    asked = question(change)
    if content.get("verify") and asked is not None and change.payee is not None:
        topic = topics.instruction(change.payee.provider)
        said.append(
            messages.event("payments", topic, "account.verify.v1", asked.entitlement_id, asked, row, same_key=False)
        )
    if "told" in content:
        provider, account = content["told"]
        notice = AccountNotice(
            entitlement_id=change.entitlement_id,
            programme=change.programme,
            provider=provider,
            account=account,
            text_en=_TEXT_EN,
            text_bn=_TEXT_BN,
            at=messages.moment(row.at_us),
        )
        name = "account.notice.v1"
        said.append(
            messages.event("payments", topics.ACCOUNT_NOTICE, name, change.entitlement_id, notice, row, same_key=False)
        )
    return said


def said_of_answer(row: Decision) -> list[Message]:
    """The command by which a payment that waits for this answer is looked at."""
    if row.state not in STATES:
        return []
    content = orjson.loads(row.body)
    return [look(content["programme"], content["entitlement_id"], f"{row.subject}|{row.n}", row.at_us)]


def said_of_change_word(row: Decision) -> Message | None:
    """The command by which a payment is looked at whose changed account has cooled off."""
    if row.state not in (CONFIRMED, LOOKED_AT):
        return None
    content = orjson.loads(row.body)
    return look(content["programme"], content["entitlement_id"], f"{row.subject}|{row.n}|cooled", row.at_us)


def look(programme: str, entitlement_id: str, cause: str, at_us: int) -> Message:
    """The command that looks at an entitlement's payment again."""
    command = Command(
        command_id=event_id("payments", LOOK, cause, 0, 0),
        name=LOOK,
        about=entitlement_id,
        by="timer",
        at=messages.moment(at_us),
        arguments={"programme": programme, "entitlement_id": entitlement_id},
    )
    return worded(command, at_us)
