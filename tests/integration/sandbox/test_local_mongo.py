"""The MongoDB of the tests: it answers on the wire, or says why it cannot be had."""

from pathlib import Path

import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from sandbox.mongo.build import built_server
from sandbox.mongo.errors import GoMissing

pytestmark = pytest.mark.anyio


async def test_it_stores_and_finds_a_document(mongo_url: str, unique: str) -> None:
    client: AsyncIOMotorClient[dict[str, object]] = AsyncIOMotorClient(mongo_url, serverSelectionTimeoutMS=5_000)
    try:
        things = client[unique]["things"]
        await things.insert_one({"_id": "one", "n": 1})
        assert await things.find_one({"_id": "one"}) == {"_id": "one", "n": 1}
    finally:
        client.close()


async def test_without_go_it_says_what_to_install_or_to_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GoMissing, match=r"install Go .*DSR_TEST_MONGO_URL"):
        built_server(tmp_path / "builds")
