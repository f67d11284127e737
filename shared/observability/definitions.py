"""Every metric, once: its kind, its labels, what it means and when to worry. ``docs/metrics.md`` is made from here.

A label never holds an id or anything of a person; its values are few and known (stages, states, codes of policy).
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["counter", "gauge", "histogram"]

AGES_S = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 43_200, 172_800)
STEPS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30)
SIZES = (1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_000)


@dataclass(frozen=True, slots=True)
class Definition:
    """One metric. ``buckets`` are the upper bounds of a histogram, in the unit that the name ends with."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    meaning: str
    worry: str
    buckets: tuple[float, ...] = ()


EVENT_AGE = Definition(
    "dsr_event_age_seconds",
    "histogram",
    ("stage",),
    "Age of the oldest record of each batch when the stage takes it: now minus the time Kafka appended it.",
    "The best single signal. Above 60 s for 10 minutes the stage does not keep up, or was stopped.",
    AGES_S,
)
LAG = Definition(
    "dsr_lag_records",
    "gauge",
    ("stage", "topic", "partition"),
    "Records of an assigned partition that are not fetched yet.",
    "It rises for 15 minutes while event age rises too. One partition alone: look for a record that blocks it.",
)
BATCH_RECORDS = Definition(
    "dsr_batch_records",
    "histogram",
    ("stage",),
    "Records in each batch.",
    "Batches at the limit together with lag: the stage is saturated, add an instance.",
    SIZES,
)
STEP_SECONDS = Definition(
    "dsr_step_seconds",
    "histogram",
    ("stage", "step"),
    "How long each step of the runtime took for a batch: read, decide, record, publish.",
    "`record` above 1 s: the store's disk. `publish` above 1 s: Kafka.",
    STEPS_S,
)
FATES = Definition(
    "dsr_fates_total",
    "counter",
    ("stage", "kind"),
    "Fates stored; each record gets exactly one.",
    "`conflicting` rises: a ministry reuses its references for other content.",
)
DECISIONS = Definition(
    "dsr_decisions_total",
    "counter",
    ("stage", "state"),
    "Decisions stored, by state.",
    "The share of one state jumps against the week before: a ministry's export or a policy has changed.",
)
DEAD_LETTERS = Definition(
    "dsr_dead_letters_total",
    "counter",
    ("stage", "reason"),
    "Records that could not be read, by reason.",
    "Any, on an inner topic: one of our own stages wrote it. On a ministry's topic: tell the ministry.",
)
REPLAYS = Definition(
    "dsr_replayed_records_total",
    "counter",
    ("stage",),
    "Records that came again after a crash or a rebalance and were answered from what is stored.",
    "Steadily above zero: an instance crashes or rebalances again and again.",
)
DROPPED = Definition(
    "dsr_batches_dropped_total",
    "counter",
    ("stage", "cause"),
    "Batches given up before their commit: `lease_lost`, `commit_refused` or `send_refused`. Nothing is lost.",
    "More than a few an hour: batches take too long for the rebalance timeout, or instances flap.",
)
REBALANCES = Definition(
    "dsr_rebalances_total",
    "counter",
    ("stage",),
    "Times that the group gave this consumer its partitions anew.",
    "More than one in 10 minutes without a deployment: an instance does not answer its heartbeats.",
)
PRODUCERS_REPLACED = Definition(
    "dsr_producers_replaced_total",
    "counter",
    ("stage",),
    "Producers given up and opened anew, because Kafka refused a record for good or did not answer in time.",
    "While Kafka answers: the topics' limits differ from `shared/topics.py`, or a permission is missing.",
)
BREAKER_OPEN = Definition(
    "dsr_breaker_open",
    "gauge",
    ("stage", "group"),
    "1 while the breaker has stopped this consumer group, otherwise 0.",
    "At once: too many records could not be read. Find out why, mend it, then `dsr resume <stage>`.",
)
WAITED = Definition(
    "dsr_waited_seconds_total",
    "counter",
    ("stage", "dependency"),
    "Seconds spent waiting for the store, for Kafka, or for the breaker.",
    "Above zero for 5 minutes: that dependency is away. Nothing is lost meanwhile.",
)
CONSUMER_ALIVE = Definition(
    "dsr_consumer_alive",
    "gauge",
    ("stage", "worker"),
    "1 while this task of the service runs.",
    "0 for a minute: the service is starting, stopping, or should have ended and did not.",
)
CCDS_FIELDS = Definition(
    "dsr_ccds_fields_total",
    "counter",
    ("source", "field", "state"),
    "CCDS fields of readable applications, `filled` or `empty`, by source: which ministry leaves what empty.",
    "`empty` of a mandatory field rises for a source that policy does not know a gap of.",
)
LOOKUPS = Definition(
    "dsr_lookups_total",
    "counter",
    ("source", "answer"),
    "Questions about people without an application: `unknown`, `known`, `uncertain`, or `limited` (asked too often).",
    "`limited` rises, or one source asks far more than it applies: somebody may be trawling. `dsr dedup lookups` tells "
    "who.",
)
HTTP_SECONDS = Definition(
    "dsr_http_request_seconds",
    "histogram",
    ("stage", "method", "route", "status"),
    "HTTP requests by route template and status.",
    "The share of status 5xx above 1 % for 5 minutes.",
    STEPS_S,
)
TRUNCATED = Definition(
    "dsr_dedup_truncated_total",
    "counter",
    ("kind",),
    "Applications for which the index could not show everybody who shares a key of this kind, since too many do; they "
    "go to a reviewer.",
    "It rises for `mobile`: a clerk types one number for everyone. For another kind: look at what is typed there.",
)
LEFT_OUT = Definition(
    "dsr_log_keys_left_out_total",
    "counter",
    ("key",),
    "Keys that the log redactor left out because nobody has allowed them.",
    "Any: decide whether the key is free of personal data, and allow it, or stop logging it.",
)

ALL = tuple(value for value in list(globals().values()) if isinstance(value, Definition))
