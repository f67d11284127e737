"""A clerk decides by the evidence alone what it shows, and by the truth only where somebody could have asked."""

from typing import Any

import pytest

from sandbox.clerks import Clerk, Seen, Verdict, compare

EQUAL_FAMILY = {"mother": "exact", "father": "partial", "mobile": "equal", "sex": "equal"}


def suspect(other: str, standing: str = "accepted", programme: str = "widow", **fields: str) -> dict[str, Any]:
    """An application that the held one resembles, as the review shows it."""
    shown = [{"field": field, "agreement": agreement} for field, agreement in fields.items()]
    return {"application_id": other, "standing": standing, "programme": programme, "fields": shown}


def review(*suspects: dict[str, Any]) -> dict[str, Any]:
    return {"application_id": "a1", "programme": "widow", "suspects": list(suspects)}


SAME = {"national_id": "near", "name": "exact", "birth_date": "equal", **EQUAL_FAMILY}
TWIN = {"national_id": "differ", "name": "close", "birth_date": "equal", **EQUAL_FAMILY}
UNCLEAR = {"national_id": "", "name": "similar", "birth_date": "equal", **EQUAL_FAMILY}


@pytest.mark.parametrize(
    ("fields", "seen"),
    [
        (SAME, Seen.SAME),
        (TWIN, Seen.TWO),
        (UNCLEAR, Seen.UNSURE),
        ({"national_id": "equal", "name": "vowels", "birth_date": "shifted"}, Seen.SAME),
        ({"national_id": "equal", "name": "differ", "birth_date": "differ"}, Seen.TWO),
        ({"national_id": "equal", "name": "differ", "birth_date": "equal"}, Seen.UNSURE),
        ({"national_id": "equal", "name": "exact", "birth_date": "equal", "sex": "differ"}, Seen.UNSURE),
        ({"national_id": "differ", "name": "exact", "birth_date": "equal", "mother": "exact"}, Seen.UNSURE),
        ({"national_id": "", "name": "exact", "birth_date": "equal", "mobile": "equal"}, Seen.SAME),
        ({"national_id": "", "name": "exact", "birth_date": "equal"}, Seen.UNSURE),
        ({"national_id": "", "name": "exact", "birth_date": "differ"}, Seen.TWO),
        ({}, Seen.UNSURE),
    ],
)
def test_what_the_agreements_of_the_fields_show(fields: dict[str, str], seen: Seen) -> None:
    assert compare(fields) is seen


def test_a_duplicate_names_the_accepted_application_of_the_same_programme_first() -> None:
    elsewhere, here = suspect("b", programme="old_age", **SAME), suspect("c", **SAME)

    said = Clerk().judge(review(suspect("a", "held", **SAME), elsewhere, here))

    assert said is not None
    assert (said.word, said.duplicate_of) == ("duplicate", "c")


@pytest.mark.parametrize(
    "suspects",
    [
        [suspect("b", "held", **SAME)],
        [suspect("b", **TWIN), suspect("c", **UNCLEAR)],
        [],
    ],
)
def test_what_cannot_be_told_is_left_to_others(suspects: list[dict[str, Any]]) -> None:
    assert Clerk().judge(review(*suspects)) is None


def test_only_who_differs_from_everybody_is_distinct() -> None:
    said = Clerk().judge(review(suspect("b", **TWIN), suspect("c", **TWIN)))

    assert said == Verdict(None, "The evidence shows different people.")


def test_an_oracle_decides_where_the_evidence_does_not() -> None:
    unclear = review(suspect("b", **UNCLEAR))

    same, two = Clerk(oracle=lambda ours, theirs: True), Clerk(oracle=lambda ours, theirs: False)

    assert [said.word for clerk in (same, two) if (said := clerk.judge(unclear))] == ["duplicate", "distinct"]


def test_a_clerk_takes_about_the_share_and_the_same_ones_each_time() -> None:
    names = [f"a{n}" for n in range(4_000)]
    taken = [name for name in names if Clerk(seed=4).takes(name)]

    assert len(taken) == pytest.approx(2_000, rel=0.1)
    assert taken == [name for name in names if Clerk(seed=4).takes(name)]
    assert taken != [name for name in names if Clerk(seed=5).takes(name)]
