"""The three classes, told apart without labels (dedup.md, Model).

*u* from pairs at random. *m* from pairs with an equal identity, *h* and *t* (relatives, twins) from pairs that agree on
what those share, each set cleaned of what does not belong there by expectation and maximisation with the other classes
held still. Then the rates: how many pairs of each class there are among all that share a key.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import Final

from services.dedup.matching.comparers import LEVELS, NULL
from services.dedup.matching.model import Pattern
from services.dedup.matching.training.plan import Plan
from services.dedup.matching.training.sample import Sample, SampleTooSmall, Shown

_ROUNDS: Final = 4
_STEPS: Final = 25
_SAME_MIN: Final = 30
_SMOOTH: Final = 0.5
_MET_MIN: Final = 30
"""Pairs at random that must have one number, for them to tell how often strangers do."""

_TWINS_MIN: Final = 1_000
"""Of fewer pairs nothing is learnt about twins but that they are siblings born on one day."""

_NO_RATE: Final = 1e-6
_NEVER: Final = 1e-9
"""The least probability of a level: a share that was never seen is not impossible."""

Shares = list[list[float]]
"""For each field, for each level, its probability among comparable pairs of a class."""


@dataclass(slots=True)
class Classes:
    """What has been learnt. ``rates`` are pairs of the class for each record; ``trace`` the log-likelihood of each step
    of the first set, bits a pair."""

    m: Shares
    h: Shares
    t: Shares
    u: Shares
    same_rate: float
    relative_rate: float
    twin_rate: float
    trace: list[float]
    identical_pairs: int
    relative_pairs: int


def estimate(sample: Sample, plan: Plan) -> Classes:
    """The classes of a sample; raises ``SampleTooSmall``."""
    return _Estimation(sample, plan).run()


class _Estimation:
    def __init__(self, sample: Sample, plan: Plan) -> None:
        self._sample, self._plan = sample, plan
        self._names = [field.name for field in plan.fields]
        self._levels = [LEVELS[field.kind] for field in plan.fields]
        self._rare = {place for place, field in enumerate(plan.fields) if field.frequencies}
        self._identity = self._names.index(plan.identity)
        self._related = [self._names.index(name) for name in plan.relatives]
        self._twinned = self._related + [self._names.index(name) for name in plan.twins]
        self._others = [place for place in range(len(self._names)) if place != self._identity]
        self._trace: list[float] = []

    def run(self) -> Classes:
        sample, plan = self._sample, self._plan
        alike = {shown: n for shown, n in sample.candidates.items() if shown.levels[self._identity] == 0}
        confirmed = {shown: n for shown, n in sample.candidates.items() if self._any(plan.same, shown)}
        related = {shown: n for shown, n in sample.candidates.items() if self._shows(plan.relatives, shown)}
        if sum(alike.values()) < _SAME_MIN:
            raise SampleTooSmall(f"pairs with an equal {plan.identity}", sum(alike.values()), _SAME_MIN)
        u = self._tally(((levels, n) for levels, n in sample.strangers.items()), _SMOOTH)
        m = self._tally(((shown.levels, n) for shown, n in alike.items()), _SMOOTH)
        m[self._identity] = self._tally(((shown.levels, n) for shown, n in confirmed.items()), _SMOOTH)[self._identity]
        h, t = [list(shares) for shares in u], [list(shares) for shares in u]
        rates = [sum(alike.values()) / sample.records, _NO_RATE, _NO_RATE]
        twins = {shown: n for shown, n in related.items() if self._shows(plan.twins, shown)}
        if plan.relatives:
            apart = {
                shown: n for shown, n in related.items()
                if shown.levels[self._identity] != 0 and not self._any(plan.same, shown)
            }  # fmt: skip
            h = self._tally(((shown.levels, n) for shown, n in apart.items() if shown not in twins), _SMOOTH)
            t = self._tally(((shown.levels, n) for shown, n in apart.items() if shown in twins), _SMOOTH)
            rates = [rates[0], sum(related.values()) / sample.records, sum(twins.values()) / sample.records / 2]
        for _ in range(_ROUNDS):
            # Without the lent ids.
            m = self._maximise(alike, [m, h, t, u], self._others, [0.9, 0.03, 0.03, 0.04])
            if plan.relatives:
                h = self._of_kin(related, [h, m, t, u], [0.6, 0.2, 0.05, 0.15], self._related, m)
                if sum(twins.values()) < _TWINS_MIN:
                    t = [list(m[place] if place in self._twinned else h[place]) for place in range(len(h))]
                else:
                    t = self._of_kin(twins, [t, m, h, u], [0.45, 0.45, 0.05, 0.05], self._twinned, m)
                    t = self._named_apart(t, h)
            rates, u = self._count([m, h, t], u, rates)
        return Classes(
            m, h, t, u, rates[0], rates[1], rates[2], self._trace, sum(alike.values()), sum(related.values())
        )

    def _named_apart(self, t: Shares, h: Shares) -> Shares:
        """Twins, of whom no more than of siblings have one name: what looks so is one person twice."""
        for place in self._rare - set(self._twinned):
            share, rest = min(t[place][0], h[place][0]), sum(t[place][1:])
            t[place] = [share, *(each * (1 - share) / rest for each in t[place][1:])]
        return t

    def _of_kin(
        self, pairs: Mapping[Shown, int], classes: list[Shares], mix: list[float], common: Sequence[int], m: Shares
    ) -> Shares:
        """A class of relatives, from pairs that agree on what is common to them, which they write the same as one
        person does twice."""
        free = self._maximise(pairs, classes, [n for n in range(len(self._names)) if n not in common], mix)
        for place in common:
            free[place] = list(m[place])
        return free

    def _maximise(
        self, pairs: Mapping[Shown, int], classes: list[Shares], fields: Sequence[int], mix: list[float]
    ) -> Shares:
        """Expectation and maximisation on ``fields``: the first class is free and the others are held still; the last
        one is of strangers. ``mix`` is where the shares of the classes begin."""
        free, total = classes[0], sum(pairs.values())
        still = [
            self._chances(pairs, shares, fields, rare=number == len(classes) - 1)
            for number, shares in enumerate(classes[1:], 1)
        ]
        trace: list[float] = []
        for _ in range(_STEPS):
            weighted: list[tuple[tuple[int, ...], float]] = []
            sums = [0.0] * len(classes)
            likelihood = 0.0
            chances = zip(self._chances(pairs, free, fields), *still, strict=True)
            for (shown, count), of_pair in zip(pairs.items(), chances, strict=True):
                parts = [share * chance for share, chance in zip(mix, of_pair, strict=True)]
                whole = sum(parts) or 1e-300
                likelihood += count * log2(whole)
                for number, part in enumerate(parts):
                    sums[number] += count * part / whole
                weighted.append((shown.levels, count * parts[0] / whole))
            mix = [max(each, 1e-9) / total for each in sums]
            fresh = self._tally(weighted, _SMOOTH)
            free = [fresh[p] if p in fields else free[p] for p in range(len(fresh))]
            trace.append(likelihood / total)
            if len(trace) > 1 and abs(trace[-1] - trace[-2]) < 1e-6:
                break
        if not self._trace:
            self._trace = trace
        return free

    def _chances(
        self, pairs: Iterable[Shown], shares: Shares, fields: Sequence[int], rare: bool = False
    ) -> list[float]:
        """How likely a class shows each of these on ``fields``."""
        table = _logs(shares)
        return [2.0 ** self._bits(shown, table, fields, rare=rare) for shown in pairs]

    def _count(self, classes: list[Shares], u: Shares, rates: list[float]) -> tuple[list[float], Shares]:
        """Rates of the classes, and how often strangers have one number: too rare to be met at random, but every such
        pair shares a key."""
        sample, everything = self._sample, range(len(self._names))
        tables, table_u = [_logs(shares) for shares in classes], _logs(u)
        likely = [
            (shown, count, [2.0 ** self._bits(shown, table, everything) for table in tables],
             2.0 ** self._bits(shown, table_u, everything, rare=True))
            for shown, count in sample.candidates.items()
        ]  # fmt: skip
        equal = [0.0] * len(self._names)
        for _ in range(8):
            sums, equal = [0.0] * len(classes), [0.0] * len(self._names)
            priors = [rate * sample.records / sample.pairs for rate in rates]
            for shown, count, parts, stranger in likely:
                weighed = [prior * part for prior, part in zip(priors, parts, strict=True)]
                whole = sum(weighed) + stranger or 1e-300
                for number, part in enumerate(weighed):
                    sums[number] += count * part / whole
                for place, level in enumerate(shown.levels):
                    if level == 0:
                        equal[place] += count * stranger / whole
            rates = [max(each / sample.records, _NO_RATE) for each in sums]
            if not self._plan.relatives:
                rates = [rates[0], _NO_RATE, _NO_RATE]
        return rates, self._strangers(tables, table_u, rates, equal)

    def _strangers(self, tables: list[Shares], table_u: Shares, rates: list[float], equal: list[float]) -> Shares:
        """*u* from pairs at random, without those of one person that are among them in a small register; ``equal``:
        pairs of strangers with one number, by field, among those that share a key."""
        sample, everything = self._sample, range(len(self._names))
        priors = [rate * sample.records / sample.pairs for rate in rates]
        weighed = []
        met, comparable, total = [0.0] * len(self._names), [0.0] * len(self._names), 0.0
        for levels, count in sample.strangers.items():
            shown = Shown(levels, 0)
            stranger = 2.0 ** self._bits(shown, table_u, everything)
            others = (2.0 ** self._bits(shown, table, everything) for table in tables)
            whole = stranger + sum(prior * other for prior, other in zip(priors, others, strict=True))
            part = count * stranger / whole if whole else count
            weighed.append((levels, part))
            total += part
            for place, level in enumerate(levels):
                met[place] += part if level == 0 else 0.0
                comparable[place] += part if level != NULL else 0.0
        u = self._tally(weighed, _SMOOTH)
        for place, field in enumerate(self._plan.fields):
            if field.frequencies:
                listed = sample.frequencies[field.name]
                u[place][0] = max(sum(share * share for share in listed.values.values()), u[place][0])
            elif field.kind in ("identifier", "number") and met[place] < _MET_MIN:
                # A few numbers that strangers share are expected in any register, seen or not.
                pairs = sample.pairs * max(comparable[place] / total, 1e-6)
                u[place][0] = max((equal[place] + _SMOOTH) / pairs, _NEVER)
        return u

    def _bits(self, shown: Shown, table: Shares, fields: Iterable[int], rare: bool = False) -> float:
        """log2 of how likely a class shows this. Strangers meet on a value as often as people have it (``rare``)."""
        bits = 0.0
        for place in fields:
            level = shown.levels[place]
            if level != NULL and not (rare and level == 0 and place in self._rare):
                bits += table[place][level]
        return bits + shown.rarity if rare else bits

    def _tally(self, counted: Iterable[tuple[tuple[int, ...], float]], smooth: float) -> Shares:
        sums = [[smooth] * len(levels) for levels in self._levels]
        for levels, count in counted:
            for place, level in enumerate(levels):
                if level != NULL:
                    sums[place][level] += count
        return [[max(each / sum(field), _NEVER) for each in field] for field in sums]

    def _any(self, patterns: Sequence[Pattern], shown: Shown) -> bool:
        return any(self._shows(pattern, shown) for pattern in patterns)

    def _shows(self, pattern: Pattern, shown: Shown) -> bool:
        for name, wanted in pattern.items():
            place = self._names.index(name)
            level = shown.levels[place]
            if level == NULL or self._levels[place][level] not in wanted:
                return False
        return bool(pattern)


def _logs(shares: Shares) -> Shares:
    return [[log2(share) for share in field] for field in shares]


__all__ = ["Classes", "Counter", "Shares", "estimate"]
