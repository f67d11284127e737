"""FEBRL 3 and 4, one record at a time as they arrive, through the registry's engine with its second normaliser."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import process_time
from typing import Any

from bench.dedup.febrl_normaliser import NORMALISER, PLAN
from bench.dedup.memory_index import MemoryIndex
from services.dedup.matching.engine import Engine
from services.dedup.matching.model import Model
from services.dedup.matching.training.train import train

_SECRET = b"bench"
_CAP = 400


@dataclass(frozen=True, slots=True)
class DataSet:
    """Records as they arrive, with the numbers of those that are one person, the lower first. ``linking``: records of
    the first part are never compared with each other, nor those of the second; it begins at ``second``."""

    name: str
    records: list[dict[str, str]]
    links: set[tuple[int, int]]
    second: int = 0


def read(folder: Path, name: str) -> DataSet:
    """A data set that ``peers.py`` has written down: the records of one file or two, and the links."""
    rows: list[dict[str, str]] = []
    second = 0
    for part in sorted(folder.glob(f"{name}-records*.csv")):
        second = len(rows)
        with part.open(encoding="utf-8", newline="") as file:
            rows += list(csv.DictReader(file))
    numbers = {row["rec_id"]: number for number, row in enumerate(rows)}
    with (folder / f"{name}-links.csv").open(encoding="utf-8", newline="") as file:
        pairs = list(csv.reader(file))[1:]
    links = {(min(numbers[a], numbers[b]), max(numbers[a], numbers[b])) for a, b in pairs}
    return DataSet(name, rows, links, second)


def train_on(data: DataSet) -> Model:
    """A model of the records, without a look at the links."""
    features = [NORMALISER.features(row) for row in data.records]
    return train(features, NORMALISER, PLAN, model_id=data.name, sample_id=data.name, note="bench").model


def link(data: DataSet, model: Model) -> dict[str, Any]:
    """Each record in its turn against those that came before, in a shuffled order; and what F1 came out."""
    engine, order = Engine(NORMALISER, model, _SECRET), list(range(len(data.records)))
    order = [*order[: data.second], *_shuffled(order[data.second :])]
    index = MemoryIndex(engine, _CAP)
    arrived: list[int] = []
    found: set[tuple[int, int]] = set()
    begun = process_time()
    for number in order:
        features = engine.features(data.records[number])
        keys = engine.keys(features)
        others, _ = index.look_up(keys, features)
        if data.second:
            others = [other for other in others if arrived[other] < data.second]
        scored = engine.score_candidates(features, [index.packed[other] for other in others], len(arrived))
        if data.second:
            scored = scored[:1]
        found |= {_ordered(number, arrived[others[one.place]]) for one in scored}
        if number < data.second or not data.second:
            index.add(engine.pack(features), keys, features)
            arrived.append(number)
    spent = process_time() - begun
    pairs = found if data.second else _closed(found, len(data.records))
    return {**scores(pairs, data.links), "cpu_us_a_record": 1e6 * spent / len(order)}


def _ordered(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)


def scores(found: set[tuple[int, int]], true: set[tuple[int, int]]) -> dict[str, Any]:
    """Precision, recall and F1 of pairs."""
    right = len(found & true)
    return {
        "pairs": len(found),
        "precision": right / max(len(found), 1),
        "recall": right / len(true),
        "f1": 2 * right / (len(found) + len(true)),
    }


def _shuffled(numbers: Sequence[int]) -> list[int]:
    return Random(4).sample(numbers, len(numbers))


def _closed(pairs: set[tuple[int, int]], count: int) -> set[tuple[int, int]]:
    """All pairs of records that links hold together: one person is one cluster."""
    leader = list(range(count))

    def lead(number: int) -> int:
        while leader[number] != number:
            leader[number] = leader[leader[number]]
            number = leader[number]
        return number

    for one, other in pairs:
        leader[lead(one)] = lead(other)
    clusters: dict[int, list[int]] = {}
    for number in range(count):
        clusters.setdefault(lead(number), []).append(number)
    return {
        (one, other)
        for members in clusters.values()
        for place, one in enumerate(members)
        for other in members[place + 1 :]
    }
