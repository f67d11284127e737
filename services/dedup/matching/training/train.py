"""From a register to a model, without labels."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from random import Random

from services.dedup.matching.comparers import LEVELS
from services.dedup.matching.layout import Features
from services.dedup.matching.model import Field, Level, Model
from services.dedup.matching.model_file import dump
from services.dedup.matching.normaliser import Normaliser
from services.dedup.matching.training.calibrate import Stretch, knots, stretches
from services.dedup.matching.training.estimate import Classes, estimate
from services.dedup.matching.training.plan import Plan
from services.dedup.matching.training.sample import Sample, draw


@dataclass(frozen=True, slots=True)
class Trained:
    """A model with what it was made of, for the report."""

    model: Model
    classes: Classes
    sample: Sample
    stretches: tuple[Stretch, ...]


def train(
    features: Sequence[Features], normaliser: Normaliser, plan: Plan, *, model_id: str, sample_id: str, note: str,
    seed: int = 1,
) -> Trained:  # fmt: skip
    """A model of these records. The same records and seed give the same bytes. Raises ``SampleTooSmall``."""
    sample = draw(features, normaliser, plan, Random(seed))
    classes = estimate(sample, plan)
    fields = []
    for place, field in enumerate(plan.fields):
        levels = tuple(
            Level(name, _rounded(m), _rounded(h), _rounded(t), _rounded(u))
            for name, m, h, t, u in zip(
                LEVELS[field.kind], classes.m[place], classes.h[place], classes.t[place], classes.u[place], strict=True
            )
        )
        fields.append(Field(field.name, field.kind, field.slots, levels, sample.frequencies.get(field.name)))
    model = Model(
        id=model_id,
        hash="",
        normaliser=normaliser.version,
        sample=sample_id,
        note=note,
        fields=tuple(fields),
        same_rate=_rounded(classes.same_rate),
        relative_rate=_rounded(classes.relative_rate),
        twin_rate=_rounded(classes.twin_rate),
        automatic=plan.automatic,
        review=plan.review,
        gates=plan.gates,
        holds=plan.holds,
    )
    found = stretches(sample, model, plan)
    return Trained(hashed(replace(model, calibration=knots(found))), classes, sample, found)


def hashed(model: Model) -> Model:
    """The model with the hash of its file."""
    return replace(model, hash=sha256(dump(model)).hexdigest())


def _rounded(share: float) -> float:
    """Six significant digits: more would claim what no sample knows."""
    return float(f"{share:.6g}")
