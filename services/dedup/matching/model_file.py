"""Reads a model from its file, and writes one. What is wrong is reported all at once, by place."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from services.dedup.matching.layout import Layout
from services.dedup.matching.model import SCHEMA_VERSION, Field, Frequencies, Level, Model, Pattern
from services.dedup.matching.model_mistakes import mistakes
from services.dedup.matching.normaliser import Normaliser
from shared.errors import DsrError


class ModelUnreadable(DsrError):
    """The model file is not there or is no JSON: refuse to start."""

    exit_code = 2

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"The matching model {path} cannot be read: {reason}.")


class ModelRefused(DsrError):
    """The model file has mistakes, all of them listed: refuse to start."""

    exit_code = 2

    def __init__(self, path: Path, mistakes: tuple[str, ...]) -> None:
        self.path, self.mistakes = path, mistakes
        listed = "".join(f"\n  - {mistake}" for mistake in mistakes)
        super().__init__(f"The matching model {path} is refused; nothing was started:{listed}")


def load(path: Path, normaliser: Normaliser) -> Model:
    """The model of a file, checked against the normaliser it was trained with.

    Raises ``ModelUnreadable`` and ``ModelRefused``.
    """
    try:
        content = path.read_bytes()
        document = orjson.loads(content)
    except OSError as error:
        raise ModelUnreadable(path, (error.strerror or "it cannot be opened").lower()) from error
    except orjson.JSONDecodeError as error:
        raise ModelUnreadable(path, f"it is not JSON ({error})") from error
    found = tuple(mistakes(document, normaliser))
    if found:
        raise ModelRefused(path, found)
    return _model(document, sha256(content).hexdigest(), normaliser.layout)


def dump(model: Model) -> bytes:
    """The file of a model; ``load`` of it has the hash that these bytes have."""
    document = {
        "schema": SCHEMA_VERSION,
        "id": model.id,
        "normaliser": model.normaliser,
        "sample": model.sample,
        "note": model.note,
        "same_rate": model.same_rate,
        "relative_rate": model.relative_rate,
        "twin_rate": model.twin_rate,
        "automatic": model.automatic,
        "review": model.review,
        "gates": model.gates,
        "holds": model.holds,
        "calibration": model.calibration,
        "fields": [_field_document(field) for field in model.fields],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _field_document(field: Field) -> dict[str, Any]:
    document: dict[str, Any] = {
        "name": field.name,
        "kind": field.kind,
        "slots": field.slots,
        "levels": [
            {"name": level.name, "m": level.m, "h": level.h, "t": level.t, "u": level.u} for level in field.levels
        ],
    }
    if field.frequencies is not None:
        values = {value.rstrip(b"\0").decode("ascii"): share for value, share in field.frequencies.values.items()}
        document["frequencies"] = {"slot": field.frequencies.slot, "other": field.frequencies.other, "values": values}
    return document


def _model(document: dict[str, Any], digest: str, layout: Layout) -> Model:
    return Model(
        id=document["id"],
        hash=digest,
        normaliser=document["normaliser"],
        sample=document["sample"],
        note=document.get("note", ""),
        fields=tuple(_field(each, layout) for each in document["fields"]),
        same_rate=float(document["same_rate"]),
        relative_rate=float(document["relative_rate"]),
        twin_rate=float(document["twin_rate"]),
        automatic=float(document["automatic"]),
        review=float(document["review"]),
        gates=tuple(_pattern(each) for each in document["gates"]),
        holds=tuple(_pattern(each) for each in document["holds"]),
        calibration=tuple((float(x), float(y)) for x, y in document.get("calibration", ())),
    )


def _field(document: dict[str, Any], layout: Layout) -> Field:
    levels = tuple(
        Level(each["name"], float(each["m"]), float(each["h"]), float(each["t"]), float(each["u"]))
        for each in document["levels"]
    )
    listed = document.get("frequencies")
    frequencies = None
    if listed is not None:
        width = layout.width(listed["slot"])
        values = {value.encode("ascii").ljust(width, b"\0"): float(share) for value, share in listed["values"].items()}
        frequencies = Frequencies(listed["slot"], float(listed["other"]), values)
    return Field(document["name"], document["kind"], tuple(document["slots"]), levels, frequencies)


def _pattern(document: dict[str, list[str]]) -> Pattern:
    return {field: tuple(levels) for field, levels in document.items()}
