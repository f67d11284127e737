"""The provider's side of the contract, as pure rules over what it knows:

* one attempt reference is one attempt: told again, nothing more is done and the answer is the same;
* an attempt whose number is not higher than all seen for its payment is refused, as is anything after ``valid_until``;
* a payment is credited at most once, and while one attempt is pending no other is taken;
* a cancelled reference is refused for ever, also when the instruction comes after its cancel;
* an inquiry is answered with what is so, and moves nothing.
"""

from collections.abc import Callable, Sequence
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


class Deals(Protocol):
    """What a provider needs of its desk: an honest one, or one that breaks the contract."""

    def take(self, told: Told, books: Books, now_us: int) -> Sequence[Said]:
        """What is said at once to one message; what follows is noted in the books."""

    def fall_due(self, due: Due, books: Books, now_us: int) -> Sequence[Said]:
        """What is said now that something is due."""


class Desk:
    """Deals with one message at a time; time is passed in, µs since 1970 UTC."""

    def __init__(self, policy: ProviderPolicy, behaviour: Behaviour, delays: Delays) -> None:
        self._policy, self._behaviour, self._delays = policy, behaviour, delays
        self._carry_out: dict[Mode, Callable[[Attempt, Books, int], Sequence[Said]]] = {
            Mode.ACCEPT: self._accept,
            Mode.REFUSE: self._refuse,
            Mode.TIME_OUT: self._time_out,
            Mode.LATE: self._late,
            Mode.TWICE: self._twice,
            Mode.NEVER: self._never,
            Mode.RETURN: self._return,
            Mode.WITHDRAW: self._withdraw,
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
        fresh = Attempt(
            order.attempt_ref, order.payment_id, order.attempt, order.amount_poisha, order.account,
            None, FAILED, self._forbidden(order, books, now_us), now_us,
        )  # fmt: skip
        if fresh.code is not None:
            return what_is_so(books.write(fresh), now_us)
        plan = self._behaviour(order)
        return self._carry_out[plan.mode](fresh._replace(mode=plan.mode, code=plan.code), books, now_us)

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

    def _accept(self, attempt: Attempt, books: Books, now_us: int) -> Sequence[Said]:
        return what_is_so(books.write(attempt._replace(outcome=CREDITED)), now_us)

    def _refuse(self, attempt: Attempt, books: Books, now_us: int) -> Sequence[Said]:
        return what_is_so(books.write(attempt), now_us)

    def _time_out(self, attempt: Attempt, books: Books, now_us: int) -> Sequence[Said]:
        return self._wait(attempt, books, now_us, self._delays.time_out_s)

    def _late(self, attempt: Attempt, books: Books, now_us: int) -> Sequence[Said]:
        return self._wait(attempt, books, now_us, self._delays.late_s)

    def _wait(self, attempt: Attempt, books: Books, now_us: int, seconds: float) -> Sequence[Said]:
        books.write(attempt._replace(outcome=PENDING))
        books.remind(_later(now_us, seconds), attempt.attempt_ref, Act.SETTLE)
        return ()

    def _twice(self, attempt: Attempt, books: Books, now_us: int) -> Sequence[Said]:
        books.remind(_later(now_us, self._delays.repeat_s), attempt.attempt_ref, Act.REPEAT)
        return self._accept(attempt, books, now_us)

    def _never(self, attempt: Attempt, books: Books, now_us: int) -> Sequence[Said]:
        self._accept(attempt, books, now_us)
        return ()

    def _return(self, attempt: Attempt, books: Books, now_us: int) -> Sequence[Said]:
        books.remind(_later(now_us, self._delays.return_s), attempt.attempt_ref, Act.RETURN)
        return self._accept(attempt, books, now_us)

    def _withdraw(self, attempt: Attempt, books: Books, now_us: int) -> Sequence[Said]:
        books.remind(_later(now_us, self._delays.return_s), attempt.attempt_ref, Act.WITHDRAW)
        return self._accept(attempt, books, now_us)


def _later(now_us: int, seconds: float) -> int:
    return now_us + int(seconds * 1_000_000)
