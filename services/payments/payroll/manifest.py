"""The manifest of a frozen list: what it adds up to, hashed and signed, so that nobody can alter a payroll unseen.

The signature is HMAC-SHA256 under the key of ``DSR_MANIFEST_KEY_FILE``, over the canonical JSON of everything else.
"""

import hmac
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, Final

import orjson

from services.payments.payroll.tables import PieceHead
from shared.errors import DsrError

_START: Final = sha256(b"dsr payroll").hexdigest()


class ManifestAltered(DsrError):
    """A manifest, or a list under it, is not as it was when it was frozen: stop, and find out who changed it."""

    exit_code = 1

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"The manifest is refused: {what}. Nothing of it may be paid.")


def digest_of(body: bytes) -> str:
    """The digest of one piece."""
    return sha256(body).hexdigest()


def chained(digests: Iterable[str]) -> str:
    """The hash of a list: of its pieces' digests, one after the other."""
    whole = _START
    for digest in digests:
        whole = sha256(f"{whole}|{digest}".encode()).hexdigest()
    return whole


def manifest_of(heads: Iterable[PieceHead], named: Mapping[str, Any], key: bytes, *, problems: int) -> dict[str, Any]:
    """The signed manifest; ``named`` are programme, cycle, number, who froze it, when and under which policy."""
    known = list(heads)
    areas: dict[str, list[int]] = {}
    for head in known:
        for area, (count, poisha) in orjson.loads(head.areas).items():
            before = areas.setdefault(area, [0, 0])
            before[0] += count
            before[1] += poisha
    content = {
        **named,
        "pieces": len(known),
        "count": sum(head.entries for head in known),
        "poisha": sum(head.poisha for head in known),
        "hash": chained(head.digest for head in known),
        "areas": dict(sorted(areas.items())),
        "problems": problems,
    }
    return {**content, "signature": signature(content, key)}


def signature(content: Mapping[str, Any], key: bytes) -> str:
    """The signature of a manifest's content."""
    canonical = orjson.dumps(dict(content), option=orjson.OPT_SORT_KEYS)
    return hmac.new(key, canonical, sha256).hexdigest()


def verify(manifest: Mapping[str, Any], key: bytes) -> None:
    """Raise ``ManifestAltered`` unless the manifest is as it was signed."""
    content = {name: value for name, value in manifest.items() if name != "signature"}
    try:
        expected = signature(content, key)
    except TypeError:
        raise ManifestAltered("it holds something that no manifest holds") from None
    if not hmac.compare_digest(expected, str(manifest.get("signature", ""))):
        raise ManifestAltered("its signature does not fit its content")


def verify_pieces(manifest: Mapping[str, Any], heads: Iterable[PieceHead]) -> None:
    """Raise ``ManifestAltered`` unless these are the pieces that it was made of."""
    known = list(heads)
    sums = (len(known), sum(head.entries for head in known), sum(head.poisha for head in known))
    if sums != (manifest["pieces"], manifest["count"], manifest["poisha"]):
        raise ManifestAltered("the stored list has another count or sum")
    if chained(head.digest for head in known) != manifest["hash"]:
        raise ManifestAltered("the stored list has another hash")
