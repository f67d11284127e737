"""The one list of topics: creation, ACLs, AsyncAPI and docs come from it (design.md §3).

Sources and providers are declared in policy, so the list is a function of their codes. The partition count is one
number along the whole chain and never changes: where the key stays the same, the output partition is the input's.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache

PARTITIONS = 4
RETENTION_HOURS = 7 * 24
"""Longer than the longest allowed stop; an alert fires at half of it."""
OUTSIDE_MAX_BYTES = 1_048_576
INNER_MAX_BYTES = 2 * OUTSIDE_MAX_BYTES
"""Inner events embed what outsiders sent, so they are allowed twice as much."""

STAGES = ("intake", "scoring", "dedup", "enrolment", "payments", "notify")

VALIDATED = "registry.application.validated.v1"
SCORED = "registry.application.scored.v1"
CLEARED = "registry.application.cleared.v1"
REVIEW_DECIDED = "registry.review.decided.v1"
SELECTION_DECIDED = "registry.selection.decided.v1"
ENTITLEMENT_CHANGED = "registry.entitlement.changed.v1"
_STATUS = ".application.status.v1"
ACCOUNT_NOTICE = "payments.account.notice.v1"
"""What the holder of an account hears when another one is to be paid instead; a gateway for SMS reads it."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic, who writes and reads it, and what its key is.

    ``written_by`` and ``read_by`` name stages, ``source:<code>``, ``provider:<code>``, ``reviewers``, ``committees``
    or ``operators``. Topics that outsiders write are stored uncompressed, so that the size limit counts real bytes.
    """

    name: str
    key: str
    message_types: tuple[str, ...]
    written_by: tuple[str, ...]
    read_by: tuple[str, ...]
    outside: bool = False
    partitions: int = PARTITIONS
    retention_hours: int = RETENTION_HOURS

    @property
    def max_bytes(self) -> int:
        """The largest record value, in bytes, that this topic takes."""
        return OUTSIDE_MAX_BYTES if self.outside else INNER_MAX_BYTES

    def config(self) -> dict[str, str]:
        """Topic settings as Kafka spells them.

        ``LogAppendTime``: a record stamped 1970 would be deleted by retention, unread, seconds after it arrives.
        """
        return {
            "message.timestamp.type": "LogAppendTime",
            "cleanup.policy": "delete",
            "retention.ms": str(self.retention_hours * 3_600_000),
            # The limit is on the batch as stored; the allowance is for the batch header, key and headers.
            "max.message.bytes": str(self.max_bytes + 65_536),
            "compression.type": "uncompressed" if self.outside else "producer",
        }


def submitted(source: str) -> str:
    """Where a ministry sends its applications."""
    return f"{source}.application.submitted.v1"


def status(source: str) -> str:
    """Where a ministry hears what became of them."""
    return f"{source}{_STATUS}"


@lru_cache(maxsize=64)
def source_of_status(topic: str) -> str:
    """The source whose status topic this is; the inverse of ``status``."""
    return topic.removesuffix(_STATUS)


def is_status_of_none(topic: str, sources: Collection[str]) -> bool:
    """Whether a topic is for the status lines of a source that is none of these: one that policy no longer declares."""
    return topic.endswith(_STATUS) and source_of_status(topic) not in sources


def instruction(provider: str) -> str:
    """What a provider is told to pay, to answer or to cancel."""
    return f"payments.instruction.{provider}.v1"


def report(provider: str) -> str:
    """What a provider reports."""
    return f"payments.report.{provider}.v1"


def command(stage: str) -> str:
    """What operators and timers ask of a stage."""
    return f"{stage}.command.v1"


def dead_letters(topic: str, group: str) -> str:
    """Where ``group`` puts the records of ``topic`` that it cannot read."""
    return f"{topic}.{group}.dlq"


GROUPS = {stage: f"dsr-{stage}" for stage in STAGES}
COMMAND_GROUPS = {stage: f"dsr-{stage}-commands" for stage in STAGES}
VIEW_GROUPS = {"dedup": "dsr-dedup-rights"}
"""Stages that keep a copy of what others tell, to answer questions from; no decision uses it."""


def main_topics(stage: str, sources: Iterable[str], providers: Iterable[str]) -> tuple[str, ...]:
    """The topics of a stage's main consumer; its command topic has a consumer of its own."""
    return {
        "intake": tuple(submitted(source) for source in sources),
        "scoring": (VALIDATED,),
        "dedup": (SCORED, REVIEW_DECIDED),
        "enrolment": (CLEARED, SELECTION_DECIDED),
        "payments": (ENTITLEMENT_CHANGED, *(report(provider) for provider in providers)),
        "notify": tuple(status(source) for source in sources),
    }[stage]


