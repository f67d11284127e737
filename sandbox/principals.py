"""HTTP clients for the people whom the sandbox plays: each speaks with a key of its own."""

from pathlib import Path

from pydantic import SecretStr

from shared.errors import DsrError
from shared.http.client import Client
from shared.settings import Settings


class NoSuchKey(DsrError):
    """A deployment's folder of keys has none for a principal, or it cannot be read."""

    exit_code = 2

    def __init__(self, principal: str, path: Path) -> None:
        self.principal, self.path = principal, path
        super().__init__(
            f"The key of {principal} cannot be read from {path}. Name the folder of the deployment's keys with --keys."
        )


def client_of(settings: Settings, key: str) -> Client:
    """A client that presents this key; a context manager."""
    return Client(settings.model_copy(update={"api_key": SecretStr(key), "api_key_file": None}))


def key_in(folder: Path, principal: str) -> str:
    """A principal's key from a deployment's folder of keys. Raises ``NoSuchKey``."""
    path = folder / f"{principal}.key"
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise NoSuchKey(principal, path) from None
