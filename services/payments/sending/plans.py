"""A wish to pay, and its plan: what is settled of it while account, person, money and attempt are looked at in turn."""

from collections.abc import Sequence
from typing import Final

import msgspec

from services.payments import ids
from services.payments.cycles import Cycle
from services.payments.entitlements import people_of
from services.payments.payment import Payment
from services.payments.sending.dues import Owed
from services.payments.sending.providers import Account
from services.payments.states import BACK, State
from shared.contracts.entitlement import EntitlementChanged
from shared.stage.messages import Next
from shared.stage.records import Origin
from shared.store.tables import Decision

_BLOCKED: Final = State.BLOCKED  # a look into an enum takes ten times as long, and each payment is asked


class Wish(msgspec.Struct, frozen=True, gc=False):
    """An entitlement that should have a payment in ``cycle``, for the record at ``origin``; ``rows`` are its own."""

    entitlement: EntitlementChanged
    cycle: Cycle
    payment_id: str
    origin: Origin
    rows: tuple[Decision, ...]
    insists: bool = False
    """Two people want a new attempt, also to the account that did not work."""
    cycles: Sequence[Cycle] = ()
    """All cycles of the programme: earlier ones may be owed."""
    fresh: bool = False
    """The entitlement has no earlier change, so its account cannot have been changed."""
    its_time: bool = False
    """It is scheduled, and the time to leave has come."""
    stopped: str = ""
    """Why it may not leave all the same, as a code."""


class Plan(msgspec.Struct, gc=False):
    """A wish on its way; ``state`` is None until it is settled. Nothing that it holds leads back to it."""

    wish: Wish
    before: Payment | None
    amount: int
    account: Account | None
    state: State | None = None
    code: str = ""
    committed: bool = False
    drawn: int = -1
    claims: tuple[str, ...] = ()
    owed: tuple[Owed, ...] = ()
    recovered: int = 0
    acts: Next | None = None
    leaves_us: int = 0
    """When it is to leave, where its provider does not take it now."""
    logs: tuple[str, str] = ("", "")

    def settle(self, state: State, code: str) -> None:
        """What becomes of it, and why."""
        self.state, self.code = state, code

    def stay(self, code: str, acts: Next) -> None:
        """It was scheduled and cannot leave as things are: its money stays set aside, or is back as it was before."""
        assert self.before is not None
        self.state, self.code, self.acts = came_from(self.wish.rows, self.before), code, acts

    @property
    def moves(self) -> bool:
        """Whether this is another place than where the payment stands."""
        before = self.before
        return (
            before is None
            or self.wish.its_time
            or (before.state, before.code, before.committed, before.leaves_us)
            != (
                self.state,
                self.code,
                self.committed,
                self.leaves_us,
            )
        )

    @property
    def claims_kept(self) -> tuple[str, ...]:
        """A payment that is not blocked keeps what it has claimed for ever, so later transitions need not take it."""
        if self.state is _BLOCKED:
            return ()
        if not self.wish.rows:
            return self.claims
        return tuple(dict.fromkeys((*self.wish.rows[-1].claims.split(), *self.claims)))


def came_from(rows: Sequence[Decision], scheduled: Payment) -> State:
    """Where a scheduled payment goes that cannot leave: back to the outcome of its last attempt, if it had one."""
    if scheduled.attempt:
        for row in reversed(rows):
            if (state := State(row.state)) in BACK:
                return state
    return State.SCHEDULED


def claims_of(entitlement: EntitlementChanged, cycle: str) -> tuple[str, ...]:
    """What a payment needs so that none of the person's cluster is paid twice for a cycle (I3)."""
    return tuple(ids.person_claim(entitlement.programme, cycle, one) for one in people_of(entitlement))
