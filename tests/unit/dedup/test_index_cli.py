"""``dsr dedup index``: what is refused before anything is loaded, and what the office of a list gets to read."""

import asyncio
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from services.dedup.cli.index import index
from services.dedup.loading.prepare import Preparer, engine_of
from services.dedup.loading.search import Searcher
from services.dedup.stores.sqlite import SqliteBulk
from services.dedup.tables import TABLES
from shared.privacy import Pseudonyms
from shared.store.sqlite import SqliteStore
from shared.store.tables import COMMON
from tests.unit.dedup.test_loading import LIST, SETTING, loaded

_KEY = "6b" * 32


def run(folder: Path, *arguments: str) -> Result:
    """On a terminal of 80 columns."""
    key = folder / "pseudonym.key"
    key.write_text(_KEY)
    settings = {"DSR_STORE": f"sqlite:///{folder}", "DSR_PSEUDONYM_KEY_FILE": str(key), "COLUMNS": "80"}
    return CliRunner().invoke(index, list(arguments), env=settings)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With a store of a list in which somebody is twice."""
    store = SqliteStore(tmp_path / "dedup.db")
    setting = SETTING._replace(key=bytes.fromhex(_KEY))
    loaded(store, SqliteBulk, Preparer(setting).prepare(1, LIST))

    async def look() -> None:
        await store.open((*COMMON, *TABLES))
        engine = engine_of(setting.model, Pseudonyms(setting.key))
        await Searcher(store, engine, "2027-01-31").slice(-(2**39), 2**39)
        await store.close()

    asyncio.run(look())
    return tmp_path


def test_whoever_is_twice_in_a_list_is_shown_with_ids_that_can_be_copied(folder: Path) -> None:
    told = orjson.loads(run(folder, "findings", "--json").stdout)
    assert told["upazilas"] == {"55490052": 3}
    shown = run(folder, "findings", "--upazila", "55490052").stdout
    for pair in told["pairs"]:
        for name in (pair["application_id"], pair["other"], pair["source_ref"], pair["due_on"], pair["kind"]):
            assert name in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("build", "list.csv", "--source", "MSW"), "'MSW' is no code of the policy. It has msw,"),
        (("build", "list.csv", "--programme", "oldage"), "'oldage' is no code of the policy. It has old_age,"),
        (("build", "list.csv", "--review-by", "2020-01-01"), "this day is over"),
        (("findings", "--upazila", "Kurigram"), "it has eight digits"),
    ],
)
def test_an_option_that_names_nothing_is_refused_before_anything_is_done(
    arguments: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    (tmp_path / "list.csv").write_text("name_en\n")
    result = run(tmp_path, *(str(tmp_path / each) if each == "list.csv" else each for each in arguments))
    assert result.exit_code == 2
    assert said in " ".join(result.output.replace("│", " ").split())
    assert not (tmp_path / "dedup.db").exists()
