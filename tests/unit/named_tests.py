"""Tests named as ``path::function``, in lists and pages: is there such a test?"""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


def named(test: str) -> tuple[str, str | None]:
    """File and function of a test's id, without its parameters; None where the whole file is meant."""
    path, _, function = test.partition("::")
    return path, function.partition("[")[0] or None


@cache
def functions_of(path: str) -> frozenset[str]:
    """The test functions of a file, by their names."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"), path)
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    )
