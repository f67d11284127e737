"""The envelope of every event: CloudEvents 1.0 in Kafka's binary mode, attributes in headers and plain JSON as value.

Names and values of headers follow the CloudEvents Kafka protocol binding 1.0.2. Nothing here knows a Kafka client.
An event's id, and from it the span in ``traceparent``, is a pure function of what the event is, so that a replay sends
the same bytes (design.md §3, Ids).
"""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha1
from uuid import UUID

import msgspec

from shared.errors import DsrError
from shared.stage.records import Headers

EVENT_NAMESPACE = UUID("6d1c9a3e-52f0-5b7e-9c55-0f0d5a1e7b42")
"""The uuid5 namespace of event ids. It never changes: with another one a replay would send other ids."""

_NAMED = sha1(EVENT_NAMESPACE.bytes, usedforsecurity=False)
"""A hash of the namespace, to go on from: a copy costs half of a new one."""
_VARIANT = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))
_SPECVERSION = ("ce_specversion", b"1.0")
_CONTENT_TYPE = ("content-type", b"application/json")
_JSON = re.compile(r"\s*application/(?:[\w.!#$&^-]+\+)?json\s*(?:;.*)?", re.IGNORECASE | re.ASCII)
_TRACE_FIELDS = "-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
_TRACEPARENT = re.compile(f"00{_TRACE_FIELDS}|(?!00|ff)[0-9a-f]{{2}}{_TRACE_FIELDS}(?:-.*)?")
"""Version 00 has exactly four fields; a later version may have more."""
_MAJOR = re.compile(r"\.v[0-9]+\Z")


class BadEnvelope(DsrError):
    """The headers are not an envelope that we read; the record is a dead letter.

    ``reason`` is a code without any content: ``missing_<header>``, ``not_utf8_<header>``, ``structured_mode``,
    ``specversion_unknown``, ``content_type_not_json``, ``type_unknown``, ``major_version_unknown``.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The headers are no CloudEvents 1.0 envelope that is read here: {reason}.")


def source_of_commands(stage: str) -> str:
    """The source of what somebody has entered through a stage's own door."""
    return f"/dsr/{stage}/commands"


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """The attributes of one event. ``time_us`` is when it happened, µs since 1970 UTC; a sender's may be None.

    ``time_us`` from outside decides nothing, so one that cannot be parsed is None and no reason to refuse the event.
    The same holds for ``traceparent``.
    """

    id: str
    source: str
    type: str
    subject: str | None = None
    time_us: int | None = None
    dataschema: str | None = None
    traceparent: str | None = None

    def to_headers(self) -> Headers:
        """The Kafka headers, always in the same order."""
        headers = [
            _SPECVERSION,
            ("ce_id", self.id.encode()),
            _source_header(self.source),
            _type_header(self.type),
        ]
        if self.time_us is not None:
            headers.append(_time_header(self.time_us))
        if self.subject is not None:
            headers.append(("ce_subject", self.subject.encode()))
        if self.dataschema is not None:
            headers.append(("ce_dataschema", self.dataschema.encode()))
        headers.append(_CONTENT_TYPE)
        if self.traceparent is not None:
            headers.append(("traceparent", self.traceparent.encode()))
        return tuple(headers)

    @classmethod
    def from_headers(cls, headers: Headers, accepted: Collection[str] | None = None) -> "Envelope":
        """Read an envelope; ``accepted`` are the message types that the reader knows, None for any.

        Raises ``BadEnvelope``. Of headers that occur twice the last one counts, as Kafka's own clients read them.
        """
        found = dict(headers)
        if found.get("ce_specversion") != b"1.0" or found.get("content-type") != b"application/json":
            _check_format(found)
        type_ = _required(found, "ce_type")
        if accepted is not None and type_ not in accepted:
            stem = _MAJOR.sub("", type_)
            known_stem = stem != type_ and any(_MAJOR.sub("", known) == stem for known in accepted)
            raise BadEnvelope("major_version_unknown" if known_stem else "type_unknown")
        return cls(
            _required(found, "ce_id"),
            _required(found, "ce_source"),
            type_,
            _text(found, "ce_subject"),
            _time_us(found.get("ce_time")),
            _text(found, "ce_dataschema"),
            valid_traceparent(found.get("traceparent")),
        )


