"""Lists of beneficiaries, row by row: CSV, NDJSON and Parquet."""

import csv
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import orjson

from shared.errors import DsrError

Row = Mapping[str, str]
Advance = Callable[[int], object]
"""Told how many more bytes of the file, or rows of a Parquet file, have been read."""

_PARQUET_ROWS: Final = 5_000
_PARQUET_MEMORY: Final = "128MB"
_TOLD_EVERY: Final = 1_000


class ListUnreadable(DsrError):
    """The file cannot be read as what its name says."""

    exit_code = 2

    def __init__(self, path: Path, cause: str) -> None:
        self.path, self.cause = path, cause
        super().__init__(f"The list {path} cannot be read: {cause}.")


def rows_of(path: Path, advance: Advance) -> Iterator[Row]:
    """Each row as column → text, empty cells left out; raises ``ListUnreadable``."""
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise ListUnreadable(path, f"its name ends with none of {', '.join(sorted(_READERS))}")
    try:
        yield from reader(path, advance)
    except OSError as error:
        raise ListUnreadable(path, error.strerror or type(error).__name__) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ListUnreadable(path, f"it is no UTF-8 text in columns ({type(error).__name__})") from error


def size_of(path: Path) -> int:
    """What ``advance`` is told in all."""
    return _parquet_rows(path) if path.suffix.lower() == ".parquet" else path.stat().st_size


def _csv(path: Path, advance: Advance) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        read = 0

        def lines() -> Iterator[str]:
            nonlocal read
            for line in file:
                read += len(line.encode())
                yield line

        for place, row in enumerate(csv.DictReader(lines())):
            yield {name: cell for name, cell in row.items() if name and isinstance(cell, str) and cell}
            if place % _TOLD_EVERY == 0:
                advance(read)
                read = 0
        advance(read)


def _ndjson(path: Path, advance: Advance) -> Iterator[Row]:
    with path.open("rb") as file:
        read = 0
        for place, line in enumerate(file):
            read += len(line)
            if line.strip():
                yield _flat(path, place, line)
            if place % _TOLD_EVERY == 0:
                advance(read)
                read = 0
        advance(read)


def _flat(path: Path, place: int, line: bytes) -> Row:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        row = None
    if not isinstance(row, dict):
        raise ListUnreadable(path, f"line {place + 1} is no JSON object")
    return {name: str(value) for name, value in row.items() if value is not None and value != ""}


def _parquet(path: Path, advance: Advance) -> Iterator[Row]:
    """By DuckDB, which reads it in a bounded memory and is in the extra ``parquet``."""
    connection = _duckdb(path)
    found = connection.execute("SELECT * FROM read_parquet(?)", [str(path)])
    names = [column[0] for column in found.description]
    while rows := found.fetchmany(_PARQUET_ROWS):
        for row in rows:
            yield {name: str(cell) for name, cell in zip(names, row, strict=True) if cell is not None and cell != ""}
        advance(len(rows))


def _parquet_rows(path: Path) -> int:
    count = _duckdb(path).execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchone()[0]
    return int(count)


def _duckdb(path: Path) -> Any:
    try:
        duckdb = import_module("duckdb")
    except ImportError:
        raise ListUnreadable(path, "Parquet needs DuckDB: pip install 'dsr[parquet]', or give CSV or NDJSON") from None
    return duckdb.connect(config={"memory_limit": _PARQUET_MEMORY, "threads": "1"})


_READERS: Final[Mapping[str, Callable[[Path, Advance], Iterator[Row]]]] = {
    ".csv": _csv,
    ".ndjson": _ndjson,
    ".jsonl": _ndjson,
    ".parquet": _parquet,
}
