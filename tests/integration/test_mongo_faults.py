"""What can go wrong with a server: away, wrongly addressed, or unable to confirm."""

import asyncio

import pytest
from pymongo.errors import BulkWriteError

from shared.store.mongo import MongoStore
from shared.store.mongo_errors import meaning, only_duplicates
from shared.store.port import StoreAway, StoreUnusable
from tests.contract.store_tables import NOTES, TABLES, note

pytestmark = pytest.mark.anyio


@pytest.fixture
async def nobody() -> str:
    """An address where nobody listens."""
    server = await asyncio.start_server(lambda _, __: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return f"127.0.0.1:{port}"


async def test_a_server_that_is_not_there_is_away_and_its_password_is_not_told(nobody: str) -> None:
    store = MongoStore(f"mongodb://dsr:secret@{nobody}", "rows")
    with pytest.raises(StoreAway, match="mongodb rows is away") as away:
        await store.open(TABLES)
    assert "secret" not in str(away.value)


async def test_an_address_that_means_nothing_is_unusable() -> None:
    with pytest.raises(StoreUnusable, match="address is wrong"):
        await MongoStore("mongodb://127.0.0.1:port", "rows").open(TABLES)


async def test_a_store_that_was_away_can_be_opened_later(nobody: str, mongo_url: str, unique: str) -> None:
    store = MongoStore(f"mongodb://{nobody}", unique)
    with pytest.raises(StoreAway):
        await store.open(TABLES)
    store = MongoStore(mongo_url, unique)
    await store.open(TABLES)
    assert await store.insert(NOTES, [note("g", 1)]) == [note("g", 1)]
    await store.close()


def test_a_duplicate_key_counts_as_stored_only_when_a_majority_has_confirmed() -> None:
    duplicate = {"index": 0, "code": 11000, "errmsg": "E11000 duplicate key error … person 1990…"}
    unconfirmed = {"code": 64, "errmsg": "waiting for replication timed out"}
    assert only_duplicates(BulkWriteError({"writeErrors": [duplicate], "writeConcernErrors": []}))
    error = BulkWriteError({"writeErrors": [duplicate], "writeConcernErrors": [unconfirmed]})
    assert not only_duplicates(error)
    assert isinstance(meaning("rows", error), StoreAway)


def test_a_disk_without_room_is_away_and_a_missing_right_is_unusable_and_neither_quotes_a_row() -> None:
    for code, expected in ((14031, StoreAway), (13, StoreUnusable), (121, StoreUnusable)):
        fault = {"index": 0, "code": code, "errmsg": "document 1990…"}
        error = BulkWriteError({"writeErrors": [fault], "writeConcernErrors": []})
        assert not only_duplicates(error)
        meant = meaning("rows", error)
        assert isinstance(meant, expected)
        assert "1990" not in str(meant)
