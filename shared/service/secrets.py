"""Reading the secrets that pseudonyms are made, and manifests signed with."""

from pathlib import Path

from shared.errors import DsrError

MANIFEST_KEY_BYTES_MIN = 32


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


class ManifestKeyUnusable(DsrError):
    """The file of the key that signs manifests cannot be read, or the key is too short."""

    exit_code = 2

    def __init__(self, path: Path, cause: str) -> None:
        self.path, self.cause = path, cause
        super().__init__(
            f"The key of the payroll manifests in {path} (DSR_MANIFEST_KEY_FILE) cannot be used: {cause}. Make one "
            f"with at least {MANIFEST_KEY_BYTES_MIN} random bytes in hexadecimal digits; what another key has signed "
            "can then no longer be released."
        )


def manifest_key(path: Path) -> bytes:
    """The key that manifests are signed with. Raises ``ManifestKeyUnusable``."""
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except OSError as error:
        raise ManifestKeyUnusable(path, f"it cannot be read ({error.strerror})") from None
    except ValueError:
        raise ManifestKeyUnusable(path, "it does not hold hexadecimal digits") from None
    if len(key) < MANIFEST_KEY_BYTES_MIN:
        raise ManifestKeyUnusable(path, f"it has {len(key)} bytes")
    return key
