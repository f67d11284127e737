"""Copies of the tree in a temporary folder, so that the one being worked in is never touched."""

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("services", "shared", "sandbox", "tests", "deploy", "docs", "bench")
FILES = ("pyproject.toml", "README.md", "Makefile")
_LEFT_OUT = shutil.ignore_patterns("__pycache__", ".hypothesis")


class Copy:
    """A tree of its own; ``written`` and ``restored`` change files of it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder
        for name in FOLDERS:
            shutil.copytree(ROOT / name, folder / name, ignore=_LEFT_OUT)
        for name in FILES:
            shutil.copy(ROOT / name, folder / name)
        # Kafka and what else was fetched once; data goes to the temporary folders of the tests.
        (folder / "var").symlink_to(ROOT / "var", target_is_directory=True)

    def written(self, files: dict[str, str]) -> dict[str, str]:
        """Write these texts; returns what stood there."""
        before = {path: (self.root / path).read_text(encoding="utf-8") for path in files}
        for path, text in files.items():
            (self.root / path).write_text(text, encoding="utf-8")
        return before

    def environment(self) -> dict[str, str]:
        """For processes that are to find this tree's code and leave no compiled files, which outlive a restoring."""
        return {**os.environ, "PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1"}
