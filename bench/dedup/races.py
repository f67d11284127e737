"""Copies that arrive at once, in two processes on one SQLite file: exactly one is accepted, and whoever is refused is
refused for an accepted one that it matches (I10).

``python -m bench.dedup.races`` runs them alone.
"""

import argparse
import asyncio
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

import orjson

from bench.dedup.events import Taker, batches, engine, event_of, record_of
from bench.dedup.population import Arrival, arrivals
from services.dedup.matching.engine import Engine
from services.dedup.matching.evidence import Outcome
from services.dedup.ruling import State, read
from shared.store.opening import open_store
from shared.store.tables import DECISIONS

RACES: Final = 2_000
FOLDER: Final = Path("var/bench/races")
_AT_ONCE: Final = 10
"""So many races in one batch of each process: few enough that the two meet at every step."""

_OTHERS: Final = 1_500
_SIZES: Final = (1_000, 30_000)
"""The register's while the races run, ``_OTHERS`` being in it before: the odds of a pair rest on it."""

_WAIT_S: Final = 120.0


class Race(NamedTuple):
    """Applications, each a record of the matching engine, in the order of their places."""

    kind: str
    people: tuple[dict[str, str], ...]


def run(folder: Path = FOLDER, races: int = RACES) -> dict[str, Any]:
    """``races`` of each kind; what came of them. Each figure that breaks the rule is to be 0."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    url = f"sqlite:///{folder.absolute()}/dedup.db"
    cast = list(_cast(races))
    Random(5).shuffle(cast)
    asyncio.run(_opened(url))
    context = get_context("spawn")
    together = context.Barrier(2, timeout=_WAIT_S)
    sides = [context.Process(target=_side, args=(url, side, cast, together)) for side in (0, 1)]
    for each in sides:
        each.start()
    for each in sides:
        each.join()
    if any(each.exitcode for each in sides):
        raise SystemExit("a process of the races failed")
    return asyncio.run(_judged(url, cast))


def _cast(races: int) -> Iterator[Race]:
    """People who are like nobody else, and their copies."""
    matcher = engine()
    wanted = Counter(two=races, three=races, chain=races)
    for arrival in arrivals(97, 40 * races + 10_000, again=0.0):
        if not wanted.total():
            return
        if arrival.kind != "first" or arrival.twin or not arrival.record.get("name_bn"):
            continue
        made = {"two": _two, "three": _three, "chain": _chain}[wanted.most_common(1)[0][0]](matcher, arrival)
        if made is not None:
            wanted[made.kind] -= 1
            yield made
    raise SystemExit(f"the population has too few chains: {dict(wanted)} are missing")


def _numbered(arrival: Arrival) -> dict[str, str]:
    """With a national id of its own of either kind, no two of them one slip apart: brothers follow each other."""
    own = f"{arrival.person:06}{arrival.person % 97:02}"
    return {**arrival.record, "national_id": "", "n10": f"91{own}", "n13": f"55495{own}"}


def _two(matcher: Engine, arrival: Arrival) -> Race | None:
    people = (_numbered(arrival),) * 2
    return Race("two", people) if _alike(matcher, people) == {(0, 1)} else None


def _three(matcher: Engine, arrival: Arrival) -> Race | None:
    """Each with a slip of its own."""
    person = _numbered(arrival)
    people = (person, {**person, "mobile": ""}, {**person, "name_en": "", "mobile": "01700000000"})
    return Race("three", people) if _alike(matcher, people) == {(0, 1), (0, 2), (1, 2)} else None


def _chain(matcher: Engine, arrival: Arrival) -> Race | None:
    """The first and the second have one number in common, the second and the third another, and a name."""
    middle = _numbered(arrival)
    year = int(middle["date_of_birth"][:4]) + 1
    left = {**middle, "n13": ""}
    right = {
        **middle, "n10": "", "date_of_birth": f"{year}-01-01", "mother_bn": "জাহানারা", "mother_en": "Jahanara",
        "father_bn": "জাহাঙ্গীর", "father_en": "Jahangir", "mobile": "", "union": middle["union"][:8] + "99",
    }  # fmt: skip
    people = (left, middle, right)
    return Race("chain", people) if _alike(matcher, people) == {(0, 1), (1, 2)} else None


def _alike(matcher: Engine, people: Sequence[dict[str, str]]) -> set[tuple[int, int]]:
    """The pairs that the engine takes for one person; empty where it is in doubt about one, or comes to be in doubt as
    the register grows."""
    features = [matcher.features(each) for each in people]
    found: set[tuple[int, int]] = set()
    for a, b in combinations(range(len(people)), 2):
        outcomes = {matcher.compare(features[a], features[b], size).outcome for size in _SIZES}
        if outcomes == {Outcome.DUPLICATE}:
            found.add((a, b))
        elif outcomes != {Outcome.UNIQUE}:
            return set()
    return found


async def _opened(url: str) -> None:
    taker = Taker(open_store(url))
    await taker.open()
    others = (event_of(other.record, 10**9 + place) for place, other in enumerate(arrivals(98, _OTHERS)))
    for batch in batches(others, 10**9):
        await taker.take(batch)
    await taker.store.close()


def _side(url: str, side: int, cast: Sequence[Race], together: Any) -> None:
    """One process: every other application of each race, batch by batch, with the other process."""

    async def work() -> None:
        taker = Taker(open_store(url))
        await taker.open()
        random = Random(side)
        for start in range(0, len(cast), _AT_ONCE):
            batch = [
                record_of(event, number)
                for race in range(start, min(start + _AT_ONCE, len(cast)))
                for place, event, number in _events(race, cast[race])
                if place % 2 == side
            ]
            random.shuffle(batch)
            together.wait()
            await taker.take(batch)
        await taker.store.close()

    asyncio.run(work())


def _events(race: int, of: Race) -> Iterator[tuple[int, bytes, int]]:
    """For each application its place, its event and its offset. Who came first is drawn by the race's number."""
    order = list(range(len(of.people)))
    Random(race).shuffle(order)
    for place, person in enumerate(of.people):
        number = race * 8 + order[place]
        yield place, event_of(person, number), number


