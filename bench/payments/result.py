"""Where the parts of ``make bench-payments`` put their figures: one JSON file, each part under its own name."""

import json
from pathlib import Path
from typing import Any, Final

PATH: Final = Path("var/bench/payments.json")


def record(part: str, figures: dict[str, Any]) -> None:
    """Put a part's figures beside those of the others, and print them."""
    known: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8")) if PATH.exists() else {}
    PATH.parent.mkdir(parents=True, exist_ok=True)
    PATH.write_text(json.dumps({**known, part: figures}, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    print(json.dumps({part: figures}, indent=2))  # noqa: T201 - a bench says what it found
