"""Labelled pairs from files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from services.dedup.matching.normaliser import Record
from shared.errors import DsrError


class FileUnreadable(DsrError):
    """A file that is not what it should be, with the line."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        self.path, self.line, self.reason = path, line, reason
        super().__init__(f"{path}, line {line}: {reason}.")


class LabelledPair(NamedTuple):
    """Two records, or the levels at which their fields agree, and whether they are one person."""

    same: bool
    levels: dict[str, str] | None
    ours: Record
    theirs: Record


def labelled_pairs(path: Path) -> Iterator[LabelledPair]:
    """The pairs of an NDJSON file. Raises ``FileUnreadable``."""
    for line, document in _documents(path):
        if document.get("label") not in ("same", "different"):
            raise FileUnreadable(path, line, "label is neither same nor different")
        levels, ours, theirs = document.get("levels"), document.get("ours"), document.get("theirs")
        if isinstance(levels, dict):
            yield LabelledPair(document["label"] == "same", _record(levels), {}, {})
        elif isinstance(ours, dict) and isinstance(theirs, dict):
            yield LabelledPair(document["label"] == "same", None, _record(ours), _record(theirs))
        else:
            raise FileUnreadable(path, line, "there are neither levels nor ours and theirs")


def _documents(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                document = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise FileUnreadable(path, number, "it is no JSON object") from error
            if not isinstance(document, dict):
                raise FileUnreadable(path, number, "it is no JSON object")
            yield number, document


def _record(document: dict[str, Any]) -> dict[str, str]:
    """A number is as good as its digits, here as in a list."""
    return {name: str(value) for name, value in document.items() if value is not None}
