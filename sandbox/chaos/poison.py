"""Records that nobody should send, for the source topics: each must become one dead letter and harm nobody else."""

import json
from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

from sandbox.ministries.unreadable import MESSAGE_TYPE
from shared.envelope import Envelope

Headers = list[tuple[str, bytes | None]]


class Bad(NamedTuple):
    """A record as it goes out; ``kind`` is for the report."""

    kind: str
    key: bytes | None
    value: bytes | None
    headers: Headers


def poison(rng: Random, source: str, number: int) -> Bad:
    """One bad record in the name of ``source``; ``number`` makes its reference its own."""
    kind = rng.choice(sorted(_WAYS))
    reference = f"{source.upper()}-P{number:08}"
    envelope = Envelope(id=f"poison-{number}", source=f"/{source}/mis", type=MESSAGE_TYPE, subject=reference)
    headers: Headers = list(envelope.to_headers())
    form: dict[str, Any] = {"source_ref": reference, "revision": 1, "programme": "old_age"}
    return _WAYS[kind](kind, reference.encode(), form, headers)


def _null_value(kind: str, key: bytes, form: dict[str, Any], headers: Headers) -> Bad:
    return Bad(kind, key, None, headers)


def _nothing_at_all(kind: str, key: bytes, form: dict[str, Any], headers: Headers) -> Bad:
    return Bad(kind, None, None, [])


def _null_header(kind: str, key: bytes, form: dict[str, Any], headers: Headers) -> Bad:
    return Bad(kind, key, b"{", [*headers, ("ce_subject", None)])


def _header_not_text(kind: str, key: bytes, form: dict[str, Any], headers: Headers) -> Bad:
    return Bad(kind, key, json.dumps(form).encode(), [*headers, ("ce_type", b"\xff\xfe\x00")])


def _truncated(kind: str, key: bytes, form: dict[str, Any], headers: Headers) -> Bad:
    return Bad(kind, key, json.dumps(form).encode()[:-7], headers)


def _deep(kind: str, key: bytes, form: dict[str, Any], headers: Headers) -> Bad:
    return Bad(kind, key, b"[" * 20_000 + b"]" * 20_000, headers)


def _huge_number(kind: str, key: bytes, form: dict[str, Any], headers: Headers) -> Bad:
    return Bad(kind, key, b'{"revision":1' + b"0" * 5_000 + b"}", headers)


def _lone_surrogate(kind: str, key: bytes, form: dict[str, Any], headers: Headers) -> Bad:
    return Bad(kind, key, b'{"source_ref":"\\ud800","revision":1}', headers)


def _not_utf8(kind: str, key: bytes, form: dict[str, Any], headers: Headers) -> Bad:
    return Bad(kind, b"\xff\xfe", b'{"source_ref":"\xff\xfe"}', headers)


def _future_version(kind: str, key: bytes, form: dict[str, Any], headers: Headers) -> Bad:
    return Bad(kind, key, json.dumps(form).encode(), [*headers, ("ce_type", b"application.submitted.v7")])


def _another_type(kind: str, key: bytes, form: dict[str, Any], headers: Headers) -> Bad:
    return Bad(kind, key, b"<form/>", [*headers, ("content-type", b"application/xml")])


_Way = Callable[[str, bytes, dict[str, Any], Headers], Bad]
_WAYS: dict[str, _Way] = {
    "null value": _null_value,
    "no key, value or headers": _nothing_at_all,
    "null header": _null_header,
    "header that is not text": _header_not_text,
    "truncated JSON": _truncated,
    "JSON nested 20,000 deep": _deep,
    "number of 5,000 digits": _huge_number,
    "lone surrogate": _lone_surrogate,
    "key and value that are not UTF-8": _not_utf8,
    "future major version": _future_version,
    "another content type": _another_type,
}
