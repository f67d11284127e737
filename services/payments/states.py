"""The states of a payment and the moves between them: the one table that code, checks and docs use (I5).

``python -m services.payments.states > docs/payments-states.md`` draws it.
"""

import sys
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class State(StrEnum):
    """Where a payment stands, as its status line says it."""

    AWAITING_ACCOUNT = "awaiting_account"
    AWAITING_FUNDS = "awaiting_funds"
    SCHEDULED = "scheduled"
    BLOCKED = "blocked"
    WITHHELD = "withheld"
    VOID = "void"
    INSTRUCTED = "instructed"
    UNKNOWN = "unknown"
    CANCELLING = "cancelling"
    CREDITED = "credited"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"
    CANCELLED = "cancelled"
    RETURNED = "returned"
    DISPUTED = "disputed"


class Move(StrEnum):
    """What takes a payment from one state to the next. ``restated``: the same line under a newer revision."""

    HELD = "held"
    VOIDED = "voided"
    SENT = "sent"
    ASKED = "asked"
    STOPPED = "stopped"
    REPORTED = "reported"
    CORRECTED = "corrected"
    RESTATED = "restated"


MEANINGS: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.AWAITING_ACCOUNT: "no account that its provider can pay to; the source sends one",
        State.AWAITING_FUNDS: "not enough is allocated or released; the treasury orders more",
        State.SCHEDULED: "its money is set aside; the instruction leaves when the provider's hours and rate allow it",
        State.BLOCKED: "not paid until an operator has looked: the person is paid otherwise, or no amount is known",
        State.WITHHELD: "two people have taken it off the lists of its cycle; nothing is sent until two restore it",
        State.VOID: "nothing was sent, and nothing will be: its cycle is over",
        State.INSTRUCTED: "the provider was told to pay",
        State.UNKNOWN: "no report in time; the provider is asked, never told again blindly",
        State.CANCELLING: "the provider was told to refuse this attempt for ever, and has not confirmed it",
        State.CREDITED: "the account has the money; it has reached the person if the account is active",
        State.WITHDRAWN: "the person has taken the money out; the cash-out fee is due",
        State.FAILED: "the provider did not pay, and will not pay this attempt; the money waits for a new one",
        State.CANCELLED: "the provider confirms that it refuses this attempt for ever; the money waits for a new one",
        State.RETURNED: "credited money came back, and waits for a corrected account",
        State.DISPUTED: "what is said of it contradicts itself; its money is in suspense until two people place it",
    }
)

_NOTHING: Final[Mapping[State, Move]] = MappingProxyType({})
_BEFORE_SENDING: Final = MappingProxyType(
    {
        State.AWAITING_ACCOUNT: Move.HELD,
        State.AWAITING_FUNDS: Move.HELD,
        State.SCHEDULED: Move.HELD,
        State.BLOCKED: Move.HELD,
        State.WITHHELD: Move.HELD,
        State.INSTRUCTED: Move.SENT,
    }
)
_WAITING: Final = MappingProxyType({**_BEFORE_SENDING, State.VOID: Move.VOIDED})
_WITH_PROVIDER: Final = {
    State.UNKNOWN: Move.ASKED,
    State.CANCELLING: Move.STOPPED,
    State.CREDITED: Move.REPORTED,
    State.FAILED: Move.REPORTED,
}
_AGAIN: Final = MappingProxyType({State.INSTRUCTED: Move.SENT, State.SCHEDULED: Move.HELD})

