"""Compares people: the door of the matching engine.

``features`` → ``keys`` → ``score_candidates`` for each arriving record; ``compare`` for the evidence of a pair that
matters. All of it is a pure function of records, model and size of the register.
"""

from collections.abc import Callable, Mapping, Sequence
from math import log2

from services.dedup.matching.blocking import Blocking
from services.dedup.matching.comparers import NULL, build
from services.dedup.matching.evidence import Compared, Comparison, Outcome, Scored
from services.dedup.matching.layout import Features
from services.dedup.matching.model import Field, Frequencies, Model
from services.dedup.matching.normaliser import Normaliser, Record
from services.dedup.matching.weights import between, either, inverse, odds, over, share, shows_any, steps, wanted


class Engine:
    """Normaliser and model at work."""

    def __init__(self, normaliser: Normaliser, model: Model, secret: bytes) -> None:
        """``model`` is one that was loaded for this normaliser; ``secret`` salts the blocking keys (``Blocking``)."""
        self.normaliser = normaliser
        self.model = model
        self.key_kinds = normaliser.key_kinds
        layout = normaliser.layout
        self.pack, self.unpack = layout.pack, layout.unpack
        self._read = layout.read
        blocking = Blocking(normaliser, secret)
        self.features: Callable[[Record], Features] = normaliser.features
        """What of a record is compared; never fails (``Normaliser.features``)."""
        self.keys, self.extended = blocking.keys, blocking.extended
        """The keys to store and look a record up under, and where a full block goes on (``Blocking``)."""
        self._comparers = tuple(build(field.kind, field.slots, layout) for field in model.fields)
        self._over_relative = log2(model.same_rate / model.relative_rate)
        self._over_twin = log2(model.same_rate / model.twin_rate)
        self._bits = tuple(tuple(map(over, field.levels)) for field in model.fields)
        self._gates, self._holds = wanted(model.gates, model), wanted(model.holds, model)
        reach = between(inverse(model.calibration), min(model.review, model.automatic))
        self._steps = steps(model, self._comparers, layout.place, reach)

    def levels(self, ours: Features, theirs: Features) -> tuple[int, ...]:
        """The level of each field of the model, by its place among the field's levels; NULL where none."""
        return tuple(compare(ours, theirs) for compare in self._comparers)

    def score_candidates(self, ours: Features, candidates: Sequence[bytes], register_size: int) -> list[Scored]:
        """Those of the candidates (packed features) that reach review or are held, the heaviest first.

        ``register_size`` is the number of people in the register. Cheap fields go first, and a candidate is given up as
        soon as nothing that is left can bring it to review.
        """
        prior_relative, prior_twin = self._over_relative, self._over_twin
        prior_stranger = self._over_stranger(register_size)
        steps, read = self._steps, self._read
        found = []
        for place, blob in enumerate(candidates):
            theirs = read(blob)
            over_relative, over_twin, over_stranger = prior_relative, prior_twin, prior_stranger
            held = False
            for compare, levels, slot, exact, other, floor_r, floor_t, floor_s in steps:
                level = compare(ours, theirs)
                relative, twin, stranger, holds = levels[level]
                over_relative += relative
                over_twin += twin
                over_stranger += stranger if level or slot < 0 else exact.get(ours[slot], other)
                if holds:
                    held = True
                elif (over_relative < floor_r or over_twin < floor_t or over_stranger < floor_s) and not held:
                    break
            else:
                weight = between(self.model.calibration, odds(over_relative, over_twin, over_stranger))
                outcome = self._outcome(weight, dict(enumerate(self.levels(ours, theirs))))
                if outcome is not Outcome.UNIQUE:
                    found.append(Scored(place, weight, outcome))
        found.sort(key=_heaviest)
        return found

    def compare(self, ours: Features, theirs: Features, register_size: int) -> Comparison:
        """A pair with its whole evidence."""
        return self._weighed(self.levels(ours, theirs), ours, register_size)

    def weigh(self, levels: Mapping[str, str], register_size: int) -> Comparison:
        """The evidence of a pair of which only the levels are known, by field: agreements weigh as a common value's do.

        A field that is left out, or a level that the model has not, could not be compared.
        """
        shown = tuple(
            next((place for place, level in enumerate(field.levels) if level.name == levels.get(field.name)), NULL)
            for field in self.model.fields
        )
        return self._weighed(shown, None, register_size)

    def _weighed(self, levels: tuple[int, ...], ours: Features | None, register_size: int) -> Comparison:
        relative, twin = self._over_relative, self._over_twin
        stranger = self._over_stranger(register_size)
        kin, prior = either(relative, twin), odds(relative, twin, stranger)
        raw, bits, fields = prior, [], []
        for field, weights, place in zip(self.model.fields, self._bits, levels, strict=True):
            if place == NULL:
                fields.append(Compared(field.name, "", 0.0, 0.0))
                bits.append(0.0)
                continue
            over_relative, over_twin, over_stranger = weights[place]
            if place == 0 and ours is not None and field.frequencies is not None:
                over_stranger = self._rarity(field, field.frequencies, ours)
            relative, twin, stranger = relative + over_relative, twin + over_twin, stranger + over_stranger
            before, kin = kin, either(relative, twin)
            fields.append(Compared(field.name, field.levels[place].name, kin - before, over_stranger))
            before, raw = raw, odds(relative, twin, stranger)
            bits.append(raw - before)
        weight = between(self.model.calibration, raw)
        p_same = share(weight)
        # Of what is not the same person, strangers have as much as the evidence leaves them beside relatives.
        p_stranger = (1.0 - p_same) * share(kin - stranger)
        shown = dict(enumerate(levels))
        return Comparison(
            weight,
            p_same,
            1.0 - p_same - p_stranger,
            p_stranger,
            tuple(fields),
            not self._gates or shows_any(self._gates, shown),
            shows_any(self._holds, shown),
            self._outcome(weight, shown),
            prior,
            tuple(bits),
        )

    def _rarity(self, field: Field, among: Frequencies, ours: Features) -> float:
        """Bits over a stranger of an exact agreement, by how many people have the value."""
        value = ours[self.normaliser.layout.place(among.slot)]
        return log2(field.levels[0].m / among.values.get(value, among.other))

    def _outcome(self, weight: float, shown: dict[int, int]) -> Outcome:
        """What a pair says by itself; ``verdict`` says it for all candidates together."""
        model = self.model
        if weight >= model.automatic and (not self._gates or shows_any(self._gates, shown)):
            return Outcome.DUPLICATE
        if weight >= model.review or shows_any(self._holds, shown):
            return Outcome.REVIEW
        return Outcome.UNIQUE

    def _over_stranger(self, register_size: int) -> float:
        """The prior against strangers: the larger the register, the more of them there are to be like somebody."""
        return log2(self.model.same_rate / max(register_size, 1))


def verdict(scored: Sequence[Scored], truncated: bool) -> Outcome:
    """What all candidates together say. A look-up that was cut short has not seen everybody: then a person looks."""
    if any(one.outcome is Outcome.DUPLICATE for one in scored):
        return Outcome.DUPLICATE
    return Outcome.REVIEW if scored or truncated else Outcome.UNIQUE


def _heaviest(scored: Scored) -> tuple[float, int]:
    return -scored.weight, scored.place
