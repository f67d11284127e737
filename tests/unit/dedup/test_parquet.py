"""Lists in Parquet. DuckDB, which reads them, is in the extra ``parquet`` and not in the default set: without it the
tests that need it are skipped, and what a user is told instead is tested."""

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner

from bench.dedup.population import arrivals
from services.dedup.cli import dedup
from services.dedup.loading import reading
from services.dedup.loading.reading import ListUnreadable, blocks_of, rows_in, size_of
from services.dedup.matching.bangladesh.plan import PLAN
from tests.unit.dedup.test_loading import LIST


@pytest.fixture
def duckdb() -> Any:
    return pytest.importorskip("duckdb", reason="DuckDB is not installed: pip install 'dsr[parquet]'")


def written(duckdb: Any, query: str, path: Path) -> Path:
    duckdb.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path


def listed(duckdb: Any, rows: list[dict[str, str]], folder: Path) -> Path:
    """The rows in Parquet, every column a text."""
    lines = folder / "list.ndjson"
    lines.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    names = sorted({name for row in rows for name in row})
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    query = f"SELECT * FROM read_json('{lines}', format='newline_delimited', columns={{{columns}}})"
    return written(duckdb, query, folder / "list.parquet")


def test_a_parquet_list_is_read_as_the_same_list_in_another_format_is(duckdb: Any, tmp_path: Path) -> None:
    path = listed(duckdb, LIST, tmp_path)
    told: list[int] = []
    rows = [row for block in blocks_of(path, told.append) for row in rows_in(block)]
    assert rows == [{name: cell for name, cell in row.items() if cell} for row in LIST]
    assert sum(told) == size_of(path) == len(LIST)


def test_numbers_and_dates_of_a_parquet_list_are_read_as_they_are_written(duckdb: Any, tmp_path: Path) -> None:
    cells = "4601234567::BIGINT AS national_id, DATE '1956-03-14' AS date_of_birth, 'Karim' AS name_en, NULL AS mobile"
    path = written(duckdb, f"SELECT {cells}", tmp_path / "typed.parquet")
    (block,) = blocks_of(path, lambda count: None)
    assert rows_in(block) == [{"national_id": "4601234567", "date_of_birth": "1956-03-14", "name_en": "Karim"}]


def test_a_long_parquet_list_comes_in_blocks_whose_rows_are_numbered_through(duckdb: Any, tmp_path: Path) -> None:
    path = written(duckdb, "SELECT 'Karim' AS name_en FROM range(4_500)", tmp_path / "long.parquet")
    assert [(block.first, len(block.rows)) for block in blocks_of(path, lambda count: None)] == [
        (1, 2_000), (2_001, 2_000), (4_001, 500),
    ]  # fmt: skip


def test_what_is_no_parquet_list_is_refused_with_the_reason(duckdb: Any, tmp_path: Path) -> None:
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 and no more")
    with pytest.raises(ListUnreadable, match="it is no whole Parquet file"):
        list(blocks_of(broken, lambda count: None))
    with pytest.raises(ListUnreadable, match="it is no whole Parquet file"):
        size_of(broken)
    other = written(duckdb, "SELECT 1 AS price", tmp_path / "other.parquet")
    with pytest.raises(ListUnreadable, match="none of its columns is name_bn or name_en"):
        list(blocks_of(other, lambda count: None))


def test_a_model_of_a_parquet_register_is_that_of_the_same_register_in_ndjson(
    duckdb: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.dedup.cli.training.PLAN", replace(PLAN, random_pairs=10_000))
    rows = [dict(arrival.record) for arrival in arrivals(11, 1_000, again=0.2, apart=100)]
    listed(duckdb, rows, tmp_path)
    models = []
    for ending in ("parquet", "ndjson"):
        register, model = tmp_path / f"list.{ending}", tmp_path / f"{ending}.json"
        result = CliRunner().invoke(dedup, ["train", str(register), str(model), "--id", "mine"])
        assert result.exit_code == 0, result.output
        models.append(model.read_text().replace(register.name, "list"))
    assert models[0] == models[1]


def test_without_duckdb_a_parquet_list_is_refused_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(name: str) -> Any:
        if name == "duckdb":
            raise ModuleNotFoundError(name)
        return import_module(name)

    monkeypatch.setattr(reading, "import_module", absent)
    with pytest.raises(ListUnreadable, match=r"pip install 'dsr\[parquet\]', or give CSV or NDJSON"):
        list(blocks_of(tmp_path / "list.parquet", lambda count: None))
