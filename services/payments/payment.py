"""A payment as one of its numbered transitions states it: the body of a decision row, complete in itself."""

from dataclasses import dataclass
from typing import Any, Self

import orjson

from services.payments.states import Move, State
from shared.stage.messages import Next
from shared.store.tables import Decision

Postings = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Payment:
    """All that is needed to publish a transition and to judge what comes next.

    ``amount`` is poisha. ``district`` is the four-digit BBS code. ``attempt`` is 0 until something was sent.
    ``committed`` says that the amount is taken from the allocation. ``code`` is the reason. ``asks`` says that an
    inquiry leaves with this transition, ``inquiries`` how many have left. ``report_due_us`` is when the silence of the
    provider is looked at next (0: not at all). Times are µs since 1970 UTC. ``postings`` are (account, poisha).
    """

    state: State
    move: Move
    code: str
    next: Next
    entitlement_id: str
    programme: str
    cycle: str
    district: str
    amount: int
    committed: bool
    application_id: str
    source: str
    source_ref: str
    revision: int
    provider: str = ""
    account: str = ""
    routing_number: str | None = None
    holder_name: str = ""
    attempt: int = 0
    valid_until_us: int = 0
    report_due_us: int = 0
    inquiries: int = 0
    asks: bool = False
    provider_code: str | None = None
    postings: Postings = ()

    def write(self) -> bytes:
        """The body of the decision; the same payment always gives the same bytes."""
        return orjson.dumps(self)

    @classmethod
    def read(cls, body: bytes) -> Self:
        """A stored transition."""
        content: dict[str, Any] = orjson.loads(body)
        content.pop("with", None)
        content["state"], content["move"] = State(content["state"]), Move(content["move"])
        content["postings"] = tuple((name, poisha) for name, poisha in content["postings"])
        return cls(**content)


def present(rows: "list[Decision] | tuple[Decision, ...]") -> Payment | None:
    """What the last of a payment's rows says; None where there is no payment."""
    return Payment.read(rows[-1].body) if rows else None
