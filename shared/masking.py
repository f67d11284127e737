"""Shows the structure of a record to an operator without the person in it (I7).

Which fields there are and of what kind each value is: that is mostly what a fault is found by. Values are shown only
where a field is known to hold a code; of everything else a trace remains.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

from shared.privacy import mask_name, mask_number

SHOWN: Final = frozenset(
    {
        "application_id", "entitlement_id", "payment_id", "person_id", "command_id", "round_id", "event_id",
        "revision", "n", "stage", "state", "programme", "source", "form_version", "name", "about", "at", "kind",
        "outcome", "provider", "cycle", "attempt", "next", "model", "policy",
    }
)  # fmt: skip
"""Fields of our own contracts that hold codes, numbers and pseudonyms. A text must look like a code all the same."""

DEPTH_MAX = 12
ITEMS_MAX = 50
KEY_MAX = 64
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,63}")
_LONG_NUMBER = re.compile(r"[0-9]{7}")
_PSEUDONYM = re.compile(r"a?(?=[0-9-]*[a-f])[0-9a-f-]{24,36}")
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,39}")


def masked(content: bytes | None) -> tuple[Any, str | None]:
    """The JSON of a record's value with every value masked, and None; or None, and why it is no JSON.

    The reason quotes nothing of the content.
    """
    if content is None:
        return None, "there is no value"
    try:
        parsed = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        return None, f"no JSON, from byte {error.pos:,} on" if error.pos else "no JSON"
    return _masked(parsed, is_code=False, depth=0), None


def masked_text(text: str) -> str:
    """A number keeps two digits at each end, a text the first letter of each of its first words."""
    if any(letter.isdigit() for letter in text):
        return mask_number(text[:KEY_MAX])
    return mask_name(text[:KEY_MAX])


def is_pseudonym(text: str) -> bool:
    """Whether a text is an id of ours, which cannot be turned back into a person."""
    return _PSEUDONYM.fullmatch(text) is not None


def looks_like_code(text: str) -> bool:
    """Whether a text may be shown as it is: short, of a code's letters, and without digits that could be a person's."""
    if is_pseudonym(text):
        return True
    return _CODE.fullmatch(text) is not None and _LONG_NUMBER.search(text) is None


def _masked(value: Any, *, is_code: bool, depth: int) -> Any:
    if isinstance(value, Mapping):
        if depth >= DEPTH_MAX:
            return f"({len(value)} fields deeper down)"
        shown = {
            _key(key): _masked(inner, is_code=key in SHOWN and depth == 0, depth=depth + 1)
            for key, inner in list(value.items())[:ITEMS_MAX]
        }
        return shown if len(value) <= ITEMS_MAX else {**shown, "…": f"{len(value) - ITEMS_MAX} more"}
    if isinstance(value, list):
        if depth >= DEPTH_MAX:
            return f"({len(value)} entries deeper down)"
        rows = [_masked(inner, is_code=False, depth=depth + 1) for inner in value[:ITEMS_MAX]]
        return rows if len(value) <= ITEMS_MAX else [*rows, f"… {len(value) - ITEMS_MAX} more"]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value if is_code and looks_like_code(value) else masked_text(value)
    return value if is_code and abs(value) < 1_000_000 else mask_number(str(value)[:KEY_MAX])


def _key(key: str) -> str:
    """A field's name, unless it is none: then it may hold what a value should."""
    return key if _FIELD.fullmatch(key) is not None and _LONG_NUMBER.search(key) is None else masked_text(key)
