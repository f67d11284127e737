"""A key that 100,000 people share: a clerk types one mobile for everyone of an upazila.

The list is loaded straight into a store's file, then applications with that mobile go through the stage. Their cost
must stay bounded; whoever could not be compared with all must be held, and the metric must name the kind of key.

``python -m bench.dedup.crowd --people 100000`` prints the figures.
"""

import argparse
import asyncio
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from time import process_time
from typing import Any, Final

import orjson

from bench.dedup.events import MODEL, SECRET, Taker, batches, event_of
from bench.dedup.population import Arrival, arrivals
from bench.dedup.speed import opened, write_list
from services.dedup.loading.load import load
from services.dedup.loading.prepare import Setting, engine_of
from services.dedup.loading.reading import blocks_of
from services.dedup.ruling import State, read
from services.dedup.stores.sqlite import SqliteBulk
from shared.privacy import Pseudonyms
from shared.store.opening import open_store
from shared.store.tables import DECISIONS

PEOPLE: Final = 100_000
EVENTS: Final = 1_000
FOLDER: Final = Path("var/bench/crowd")
_SEED: Final = 43
_MOBILE: Final = "01712345678"
_UPAZILA: Final = "55490052"
_UNIONS: Final = 20


@dataclass
class _Told:
    """The metric: of whom not everybody near could be looked at, by kind of key."""

    kinds: Counter[str] = field(default_factory=Counter)

    def tell(self, kind: str) -> None:
        self.kinds[kind] += 1


def run(people: int = PEOPLE, events: int = EVENTS, folder: Path = FOLDER) -> dict[str, Any]:
    """Load and take. ``cut_short``: applications that could not be compared with everybody of that mobile, not even
    with those of their year of birth and upazila; ``told`` is what the metric counts, by kind of key."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    stream = _of_one_clerk(arrivals(_SEED, people + events))
    write_list(folder / "list.csv", islice(stream, people))
    applications = [event_of(arrival.record, place) for place, arrival in enumerate(stream)]
    url = f"sqlite:///{folder.absolute()}/dedup.db"
    asyncio.run(opened(url))
    loaded = _load(folder)
    return {"people": loaded, "events": len(applications), **asyncio.run(_taken(url, applications))}


def _of_one_clerk(stream: Iterator[Arrival]) -> Iterator[Arrival]:
    for place, arrival in enumerate(stream):
        union = f"{_UPAZILA}{11 + place % _UNIONS}"
        yield arrival._replace(record={**arrival.record, "mobile": _MOBILE, "union": union})


def _load(folder: Path) -> int:
    bulk = SqliteBulk(folder / "dedup.db", engine_of(MODEL, Pseudonyms(SECRET)))
    setting = Setting(MODEL, SECRET, 0, "msw", None)
    blocks = blocks_of(folder / "list.csv", lambda size: None)
    loaded = load(blocks, bulk, setting, os.cpu_count() or 1, lambda count: None)
    bulk.finish(lambda count: None)
    bulk.close()
    return loaded.people


async def _taken(url: str, applications: list[bytes]) -> dict[str, Any]:
    told = _Told()
    taker = Taker(open_store(url), Pseudonyms(SECRET), told.tell)
    await taker.open()
    begun = process_time()
    for batch in batches(iter(applications)):
        await taker.take(batch)
    used = process_time() - begun
    names = [orjson.loads(event)["application_id"] for event in applications]
    rulings = [read(row.body) for row in await taker.store.find(DECISIONS, "subject", names)]
    await taker.store.close()
    cut = [ruling for ruling in rulings if "mobile" in ruling.truncated]
    return {
        "states": dict(Counter(ruling.state.value for ruling in rulings)),
        "cut_short": len(cut),
        "cut_short_and_let_through": sum(ruling.state is State.CLEARED for ruling in cut),
        "told": dict(told.kinds),
        "runtime_cpu_us": round(used / len(applications) * 1e6, 1),
    }


def main() -> None:
    """Print the figures of the sizes that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.dedup.crowd", description=str(__doc__).splitlines()[0])
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--events", type=int, default=EVENTS)
    asked = parser.parse_args()
    figures = run(asked.people, asked.events)
    sys.stdout.buffer.write(orjson.dumps(figures, option=orjson.OPT_INDENT_2) + b"\n")


if __name__ == "__main__":
    main()
