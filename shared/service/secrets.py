"""Reading the secret that pseudonyms are made with."""

from pathlib import Path

from shared.errors import DsrError


class KeyFileUnusable(DsrError):
    """The file of the pseudonym key cannot be read."""

    exit_code = 2

    def __init__(self, path: Path, cause: str) -> None:
        self.path, self.cause = path, cause
        super().__init__(
            f"The pseudonym key in {path} (DSR_PSEUDONYM_KEY_FILE) cannot be used: {cause}. Make one once, for good, "
            "with 32 random bytes in hexadecimal digits; with another key every application would get another id."
        )


def pseudonym_key(path: Path) -> bytes:
    """The key: a file of hexadecimal digits. Raises ``KeyFileUnusable``."""
    try:
        return bytes.fromhex(path.read_text(encoding="ascii").strip())
    except OSError as error:
        raise KeyFileUnusable(path, f"it cannot be read ({error.strerror})") from None
    except ValueError:
        raise KeyFileUnusable(path, "it does not hold hexadecimal digits") from None
