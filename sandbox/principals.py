"""HTTP clients for the people whom the sandbox plays: each speaks with a key of its own."""

from pathlib import Path

from pydantic import SecretStr

from shared.http.client import Client, KeyMissing
from shared.settings import Settings


def client_of(settings: Settings, key: str) -> Client:
    """A client that presents this key; a context manager."""
    return Client(settings.model_copy(update={"api_key": SecretStr(key), "api_key_file": None}))


def key_in(folder: Path, principal: str) -> str:
    """A principal's key from a deployment's folder of keys. Raises ``KeyMissing``."""
    path = folder / f"{principal}.key"
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise KeyMissing(f"The key of {principal} cannot be read from {path}.") from None
