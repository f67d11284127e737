"""API keys: who may speak, and as what. The file holds SHA-256 of the keys, never a key (design.md §5).

    keys:
      - principal: dss-mis
        roles: [source:dss]
        sha256: 64 hexadecimal digits

A principal may have several keys, so that one can be changed without a gap. Keys are random and long, so that a plain
SHA-256 is not guessed; ``new_key`` makes one.
"""

import hmac
import re
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from shared.errors import DsrError

ROLES = ("operator", "reviewer", "committee", "treasury")
"""Roles without a code; ``source:<code>``, ``provider:<code>``, ``approver:<level>[-<code>]`` (who signs payrolls) and
``reviewer:<area>`` are the others.

An area is the beginning of a BBS geo code: a division, a district, and so on down to a union.
"""

_CODED_ROLE = re.compile(r"(source|provider|approver):[a-z0-9][a-z0-9_-]{0,63}|reviewer:(?:[0-9]{2}){1,5}")
_PRINCIPAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@:-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
KEY_BYTES = 24


class KeysInvalid(DsrError):
    """The file of API keys cannot be used; ``faults`` names every mistake, and no hash."""

    exit_code = 2

    def __init__(self, path: Path, faults: Sequence[str]) -> None:
        self.path, self.faults = path, tuple(faults)
        lines = "".join(f"\n  {fault}" for fault in faults)
        super().__init__(f"The API keys in {path} (DSR_KEYS_FILE) cannot be used:{lines}")


class Principal(NamedTuple):
    """Somebody with a key."""

    name: str
    roles: frozenset[str]

    def has(self, role: str) -> bool:
        """``source``, ``provider`` and ``reviewer`` are had with any code; every other role as it is written."""
        return role in self.roles or any(mine.startswith(f"{role}:") for mine in self.roles)

    def codes(self, role: str) -> tuple[str, ...]:
        """The codes of ``source``, ``provider`` or ``reviewer``, sorted."""
        return tuple(sorted(mine.split(":", 1)[1] for mine in self.roles if mine.startswith(f"{role}:")))


class KeyRing:
    """All keys of a deployment, by hash."""

    def __init__(self, holders: Sequence[tuple[str, Principal]]) -> None:
        """``holders`` are pairs of a key's SHA-256 in hexadecimal digits and who holds it."""
        self._holders = tuple((bytes.fromhex(digest), principal) for digest, principal in holders)

    def who(self, key: str) -> Principal | None:
        """Whose key this is. Takes the same time for every key that is not known."""
        presented = sha256(key.encode("utf-8", "surrogatepass")).digest()
        found: Principal | None = None
        for digest, principal in self._holders:
            if hmac.compare_digest(digest, presented):
                found = principal
        return found


def fingerprint(key: str) -> str:
    """What the file holds instead of the key."""
    return sha256(key.encode()).hexdigest()


def new_key(random: bytes) -> str:
    """A key from at least ``KEY_BYTES`` random bytes."""
    if len(random) < KEY_BYTES:
        raise ValueError(f"a key needs {KEY_BYTES} random bytes, not {len(random)}")
    return f"dsr_{random.hex()}"


def load_keys(path: Path) -> KeyRing:
    """Read ``DSR_KEYS_FILE``; raises ``KeysInvalid`` with every mistake."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise KeysInvalid(path, [f"the file cannot be read: {error.strerror}"]) from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise KeysInvalid(path, ["the file is neither YAML nor JSON"]) from None
    entries = content.get("keys") if isinstance(content, dict) else None
    if not isinstance(entries, list) or not entries:
        raise KeysInvalid(path, ["it needs a list named keys, each with principal, roles and sha256"])
    faults: list[str] = []
    holders: list[tuple[str, Principal]] = []
    first_place: dict[str, int] = {}
    for place, entry in enumerate(entries, 1):
        if not isinstance(entry, dict):
            faults.append(f"key {place}: is not an object")
            continue
        faults += [f"key {place}: {fault}" for fault in _faults(entry)]
        digest = str(entry.get("sha256"))
        if digest in first_place:
            faults.append(f"key {place}: has the same sha256 as key {first_place[digest]}")
        first_place.setdefault(digest, place)
        if not faults:
            holders.append((digest, Principal(entry["principal"], frozenset(entry["roles"]))))
    if faults:
        raise KeysInvalid(path, faults)
    return KeyRing(holders)


def _faults(entry: dict[Any, Any]) -> list[str]:
    faults = [f"there is no {name}" for name in ("principal", "roles", "sha256") if name not in entry]
    faults += [f"{name} is not known" for name in map(str, entry) if name not in ("principal", "roles", "sha256")]
    principal, roles, digest = entry.get("principal"), entry.get("roles"), entry.get("sha256")
    if "principal" in entry and not (isinstance(principal, str) and _PRINCIPAL.fullmatch(principal)):
        faults.append("principal must be up to 64 letters, digits and ._@:-")
    if "roles" in entry and not (isinstance(roles, list) and roles):
        faults.append("roles must be a list with at least one role")
    for role in roles if isinstance(roles, list) else ():
        if not isinstance(role, str):
            faults.append("a role is not text")
        elif role not in ROLES and not _CODED_ROLE.fullmatch(role):
            faults.append(
                f"the role {role} is none of {', '.join(ROLES)}, source:<code>, provider:<code>, approver:<level>, "
                "reviewer:<area>"
            )
    if "sha256" in entry and not (isinstance(digest, str) and _SHA256.fullmatch(digest)):
        faults.append("sha256 must be 64 hexadecimal digits, in small letters")
    return faults
