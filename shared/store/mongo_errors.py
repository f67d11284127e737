"""What MongoDB's errors mean to a service. Their messages are not passed on: they quote keys and documents."""

from typing import Any

from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    ConnectionFailure,
    CursorNotFound,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    WriteConcernError,
)

from shared.errors import DsrError
from shared.store.port import StoreAway, StoreUnusable

_DUPLICATE_KEY = 11000

# Server error codes (error_codes.yml of the server) that pass by themselves or when somebody makes room: host
# unreachable or not found, timeouts, shutdown, failover and rollback, write concern not yet satisfied, no disk space.
_AWAY = frozenset(
    {6, 7, 50, 64, 89, 91, 100, 133, 134, 189, 202, 262, 290, 314, 317, 384, 10107, 11600, 11602}
    | {13388, 13435, 13436, 14031}
)
_NOT_ALLOWED = frozenset({13, 18, 33})


def meaning(store: str, error: PyMongoError) -> DsrError:
    """``StoreAway`` or ``StoreUnusable``."""
    if isinstance(error, ConnectionFailure):
        return StoreAway(store, f"no connection to a primary: {type(error).__name__}")
    if isinstance(error, ExecutionTimeout | WriteConcernError | CursorNotFound):
        return StoreAway(store, f"the server did not finish: {type(error).__name__}")
    if isinstance(error, BulkWriteError):
        return _meaning_of_bulk(store, error.details)
    if isinstance(error, OperationFailure):
        return _meaning_of_code(store, error.code)
    if isinstance(error, ConfigurationError):
        return StoreUnusable(store, f"its address is wrong: {type(error).__name__}")
    return StoreUnusable(store, f"the driver reports {type(error).__name__}")


def only_duplicates(error: BulkWriteError) -> bool:
    """Whether every row is durably there, ours or another's: with a write concern error it may yet be rolled back."""
    details = error.details
    return not details["writeConcernErrors"] and all(
        fault["code"] == _DUPLICATE_KEY for fault in details["writeErrors"]
    )


def _meaning_of_bulk(store: str, details: Any) -> DsrError:
    codes = [fault["code"] for fault in details["writeErrors"] if fault["code"] != _DUPLICATE_KEY]
    if not codes:
        return StoreAway(store, "rows were not confirmed by a majority")
    meanings = [_meaning_of_code(store, code) for code in codes]
    return next((meant for meant in meanings if isinstance(meant, StoreUnusable)), meanings[0])


def _meaning_of_code(store: str, code: int | None) -> DsrError:
    if code in _AWAY:
        return StoreAway(store, f"the server answers with error {code}")
    if code in _NOT_ALLOWED:
        return StoreUnusable(store, f"this user may not use the database: error {code}")
    return StoreUnusable(store, f"the server refuses with error {code}")
