"""What pydantic finds wrong with a request, in sentences of both languages that quote nothing of the input."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from shared.contracts.status import Reason

_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


class _Text(NamedTuple):
    en: str
    bn: str


_OTHER = _Text("This value is not valid.", "এই মানটি সঠিক নয়।")
_TEXTS: Mapping[str, _Text] = {
    "missing": _Text("This is required.", "এটি আবশ্যক।"),
    "extra_forbidden": _Text("There is no such field.", "এমন কোনো ঘর নেই।"),
    "personal": _Text(
        "A number this long may be a person's; name it by its id here.",
        "এত বড় সংখ্যা কোনো ব্যক্তির হতে পারে; এখানে এর আইডি দিন।",
    ),
    "json_invalid": _Text("This is no JSON.", "এটি JSON নয়।"),
    "original_missing": _Text(
        "Name the other application of the same person with a verdict of duplicate or merge, and with no other.",
        "দ্বৈত বা একীভূত করার রায়েই শুধু একই ব্যক্তির অন্য আবেদনটি উল্লেখ করুন।",
    ),
    "string_type": _Text("This must be text.", "এটি লেখা হতে হবে।"),
    "string_too_short": _Text("This text is too short.", "লেখাটি খুব ছোট।"),
    "string_too_long": _Text("This text is too long.", "লেখাটি খুব বড়।"),
    "string_pattern_mismatch": _Text("This text has the wrong form.", "লেখাটির ধরন সঠিক নয়।"),
    "int_type": _Text("This must be a whole number.", "এটি পূর্ণ সংখ্যা হতে হবে।"),
    "int_parsing": _Text("This must be a whole number.", "এটি পূর্ণ সংখ্যা হতে হবে।"),
    "bool_type": _Text("This must be true or false.", "এটি হ্যাঁ অথবা না হতে হবে।"),
    "bool_parsing": _Text("This must be true or false.", "এটি হ্যাঁ অথবা না হতে হবে।"),
    "greater_than_equal": _Text("This number is too small.", "সংখ্যাটি খুব ছোট।"),
    "greater_than": _Text("This number is too small.", "সংখ্যাটি খুব ছোট।"),
    "less_than_equal": _Text("This number is too large.", "সংখ্যাটি খুব বড়।"),
    "less_than": _Text("This number is too large.", "সংখ্যাটি খুব বড়।"),
    "literal_error": _Text("This is none of the allowed values.", "এটি অনুমোদিত মানগুলোর একটি নয়।"),
    "enum": _Text("This is none of the allowed values.", "এটি অনুমোদিত মানগুলোর একটি নয়।"),
    "uuid_parsing": _Text("This is no UUID.", "এটি UUID নয়।"),
    "date_parsing": _Text("This is no date; write YYYY-MM-DD.", "এটি তারিখ নয়; YYYY-MM-DD লিখুন।"),
    "date_from_datetime_parsing": _Text("This is no date; write YYYY-MM-DD.", "এটি তারিখ নয়; YYYY-MM-DD লিখুন।"),
    "datetime_parsing": _Text("This is no date and time.", "এটি তারিখ ও সময় নয়।"),
    "timezone_aware": _Text("The time zone is missing.", "সময় অঞ্চল উল্লেখ নেই।"),
    "model_attributes_type": _Text("This must be an object.", "এটি একটি অবজেক্ট হতে হবে।"),
    "dict_type": _Text("This must be an object.", "এটি একটি অবজেক্ট হতে হবে।"),
    "list_type": _Text("This must be a list.", "এটি একটি তালিকা হতে হবে।"),
    "too_long": _Text("This list is too long.", "তালিকাটি খুব বড়।"),
    "too_short": _Text("This list is too short.", "তালিকাটি খুব ছোট।"),
}


def reason_of(detail: Mapping[str, Any], within: str | None = None) -> Reason:
    """One of ``ValidationError.errors()`` as a reason; ``within`` is put before its path."""
    code = str(detail["type"])
    text = _TEXTS.get(code, _OTHER)
    return Reason(code=code, text_en=text.en, text_bn=text.bn, field=_path(detail.get("loc", ()), within))


def _path(loc: tuple[int | str, ...], within: str | None) -> str | None:
    parts = [str(part) for part in loc if part not in ("body", "query", "path", "header")]
    # A name that the sender made up may hold anything, so only what looks like a field's name is repeated.
    known = [
        part if _FIELD_NAME.fullmatch(part) or (part.isascii() and part.isdigit() and len(part) < 7) else "…"
        for part in parts
    ]
    return ".".join([within, *known] if within else known) or None
