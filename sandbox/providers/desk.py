"""The provider's side of the contract, as pure rules over what it knows:

* one attempt reference is one attempt: told again, nothing more is done and the answer is the same;
* an attempt whose number is not higher than all seen for its payment is refused, as is anything after ``valid_until``;
* a payment is credited at most once, and while one attempt is pending no other is taken;
* a cancelled reference is refused for ever, also when the instruction comes after its cancel;
* an inquiry is answered with what is so, and moves nothing.
"""

from collections.abc import Sequence
from typing import Final, Protocol

from sandbox.providers.attempts import CREDITED, FAILED, PENDING, Act, Attempt, Books, Due, Outcome
from sandbox.providers.behaviour import Behaviour
from sandbox.providers.modes import Delays, Mode
from sandbox.providers.reports import Said, failed, not_found, what_is_so, withdrawn
from shared.contracts.payment import Cancel, Inquire, Instruct
from shared.policy.providers import ProviderPolicy
from shared.reference.identifiers import Wrong, account, routing_number

Told = Instruct | Inquire | Cancel
_SILENT: Final = (Mode.TIME_OUT, Mode.NEVER)
_UNSAID: Final = frozenset({*_SILENT, Mode.LATE})
"""Where nothing is said at once."""
_AT_ONCE: Final = {Mode.REFUSE: FAILED, Mode.TIME_OUT: PENDING, Mode.LATE: PENDING}
"""What comes about at once, where that is no credit."""


class Deals(Protocol):
    """What a provider needs of its desk: an honest one, or one that breaks the contract."""

    def take(self, told: Told, books: Books, now_us: int) -> Sequence[Said]:
        """What is said at once to one message; what follows is noted in the books."""

    def fall_due(self, due: Due, books: Books, now_us: int) -> Sequence[Said]:
        """What is said now that something is due."""


class Desk:
    """Deals with one message at a time; time is passed in, µs since 1970 UTC."""

    def __init__(self, policy: ProviderPolicy, behaviour: Behaviour, delays: Delays) -> None:
        self._policy, self._behaviour = policy, behaviour
        self._then: dict[Mode, tuple[Act, float]] = {
            Mode.TIME_OUT: (Act.SETTLE, delays.time_out_s),
            Mode.LATE: (Act.SETTLE, delays.late_s),
            Mode.TWICE: (Act.REPEAT, delays.repeat_s),
            Mode.RETURN: (Act.RETURN, delays.return_s),
            Mode.WITHDRAW: (Act.WITHDRAW, delays.return_s),
        }

    def take(self, told: Told, books: Books, now_us: int) -> Sequence[Said]:
        """What is said at once; what follows is noted in the books."""
        if isinstance(told, Instruct):
            return self._instruct(told, books, now_us)
        known = books.under(told.attempt_ref)
        if isinstance(told, Inquire):
            if known is None or known.payment_id != told.payment_id:
                return (not_found(told, now_us),)
            return what_is_so(known, now_us)
        return self._cancel(told, known, books, now_us)

    def _instruct(self, order: Instruct, books: Books, now_us: int) -> Sequence[Said]:
        known = books.under(order.attempt_ref)
        if known is not None:
            if known.payment_id != order.payment_id:
                return (failed(order, "reference_reused", now_us),)
            silent = known.outcome is PENDING or known.mode in _SILENT
            return () if silent else what_is_so(known, now_us)
        mode, outcome, code = None, FAILED, self._forbidden(order, books, now_us)
        if code is None:
            mode, code = self._behaviour(order)
            outcome = _AT_ONCE.get(mode, CREDITED)
            if (then := self._then.get(mode)) is not None:
                books.remind(now_us + int(then[1] * 1_000_000), order.attempt_ref, then[0])
        attempt = Attempt(
            order.attempt_ref, order.payment_id, order.attempt, order.amount_poisha, order.account,
            mode, outcome, code, now_us,
        )  # fmt: skip
        books.write(attempt)
        return () if mode in _UNSAID else what_is_so(attempt, now_us)

    def _forbidden(self, order: Instruct, books: Books, now_us: int) -> str | None:
        """The code of the rule that forbids carrying it out."""
        if now_us > order.valid_until.timestamp() * 1_000_000:
            return "expired"
        if earlier := tuple(books.of_payment(order.payment_id)):
            if any(one.has_paid for one in earlier):
                return "already_paid"
            if any(one.attempt >= order.attempt for one in earlier):
                return "attempt_not_newer"
            if any(one.outcome is PENDING for one in earlier):
                return "earlier_attempt_pending"
        if not self._policy.payment_poisha_min <= order.amount_poisha <= self._policy.payment_poisha_max:
            return "amount_outside_limits"
        if isinstance(account(self._policy.account_format, order.account), Wrong):
            return "no_such_account"
        branch = routing_number(order.routing_number or "") if self._policy.needs_routing_number else ""
        return "no_such_branch" if isinstance(branch, Wrong) else None

    def _cancel(self, wish: Cancel, known: Attempt | None, books: Books, now_us: int) -> Sequence[Said]:
        if known is None:
            never = Attempt(
                wish.attempt_ref, wish.payment_id, wish.attempt, None, None, None, Outcome.CANCELLED, None, now_us
            )
            return what_is_so(books.write(never), now_us)
        if known.payment_id != wish.payment_id:
            return (failed(wish, "reference_reused", now_us),)
        if known.outcome is PENDING:
            known = books.write(known._replace(outcome=Outcome.CANCELLED, code=None, at_us=now_us))
        return what_is_so(known, now_us)

    def fall_due(self, due: Due, books: Books, now_us: int) -> Sequence[Said]:
        """What is said now that something is due. Asked again, the same is said."""
        known = books.under(due.attempt_ref)
        if known is None:
            return ()
        if due.act is Act.SETTLE:
            if known.outcome is PENDING:
                outcome = FAILED if known.mode is Mode.TIME_OUT else CREDITED
                known = books.write(known._replace(outcome=outcome, at_us=now_us))
            if known.outcome is Outcome.CANCELLED or known.mode is Mode.TIME_OUT:
                return ()
        elif due.act is Act.RETURN and known.outcome is CREDITED:
            known = books.write(known._replace(outcome=Outcome.RETURNED, returned_us=now_us))
        if due.act is Act.WITHDRAW:
            return (withdrawn(known, now_us),) if known.outcome is CREDITED else ()
        said = what_is_so(known, now_us)
        return said[-1:]
