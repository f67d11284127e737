"""What is wrong with a model file, found all at once: wrong version, missing fields, weights that are no numbers."""

from collections.abc import Iterator
from itertools import pairwise
from math import isfinite
from typing import Any, Final

from services.dedup.matching.comparers import LEVELS, build
from services.dedup.matching.layout import Layout
from services.dedup.matching.model import SCHEMA_VERSION
from services.dedup.matching.normaliser import Normaliser

_REQUIRED: Final = (
    "schema", "id", "normaliser", "sample", "fields", "same_rate", "relative_rate", "twin_rate", "automatic", "review",
    "gates", "holds",
)  # fmt: skip


def mistakes(document: Any, normaliser: Normaliser) -> Iterator[str]:
    """A sentence for each mistake of a parsed model file; none: it can be read."""
    if not isinstance(document, dict):
        yield "the file holds no object"
        return
    yield from (f"{name} is missing" for name in _REQUIRED if name not in document)
    schema, version = document.get("schema", SCHEMA_VERSION), document.get("normaliser", normaliser.version)
    if schema != SCHEMA_VERSION:
        yield f"schema is {schema!r}; this program reads {SCHEMA_VERSION}"
    if version != normaliser.version:
        yield f"normaliser is {version!r}; this program has {normaliser.version!r}: train the model anew"
    for name in ("id", "sample", "note"):
        if not isinstance(document.get(name, ""), str):
            yield f"{name} is no text"
    for name in ("same_rate", "relative_rate", "twin_rate"):
        if name in document:
            yield from _not_positive(document[name], name)
    for name in ("automatic", "review"):
        if name in document and not _is_number(document[name]):
            yield f"{name} is no finite number"
    thresholds = [document[name] for name in ("review", "automatic") if _is_number(document.get(name))]
    if thresholds != sorted(thresholds):
        yield "review is above automatic: nothing would ever be reviewed"
    yield from _calibration_mistakes(document.get("calibration", []))
    if "fields" in document:
        yield from _fields_mistakes(document["fields"], normaliser.layout)
        for name in ("gates", "holds"):
            yield from _pattern_mistakes(document.get(name, []), name, document["fields"])


def _calibration_mistakes(knots: Any) -> Iterator[str]:
    if not isinstance(knots, list) or not all(isinstance(knot, list) and len(knot) == 2 for knot in knots):
        yield "calibration is no list of pairs"
    elif not all(_is_number(number) for knot in knots for number in knot):
        yield "calibration holds what is no finite number"
    elif len(knots) == 1 or any(a[0] >= b[0] or a[1] >= b[1] for a, b in pairwise(knots)):
        yield "calibration does not rise from knot to knot, or has one knot only"


def _fields_mistakes(fields: Any, layout: Layout) -> Iterator[str]:
    if not isinstance(fields, list) or not fields or not all(isinstance(each, dict) for each in fields):
        yield "fields is no list of objects, or empty"
        return
    names = [each.get("name") for each in fields]
    if len(set(map(repr, names))) < len(names):
        yield "two fields have one name"
    for number, each in enumerate(fields):
        where = f"fields[{number}]" + (f" ({each['name']})" if isinstance(each.get("name"), str) else "")
        if not isinstance(each.get("name"), str):
            yield f"{where}: name is missing or no text"
        yield from _field_mistakes(each, where, layout)


def _field_mistakes(field: dict[str, Any], where: str, layout: Layout) -> Iterator[str]:
    kind, slots, levels = field.get("kind"), field.get("slots"), field.get("levels")
    if not isinstance(kind, str) or kind not in LEVELS:
        yield f"{where}: kind is {kind!r}; there are {', '.join(LEVELS)}"
    elif not _are_texts(slots) or not slots or not all(slot in layout for slot in slots):
        yield f"{where}: slots is {slots!r}; the normaliser has {', '.join(slot.name for slot in layout.slots)}"
    else:
        try:
            build(kind, tuple(slots), layout)
        except ValueError:
            yield f"{where}: {len(slots)} slots are not what kind {kind} compares"
    if not isinstance(levels, list) or not all(isinstance(level, dict) for level in levels):
        yield f"{where}: levels is missing or no list of objects"
    else:
        if isinstance(kind, str) and kind in LEVELS and tuple(level.get("name") for level in levels) != LEVELS[kind]:
            yield f"{where}: levels are not {', '.join(LEVELS[kind])}, in this order"
        for level in levels:
            for share in ("m", "h", "t", "u"):
                yield from _not_positive(level.get(share), f"{where}, level {level.get('name')}: {share}", most=1.0)
    if field.get("frequencies") is not None:
        yield from _frequencies_mistakes(field["frequencies"], where, layout)


def _frequencies_mistakes(listed: Any, where: str, layout: Layout) -> Iterator[str]:
    if not isinstance(listed, dict) or not isinstance(listed.get("values"), dict):
        yield f"{where}: frequencies is no object with values"
        return
    slot = listed.get("slot")
    if not isinstance(slot, str) or slot not in layout or not layout.is_text(slot):
        yield f"{where}: frequencies of {slot!r}, which is no slot for text"
    yield from _not_positive(listed.get("other"), f"{where}, frequencies: other", most=1.0)
    wrong = sum(1 for share in listed["values"].values() if not _is_number(share) or not 0 < share <= 1)
    if wrong:
        yield f"{where}, frequencies: {wrong} values are no numbers above 0 and at most 1"
    if not all(value.isascii() for value in listed["values"]):
        yield f"{where}, frequencies: values are not all ASCII"


def _pattern_mistakes(patterns: Any, name: str, fields: Any) -> Iterator[str]:
    known = {
        each["name"]: LEVELS[each["kind"]]
        for each in (fields if isinstance(fields, list) else ())
        if isinstance(each, dict) and _are_texts([each.get("name"), each.get("kind")]) and each["kind"] in LEVELS
    }
    if not isinstance(patterns, list) or not all(isinstance(pattern, dict) for pattern in patterns):
        yield f"{name} is no list of objects"
        return
    for number, pattern in enumerate(patterns):
        if not pattern:
            yield f"{name}[{number}] names no field: every pair would show it"
        for field, levels in pattern.items():
            if field not in known or not _are_texts(levels) or not levels or not {*levels} <= {*known[field], ""}:
                yield f"{name}[{number}]: {field} has no such levels, or there is no such field"


def _are_texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _not_positive(value: Any, where: str, most: float | None = None) -> Iterator[str]:
    if not _is_number(value):
        yield f"{where} is missing or no finite number"
    elif value <= 0 or (most is not None and value > most):
        yield f"{where} is {value}; it must be above 0" + (f" and at most {most:g}" if most is not None else "")
