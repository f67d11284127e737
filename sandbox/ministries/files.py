"""A ministry's applications as a file, for trying out the import: NDJSON, or CSV with a column for each leaf."""

import csv
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from sandbox.ministries.feed import Feed
from sandbox.population.families import Delivery
from sandbox.population.scenario import Scenario
from shared.contracts.form import CommonForm
from shared.errors import DsrError
from shared.policy import Policy

_ENDLESS = 10**9
_FIELDS = frozenset(CommonForm.model_fields)


class FormatNotKnown(DsrError):
    """The file's name says neither CSV nor NDJSON."""

    exit_code = 2

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} must end with .ndjson or .csv.")


class SourceSendsNothing(DsrError):
    """The source may send for no programme that is open, so the population has no applications of it."""

    exit_code = 2

    def __init__(self, source: str) -> None:
        self.source = source
        super().__init__(f"The made-up population has no applications of {source}: it may send for no open programme.")


def write_forms(
    path: Path, source: str, seed: int, scenario: Scenario, policy: Policy, today: date, count: int
) -> None:
    """Write ``count`` different applications of one source, in its own habits, faults included.

    ``today`` is the Dhaka date. A CSV cell cannot say that a list is empty. Raises ``FormatNotKnown``,
    ``SourceSendsNothing`` and ``OSError``.
    """
    if path.suffix not in (".ndjson", ".csv"):
        raise FormatNotKnown(path)
    if not any(policy.programmes[code].open_to_applications for code in policy.sources[source].programmes):
        raise SourceSendsNothing(source)
    values = islice(_values(Feed(seed, scenario, policy, today, _ENDLESS), source), count)
    if path.suffix == ".ndjson":
        with path.open("wb") as lines:
            lines.writelines(value + b"\n" for value in values)
        return
    # What a system adds for itself has no column in the common form.
    forms = ({name: part for name, part in orjson.loads(value).items() if name in _FIELDS} for value in values)
    rows = [dict(_leaves(form)) for form in forms]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _values(feed: Feed, source: str) -> Iterator[bytes]:
    for submission in feed:
        if submission.source == source and submission.delivery is Delivery.FIRST and submission.value is not None:
            yield submission.value


def _leaves(content: Any, before: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(content, dict | list):
        parts = content.items() if isinstance(content, dict) else enumerate(content)
        for name, part in parts:
            yield from _leaves(part, f"{before}.{name}" if before else str(name))
    elif content is not None:
        yield before, str(content).lower() if isinstance(content, bool) else str(content)
