"""Where the parts of ``make bench-payments`` put their figures: one JSON file, each part under its own name."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

PATH: Final = Path("var/bench/payments.json")


class Bar(NamedTuple):
    """One bar of a part: what is asked, what was found, and whether that is enough."""

    asked: str
    found: str
    holds: bool


def record(part: str, figures: dict[str, Any], bars: Sequence[Bar]) -> bool:
    """Put a part's figures and bars beside those of the others, and print them. Returns whether all bars hold."""
    PATH.parent.mkdir(parents=True, exist_ok=True)
    known = {**recorded(), part: {**figures, "bars": [bar._asdict() for bar in bars]}}
    PATH.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    print(json.dumps({part: figures}, indent=2))  # noqa: T201 - a bench says what it found
    return all(bar.holds for bar in bars)


def recorded() -> dict[str, Any]:
    """What has been recorded so far, by part."""
    known: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8")) if PATH.exists() else {}
    return known


def table(known: dict[str, Any]) -> str:
    """All bars of all parts."""
    rows = [
        (part, bar["asked"], bar["found"], "yes" if bar["holds"] else "NO")
        for part, figures in known.items()
        for bar in figures["bars"]
    ]
    lines = [("part", "bar", "figure", "holds"), *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
