"""What a request to the HTTP gateway holds: one application or many, and all that is wrong with it at once.

The gateway refuses only what it cannot answer later: no JSON, no reference of the source, too many bytes. All or
nothing: a request with one such entry leaves no trace, so that whoever sent it can mend and send it whole. What CCDS
or policy find wrong comes as a status, as for everybody (design.md §9).
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, Literal, NamedTuple

import orjson

from services.intake.submission import UnreadableForm, digest_of_form, identify
from shared import topics
from shared.contracts.status import Reason
from shared.errors import DsrError
from shared.privacy import Pseudonyms
from shared.reference.ccds import Label

APPLICATIONS_MAX: Final = 2_000
"""In one request; it bounds the answer that lists what is wrong with each."""

Because = Literal["not_json", "too_large", "invalid"]

_TEXTS: Final[dict[str, Label]] = {
    "not_json": Label("This is no JSON in UTF-8.", "এটি UTF-8 এ লেখা JSON নয়।"),
    "not_an_object": Label("An application is a JSON object.", "আবেদন একটি JSON অবজেক্ট হতে হবে।"),
    "nested_too_deep": Label("This is nested deeper than any form is.", "এটি যেকোনো ফরমের চেয়ে বেশি স্তরে সাজানো।"),
    "source_ref_missing": Label(
        "Your own reference (source_ref) is missing; without it nobody can be answered.",
        "আপনার নিজস্ব রেফারেন্স (source_ref) নেই; এটি ছাড়া উত্তর দেওয়া সম্ভব নয়।",
    ),
    "source_ref_unusable": Label(
        "The reference (source_ref) must be text of at most 100 readable characters.",
        "রেফারেন্স (source_ref) সর্বোচ্চ ১০০টি পাঠযোগ্য অক্ষরের লেখা হতে হবে।",
    ),
    "application_too_large": Label(
        f"An application may have {topics.OUTSIDE_MAX_BYTES:,} bytes at most.",
        "একটি আবেদন সর্বোচ্চ ১ মেবিবাইট হতে পারে।",
    ),
    "no_applications": Label("There is no application in this request.", "এই অনুরোধে কোনো আবেদন নেই।"),
    "too_many_applications": Label(
        f"Send {APPLICATIONS_MAX:,} applications at most in one request.",
        "এক অনুরোধে সর্বোচ্চ ২,০০০টি আবেদন পাঠান।",
    ),
}
_FIELD_OF: Final = {"source_ref_missing": "source_ref", "source_ref_unusable": "source_ref"}


class Turned(DsrError):
    """The request is turned away whole. ``reasons`` name each entry by its place, from 0: ``[3].source_ref``."""

    def __init__(self, because: Because, reasons: tuple[Reason, ...]) -> None:
        self.because, self.reasons = because, reasons
        super().__init__("The request holds what cannot be taken in; nothing of it was taken.")


class Entry(NamedTuple):
    """An application to be sent on: the bytes of its record and the form in them."""

    value: bytes
    application_id: str
    reference: str


def entries_of(body: bytes, *, lines: bool, pseudonyms: Pseudonyms, source: str) -> tuple[list[Entry], bool]:
    """The applications in a body, and whether it was a single one; raises ``Turned``.

    ``lines`` says that each line is one (NDJSON); otherwise the body is an object or a list of them.
    """
    values, single = _of_lines(body) if lines else _of_json(body)
    if not values or len(values) > APPLICATIONS_MAX:
        code = "too_many_applications" if values else "no_applications"
        raise Turned("too_large" if values else "invalid", (reason_of_entry(code, None),))
    entries: list[Entry] = []
    reasons: list[Reason] = []
    for place, (form, value) in enumerate(values):
        try:
            entries.append(_entry(form, value, pseudonyms, source))
        except UnreadableForm as bad:
            reasons.append(reason_of_entry(bad.reason, None if single else place))
    if reasons:
        too_large = any(reason.code == "application_too_large" for reason in reasons)
        raise Turned("too_large" if too_large else "invalid", tuple(reasons))
    return entries, single


def reference_of(pseudonyms: Pseudonyms, application_id: str, revision: int, digest: str) -> str:
    """Names one content of one revision, so that its sender can ask what became of it; made with the secret key."""
    return f"{application_id}.{revision}.{pseudonyms.hash_of('form', digest)}"


Value = Callable[[], bytes]


def _of_json(body: bytes) -> tuple[list[tuple[Any, Value]], bool]:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Turned("not_json", (reason_of_entry("not_json", None),)) from None
    if isinstance(content, list):
        return [(form, partial(orjson.dumps, form)) for form in content], False
    return [(content, partial(bytes, body))], True


def _of_lines(body: bytes) -> tuple[list[tuple[Any, Value]], bool]:
    values: list[tuple[Any, Value]] = []
    wrong: list[Reason] = []
    filled = [line for line in body.removeprefix(b"\xef\xbb\xbf").splitlines() if line.strip()]
    for place, line in enumerate(filled[: APPLICATIONS_MAX + 1]):
        try:
            values.append((orjson.loads(line), partial(bytes, line)))
        except orjson.JSONDecodeError:
            wrong.append(reason_of_entry("not_json", place))
    if wrong:
        raise Turned("not_json", tuple(wrong))
    return values, False


def _entry(form: Any, value: Value, pseudonyms: Pseudonyms, source: str) -> Entry:
    try:
        submission = identify(form)
    except UnreadableForm as bad:
        if bad.answer_to is None:
            raise
        submission = bad.answer_to
    digest = digest_of_form(submission.form)
    written = value()
    if len(written) > topics.OUTSIDE_MAX_BYTES:
        raise UnreadableForm("application_too_large")
    application_id = pseudonyms.application_id(source, submission.source_ref)
    return Entry(written, application_id, reference_of(pseudonyms, application_id, submission.revision, digest))


def reason_of_entry(code: str, place: int | None = None) -> Reason:
    """What is wrong with an entry, by the code of ``UnreadableForm`` or of the gateway itself."""
    text, field = _TEXTS[code], _FIELD_OF.get(code)
    if place is not None:
        field = f"[{place}]" if field is None else f"[{place}].{field}"
    return Reason(code=code, text_en=text.en, text_bn=text.bn, field=field)