async def _judged(url: str, cast: Sequence[Race]) -> dict[str, Any]:
    """Let what waits be decided, then look at every race."""
    taker = Taker(open_store(url))
    await taker.open()
    await taker.sweep()
    outcomes: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    for race, of in enumerate(cast):
        ids = [orjson.loads(event)["application_id"] for _, event, _ in _events(race, of)]
        rows = {row.subject: read(row.body) for row in await taker.store.find(DECISIONS, "subject", ids)}
        states = [rows[name].state for name in ids]
        accepted = {name for name in ids if rows[name].state is State.CLEARED}
        outcomes[f"{of.kind}: {' '.join(sorted(states))}"] += 1
        if of.kind != "chain" and (len(accepted) != 1 or states.count(State.DUPLICATE) != len(ids) - 1):
            faults[f"{of.kind}: not exactly one accepted"] += 1
        features = {name: taker.engine.features(person) for name, person in zip(ids, of.people, strict=True)}
        for name in ids:
            original = rows[name].original
            if rows[name].state is not State.DUPLICATE:
                continue
            if original is None or original.application_id not in accepted:
                faults["refused without an accepted record"] += 1
            elif taker.engine.compare(features[name], features[original.application_id], 10_000).outcome != "duplicate":
                faults["refused for one that it does not match"] += 1
    held = sum(count for name, count in outcomes.items() if State.REVIEW in name)
    await taker.store.close()
    return {"races": len(cast), "outcomes": dict(outcomes), "faults": dict(faults), "held": held}


def main() -> None:
    """Run them and print what came of them."""
    parser = argparse.ArgumentParser(prog="python -m bench.dedup.races", description=str(__doc__).splitlines()[0])
    parser.add_argument("--races", type=int, default=RACES)
    sys.stdout.buffer.write(orjson.dumps(run(races=parser.parse_args().races), option=orjson.OPT_INDENT_2) + b"\n")


if __name__ == "__main__":
    main()
