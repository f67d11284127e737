"""Which store a setting names."""

from pathlib import Path

import pytest

from shared.store.mongo import MongoStore
from shared.store.opening import open_store
from shared.store.port import StoreUnusable
from shared.store.sqlite import SqliteStore


def test_a_file_is_named_relative_to_here_or_absolutely() -> None:
    for url, path in (("sqlite:///var/data/x.db", "var/data/x.db"), ("sqlite:////data/a%20b.db", "/data/a b.db")):
        store = open_store(url)
        assert isinstance(store, SqliteStore)
        assert store.path == Path(path)


def test_a_database_is_named_with_its_server() -> None:
    assert isinstance(open_store("mongodb://user:secret@host:27017/dsr_intake?replicaSet=rs"), MongoStore)


@pytest.mark.parametrize(
    "url",
    ["", "var/x.db", "sqlite://", "sqlite:///", "sqlite://x.db", "mongodb://host", "mongodb://host/", "postgres://h/d"],
)
def test_anything_else_is_refused_with_what_to_write(url: str) -> None:
    with pytest.raises(StoreUnusable, match=r"write (sqlite|mongodb)://"):
        open_store(url)


def test_a_password_in_a_wrong_address_is_not_told() -> None:
    with pytest.raises(StoreUnusable) as unusable:
        open_store("mongodb://user:secret@host")
    assert "secret" not in str(unusable.value)
