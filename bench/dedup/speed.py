"""What duplicate detection costs at a size: a list is loaded, and applications go through the stage after it.

``python -m bench.dedup.speed --people 100000`` measures one size. Generating people is not measured. The stage runs in
a process of its own, as the service does, so that its memory is its own. A machine may change its speed between one
size and another, so the applications go through the stage of each size in turn, several times, each on the store as it
was loaded, and the middle turn of a size counts.
"""

import argparse
import asyncio
import csv
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import islice
from multiprocessing import get_context
from operator import itemgetter
from pathlib import Path
from time import monotonic
from typing import Any, Final

import orjson

from bench.dedup.events import BATCH, MODEL, SECRET, Taker, batches, event_of
from bench.dedup.population import Arrival, arrivals
from bench.processes import usage
from services.dedup.loading.load import load
from services.dedup.loading.prepare import Setting, engine_of
from services.dedup.loading.reading import blocks_of
from services.dedup.loading.search import search
from services.dedup.stores.sqlite import SqliteBulk
from services.dedup.tables import INDEX, REVISIONS
from shared.memory import settle_memory
from shared.privacy import Pseudonyms
from shared.store.opening import open_store
from shared.store.port import Table
from shared.store.sqlite import CACHE_MB
from shared.store.sqlite_schema import trees
from shared.store.sqlite_young import YOUNG_ROWS_MAX

FOLDER: Final = Path("var/bench/speed")
EVENTS: Final = 10_000
TURNS: Final = 3
_LARGE: Final = 1_000_000
_LARGE_CACHE_MB: Final = 256
"""``DSR_STORE_CACHE_MB`` from so many people on, as configuration.md advises; below it is the default."""

_WARM: Final = YOUNG_ROWS_MAX // 5
"""So many fill the young tree of the index, beyond which each event pays for moving rows (``sqlite_young.py``)."""

_SEED: Final = 41
_KEY: Final = SECRET
_COLUMNS: Final = (
    "source_ref", "programme", "national_id", "date_of_birth", "gender", "mobile", "union",
    "name_bn", "name_en", "mother_bn", "mother_en", "father_bn", "father_en",
)  # fmt: skip


