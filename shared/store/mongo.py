"""The store on MongoDB, for services on more than one machine.

A document is a row; its ``_id`` is the row's key (see ``mongo_keys``), so the key's unique index is the one
that every collection has. Writes are confirmed by a majority with journal, reads come from the primary as a
majority knows them.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from bson.errors import BSONError
from bson.int64 import Int64
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import ASCENDING, ReadPreference, WriteConcern
from pymongo.errors import BulkWriteError, DocumentTooLarge, PyMongoError
from pymongo.read_concern import ReadConcern

from shared.store.mongo_errors import meaning, only_duplicates
from shared.store.mongo_keys import document, id_of, ids_below, ids_beyond
from shared.store.port import (
    Insert,
    Key,
    R,
    RowRefused,
    StoreAway,
    StoreClosed,
    StoreUnusable,
    Table,
    Value,
    check_column,
)
from shared.store.rows import check_ranges, check_types, column_types

T = TypeVar("T")

SELECTION_TIMEOUT_MS = 2_000
SOCKET_TIMEOUT_MS = 10_000
MAJORITY_TIMEOUT_MS = 5_000
SCAN_PAGE_ROWS = 1_000
# Conditions in one query: some 100 bytes each, far below the 16 MiB of a document.
CONDITIONS_MAX = 2_000


class MongoStore:
    """See ``Store``. ``url`` may hold a password, so errors name the database only."""

    def __init__(self, url: str, database: str) -> None:
        self._url, self._database_name = url, database
        self._name = f"mongodb {database}"
        self._client: Any = None

    async def open(self, tables: Sequence[Table[Any]]) -> None:
        """See ``Store.open``."""
        try:
            with self._errors():
                if self._client is None:
                    self._client = self._connected()
                for table in tables:
                    await self._make(table)
        except BaseException:
            await self.close()
            raise

    def _connected(self) -> Any:
        try:
            return AsyncIOMotorClient(
                self._url,
                serverSelectionTimeoutMS=SELECTION_TIMEOUT_MS,
                connectTimeoutMS=SELECTION_TIMEOUT_MS,
                socketTimeoutMS=SOCKET_TIMEOUT_MS,
            )
        except (TypeError, ValueError) as error:
            raise StoreUnusable(self._name, f"its address is wrong: {type(error).__name__}") from None

    async def _make(self, table: Table[Any]) -> None:
        column_types(table)
        collection = self._collection(table)
        any_row = await collection.find_one({}, projection={"_id": False})
        if any_row is not None and tuple(any_row) != table.columns:
            has, must = ", ".join(any_row), ", ".join(table.columns)
            raise StoreUnusable(self._name, f"table {table.name} has the columns {has}, and must have {must}")
        if _begins_with_a_number(table):
            await collection.create_index([(table.key[0], ASCENDING)], name=f"{table.name}_by_{table.key[0]}")
        for index in table.indexes:
            name = "_".join((table.name, "by", *index))
            await collection.create_index([(column, ASCENDING) for column in index], name=name)

    async def insert(self, table: Table[R], rows: Sequence[R]) -> list[R]:
        """See ``Store.insert``."""
        stored = await self.insert_all([Insert(table, rows)])
        return stored[0]

    async def insert_all(self, inserts: Sequence[Insert]) -> list[list[Any]]:
        """See ``Store.insert_all``; here it is one round trip a table."""
        for table, rows in inserts:
            check_types(table, rows)
            check_ranges(table, rows)
        return [await self._insert(table, rows) for table, rows in inserts]

    async def _insert(self, table: Table[R], rows: Sequence[R]) -> list[R]:
        first: dict[Key, R] = {}
        for row in rows:
            first.setdefault(table.key_of(row), row)
        if not first:
            return []
        with self._errors():
            try:
                documents = [document(table, row) for row in first.values()]
                await self._collection(table).insert_many(documents, ordered=False)
                stored: Mapping[Key, R] = first
            except BulkWriteError as error:
                if not only_duplicates(error):
                    raise
                stored = await self.get(table, list(first))
            except (BSONError, DocumentTooLarge) as refusal:
                raise RowRefused(table.name, f"it makes no document: {type(refusal).__name__}") from None
        if len(stored) < len(first):
            # Somebody else's row that a majority doesn't yet have: it may still be rolled back.
            raise StoreAway(self._name, "another writer's rows are not yet confirmed by a majority")
        return [stored[table.key_of(row)] for row in rows]

    async def get(self, table: Table[R], keys: Sequence[Key]) -> dict[Key, R]:
        """See ``Store.get``."""
        ids = list(dict.fromkeys(map(id_of, keys)))
        found: list[R] = []
        for part in _parts(ids):
            found += await self._find(table, {"_id": {"$in": part}})
        return {table.key_of(row): row for row in found}

    async def find(self, table: Table[R], column: str, values: Sequence[Value]) -> list[R]:
        """See ``Store.find``."""
        check_column(table, column)
        wanted = [value for value in dict.fromkeys(values) if value is not None]
        found: list[R] = []
        for part in _parts(wanted):
            found += await self._find(table, _having(table, column, part))
        place = {value: index for index, value in enumerate(wanted)}
        return sorted(found, key=lambda row: (place[getattr(row, column)], table.key_of(row)))

    async def others(self, table: Table[R], keys: Sequence[Key]) -> list[R]:
        """See ``Store.others``."""
        asked: dict[Value, set[Key]] = {}
        for key in keys:
            asked.setdefault(key[0], set()).add(tuple(key))
        found = {table.key_of(row): row for row in await self.find(table, table.key[0], list(asked))}
        return [found[key] for key in sorted(found) if asked[key[0]] != {key}]

    async def follow(self, table: Table[R], positions: Sequence[Key], limit: int | None = None) -> list[R]:
        """See ``Store.follow``."""
        if limit is not None:
            pages = [await self._find(table, {"_id": ids_beyond(position)}, limit) for position in positions]
            return [row for page in pages for row in page]
        tails: dict[Key, list[R]] = {position: [] for position in positions}
        for part in _parts(list(tails)):
            tailing: dict[Key, list[Key]] = {}
            for position in part:
                tailing.setdefault(position[:-1], []).append(position)
            found = await self._find(table, {"$or": [{"_id": ids_beyond(position)} for position in part]})
            for row in sorted(found, key=table.key_of):
                key = table.key_of(row)
                for position in tailing[key[:-1]]:
                    if key > position:
                        tails[position].append(row)
        return [row for position in positions for row in tails[position]]

    async def scan(self, table: Table[R], after: Key | None = None) -> AsyncIterator[R]:
        """See ``Store.scan``; a page at a time, since a cursor would time out while rows are used."""
        while True:
            beyond: dict[str, Any] = {} if after is None else {"_id": {"$gt": id_of(after)}}
            page = await self._find(table, beyond, SCAN_PAGE_ROWS)
            for row in page:
                yield row
            if len(page) < SCAN_PAGE_ROWS:
                return
            after = table.key_of(page[-1])

    async def ping(self) -> None:
        """See ``Store.ping``; it asks the primary, which is the one that takes writes."""
        with self._errors():
            await self._database().command("ping")

    async def close(self) -> None:
        """See ``Store.close``."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    async def _find(self, table: Table[R], condition: Mapping[str, Any], page: int | None = None) -> list[R]:
        with self._errors():
            cursor = self._collection(table).find(condition)
            if page is not None:
                cursor = cursor.sort("_id", ASCENDING).limit(page)
            documents = await cursor.to_list(None)
        make, columns = table.row._make, table.columns  # type: ignore[attr-defined]
        return [make([_plain(found[column]) for column in columns]) for found in documents]

    def _collection(self, table: Table[Any]) -> Any:
        return self._database()[table.name]

    def _database(self) -> Any:
        if self._client is None:
            raise StoreClosed(self._name)
        return self._client.get_database(
            self._database_name,
            read_preference=ReadPreference.PRIMARY,
            read_concern=ReadConcern("majority"),
            write_concern=WriteConcern(w="majority", j=True, wtimeout=MAJORITY_TIMEOUT_MS),
        )

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except PyMongoError as error:
            raise meaning(self._name, error) from error


def _having(table: Table[Any], column: str, values: Sequence[Value]) -> Mapping[str, Any]:
    if column != table.key[0] or _begins_with_a_number(table):
        return {column: {"$in": values}}
    if len(table.key) == 1:
        return {"_id": {"$in": [id_of((value,)) for value in values]}}
    return {"$or": [{"_id": ids_below((value,))} for value in values]}


def _begins_with_a_number(table: Table[Any]) -> bool:
    """Of such a key many beginnings are asked for at once : one ``$in`` beats a range of ``_id`` each."""
    return len(table.key) > 1 and column_types(table)[table.columns.index(table.key[0])][0] is int


def _parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + CONDITIONS_MAX] for start in range(0, len(items), CONDITIONS_MAX))


def _plain(value: Any) -> Any:
    """The driver marks 64-bit numbers by a subclass of int, which not everything downstream takes for a number."""
    return int(value) if type(value) is Int64 else value
