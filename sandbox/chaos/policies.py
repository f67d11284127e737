"""The next version of the policy: the same, but for one rule that decides otherwise and the versions' names.

Two versions run side by side while instances are restarted one at a time. A record that one of them has decided may be
replayed by the other, which must publish what was decided.
"""

import re
import shutil
from pathlib import Path

from shared.errors import DsrError
from shared.policy import Policy, load_policy

_VERSION = re.compile(r'^version: "(.+)"$', re.MULTILINE)
_CUT_OFF = re.compile(r"^(\s+cut_off: )(\d+)", re.MULTILINE)


class NothingToChange(DsrError):
    """The policy has no version or no cut-off of the kind that is changed here."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} has nothing that a next version could change; see sandbox/chaos/policies.py.")


def next_version(shipped: Path, folder: Path) -> Policy:
    """Write the next version of ``shipped`` to ``folder``: each cut-off of the proxy means test one point higher."""
    shutil.copytree(shipped, folder)
    for name, pattern, instead in (
        ("programmes.yaml", _VERSION, r'version: "\1-next"'),
        ("programmes.yaml", _CUT_OFF, None),
    ):
        path = folder / name
        text = path.read_text(encoding="utf-8")
        changed, count = pattern.subn(instead or (lambda found: f"{found[1]}{int(found[2]) + 1}"), text)
        if not count:
            raise NothingToChange(path)
        path.write_text(changed, encoding="utf-8")
    return load_policy(folder)