def letter_topics(stage: str, sources: Iterable[str], providers: Iterable[str]) -> dict[str, str]:
    """By topic that a stage reads, commands included, where it puts what it cannot read."""
    letters = {name: dead_letters(name, GROUPS[stage]) for name in main_topics(stage, sources, providers)}
    letters |= {name: dead_letters(name, VIEW_GROUPS[stage]) for name in view_topics(stage)}
    return letters | {command(stage): dead_letters(command(stage), COMMAND_GROUPS[stage])}


def view_topics(stage: str) -> tuple[str, ...]:
    """The topics that a stage keeps a copy of; none for most."""
    return {"dedup": (ENTITLEMENT_CHANGED,)}.get(stage, ())


def all_topics(sources: Iterable[str], providers: Iterable[str]) -> tuple[Topic, ...]:
    """Every topic of a deployment with these sources and providers, dead-letter topics included."""
    sources, providers = tuple(sources), tuple(providers)
    topics = [
        *(
            Topic(
                submitted(s),
                "source's choice",
                ("application.submitted.v1",),
                (f"source:{s}",),
                ("intake",),
                True,
            )
            for s in sources
        ),
        Topic(VALIDATED, "application_id", ("application.validated.v1",), ("intake",), ("scoring",)),
        Topic(SCORED, "application_id", ("application.scored.v1",), ("scoring",), ("dedup",)),
        Topic(CLEARED, "application_id", ("application.cleared.v1",), ("dedup",), ("enrolment",)),
        Topic(REVIEW_DECIDED, "application_id", ("review.decided.v1",), ("reviewers",), ("dedup",), True),
        Topic(
            SELECTION_DECIDED,
            "application_id",
            ("selection.decided.v1",),
            ("committees",),
            ("enrolment",),
            True,
        ),
        Topic(
            ENTITLEMENT_CHANGED, "entitlement_id", ("entitlement.changed.v1",), ("enrolment",), ("payments", "dedup")
        ),
        *(
            Topic(command(stage), "what it is about", (f"{stage}.command.v1",), ("operators", stage), (stage,))
            for stage in STAGES
        ),
        *(
            Topic(
                instruction(p),
                "payment_id; entitlement_id of a question about an account",
                ("payment.instruct.v1", "payment.inquire.v1", "payment.cancel.v1", "account.verify.v1"),
                ("payments",),
                (f"provider:{p}",),
            )
            for p in providers
        ),
        *(
            Topic(
                report(p),
                "payment_id; entitlement_id of an answer about an account",
                ("payment.report.v1", "account.report.v1"),
                (f"provider:{p}",),
                ("payments",),
                True,
            )
            for p in providers
        ),
        Topic(ACCOUNT_NOTICE, "entitlement_id", ("account.notice.v1",), ("payments",), ("sms-gateway",)),
        *(
            Topic(
                status(s),
                "application_id",
                ("application.status.v1",),
                ("intake", "scoring", "dedup", "enrolment", "payments"),
                ("notify", f"source:{s}"),
            )
            for s in sources
        ),
    ]
    dead = [
        Topic(name, "as the original", ("as the original",), (stage,), ("operators",))
        for stage in STAGES
        for name in letter_topics(stage, sources, providers).values()
    ]
    return (*topics, *dead)
