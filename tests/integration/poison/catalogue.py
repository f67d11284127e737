"""Bad records that one record of Kafka can be: how each is made of a good form, and what must become of it.

What breaks a rule of the form itself is in ``tests/integration/bad_input``; here is what breaks a reader.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import orjson

from shared.stage.records import Headers
from tests.integration.bad_input.people import Form
from tests.integration.bad_input.world import Sent, event


class Poison(NamedTuple):
    """``code`` is the dead letter's reason, None where the record is none; ``answer`` is intake's answer or status.

    ``spoil`` gets a good form and a word that stands for a person's data, to be planted where it fits.
    """

    spoil: Callable[[Form, str], Sent]
    code: str | None
    answer: str | None


def _headers(form: Form, **changes: bytes | None) -> Headers:
    found: dict[str, bytes | None] = {**dict(event(form).headers), **changes}
    return tuple((name, content) for name, content in found.items() if content is not None)


def _with(form: Form, word: str, **fields: Any) -> bytes:
    return orjson.dumps({**form, "remark": word, **fields})


def _raw(form: Form, word: str, field: str, text: bytes) -> bytes:
    """A field whose JSON no writer of ours would write."""
    return _with(form, word)[:-1] + b',"' + field.encode() + b'":' + text + b"}"


def _null_headers(form: Form, word: str) -> Sent:
    nulls: Any = tuple((name, None) for name, _ in event(form).headers)
    return Sent(_with(form, word), nulls)


CATALOGUE: dict[str, Poison] = {
    "headers that are null": Poison(_null_headers, "missing_ce_specversion", "unreadable"),
    "a header value that is not UTF-8": Poison(
        lambda form, word: Sent(_with(form, word), _headers(form, ce_id=b"\xff" + word.encode())),
        "not_utf8_ce_id",
        "unreadable",
    ),
    "a null key": Poison(lambda form, word: Sent(_with(form, word), _headers(form), None), None, "accepted"),
    "a null value": Poison(lambda form, word: Sent(None, _headers(form), word.encode()), "not_json", None),
    "null key and value": Poison(
        lambda form, word: Sent(None, (("note", word.encode()),), None), "missing_ce_specversion", None
    ),
    "no CloudEvents headers": Poison(
        lambda form, word: Sent(_with(form, word), ()), "missing_ce_specversion", "unreadable"
    ),
    "another content type": Poison(
        lambda form, word: Sent(
            _with(form, word), _headers(form, **{"content-type": b"application/x-" + word.encode()})
        ),
        "content_type_not_json",
        "unreadable",
    ),
    "an event in structured mode": Poison(
        lambda form, word: Sent(_with(form, word), (("content-type", b"application/cloudevents+json"),)),
        "structured_mode",
        "unreadable",
    ),
    "truncated JSON": Poison(lambda form, word: Sent(_with(form, word)[:-40], _headers(form)), "not_json", None),
    "JSON nested 900 deep": Poison(
        lambda form, word: Sent(_raw(form, word, "x", b"[" * 900 + b"]" * 900), _headers(form)),
        "nested_too_deep",
        "unreadable",
    ),
    "JSON nested 3,000 deep": Poison(
        lambda form, word: Sent(_raw(form, word, "x", b"[" * 3_000 + b"]" * 3_000), _headers(form)),
        "not_json",
        None,
    ),
    "a number of 400 digits": Poison(
        lambda form, word: Sent(_raw(form, word, "x", b"9" * 400), _headers(form)), "not_json", None
    ),
    "a revision beyond 64 bits": Poison(
        lambda form, word: Sent(_raw(form, word, "revision", b"9" * 30), _headers(form)),
        "revision_unusable",
        "unreadable",
    ),
    "a number that no field can hold": Poison(
        lambda form, word: Sent(_with(form, word, household={"answers": {"rooms": 1e300}}), _headers(form)),
        None,
        "rejected",
    ),
    "a lone surrogate, escaped": Poison(
        lambda form, word: Sent(_raw(form, word, "x", b'"' + word.encode() + b'\\ud800"'), _headers(form)),
        "not_json",
        None,
    ),
    "a lone surrogate, in bytes": Poison(
        lambda form, word: Sent(_raw(form, word, "x", b'"' + word.encode() + b'\xed\xa0\x80"'), _headers(form)),
        "not_json",
        None,
    ),
    "NUL in a name": Poison(
        lambda form, word: Sent(
            _with(form, word, applicant={**form["applicant"], "name": {"bn": f"{word}\0", "en": f"{word}\0"}}),
            _headers(form),
        ),
        None,
        "rejected",
    ),
    "NUL in the reference": Poison(
        lambda form, word: Sent(_with(form, word, source_ref=f"{word}\0"), _headers(form)), "source_ref_unusable", None
    ),
    "NUL between the fields": Poison(
        lambda form, word: Sent(_with(form, word).replace(b",", b",\0", 1), _headers(form)), "not_json", None
    ),
    "a future major version of the event": Poison(
        lambda form, word: Sent(_with(form, word), _headers(form, ce_type=b"application.submitted.v2")),
        "major_version_unknown",
        "unreadable",
    ),
    "a future major version of the form": Poison(
        lambda form, word: Sent(_with(form, word, form_version="2"), _headers(form)),
        "form_version_unknown",
        "unreadable",
    ),
    "a ce_time of 1970": Poison(
        lambda form, word: Sent(_with(form, word), _headers(form, ce_time=b"1970-01-01T00:00:00Z")), None, "accepted"
    ),
    "a ce_time of 2200": Poison(
        lambda form, word: Sent(_with(form, word), _headers(form, ce_time=b"2200-01-01T00:00:00Z")), None, "accepted"
    ),
}
