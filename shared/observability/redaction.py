"""What may stand in a log line: an allow-list of keys, each with a plain value (I7).

A list of what is forbidden forgets the next field; with a list of what is allowed a new key is missing from the log
until somebody has thought about it. What was left out is named in ``left_out``, by key, never by value.
"""

from collections.abc import Callable, MutableMapping
from typing import Any

ALLOWED = frozenset(
    {
        # structlog's own
        "event", "level", "logger", "timestamp", "exception",
        # who speaks
        "stage", "service", "instance", "version", "group", "worker", "principal", "role",
        # which record: positions and pseudonyms, nothing that can be turned back into a person
        "topic", "partition", "offset", "event_id", "application_id", "entitlement_id", "payment_id", "command_id",
        "round_id", "revision", "n", "trace_id", "span_id",
        # which part of the policy
        "source", "provider", "programme", "cycle", "policy", "model",
        # what happened
        "step", "kind", "state", "reason", "cause", "code", "field", "name", "about", "method", "route", "status",
        "signal", "setting", "path", "url", "dependency", "invariant", "faults", "sentence",
        # how much, in the unit that the name ends with
        "count", "records", "partitions", "lag", "share", "limit", "size_bytes", "seconds", "wait_s", "age_s",
        "attempt", "poisha", "port", "exit_code",
    }
)  # fmt: skip
"""``url`` is one of our own services or of the store without its password; ``path`` is a file of ours."""

TEXT_MAX = 1_000
"""Longer text is cut: a log line holds a sentence, not a document."""


def redactor(on_left_out: Callable[[str], None] = lambda key: None) -> Callable[..., MutableMapping[str, Any]]:
    """A structlog processor that keeps allowed keys with plain values; ``on_left_out`` hears of each other key."""

    def redact(logger: object, method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        left_out = sorted(key for key in line if key not in ALLOWED)
        kept = {key: value if key == "exception" else _plain(value) for key, value in line.items() if key in ALLOWED}
        if left_out:
            kept["left_out"] = left_out
            for key in left_out:
                on_left_out(key)
        return kept

    return redact


def _plain(value: Any) -> Any:
    """Scalars stay; an object's ``repr`` could hold a whole application, so its type's name stands in for it."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value if len(value) <= TEXT_MAX else value[:TEXT_MAX] + "…"
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return f"<{type(value).__name__}>"
