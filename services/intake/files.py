"""Reading a file of applications row by row: CSV with a column for each leaf of the form, or NDJSON.

A file that cannot be a file of applications is refused whole, with everything that is wrong with it. A row that cannot
be sent is one finding, and the rest of the file is still read.
"""

import csv
import difflib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, get_args

import orjson
from pydantic import BaseModel

from shared.contracts.form import CommonForm
from shared.errors import DsrError
from shared.reference.text import ascii_digits

Format = Literal["csv", "ndjson"]
LIST_MAX: Final = 100
"""A numbered column beyond it is a slip of the pen, not a hundred and first household member."""

_SUFFIXES: Final[dict[str, Format]] = {".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson"}
_BOM: Final = b"\xef\xbb\xbf"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


class FileUnusable(DsrError):
    """The file is not one of applications; nothing was sent. ``faults`` names all that is wrong."""

    exit_code = 2

    def __init__(self, path: Path, faults: tuple[str, ...]) -> None:
        self.path, self.faults = path, faults
        super().__init__(f"{path} cannot be imported:" + "".join(f"\n  {fault}" for fault in faults))


class Row(NamedTuple):
    """``number`` is the line as a spreadsheet or an editor counts it. ``fault`` is a code of ``importing``'s texts."""

    number: int
    form: Any = None
    fault: str | None = None


def format_of(path: Path) -> Format:
    """By the file's ending; raises ``FileUnusable``."""
    try:
        return _SUFFIXES[path.suffix.lower()]
    except KeyError:
        raise FileUnusable(path, ("Its name ends neither with .csv nor .ndjson; say which with --format.",)) from None


def rows_of(path: Path, kind: Format, read_bytes: Callable[[int], None] = lambda count: None) -> Iterator[Row]:
    """The rows of a file; ``read_bytes`` hears how much of it was read. Raises ``FileUnusable`` and ``OSError``."""
    lines = _lines(path, read_bytes)
    return _csv_rows(path, lines) if kind == "csv" else _json_rows(lines)


def _lines(path: Path, read_bytes: Callable[[int], None]) -> Iterator[bytes]:
    with path.open("rb") as file:
        for number, line in enumerate(file):
            read_bytes(len(line))
            if number == 0:
                if line.startswith(_UTF16):
                    raise FileUnusable(path, ("It is in UTF-16; save it as UTF-8 (in Excel: CSV UTF-8).",))
                line = line.removeprefix(_BOM)
            yield line


def _json_rows(lines: Iterator[bytes]) -> Iterator[Row]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield Row(number, orjson.loads(line))
        except orjson.JSONDecodeError:
            yield Row(number, fault="not_json")


def _csv_rows(path: Path, lines: Iterator[bytes]) -> Iterator[Row]:
    reader = csv.reader(_decoded(path, lines), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        _check_header(path, header)
        before = reader.line_num
        for cells in reader:
            number, before = before + 1, reader.line_num
            if any(cell.strip() for cell in cells):
                whole = len(cells) == len(header)
                yield Row(number, _form(header, cells)) if whole else Row(number, fault="ragged_row")
    except csv.Error as error:
        raise FileUnusable(path, (f"Line {reader.line_num} is no CSV: {error}.",)) from None


def _decoded(path: Path, lines: Iterator[bytes]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        try:
            yield line.decode()
        except UnicodeDecodeError:
            fault = (
                f"Line {number} is not UTF-8; save the file as UTF-8 (in Excel: CSV UTF-8), so that Bangla survives."
            )
            raise FileUnusable(path, (fault,)) from None


def _check_header(path: Path, header: list[str]) -> None:
    if not any(header):
        raise FileUnusable(path, ("Its first line must name the columns, such as source_ref,applicant.name.bn.",))
    known = sorted(columns())
    faults: list[str] = []
    for place, name in enumerate(header, 1):
        if not name:
            faults.append(f"Column {place} has no name.")
        elif header.index(name) != place - 1:
            faults.append(f"Column {place} has the same name as column {header.index(name) + 1}.")
        elif not _is_column(name, known):
            near = difflib.get_close_matches(name, known, n=1)
            faults.append(
                f"Column {place}, {name[:60]!r}, is no field of the form"
                + (f"; did you mean {near[0]}?" if near else ".")
            )
    if "source_ref" not in header:
        faults.append("There is no column source_ref, your own reference for each application.")
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        faults = ["The columns must be separated by commas."]
    if faults:
        raise FileUnusable(path, tuple(faults))


def columns(model: type[BaseModel] = CommonForm, before: str = "") -> Iterator[str]:
    """The names that a column may have; ``0`` stands for the place in a list."""
    for name, field in model.model_fields.items():
        path, inner, is_list = before + name, _model_in(field.annotation), _has(field.annotation, list)
        if is_list:
            path += ".0"
        if inner is not None:
            yield from columns(inner, path + ".")
        elif _has(field.annotation, dict):
            yield path + ".rooms"
        else:
            yield path


def _is_column(name: str, known: Sequence[str]) -> bool:
    steps = [
        ("0" if step.isascii() and step.isdigit() and int(step[:9]) < LIST_MAX else step) for step in name.split(".")
    ]
    if steps[:2] == ["household", "answers"] and len(steps) == 3:
        return True
    return ".".join(steps) in known


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part)) is not None), None)


def _has(annotation: Any, kind: type) -> bool:
    return getattr(annotation, "__origin__", None) is kind or any(_has(part, kind) for part in get_args(annotation))


def _form(header: list[str], cells: list[str]) -> dict[str, Any]:
    """The form that a row says; an empty cell is an absent field."""
    form: dict[str, Any] = {}
    for name, cell in zip(header, cells, strict=True):
        text = cell.strip()
        if not text:
            continue
        part = form
        *way, leaf = name.split(".")
        for step in way:
            part = part.setdefault(step, {})
        part[leaf] = int(digits) if name == "revision" and (digits := ascii_digits(text)).isdigit() else text
    return {name: _listed(value) for name, value in form.items()}


def _listed(content: Any) -> Any:
    """Objects whose fields are all places become lists; places that no cell filled are left out."""
    if not isinstance(content, dict):
        return content
    if all(name.isdigit() for name in content):
        return [_listed(content[name]) for name in sorted(content, key=int)]
    return {name: _listed(value) for name, value in content.items()}
