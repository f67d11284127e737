"""From a setting to a store: ``sqlite:///path/to/file`` or ``mongodb://host/database``."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from shared.store.port import Store, StoreUnusable
from shared.store.sqlite import CACHE_MB, SqliteStore


def open_store(url: str, cache_mb: int = CACHE_MB) -> Store:
    """The store that ``url`` names, not yet opened. Raises ``StoreUnusable`` where it names none.

    ``sqlite:///var/x.db`` is relative to the working folder and ``sqlite:////var/x.db`` is absolute. ``cache_mb``: MiB
    of a SQLite file that are kept in memory; a MongoDB has a cache of its own.
    """
    scheme, separator, rest = url.partition("://")
    if separator and scheme == "sqlite":
        if not rest.startswith("/") or rest == "/":
            raise StoreUnusable(url, "write sqlite:///relative/path.db or sqlite:////absolute/path.db")
        return SqliteStore(Path(unquote(rest[1:])), cache_mb)
    if separator and scheme in ("mongodb", "mongodb+srv"):
        host, database = urlsplit(url).hostname, unquote(urlsplit(url).path.strip("/"))
        if not host or not database or "/" in database:
            raise StoreUnusable(f"{scheme}://…", "write mongodb://host:port/database, with the database's name")
        from shared.store.mongo import MongoStore  # its driver takes 7 MB, and a service on SQLite is spared it

        return MongoStore(url, database)
    raise StoreUnusable(
        f"{scheme}://…" if separator else "DSR_STORE", "write sqlite:///path or mongodb://host/database"
    )
