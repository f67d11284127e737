"""How well the registry did, measured against the planted truth.

Synthetic: it ranks runs, and proves nothing of life.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sandbox.population.truth import DUPLICATES, Planted, Truth

ENROLLED = frozenset(
    {"enrolled", "awaiting_account", "without_account", "instructed", "unknown", "credited", "failed", "returned"}
)
"""Overall states of somebody who has a place, as the status view and the demo's ``by_fate`` name them."""

NOT_IN_DEDUP = frozenset({"rejected", "ineligible", "insufficient", "insufficient_data"})
"""Overall states of an application that ended before duplicate detection."""

EQUAL_ID = frozenset({Planted.EXACT_DUPLICATE, Planted.EQUAL_ID})
"""Planted with an equal national id in the same programme: each of these must be found."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Planted pairs of which both applications reached duplicate detection, and what became of them.

    ``found``: one of the two was refused as a duplicate. ``held``: none was, and one is held for review.
    ``missed``: neither. The three add up to ``planted``.
    """

    planted: int = 0
    found: int = 0
    held: int = 0

    @property
    def missed(self) -> int:
        """Pairs in which both went through."""
        return self.planted - self.found - self.held


@dataclass(frozen=True, slots=True)
class Score:
    """What the truth says of a run. Shares are None where there is nobody to count.

    ``duplicates``: planted duplicates, all and by kind; ``equal_id``: those of ``EQUAL_ID``.
    ``unique``: applications that reached duplicate detection and are the only one of their person for their
    programme; ``wrong_duplicates``: those of them that were refused as duplicates without a person having looked;
    ``wrongly_held``: those of them that are held for review though nobody uses their id (``borrowed_id``).
    ``undercoverage``: of the people who applied, are truly poor and truly eligible, the share without a place.
    ``leakage``: of the people with a place, the share who are not poor or not eligible.
    """

    applications: int
    duplicates: Pairs
    by_kind: Mapping[str, Pairs]
    equal_id: Pairs
    unique: int
    wrong_duplicates: int
    wrongly_held: int
    poor_and_eligible: int
    enrolled: int
    undercoverage: float | None
    leakage: float | None
    leakage_not_poor: float | None


class _People:
    """What is known of each person over all their applications."""

    def __init__(self) -> None:
        self.deserving: set[str] = set()
        self.poor: set[str] = set()
        self.enrolled: set[str] = set()

    def add(self, truth: Truth, state: str) -> None:
        if truth.poor:
            self.poor.add(truth.person_id)
            if truth.eligible:
                self.deserving.add(truth.person_id)
        if state in ENROLLED:
            self.enrolled.add(truth.person_id)


def score(
    truths: Iterable[Truth],
    states: Mapping[tuple[str, str], str],
    reviewed: Collection[tuple[str, str]] = (),
) -> Score:
    """Score a run.

    ``states`` has the overall state of each application by source and source_ref; one that is not there counts as not
    decided. ``reviewed`` are those that a person decided after they had been held: they count as held, whatever became
    of them.
    """
    people = _People()
    in_dedup: dict[tuple[str, str], str] = {}
    pairs: list[tuple[Planted, tuple[str, str], tuple[str, str]]] = []
    of_person: defaultdict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    borrowed: set[tuple[str, str]] = set()
    applications = 0
    for truth in truths:
        applications += 1
        reference = truth.reference
        state = states.get(reference, "").replace(" ", "_")
        people.add(truth, state)
        of_person[truth.person_id, truth.programme].append(reference)
        if state and state not in NOT_IN_DEDUP:
            in_dedup[reference] = "review" if reference in reviewed else state
        if truth.copy_of is not None and truth.planted in DUPLICATES:
            pairs.append((truth.planted, truth.copy_of, reference))
        elif truth.copy_of is not None and truth.planted is Planted.BORROWED_ID:
            borrowed |= {truth.copy_of, reference}
    unique = [references[0] for references in of_person.values() if len(references) == 1 and references[0] in in_dedup]
    judged = [
        (planted, {in_dedup[one], in_dedup[other]})
        for planted, one, other in pairs
        if one in in_dedup and other in in_dedup
    ]
    undeserved = people.enrolled - people.deserving
    return Score(
        applications=applications,
        duplicates=_count(states_of for _, states_of in judged),
        by_kind={
            kind.value: _count(states_of for planted, states_of in judged if planted is kind)
            for kind in sorted(DUPLICATES)
        },
        equal_id=_count(states_of for planted, states_of in judged if planted in EQUAL_ID),
        unique=len(unique),
        wrong_duplicates=sum(in_dedup[reference] == "duplicate" for reference in unique),
        wrongly_held=sum(in_dedup[r] == "review" and r not in borrowed for r in unique),
        poor_and_eligible=len(people.deserving),
        enrolled=len(people.enrolled),
        undercoverage=_share(len(people.deserving - people.enrolled), len(people.deserving)),
        leakage=_share(len(undeserved), len(people.enrolled)),
        leakage_not_poor=_share(len(people.enrolled - people.poor), len(people.enrolled)),
    )


def _count(states: Iterable[set[str]]) -> Pairs:
    counted = Counter("found" if "duplicate" in pair else "held" if "review" in pair else "missed" for pair in states)
    return Pairs(counted.total(), counted["found"], counted["held"])


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
