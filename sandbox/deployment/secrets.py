"""Keys for a local deployment, made anew for each: nothing here protects anybody but play data."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_bytes

import yaml

from sandbox.server_process import make_folder
from shared.http.keys import KEY_BYTES, fingerprint, new_key
from shared.policy import Policy
from shared.privacy import KEY_BYTES_MIN
from shared.reference.geography import DIVISIONS


@dataclass(frozen=True, slots=True)
class Secrets:
    """Where the files are, and every principal's API key by name (``operator``, ``treasury``, a source's, …)."""

    keys_file: Path
    pseudonym_key_file: Path
    manifest_key_file: Path
    keys_folder: Path
    keys: Mapping[str, str] = field(repr=False)

    def key_file(self, principal: str) -> Path:
        """A file that holds nothing but one principal's key, for ``DSR_API_KEY_FILE``."""
        return self.keys_folder / f"{principal}.key"


def make_secrets(folder: Path, policy: Policy) -> Secrets:
    """Write ``api-keys.yaml``, both secret keys and ``keys/<principal>.key``, readable by this user only."""
    roles: dict[str, list[str]] = {
        "operator": ["operator"],
        "second-operator": ["operator"],
        "treasury": ["treasury"],
        "committee": ["committee"],
        "reviewer": ["reviewer"],
        "approver-upazila": [f"approver:upazila-{division}" for division in DIVISIONS],
        "approver-finance": ["approver:finance"],
    }
    roles |= {source.principal: [f"source:{code}"] for code, source in policy.sources.items()}
    owners = sorted({programme.owner for programme in policy.programmes.values()})
    roles |= {f"approver-{owner}": [f"approver:ministry-{owner}"] for owner in owners}
    roles |= {f"provider-{code}": [f"provider:{code}"] for code in policy.providers}
    keys = {principal: new_key(token_bytes(KEY_BYTES)) for principal in roles}
    entries = [
        {"principal": principal, "roles": held, "sha256": fingerprint(keys[principal])}
        for principal, held in roles.items()
    ]
    made = Secrets(folder / "api-keys.yaml", folder / "pseudonym.key", folder / "manifest.key", folder / "keys", keys)
    make_folder(made.keys_folder)
    _write(made.keys_file, yaml.safe_dump({"keys": entries}, sort_keys=False))
    for path in (made.pseudonym_key_file, made.manifest_key_file):
        _write(path, token_bytes(KEY_BYTES_MIN).hex() + "\n")
    for principal, key in keys.items():
        _write(made.key_file(principal), key + "\n")
    return made


def _write(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
