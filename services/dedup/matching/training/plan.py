"""What a training is told about a kind of record: its fields, and which agreements stand in for labels."""

from dataclasses import dataclass

from services.dedup.matching.model import Pattern


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """One field of the model to be. ``frequencies``: slots of which the one that most people have a value in weighs an
    exact agreement, by how many have the value; a register may have one script only."""

    name: str
    kind: str
    slots: tuple[str, ...]
    frequencies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The rules of one training.

    ``identity`` is the field whose first level stands in for "the same person"; what *it* does among the same is learnt
    from pairs that show one of ``same``. ``relatives`` is what relatives agree on, the fields of a household's origin,
    and ``twins`` what twins agree on besides; none: there are two classes. ``identity_kinds`` are the kinds of blocking
    key that rest on the identity field. Thresholds, gates and holds go into the model as they are. Of each slot
    ``frequencies_max`` values are listed, and strangers are learnt from ``random_pairs``.
    """

    fields: tuple[FieldPlan, ...]
    identity: str
    same: tuple[Pattern, ...]
    relatives: Pattern
    twins: Pattern
    identity_kinds: tuple[str, ...]
    automatic: float
    review: float
    gates: tuple[Pattern, ...]
    holds: tuple[Pattern, ...]
    frequencies_max: int = 2_000
    random_pairs: int = 400_000
