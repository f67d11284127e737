"""Scoring a run against the truth: each figure is what its definition says."""

from sandbox.population.outcome import Pairs, Score, score
from sandbox.population.people import Wallet, WalletState
from sandbox.population.truth import Content, Planted, Reference, Truth


def truth(
    n: int,
    person: str,
    *,
    planted: Planted = Planted.NONE,
    copy_of: int | None = None,
    poor: bool = True,
    eligible: bool = True,
    programme: str = "widow",
) -> Truth:
    return Truth(
        reference=Reference("msw", f"MSW-{n}"),
        programme=programme,
        person_id=person,
        household_id="h1",
        poor=poor,
        welfare=0.8 if poor else 1.4,
        eligible=eligible,
        deceased=False,
        planted=planted,
        copy_of=None if copy_of is None else Reference("msw", f"MSW-{copy_of}"),
        content=Content.CLEAN,
        wallet=Wallet(WalletState.ACTIVE, "nagad", "01712345678"),
        geo_code="5549005211",
    )


def run(truths: list[Truth], *states: str, reviewed: tuple[int, ...] = ()) -> Score:
    return score(
        truths,
        {t.reference: state for t, state in zip(truths, states, strict=True) if state},
        {("msw", f"MSW-{n}") for n in reviewed},
    )


def copies(planted: Planted = Planted.EXACT_DUPLICATE) -> list[Truth]:
    return [truth(1, "a"), truth(2, "a", planted=planted, copy_of=1)]


def test_a_duplicate_is_found_whichever_of_the_two_was_refused() -> None:
    assert run(copies(), "credited", "duplicate").duplicates == Pairs(1, 1, 0)
    assert run(copies(), "duplicate", "credited").duplicates == Pairs(1, 1, 0)


def test_a_duplicate_under_review_is_held_and_one_that_went_through_is_missed() -> None:
    assert run(copies(), "waiting", "review").duplicates == Pairs(1, 0, 1)
    assert run(copies(), "waiting", "instructed").duplicates.missed == 1


def test_a_duplicate_that_a_person_decided_counts_as_held() -> None:
    assert run(copies(), "waiting", "duplicate", reviewed=(2,)).duplicates == Pairs(1, 0, 1)


def test_a_pair_of_which_one_never_reached_detection_is_not_counted() -> None:
    for ended in ("rejected", "ineligible", "insufficient", ""):
        assert run(copies(), "waiting", ended).duplicates == Pairs()


def test_pairs_of_equal_id_are_counted_apart() -> None:
    assert run(copies(), "waiting", "duplicate").equal_id == Pairs(1, 1, 0)
    fuzzy = run(copies(Planted.FUZZY_DUPLICATE), "waiting", "duplicate")
    assert fuzzy.equal_id == Pairs()
    assert fuzzy.by_kind["fuzzy_duplicate"] == Pairs(1, 1, 0)


def test_a_twin_refused_as_a_duplicate_is_wrong_and_a_held_one_wrongly_held() -> None:
    twins = [truth(1, "a"), truth(2, "b", planted=Planted.TWIN, copy_of=1)]
    refused = run(twins, "waiting", "duplicate")
    assert (refused.unique, refused.wrong_duplicates, refused.wrongly_held) == (2, 1, 0)
    held = run(twins, "waiting", "review")
    assert (held.wrong_duplicates, held.wrongly_held) == (0, 1)
    assert held.duplicates == Pairs()


def test_holding_somebody_under_a_borrowed_id_is_not_wrong_but_refusing_them_is() -> None:
    borrowed = [truth(1, "a"), truth(2, "b", planted=Planted.BORROWED_ID, copy_of=1)]
    assert run(borrowed, "waiting", "review").wrongly_held == 0
    assert run(borrowed, "waiting", "duplicate").wrong_duplicates == 1


def test_the_same_person_in_another_programme_is_unique_in_each() -> None:
    crossed = [truth(1, "a"), truth(2, "a", planted=Planted.CROSS_PROGRAMME, copy_of=1, programme="old_age")]
    assert run(crossed, "instructed", "overlap").unique == 2


def test_undercoverage_is_the_share_of_poor_and_eligible_people_without_a_place() -> None:
    people = [truth(1, "a"), truth(2, "b"), truth(3, "c", eligible=False), truth(4, "d", poor=False)]
    outcome = run(people, "without account", "waiting", "waiting", "waiting")
    assert (outcome.poor_and_eligible, outcome.undercoverage) == (2, 0.5)


def test_leakage_is_the_share_of_places_of_people_not_poor_or_not_eligible() -> None:
    people = [truth(1, "a"), truth(2, "b"), truth(3, "c", eligible=False), truth(4, "d", poor=False)]
    outcome = run(people, "enrolled", "waiting", "credited", "returned")
    assert (outcome.enrolled, outcome.leakage, outcome.leakage_not_poor) == (3, 2 / 3, 1 / 3)


def test_without_anybody_there_is_no_share() -> None:
    outcome = run([])
    assert (outcome.undercoverage, outcome.leakage) == (None, None)
