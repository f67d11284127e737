"""Lists of people as they lie in files: CSV, NDJSON or Parquet, cut into blocks, each of them read elsewhere.

Columns: ``source_ref`` (unique within its source), ``source``, ``programme``, and the fields that the normaliser reads.
Others are not looked at. Cutting costs next to nothing, so that one process can keep several busy that read.
"""

import csv
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

import orjson

from shared.errors import DsrError

Row = Mapping[str, str]
Advance = Callable[[int], object]
"""Told how many more bytes of the file, or rows of a Parquet file, have been read."""

_BLOCK_BYTES: Final = 1 << 19
"""About two thousand people."""

_NAMES: Final = frozenset({"name_bn", "name_en"})
_NAME_COLUMNS: Final = " or ".join(sorted(_NAMES))
"""Of nobody without a name anything can be made: a file that has neither column is another kind of file."""

_PARQUET_ROWS: Final = 2_000
_PARQUET_MEMORY: Final = "128MB"


class ListUnreadable(DsrError):
    """The file cannot be read as what its name says."""

    exit_code = 2

    def __init__(self, path: Path, cause: str) -> None:
        self.path, self.cause = path, cause
        super().__init__(f"The list {path} cannot be read: {cause}.")

    def __reduce__(self) -> tuple[type["ListUnreadable"], tuple[Path, str]]:
        """It comes from the processes that read."""
        return type(self), (self.path, self.cause)


class Block(NamedTuple):
    """Some whole rows of a list: ``data`` as they lie in the file, or ``rows`` where they have been read.

    ``first`` is the number of the first line, from 1; ``columns`` are those of a CSV file.
    """

    path: Path
    first: int
    data: bytes = b""
    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()


def blocks_of(path: Path, advance: Advance) -> Iterator[Block]:
    """A list in blocks; raises ``ListUnreadable``."""
    cut = _BLOCKS.get(path.suffix.lower())
    if cut is None:
        raise ListUnreadable(path, f"its name ends with none of {', '.join(sorted(_BLOCKS))}")
    try:
        yield from cut(path, advance)
    except OSError as error:
        raise ListUnreadable(path, error.strerror or type(error).__name__) from error
    except UnicodeDecodeError as error:
        raise ListUnreadable(path, "its first line is no UTF-8 text") from error


def rows_in(block: Block) -> list[Row]:
    """Each row as column → text, empty cells left out; raises ``ListUnreadable``."""
    if block.rows:
        return list(block.rows)
    if not block.columns:
        lines = enumerate(block.data.split(b"\n"), block.first)
        return [_flat(block.path, number, line) for number, line in lines if line.strip()]
    columns = block.columns
    try:
        # No cell is cut: what a row has beyond its columns is not looked at.
        rows = csv.reader(StringIO(block.data.decode(), newline=""))
        return [{name: cell for name, cell in zip(columns, row, strict=False) if cell and name} for row in rows if row]
    except UnicodeDecodeError as error:
        line = block.first + block.data.count(b"\n", 0, error.start)
        raise ListUnreadable(block.path, f"line {line} is no UTF-8 text") from error
    except csv.Error as error:
        raise _not_in_columns(block.path, block.first, error) from error


def size_of(path: Path) -> int:
    """What ``advance`` is told in all."""
    return _parquet_rows(path) if path.suffix.lower() == ".parquet" else path.stat().st_size


def _not_in_columns(path: Path, line: int, error: csv.Error) -> ListUnreadable:
    return ListUnreadable(
        path, f"from line {line} on it is no text in columns: perhaps a quote is not closed ({error})"
    )


def _csv(path: Path, advance: Advance) -> Iterator[Block]:
    with path.open("rb") as file:
        head = file.readline()
        head += b"".join(_rest(path, 1, [head], file))
        columns = tuple(next(csv.reader(StringIO(head.decode("utf-8-sig"), newline="")), ()))
        if not _NAMES.intersection(columns):
            raise ListUnreadable(path, f"its first line is to name the columns by commas, {_NAME_COLUMNS} among them")
        advance(len(head))
        first = 1 + head.count(b"\n")
        while lines := file.readlines(_BLOCK_BYTES):
            data = b"".join(lines)
            if b'"' in data:
                data += b"".join(_rest(path, first, lines, file))
            yield Block(path, first, data, columns)
            first += data.count(b"\n")
            advance(len(data))


def _rest(path: Path, first: int, lines: list[bytes], file: BinaryIO) -> list[bytes]:
    """The lines over which the last row of these goes on: a cell in quotes may hold ends of lines."""
    more: list[bytes] = []

    def fed() -> Iterator[str]:
        yield from (line.decode("latin-1") for line in lines)
        for line in file:
            more.append(line)
            yield line.decode("latin-1")

    reader, read = csv.reader(fed()), 0
    try:
        for _ in reader:
            read = reader.line_num
            if read >= len(lines):
                break
    except csv.Error as error:
        raise _not_in_columns(path, first + read, error) from error
    return more


def _ndjson(path: Path, advance: Advance) -> Iterator[Block]:
    first = 1
    with path.open("rb") as file:
        while lines := file.readlines(_BLOCK_BYTES):
            data = b"".join(lines)
            yield Block(path, first, data)
            first += len(lines)
            advance(len(data))


def _flat(path: Path, number: int, line: bytes) -> Row:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        row = None
    if not isinstance(row, dict):
        raise ListUnreadable(path, f"line {number} is no JSON object")
    return {name: str(value) for name, value in row.items() if value is not None and value != ""}


def _parquet(path: Path, advance: Advance) -> Iterator[Block]:
    """By DuckDB, which reads it in a bounded memory and is in the extra ``parquet``."""
    with _duckdb(path) as connection:
        found = connection.execute("SELECT * FROM read_parquet(?)", [str(path)])
        names = [column[0] for column in found.description]
        if not _NAMES.intersection(names):
            raise ListUnreadable(path, f"none of its columns is {_NAME_COLUMNS}")
        first = 1
        while rows := found.fetchmany(_PARQUET_ROWS):
            cells = (zip(names, row, strict=True) for row in rows)
            block = tuple({name: str(cell) for name, cell in row if cell not in (None, "")} for row in cells)
            yield Block(path, first, rows=block)
            first += len(rows)
            advance(len(rows))


def _parquet_rows(path: Path) -> int:
    with _duckdb(path) as connection:
        return int(connection.execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchone()[0])


@contextmanager
def _duckdb(path: Path) -> Iterator[Any]:
    """A connection; what it cannot read is a list that cannot be read."""
    try:
        duckdb = import_module("duckdb")
    except ImportError:
        raise ListUnreadable(path, "Parquet needs DuckDB: pip install 'dsr[parquet]', or give CSV or NDJSON") from None
    try:
        with duckdb.connect(config={"memory_limit": _PARQUET_MEMORY, "threads": "1"}) as connection:
            yield connection
    except duckdb.Error as error:
        raise ListUnreadable(path, f"it is no whole Parquet file ({type(error).__name__})") from error


_BLOCKS: Final[Mapping[str, Callable[[Path, Advance], Iterator[Block]]]] = {
    ".csv": _csv,
    ".ndjson": _ndjson,
    ".jsonl": _ndjson,
    ".parquet": _parquet,
}
