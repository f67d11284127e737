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
    BLOCKED = "blocked"
    INSTRUCTED = "instructed"
    UNKNOWN = "unknown"
    CREDITED = "credited"
    FAILED = "failed"
    RETURNED = "returned"


class Move(StrEnum):
    """What takes a payment from one state to the next. ``restated``: the same line under a newer revision."""

    HELD = "held"
    SENT = "sent"
    ASKED = "asked"
    REPORTED = "reported"
    RESTATED = "restated"


MEANINGS: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.AWAITING_ACCOUNT: "no account that its provider can pay to; the source sends one",
        State.AWAITING_FUNDS: "not enough is allocated or released; the treasury orders more",
        State.BLOCKED: "not paid until an operator has looked: the person is paid otherwise, or no amount is known",
        State.INSTRUCTED: "the provider was told to pay",
        State.UNKNOWN: "no report in time; the provider is asked, never told again blindly",
        State.CREDITED: "the account has the money",
        State.FAILED: "the provider did not pay, and will not pay this attempt",
        State.RETURNED: "credited money came back",
    }
)

_BEFORE_SENDING: Final = MappingProxyType(
    {
        State.AWAITING_ACCOUNT: Move.HELD,
        State.AWAITING_FUNDS: Move.HELD,
        State.BLOCKED: Move.HELD,
        State.INSTRUCTED: Move.SENT,
    }
)
_NOTHING: Final[Mapping[State, Move]] = MappingProxyType({})

MOVES: Final[Mapping[State | None, Mapping[State, Move]]] = MappingProxyType(
    {
        None: _BEFORE_SENDING,
        State.AWAITING_ACCOUNT: _BEFORE_SENDING,
        State.AWAITING_FUNDS: _BEFORE_SENDING,
        State.BLOCKED: _NOTHING,
        State.INSTRUCTED: MappingProxyType(
            {State.UNKNOWN: Move.ASKED, State.CREDITED: Move.REPORTED, State.FAILED: Move.REPORTED}
        ),
        State.UNKNOWN: MappingProxyType(
            {State.UNKNOWN: Move.ASKED, State.CREDITED: Move.REPORTED, State.FAILED: Move.REPORTED}
        ),
        State.CREDITED: MappingProxyType({State.RETURNED: Move.REPORTED}),
        State.FAILED: _NOTHING,
        State.RETURNED: _NOTHING,
    }
)
"""From each state (None: there is no payment yet) the states that may follow, and by what kind of move."""

AWAITING: Final = frozenset({State.AWAITING_ACCOUNT, State.AWAITING_FUNDS})
"""Not sent yet, and may still be."""
UNDER_WAY: Final = frozenset({State.INSTRUCTED, State.UNKNOWN})
"""With the provider, outcome not known."""
NAMES: Final = frozenset(state.value for state in State)


def allowed(before: State | None, after: State, move: Move) -> bool:
    """Whether the table has this move; restating changes nothing and is always possible."""
    return after is before if move is Move.RESTATED else MOVES[before].get(after) is move


def diagram() -> str:
    """``docs/payments-states.md``."""
    lines = [
        f"    {'[*]' if before is None else before} --> {after}: {move}"
        for before, follow in MOVES.items()
        for after, move in follow.items()
    ]
    meanings = "\n".join(f"| `{state}` | {meaning} |" for state, meaning in MEANINGS.items())
    drawn = "\n".join(lines)
    return f"""# States of a payment

```mermaid
stateDiagram-v2
{drawn}
```

| state | meaning |
|---|---|
{meanings}

*held* waits before anything is sent; *sent* one instruction left; *asked* an inquiry left, never an instruction;
*reported* a provider's report was applied. A payment's line may also be restated under a newer revision of its
application, which changes neither state nor money.

This page is made from `services/payments/states.py` by `python -m services.payments.states`.
"""


if __name__ == "__main__":
    sys.stdout.write(diagram())