def run(sizes: Sequence[int], peers: Path | None = None, folder: Path = FOLDER) -> dict[int, dict[str, Any]]:
    """Each size, beside Splink where ``peers`` is a Python that has it.

    ``stage_cpu_us``: look-up, comparison, decision, insertion; ``runtime_cpu_us``: all from the record to what would be
    sent. ``stage_cpu_us_by_turn``: that of each turn, whose turns with other sizes came in the same minute.
    """
    shutil.rmtree(folder, ignore_errors=True)
    places = {people: folder.absolute() / str(people) for people in sizes}
    answers: dict[int, dict[str, Any]] = {}
    for people, place in places.items():
        place.mkdir(parents=True)
        _write(place, people)
        answers[people] = {"people": people, **_alone(_load, place)}
        (place / "dedup.db").rename(place / "loaded.db")
    turns: dict[int, list[dict[str, Any]]] = {people: [] for people in sizes}
    for _ in range(TURNS):
        for people, place in places.items():
            cache_mb = _LARGE_CACHE_MB if people >= _LARGE else CACHE_MB
            shutil.copyfile(place / "loaded.db", place / "dedup.db")
            turns[people].append(_alone(partial(_take, cache_mb=cache_mb), place))
            for left in place.glob("dedup.db*"):
                left.unlink()
    for people, place in places.items():
        taken = [turn["stage_cpu_us"] for turn in turns[people]]
        middle = sorted(turns[people], key=itemgetter("stage_cpu_us"))[TURNS // 2]
        answers[people] |= {**middle, "stage_cpu_us_by_turn": taken}
        if peers is not None:
            answers[people]["splink"] = _peer(peers, place)
    return answers


def _write(place: Path, people: int) -> None:
    """The list, and the applications that come after it."""
    stream = arrivals(_SEED, people + _WARM + EVENTS)
    write_list(place / "list.csv", islice(stream, people))
    with (place / "events.ndjson").open("wb") as out:
        for number, arrival in enumerate(stream):
            out.write(event_of(arrival.record, number) + b"\n")


def _alone(work: Callable[[Path], dict[str, Any]], place: Path) -> dict[str, Any]:
    """What ``work`` measures in a process of its own."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(work, place).result()


def _peer(peers: Path, folder: Path) -> dict[str, Any]:
    """Splink's linker on the same register and the same applications, in the minute after."""
    command = [str(peers), "bench/dedup/peers_arriving.py", str(folder)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    figures: dict[str, Any] = orjson.loads(done.stdout.splitlines()[-1])
    return figures


def write_list(path: Path, people: Iterator[Arrival]) -> None:
    """A list of beneficiaries of two programmes, as `dsr dedup index build` reads it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, _COLUMNS, extrasaction="ignore")
        out.writeheader()
        for place, arrival in enumerate(people):
            programme = "widow" if place % 3 == 0 else "old_age"
            out.writerow({**arrival.record, "source_ref": f"L{place:08}", "programme": programme})


def _load(folder: Path) -> dict[str, Any]:
    """Load the list and look who is in it twice."""
    processes, url = os.cpu_count() or 1, f"sqlite:///{folder}/dedup.db"
    asyncio.run(opened(url))
    setting = Setting(MODEL, _KEY, 0, "msw", None)
    settle_memory()  # as `dsr dedup index build` does
    begun, used = monotonic(), _cpu_s()
    bulk = SqliteBulk(folder / "dedup.db", engine_of(MODEL, Pseudonyms(_KEY)))
    loaded = load(blocks_of(folder / "list.csv", lambda size: None), bulk, setting, processes, lambda count: None)
    rows = bulk.finish(lambda count: None)
    bulk.close()
    seconds, cpu_s = monotonic() - begun, _cpu_s() - used
    begun, used = monotonic(), _cpu_s()
    found = search(url, setting, "2027-01-01", processes, lambda count: None)
    return {
        "load_people_per_s": round(loaded.people / seconds),
        "load_cpu_us": round(cpu_s / loaded.people * 1e6, 1),
        "load_rss_mb": round(_peak_mb(), 1),
        "keys_per_person": round(rows / loaded.people, 2),
        "index_bytes_per_person": round(_bytes(folder / "dedup.db", INDEX) / loaded.people, 1),
        "revisions_bytes_per_person": round(_bytes(folder / "dedup.db", REVISIONS) / loaded.people, 1),
        "store_bytes_per_person": round((folder / "dedup.db").stat().st_size / loaded.people, 1),
        "search_people_per_s": round(loaded.people / (monotonic() - begun)),
        "search_cpu_us": round((_cpu_s() - used) / loaded.people * 1e6, 1),
        "found": dict(found.found),
        "truncated": dict(found.truncated),
    }


async def opened(url: str) -> None:
    """Make the tables of a new store."""
    taker = Taker(open_store(url))
    await taker.open()
    await taker.store.close()


def _take(folder: Path, cache_mb: int) -> dict[str, Any]:
    return asyncio.run(_taken(folder, cache_mb))


async def _taken(folder: Path, cache_mb: int) -> dict[str, Any]:
    taker = Taker(open_store(f"sqlite:///{folder}/dedup.db", cache_mb), Pseudonyms(_KEY))
    await taker.open()
    with (folder / "events.ndjson").open("rb") as events:
        stream = batches(line for line in events)
        for batch in islice(stream, _WARM // BATCH):
            await taker.take(batch)
        settle_memory()  # as the service's host does
        taker.decided_s = 0.0
        count, used, begun = 0, 0.0, monotonic()
        for batch in stream:
            before = _cpu_s()
            await taker.take(batch)
            used += _cpu_s() - before
            count += len(batch)
    seconds = monotonic() - begun
    await taker.store.close()
    return {
        "events": count,
        "store_cache_mb": cache_mb,
        "stage_cpu_us": round(taker.decided_s / count * 1e6, 1),
        "runtime_cpu_us": round(used / count * 1e6, 1),
        "runtime_wall_us": round(seconds / count * 1e6, 1),
        "stage_rss_mb": round(_peak_mb(), 1),
    }


def _cpu_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _peak_mb() -> float:
    """Of this process and the largest of its children, MB.

    Not by ``getrusage`` for the process itself: that counts what its parent held when it was started.
    """
    return max(usage(os.getpid()).rss_mb, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1_024)


def _bytes(path: Path, table: Table[Any]) -> int:
    """Of a table with its index: pages that it takes up."""
    names = [name for tree in trees(table) for name in (tree, f"{tree}_key")]
    connection = sqlite3.connect(path)
    (size,) = connection.execute(
        f"SELECT sum(pgsize) FROM dbstat WHERE name IN ({', '.join('?' * len(names))})",  # noqa: S608
        names,
    ).fetchone()
    connection.close()
    return int(size)


def main() -> None:
    """Measure the sizes that are asked for and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.dedup.speed", description=str(__doc__).splitlines()[0])
    parser.add_argument("--people", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--peers", type=Path, help="a Python that has Splink")
    asked = parser.parse_args()
    figures = run(asked.people, asked.peers)
    sys.stdout.buffer.write(orjson.dumps(list(figures.values()), option=orjson.OPT_INDENT_2) + b"\n")


if __name__ == "__main__":
    main()
