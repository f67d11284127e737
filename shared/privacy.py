"""Names that cannot be turned back into people: keyed pseudonyms and masks.

A plain hash of a national id is guessed in an hour, so whatever stands outside a value (ids, keys, claims) is
made with a secret key (design.md §3, Ids). Reading the key is the settings' work; losing it orphans every id.
"""

from hashlib import sha256
from typing import Final

from shared.errors import DsrError

KEY_BYTES_MIN: Final = 32
_ID_BYTES: Final = 16
_BLOCK_BYTES: Final = 64
_INNER_PAD: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER_PAD: Final = bytes(byte ^ 0x5C for byte in range(256))


class PseudonymKeyTooShort(DsrError):
    """Refuse to start: a short key can be searched for, and then every id can be turned back."""

    def __init__(self, length: int) -> None:
        self.length = length
        super().__init__(
            f"The pseudonym key has {length} bytes; it needs at least {KEY_BYTES_MIN}. "
            "Generate one from a random source and keep it: all ids depend on it."
        )


class Pseudonyms:
    """HMAC-SHA256 under one key, a domain of its own for each kind of thing, cut to 128 bits.

    128 bits: at a billion applications the chance of one collision is below 2⁻⁶⁸.
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        if len(key) < KEY_BYTES_MIN:
            raise PseudonymKeyTooShort(len(key))
        block = (sha256(key).digest() if len(key) > _BLOCK_BYTES else key).ljust(_BLOCK_BYTES, b"\0")
        self._inner = sha256(block.translate(_INNER_PAD))
        self._outer = sha256(block.translate(_OUTER_PAD))

    def application_id(self, source: str, source_ref: str) -> str:
        """``a`` and 32 hexadecimal digits, the same for ever for this source and reference."""
        return "a" + self._digest("application", source, source_ref)[:_ID_BYTES].hex()

    def hash_of(self, kind: str, value: str) -> str:
        """32 hexadecimal digits that name ``value`` in claims and keys; equal values of two kinds differ."""
        return self._digest("value", kind, value)[:_ID_BYTES].hex()

    def _digest(self, domain: str, salt: str, value: str) -> bytes:
        """RFC 2104 with both padded keys hashed once: a fifteenth of the time of a copied ``hmac`` object.

        Lengths go before the parts, so that no two triples of parts are one message.
        """
        message = f"{len(domain)}:{len(salt)}:{domain}{salt}{value}"
        inner = self._inner.copy()
        inner.update(message.encode("utf-8", "surrogatepass"))
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.digest()


def mask_number(number: str) -> str:
    """A national id, birth registration number, mobile or account: at most two characters at each end."""
    shown = min(2, len(number) // 6)
    if shown == 0:
        return "*" * len(number)
    return number[:shown] + "*" * (len(number) - 2 * shown) + number[-shown:]


def mask_name(name: str) -> str:
    """The first letter of each word; always two stars for the rest: its length would tell too much."""
    return " ".join(word[0] + "**" for word in name.split())
