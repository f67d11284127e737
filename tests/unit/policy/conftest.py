import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

SHIPPED = Path(__file__).parents[3] / "deploy" / "policy"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped policy, to be spoilt."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "policy"))


@pytest.fixture
def spoil(folder: Path) -> Callable[[str, str, str], int]:
    """Replace a text that stands once in a file; returns the line on which it stood."""

    def replace(file: str, old: str, new: str) -> int:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1

    return replace
