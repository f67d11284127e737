"""Records that no system should send and every system does: nothing in them can be read as an application."""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from msgspec.structs import replace

from shared.envelope import Envelope
from shared.stage.records import Headers

MESSAGE_TYPE = "application.submitted.v1"


class Spoilt(NamedTuple):
    """Value and headers as they go out."""

    value: bytes | None
    headers: Headers


def spoil(rng: Random, value: bytes, envelope: Envelope) -> Spoilt:
    """One of the ways in which a good record of this value and envelope arrives unreadable."""
    return _WAYS[int(rng.random() * len(_WAYS))](value, envelope)


def _cut(value: bytes, envelope: Envelope) -> Spoilt:
    return Spoilt(value[: len(value) // 2], envelope.to_headers())


def _other_encoding(value: bytes, envelope: Envelope) -> Spoilt:
    return Spoilt(value[:40].decode(errors="replace").encode("utf-16"), envelope.to_headers())


def _nothing(value: bytes, envelope: Envelope) -> Spoilt:
    return Spoilt(None, envelope.to_headers())


def _a_list(value: bytes, envelope: Envelope) -> Spoilt:
    return Spoilt(b"[" + value + b"]", envelope.to_headers())


def _without_headers(value: bytes, envelope: Envelope) -> Spoilt:
    return Spoilt(value, ())


def _from_the_future(value: bytes, envelope: Envelope) -> Spoilt:
    return Spoilt(value, replace(envelope, type="application.submitted.v9").to_headers())


_WAYS: tuple[Callable[[bytes, Envelope], Spoilt], ...] = (
    _cut,
    _other_encoding,
    _nothing,
    _a_list,
    _without_headers,
    _from_the_future,
)