def event_id(stage: str, type_: str, subject: str, revision: int, n: int) -> str:
    """The id of an event: ``uuid5(stage | type | subject | revision | n)``, the same for ever.

    Only the subject may contain ``|``; as the other four cannot, no two events share a name.
    """
    return named_id(f"{stage}|{type_}|{subject}|{revision}|{n}")


def named_id(name: str) -> str:
    """``str(uuid5(EVENT_NAMESPACE, name))`` at less than half its cost."""
    named = _NAMED.copy()
    named.update(name.encode())
    digits = named.hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{_VARIANT[digits[16]]}{digits[17:20]}-{digits[20:32]}"


def traceparent_of(event: str) -> str:
    """The W3C ``traceparent`` of an event that begins a trace, derived from its id."""
    digits = event.replace("-", "")
    return f"00-{digits}-{digits[:16]}-01"


def continue_trace(incoming: str | None, event: str) -> str:
    """The ``traceparent`` of an event: the incoming trace goes on if there is a valid one, the span is the event's."""
    if incoming is None or _TRACEPARENT.fullmatch(incoming) is None:
        return traceparent_of(event)
    return continue_valid_trace(incoming, event)


def continue_valid_trace(incoming: str, event: str) -> str:
    """``continue_trace`` of a ``traceparent`` that was found valid; all versions have these fields at these places."""
    return f"00-{incoming[3:35]}-{event[:8]}{event[9:13]}{event[14:18]}-{incoming[53:55]}"


def valid_traceparent(value: bytes | None) -> str | None:
    """What a header says, if it is a W3C ``traceparent``; anybody may have written it."""
    if value is None or not value.isascii():
        return None
    text = value.decode()
    return text if _TRACEPARENT.fullmatch(text) is not None else None


def format_time(time_us: int) -> str:
    """RFC 3339 in UTC, always with six decimals: the same moment always gives the same text."""
    second, us = divmod(time_us, 1_000_000)
    return f"{_format_second(second)}.{us:06d}Z"


# Remembered, as a stage has one source and few types, and the events of a batch are of one moment.
@lru_cache(maxsize=64)
def _source_header(source: str) -> tuple[str, bytes]:
    return "ce_source", source.encode()


@lru_cache(maxsize=64)
def _type_header(type_: str) -> tuple[str, bytes]:
    return "ce_type", type_.encode()


@lru_cache(maxsize=16)
def _time_header(time_us: int) -> tuple[str, bytes]:
    return "ce_time", format_time(time_us).encode()


@lru_cache(maxsize=256)
def _format_second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


@lru_cache(maxsize=16)
def _time_us(value: bytes | None) -> int | None:
    """As written; remembered, as a batch's events come from few batches of the stage before."""
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value.decode())
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _check_format(found: Mapping[str, bytes]) -> None:
    """Raise ``BadEnvelope`` unless it is CloudEvents 1.0 in binary mode, its value JSON in any spelling."""
    content_type = _text(found, "content-type")
    if "ce_specversion" not in found and (content_type or "").lower().startswith("application/cloudevents"):
        raise BadEnvelope("structured_mode")
    if _required(found, "ce_specversion") != "1.0":
        raise BadEnvelope("specversion_unknown")
    if content_type is not None and not _JSON.fullmatch(content_type):
        raise BadEnvelope("content_type_not_json")


def _text(found: Mapping[str, bytes], name: str) -> str | None:
    """An attribute's text; absent, null and empty are the same."""
    value = found.get(name)
    if not value:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise BadEnvelope(f"not_utf8_{name}") from None


def _required(found: Mapping[str, bytes], name: str) -> str:
    try:
        text = found[name].decode()
    except KeyError:
        raise BadEnvelope(f"missing_{name}") from None
    except UnicodeDecodeError:
        raise BadEnvelope(f"not_utf8_{name}") from None
    if not text:
        raise BadEnvelope(f"missing_{name}")
    return text
