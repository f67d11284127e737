"""One application at a time through the engine, and what came out beside the truth."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from time import process_time
from typing import Any, Final

from bench.dedup.memory_index import MemoryIndex
from bench.dedup.population import Arrival
from services.dedup.matching.engine import Engine, verdict
from services.dedup.matching.evidence import Outcome

_DOUBT: Final = 0.001
"""Pairs between this probability and its complement are kept as well by themselves: there a calibration is hard."""


@dataclass
class Quality:
    """Counts of a run. An application is *again* where its person is in the index already."""

    events: int = 0
    again: int = 0
    found: int = 0
    automatic: int = 0
    wrong: int = 0
    twins_merged: int = 0
    reviews: int = 0
    truncated: int = 0
    shared_key: int = 0
    cpu_s: float = 0.0
    candidates: int = 0
    missed: Counter[str] = field(default_factory=Counter)
    wrong_kinds: Counter[str] = field(default_factory=Counter)
    review_kinds: Counter[str] = field(default_factory=Counter)
    pairs: list[tuple[float, bool]] = field(default_factory=list)
    doubtful: list[tuple[float, bool]] = field(default_factory=list)
    examples: list[Any] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        """As it goes into the report."""
        return {
            "events": self.events,
            "duplicates": self.again,
            "pair_completeness": _share(self.shared_key, self.again),
            "recall": _share(self.found, self.again),
            "automatic": self.automatic,
            "automatic_wrong": self.wrong,
            "precision_automatic": _share(self.automatic - self.wrong, self.automatic),
            "wrong_per_100000_unique": 1e5 * _share(self.wrong, self.events - self.again),
            "twins_merged": self.twins_merged,
            "review_share": _share(self.reviews, self.events),
            "truncated_share": _share(self.truncated, self.events),
            "candidates_an_event": _share(self.candidates, self.events),
            "engine_cpu_us_an_event": 1e6 * _share(self.cpu_s, self.events),
            "missed_by_kind": dict(self.missed.most_common()),
            "wrong_by_kind": dict(self.wrong_kinds.most_common()),
        }


def run(engine: Engine, arrivals: Iterable[Arrival], seed: int = 1, compared_share: float = 0.0) -> Quality:
    """``compared_share`` of the events have all their candidates compared in full, for calibration."""
    rng = Random(seed)
    index, quality = MemoryIndex(engine), Quality()
    people: list[tuple[int, int, bool]] = []
    known: set[int] = set()
    for arrival in arrivals:
        begun = process_time()
        features = engine.features(arrival.record)
        keys = engine.keys(features)
        numbers, truncated = index.look_up(keys, features)
        candidates = [index.packed[number] for number in numbers]
        scored = engine.score_candidates(features, candidates, len(people))
        outcome = verdict(scored, truncated)
        packed = engine.pack(features)
        quality.cpu_s += process_time() - begun
        index.add(packed, keys, features)
        quality.events += 1
        quality.candidates += len(numbers)
        quality.truncated += truncated
        quality.reviews += outcome is Outcome.REVIEW
        if outcome is Outcome.REVIEW:
            quality.review_kinds[arrival.kind] += 1
        if arrival.person in known:
            quality.again += 1
            quality.shared_key += any(people[number][0] == arrival.person for number in numbers)
            if any(people[numbers[one.place]][0] == arrival.person for one in scored):
                quality.found += 1
            else:
                quality.missed[arrival.kind] += 1
        if outcome is Outcome.DUPLICATE:
            quality.automatic += 1
            best = next(one for one in scored if one.outcome is Outcome.DUPLICATE)
            person, family, twin = people[numbers[best.place]]
            if person != arrival.person:
                quality.wrong += 1
                quality.wrong_kinds[arrival.kind] += 1
                quality.twins_merged += twin and arrival.twin and family == arrival.family
                quality.examples.append((arrival, best, features, engine.unpack(candidates[best.place])))
        if numbers and rng.random() < compared_share:
            size = len(people)
            for number, candidate in zip(numbers, candidates, strict=True):
                compared = engine.compare(features, engine.unpack(candidate), size)
                stated = (compared.p_same, people[number][0] == arrival.person)
                quality.pairs.append(stated)
                if _DOUBT < stated[0] < 1 - _DOUBT:
                    quality.doubtful.append(stated)
        people.append((arrival.person, arrival.family, arrival.twin))
        known.add(arrival.person)
    return quality


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