MOVES: Final[Mapping[State | None, Mapping[State, Move]]] = MappingProxyType(
    {
        None: _BEFORE_SENDING,
        State.AWAITING_ACCOUNT: _WAITING,
        State.AWAITING_FUNDS: _WAITING,
        State.WITHHELD: _WAITING,
        State.SCHEDULED: MappingProxyType(
            {
                State.SCHEDULED: Move.HELD,
                State.INSTRUCTED: Move.SENT,
                State.VOID: Move.VOIDED,
                State.FAILED: Move.HELD,
                State.CANCELLED: Move.HELD,
                State.RETURNED: Move.HELD,
            }
        ),
        State.BLOCKED: _NOTHING,
        State.VOID: _NOTHING,
        State.INSTRUCTED: MappingProxyType(_WITH_PROVIDER),
        State.UNKNOWN: MappingProxyType(_WITH_PROVIDER),
        State.CANCELLING: MappingProxyType(
            {
                State.CANCELLING: Move.ASKED,
                State.CANCELLED: Move.REPORTED,
                State.CREDITED: Move.REPORTED,
                State.FAILED: Move.REPORTED,
            }
        ),
        State.CREDITED: MappingProxyType({State.RETURNED: Move.REPORTED, State.WITHDRAWN: Move.REPORTED}),
        State.WITHDRAWN: _NOTHING,
        State.FAILED: _AGAIN,
        State.CANCELLED: _AGAIN,
        State.RETURNED: _AGAIN,
        State.DISPUTED: _NOTHING,
    }
)
"""From each state (None: there is no payment yet) the states that may follow, and by what kind of move."""

CORRECTABLE: Final = frozenset(
    {
        State.INSTRUCTED,
        State.UNKNOWN,
        State.CANCELLING,
        State.CREDITED,
        State.FAILED,
        State.CANCELLED,
        State.RETURNED,
        State.DISPUTED,
    }
)
"""From any of these to any of ``CORRECTIONS`` by two people, when a reconciliation has shown what is so."""
CORRECTIONS: Final = frozenset({State.CREDITED, State.FAILED, State.RETURNED, State.DISPUTED})

AWAITING: Final = frozenset({State.AWAITING_ACCOUNT, State.AWAITING_FUNDS, State.WITHHELD})
"""Not sent yet, and may still be."""
UNDER_WAY: Final = frozenset({State.INSTRUCTED, State.UNKNOWN, State.CANCELLING})
"""With the provider, outcome not known."""
BACK: Final = frozenset({State.FAILED, State.CANCELLED, State.RETURNED})
"""The money is back for certain, so a new attempt may be made."""
OURS: Final = BACK | {State.SCHEDULED}
"""No provider has the money: it is set aside for an attempt that has not left, or is back from one."""
NAMES: Final = frozenset(state.value for state in State)


def allowed(before: State | None, after: State, move: Move) -> bool:
    """Whether the table has this move; restating changes nothing and is always possible."""
    if move is Move.RESTATED:
        return after is before
    if move is Move.CORRECTED:
        return before in CORRECTABLE and after in CORRECTIONS and after is not before
    return MOVES[before].get(after) is move


def diagram() -> str:
    """``docs/payments-states.md``."""
    lines = [
        f"    {'[*]' if before is None else before} --> {after}: {move}"
        for before, follow in MOVES.items()
        for after, move in follow.items()
    ]
    meanings = "\n".join(f"| `{state}` | {meaning} |" for state, meaning in MEANINGS.items())
    drawn = "\n".join(lines)
    correctable = ", ".join(f"*{state}*" for state in State if state in CORRECTABLE)
    corrections = ", ".join(f"*{state}*" for state in State if state in CORRECTIONS)
    return f"""# States of a payment

```mermaid
stateDiagram-v2
{drawn}
```

| state | meaning |
|---|---|
{meanings}

*held* waits before anything is sent, or before it is sent again; *voided* ends that without a payment; *sent* one
instruction left; *asked* an inquiry (or, while it is being cancelled, the cancel once more) left, never an
instruction; *stopped* a cancel left; *reported* a provider's report was applied. A payment's line may also be restated
under a newer revision of its application, which changes neither state nor money.

*corrected* is not drawn: from {correctable}
to any other of {corrections}, with a reason, proposed by one person and
confirmed by another.

This page is made from `services/payments/states.py` by `python -m services.payments.states`.
"""


if __name__ == "__main__":
    sys.stdout.write(diagram())
