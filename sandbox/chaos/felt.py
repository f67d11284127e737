"""What the services say of it themselves, in their logs: that faults were felt, and how often work was given up."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import orjson

_WAITED: Final = "Waiting for a dependency that is away"
_GIVEN_UP: Final = "A batch was given up and will be done again"


def felt(logs: Iterable[Path]) -> Counter[str]:
    """Counts of waits by what was away, and of batches that were given up by cause, over all these logs."""
    counted: Counter[str] = Counter()
    for log in logs:
        with log.open("rb") as lines:
            for line in lines:
                if _WAITED.encode() in line or _GIVEN_UP.encode() in line:
                    _count(line, counted)
    return counted


def _count(line: bytes, counted: Counter[str]) -> None:
    try:
        told = orjson.loads(line)
    except orjson.JSONDecodeError:
        return  # cut off by a kill
    if told.get("event") == _WAITED:
        counted[f"waits for {told['dependency']}"] += 1
    elif told.get("event") == _GIVEN_UP:
        counted[f"batches given up: {told['cause']}"] += 1
