"""Tests named as ``path::function``, in lists and pages: is there such a test?"""

import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
_TEST = re.compile(r"^ *(?:async )?def (test_\w+)\(", re.MULTILINE)


def named(test: str) -> tuple[str, str | None]:
    """File and function of a test's id, without its parameters; None where the whole file is meant."""
    path, _, function = test.partition("::")
    return path, function.partition("[")[0] or None


@cache
def functions_of(path: str) -> frozenset[str]:
    """The test functions of a file, by their names."""
    return frozenset(_TEST.findall((ROOT / path).read_text(encoding="utf-8")))
