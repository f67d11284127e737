"""The tables that every stage has: fates, decisions, claims, limit logs, and what the runtime keeps for itself.

Origins are (topic, partition, offset) of the record that caused a row; they make a row's author recognisable to a
replay.
"""

from typing import NamedTuple

from shared.store.port import Table


class Decision(NamedTuple):
    """What a stage decided: numbered within (subject, revision), caused by exactly one input (I2).

    ``body`` is the decision's content as canonical JSON; what is published is a pure function of it and of the incoming
    event. ``claims`` holds the claim keys that this decision names, joined by spaces; the subject's earlier ones are
    given up. ``at_us`` is when it was decided, in µs since 1970 UTC.
    """

    subject: str
    revision: int
    n: int
    topic: str
    partition: int
    offset: int
    digest: str
    state: str
    claims: str
    body: bytes
    policy: str
    at_us: int


class Fate(NamedTuple):
    """What became of one record: exactly one row for each record below a committed offset (I1).

    ``decisions`` lists what the record led to, or (recognised, conflicting, …) what it was measured against, as JSON
    ``[[subject, revision, n], …]``. ``detail`` is JSON: the reasons of an answer, or of a dead letter.
    """

    topic: str
    partition: int
    offset: int
    kind: str
    digest: str
    subject: str
    revision: int
    decisions: bytes
    detail: bytes
    at_us: int


class Adopted(NamedTuple):
    """A decision that a record led to and its fate does not name.

    Two instances had the record in hand, and the one that was first with the fate had not seen that the other decided.
    ``kind`` is what the fate would have said.
    """

    topic: str
    partition: int
    offset: int
    subject: str
    revision: int
    n: int
    kind: str


class Claim(NamedTuple):
    """The n-th taking of ``claim`` by ``owner`` (a subject, not a revision)."""

    claim: str
    n: int
    owner: str
    topic: str
    partition: int
    offset: int


class LimitRow(NamedTuple):
    """Row n of one limit's own log: what can be taken is computed from rows 1…n, never from a derived total.

    ``kind`` is offer, take, free or freeze. ``amount`` is in places or poisha: what an offer adds (below zero: takes
    back), what a take or a free moves in all, 0 for a freeze. ``holders`` is a JSON object: who takes or frees with
    this row, and how much each; a holder is in the log once at any time.
    """

    log: str
    n: int
    kind: str
    amount: int
    holders: bytes
    topic: str
    partition: int
    offset: int
    detail: bytes
    at_us: int


class BreakerRow(NamedTuple):
    """The n-th opening or closing of a consumer group's breaker; it survives restarts."""

    group: str
    n: int
    state: str
    reason: str
    by: str
    at_us: int


class Identity(NamedTuple):
    """A fact that was true at the first start and must stay so: the Kafka cluster id, the schema version."""

    name: str
    value: str


DECISIONS: Table[Decision] = Table("decisions", Decision, ("subject", "revision", "n"))
FATES: Table[Fate] = Table("fates", Fate, ("topic", "partition", "offset"))
ADOPTED: Table[Adopted] = Table("adopted", Adopted, ("topic", "partition", "offset", "subject", "revision", "n"))
CLAIMS: Table[Claim] = Table("claims", Claim, ("claim", "n"))
LIMITS: Table[LimitRow] = Table("limits", LimitRow, ("log", "n"))
BREAKERS: Table[BreakerRow] = Table("breakers", BreakerRow, ("group", "n"))
IDENTITY: Table[Identity] = Table("identity", Identity, ("name",))

COMMON = (DECISIONS, FATES, ADOPTED, CLAIMS, LIMITS, BREAKERS, IDENTITY)
