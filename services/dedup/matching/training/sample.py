"""The pairs that a training looks at: those that share a blocking key, and pairs at random.

Traits leave nobody out here: who differs in them is a stranger or a relative, and these are learnt from, too.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import log2
from random import Random
from typing import Final, NamedTuple

from services.dedup.matching.blocking import Blocking
from services.dedup.matching.comparers import Comparer, build
from services.dedup.matching.layout import Features, Layout
from services.dedup.matching.model import Frequencies
from services.dedup.matching.normaliser import Normaliser
from services.dedup.matching.training.plan import Plan
from shared.errors import DsrError

BLOCK_MAX: Final = 200
"""Larger blocks are looked at by a sample of their pairs, this many records of it."""

_RECORDS_MIN: Final = 100
_SECRET: Final = b"training"


class SampleTooSmall(DsrError):
    """There is not enough to learn from."""

    def __init__(self, what: str, found: int, wanted: int) -> None:
        self.what, self.found, self.wanted = what, found, wanted
        super().__init__(f"A model cannot be trained on {found} {what}; it takes at least {wanted}. Give more records.")


class Shown(NamedTuple):
    """What a pair shows: a level for each field, and how rare the values are on which it agrees exactly: the sum of
    log2 of their frequencies, in whole bits."""

    levels: tuple[int, ...]
    rarity: int


@dataclass(frozen=True, slots=True)
class Sample:
    """``candidates``: how many pairs that share a key show what; ``beside_identity``: those that share one that does
    not rest on the identity field. ``strangers``: levels of pairs at random. ``pairs``: of all records."""

    records: int
    candidates: Counter[Shown]
    beside_identity: Counter[Shown]
    strangers: Counter[tuple[int, ...]]
    frequencies: dict[str, Frequencies]

    @property
    def pairs(self) -> float:
        """Pairs of the whole register."""
        return self.records * (self.records - 1) / 2


def draw(features: Sequence[Features], normaliser: Normaliser, plan: Plan, rng: Random) -> Sample:
    """Everything that a training needs to know of a register; raises ``SampleTooSmall``."""
    if len(features) < _RECORDS_MIN:
        raise SampleTooSmall("records", len(features), _RECORDS_MIN)
    layout = normaliser.layout
    comparers = tuple(build(field.kind, field.slots, layout) for field in plan.fields)
    frequencies = {
        field.name: _frequencies(field.frequencies, layout, features, plan.frequencies_max)
        for field in plan.fields
        if field.frequencies
    }
    rare = [
        (place, layout.place(listed.slot), {value: log2(share) for value, share in listed.values.items()},
         log2(listed.other))
        for place, field in enumerate(plan.fields)
        if (listed := frequencies.get(field.name)) is not None
    ]  # fmt: skip

    def shown(ours: Features, theirs: Features) -> Shown:
        levels = tuple([compare(ours, theirs) for compare in comparers])
        rarity = sum(
            [shares.get(ours[slot], other) for place, slot, shares, other in rare if levels[place] == 0], start=0.0
        )
        return Shown(levels, round(rarity))

    candidates: Counter[Shown] = Counter()
    beside: Counter[Shown] = Counter()
    for one, other, rests_on_identity in _pairs(features, normaliser, plan, rng):
        seen = shown(features[one], features[other])
        candidates[seen] += 1
        if not rests_on_identity:
            beside[seen] += 1
    return Sample(
        len(features), candidates, beside, _at_random(features, comparers, plan.random_pairs, rng), frequencies
    )


def _pairs(
    features: Sequence[Features], normaliser: Normaliser, plan: Plan, rng: Random
) -> Iterable[tuple[int, int, bool]]:
    """Each pair that shares a key, once: with whether all its keys rest on the identity field."""
    blocks: dict[Hashable, list[int]] = defaultdict(list)
    on_identity: set[Hashable] = set()
    keys_of = Blocking(normaliser, _SECRET).keys
    layout = normaliser.layout
    origin = [
        layout.place(field.slots[0]) for field in plan.fields if field.name in plan.relatives
    ]  # fmt: skip
    key: Hashable
    for number, each in enumerate(features):
        for key, (kind, _) in keys_of(each).items():
            blocks[key].append(number)
            if kind in plan.identity_kinds:
                on_identity.add(key)
        # Relatives need not share a key to be learnt from.
        common = tuple(each[place] for place in origin)
        if origin and all(value[0] for value in common):
            blocks[common].append(number)
    found: dict[tuple[int, int], bool] = {}
    for key, members in blocks.items():
        if len(members) > 1:
            if len(members) > BLOCK_MAX:
                members = sorted(rng.sample(members, BLOCK_MAX))
            rests = key in on_identity
            for pair in combinations(members, 2):
                found[pair] = found.get(pair, True) and rests
    return ((one, other, rests) for (one, other), rests in found.items())


def _at_random(
    features: Sequence[Features], comparers: Sequence[Comparer], most: int, rng: Random
) -> Counter[tuple[int, ...]]:
    strangers: Counter[tuple[int, ...]] = Counter()
    count = len(features)
    for _ in range(min(most, count * (count - 1) // 2)):
        one, other = int(rng.random() * count), int(rng.random() * count)
        if one != other:
            ours, theirs = features[one], features[other]
            strangers[tuple([compare(ours, theirs) for compare in comparers])] += 1
    return strangers


def _values(features: Sequence[Features], place: int) -> Counter[bytes]:
    return Counter(each[place] for each in features if each[place][0])


def _frequencies(slots: Sequence[str], layout: Layout, features: Sequence[Features], most: int) -> Frequencies:
    """The commonest values, and what an agreement on another one is worth: the mean frequency of those, by people."""
    counted = {slot: _values(features, layout.place(slot)) for slot in slots}
    slot = max(slots, key=lambda slot: counted[slot].total())
    counts, total = counted[slot], counted[slot].total()
    if not total:
        raise SampleTooSmall(f"values of {' or '.join(slots)}", 0, 1)
    common = counts.most_common(most)
    rest = [count for value, count in counts.items() if count <= (common[-1][1] if len(counts) > most else 0)]
    # A value seen once tells no more than that it is as rare as the register is large.
    other = sum(count * count for count in rest) / sum(rest) / total if rest else 1.0 / total
    return Frequencies(slot, other, {value: count / total for value, count in common if count > 1})
