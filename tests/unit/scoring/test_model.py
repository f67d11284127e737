"""The additive proxy means test: worked examples, and what must hold for every household."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.inputs import ROSTER_INPUTS_KNOWN, derive_inputs
from services.scoring.model import COUNTS_PREPARED, InsufficientData, Score, score_answers, score_household
from shared.contracts.household import Answer, Household, Member
from shared.policy.models import Step, Steps, Weight
from shared.policy.questions import MODEL_INPUTS, ROSTER_INPUTS
from tests.unit.scoring.people import POLICY, REFERENCE, household

SCORECARD = POLICY.models["schreiner-2013"]
LINEAR = POLICY.models["linear-demonstration"]


def test_every_input_from_the_roster_is_computed() -> None:
    assert frozenset(ROSTER_INPUTS) == ROSTER_INPUTS_KNOWN


def test_the_scorecard_by_hand() -> None:
    """Two children to 12 of whom one of school age attends, day labour, two rooms, tin, one fan, one phone."""
    family = household(
        date(1990, 5, 1),
        date(1994, 5, 1),
        date(2018, 5, 1),
        date(2022, 5, 1),
        rooms=2,
        wall="tin",
        fans=1,
        mobile_phones=1,
        cultivable_land_decimals=51,
    )
    score = score_household(SCORECARD, family, REFERENCE)
    assert isinstance(score, Score)
    points = {contribution.input: int(contribution.points) for contribution in score.contributions}
    assert points == {
        "members_aged_0_to_12": 10,
        "all_aged_6_to_12_attend_school": 6,
        "any_member_day_labourer": 0,
        "rooms": 3,
        "wall": 2,
        "television": 0,
        "fans": 4,
        "mobile_phones": 8,
        "bicycle_motorcycle_or_car": 0,
        "cultivable_land_decimals": 7,
    }
    assert score.value == 40
    assert score.band is not None
    assert (score.band.lower_line_percent, score.band.upper_line_percent) == (Decimal("12.7"), Decimal("26.7"))
    assert score.rank.score == "40"
    assert score.rank.order == 40.0


def test_the_scorecard_runs_from_0_to_100() -> None:
    poorest = household(date(1990, 1, 1), date(2024, 1, 1), date(2025, 1, 1), date(2026, 1, 1))
    # The card's 100 needs both no member to 12 and one who attends school, so what a household can reach is 94.
    richest = household(
        date(1990, 1, 1),
        any_member_day_labourer=False,
        rooms=3,
        wall="brick",
        television=True,
        fans=2,
        mobile_phones=2,
        bicycle_motorcycle_or_car=True,
        cultivable_land_decimals=51,
    )
    low, high = score_household(SCORECARD, poorest, REFERENCE), score_household(SCORECARD, richest, REFERENCE)
    assert isinstance(low, Score)
    assert isinstance(high, Score)
    assert low.value == 0
    assert high.value == 94
    best = [max(_possible(variable.scoring)) for variable in SCORECARD.variables]
    assert sum(best) == 100


def _possible(scoring: Any) -> list[Decimal]:
    if scoring.kind == "flag":
        return [scoring.when_true, scoring.when_false]
    return [step.points for step in scoring.steps] if scoring.kind == "steps" else list(scoring.points.values())


def test_the_linear_model_by_hand() -> None:
    """39.84 + 6.50 (brick) + 6.10 (piped) − 2.85 × 4 − 4.88 (female head) − 6.50 (elderly) − 9.76 (child) = 19.90."""
    family = household(
        date(1960, 1, 1),
        date(1990, 1, 1),
        date(1992, 1, 1),
        date(2015, 1, 1),
        wall="brick",
        piped_water=True,
        female_head=True,
    )
    score = score_household(LINEAR, family, REFERENCE)
    assert isinstance(score, Score)
    assert score.value == Decimal("19.90")
    assert score.band is None
    assert LINEAR.cut_off is not None
    assert LINEAR.poor_at(score.value, LINEAR.cut_off)


def test_the_linear_model_puts_a_lone_adult_in_a_brick_house_above_its_line() -> None:
    score = score_household(LINEAR, household(date(1990, 1, 1), wall="brick"), REFERENCE)
    assert isinstance(score, Score)
    assert score.value == Decimal("43.49")
    assert LINEAR.cut_off is not None
    assert not LINEAR.poor_at(score.value, LINEAR.cut_off)
    assert LINEAR.poor_at(Decimal(40), LINEAR.cut_off), "poor is at or under the line"


birthdays = st.one_of(st.none(), st.dates(date(1920, 1, 1), date(2026, 11, 1)))
members = st.builds(
    Member,
    relation=st.just("other"),
    date_of_birth=birthdays,
    attends_school=st.one_of(st.none(), st.booleans()),
)


def _answer(name: str) -> st.SearchStrategy[Answer]:
    question = MODEL_INPUTS[name]
    if question.kind == "flag":
        return st.booleans()
    return st.sampled_from(sorted(question.options)) if question.options else st.integers(0, 100_000)


answers = st.fixed_dictionaries({}, optional={n: _answer(n) for n in MODEL_INPUTS if n not in ROSTER_INPUTS})
households = st.builds(Household, members=st.lists(members, max_size=6).map(tuple), answers=answers)
complete = st.builds(
    Household,
    members=st.lists(
        st.builds(
            Member,
            relation=st.just("other"),
            date_of_birth=st.dates(date(1920, 1, 1), date(2026, 11, 1)),
            attends_school=st.booleans(),
        ),
        min_size=1,
        max_size=8,
    ).map(tuple),
    answers=st.fixed_dictionaries({n: _answer(n) for n in MODEL_INPUTS if n not in ROSTER_INPUTS}),
)
models = st.sampled_from([SCORECARD, LINEAR])


@given(models, complete)
def test_a_score_is_the_sum_of_its_contributions_and_can_be_recomputed(model: Any, family: Household) -> None:
    score = score_household(model, family, REFERENCE)
    assert isinstance(score, Score)
    assert score.value == score.constant + sum(c.points for c in score.contributions)
    assert tuple(c.input for c in score.contributions) == model.required_inputs
    assert score_answers(model, {c.input: c.answer for c in score.contributions}) == score
    assert [(p.input, p.answer, Decimal(p.points)) for p in score.points] == list(score.contributions)
    assert score.model.endswith(model.hash)


@pytest.mark.parametrize("count", [0, 1, 2, COUNTS_PREPARED - 1, COUNTS_PREPARED, COUNTS_PREPARED + 1, 100_000])
def test_a_count_contributes_what_its_variable_says_however_high_it_is(count: int) -> None:
    given_answers = {name: count if MODEL_INPUTS[name].kind == "count" else False for name in MODEL_INPUTS}
    steps = {v.input: v.scoring.steps for v in SCORECARD.variables if isinstance(v.scoring, Steps)}
    weights = {v.input: v.scoring.weight for v in LINEAR.variables if isinstance(v.scoring, Weight)}
    assert steps
    assert weights
    for model in (SCORECARD, LINEAR):
        for one in score_answers(model, given_answers | {"wall": "tin"}).contributions:
            if one.input in steps and model is SCORECARD:
                assert one.points == max((s for s in steps[one.input] if s.from_count <= count), key=_from).points
                assert one.answer == count
            elif one.input in weights and model is LINEAR and MODEL_INPUTS[one.input].kind == "count":
                assert one.points == weights[one.input] * count
                assert one.answer == count


def _from(step: Step) -> int:
    return step.from_count


@given(complete)
def test_the_scorecard_stays_on_its_scale_and_in_a_band(family: Household) -> None:
    score = score_household(SCORECARD, family, REFERENCE)
    assert isinstance(score, Score)
    assert 0 <= score.value <= 100
    assert score.value == int(score.value)
    assert score.band is not None


@given(models, households)
def test_there_is_a_score_exactly_when_nothing_required_is_missing(model: Any, family: Household) -> None:
    inputs = derive_inputs(model.required_inputs, family, REFERENCE)
    result = score_household(model, family, REFERENCE)
    assert isinstance(result, InsufficientData) == bool(inputs.missing)
    assert set(inputs.values) | {missing.input for missing in inputs.missing} == set(model.required_inputs)
    assert not set(inputs.values) & {missing.input for missing in inputs.missing}


@given(models, complete, st.data())
def test_one_missing_answer_is_named_and_never_scored(model: Any, family: Household, data: st.DataObject) -> None:
    asked = [name for name in model.required_inputs if name not in ROSTER_INPUTS]
    dropped = data.draw(st.sampled_from(asked))
    without = Household(
        members=family.members, answers={name: a for name, a in family.answers.items() if name != dropped}
    )
    result = score_household(model, without, REFERENCE)
    assert isinstance(result, InsufficientData)
    assert [missing.field for missing in result.missing] == [f"household.answers.{dropped}"]


@given(models, st.lists(complete, min_size=2, max_size=5))
def test_order_ascends_from_the_poorest(model: Any, families: list[Household]) -> None:
    scores = [score_household(model, family, REFERENCE) for family in families]
    good = [score for score in scores if isinstance(score, Score)]
    by_value = sorted(good, key=lambda score: score.value)
    assert sorted(s.rank.order or 0.0 for s in good) == [s.rank.order or 0.0 for s in by_value]


def test_where_higher_is_poorer_the_order_is_turned_round() -> None:
    turned = SCORECARD.model_copy(update={"direction": "higher_is_poorer"})
    score = score_household(turned, household(date(1990, 1, 1)), REFERENCE)
    assert isinstance(score, Score)
    assert score.rank.order == -float(score.value)
    assert turned.poor_at(Decimal(50), Decimal(40))


@pytest.mark.parametrize(
    ("answer", "value"),
    [("rooms", True), ("rooms", -1), ("rooms", "2"), ("television", 1), ("wall", "marble"), ("fans", False)],
)
def test_an_answer_of_the_wrong_kind_is_no_answer(answer: str, value: Answer) -> None:
    family = Household(members=household().members, answers=dict(household().answers) | {answer: value})
    result = score_household(SCORECARD, family, REFERENCE)
    assert isinstance(result, InsufficientData)
    assert [missing.input for missing in result.missing] == [answer]


def test_without_a_roster_the_roster_is_missing() -> None:
    result = score_household(SCORECARD, Household(answers=household().answers), REFERENCE)
    assert isinstance(result, InsufficientData)
    assert {missing.field for missing in result.missing} == {"household.members"}


@pytest.mark.parametrize(("days", "children"), [(0, 0), (1, 1)])
def test_a_child_is_twelve_until_the_thirteenth_birthday(days: int, children: int) -> None:
    thirteen_on_the_day = date(2013, 7, 1) + timedelta(days=days)
    inputs = derive_inputs(["members_aged_0_to_12"], household(thirteen_on_the_day), REFERENCE)
    assert inputs.values == {"members_aged_0_to_12": children}


def test_a_child_born_after_the_reference_date_counts_as_a_child() -> None:
    inputs = derive_inputs(["members_aged_0_to_12"], household(date(2026, 9, 1)), REFERENCE)
    assert inputs.values == {"members_aged_0_to_12": 1}


def test_school_attendance_is_told_where_one_pupil_stays_away_whatever_else_is_missing() -> None:
    family = Household(
        members=(
            Member(relation="self"),
            Member(relation="child", date_of_birth=date(2018, 1, 1), attends_school=False),
            Member(relation="child", date_of_birth=date(2017, 1, 1)),
        )
    )
    name = "all_aged_6_to_12_attend_school"
    assert derive_inputs([name], family, REFERENCE).values == {name: False}
    untold = Household(members=family.members[2:])
    assert [m.field for m in derive_inputs([name], untold, REFERENCE).missing] == [
        "household.members[0].attends_school"
    ]


def test_nobody_of_school_age_is_no() -> None:
    name = "all_aged_6_to_12_attend_school"
    assert derive_inputs([name], household(date(1990, 1, 1)), REFERENCE).values == {name: False}


@pytest.mark.parametrize(
    ("born", "elderly", "child"),
    [
        (date(1966, 7, 1), True, False),
        (date(1966, 7, 2), False, False),
        (date(2008, 7, 1), False, False),
        (date(2008, 7, 2), False, True),
    ],
)
def test_elderly_is_from_60_and_child_under_18(born: date, elderly: bool, child: bool) -> None:
    names = ["has_member_aged_60_or_more", "has_member_aged_0_to_17"]
    inputs = derive_inputs(names, household(born), REFERENCE)
    assert inputs.values == dict(zip(names, (elderly, child), strict=True))


def test_one_known_member_tells_what_any_member_answers() -> None:
    family = household(date(1950, 1, 1), None)
    inputs = derive_inputs(["has_member_aged_60_or_more", "has_member_aged_0_to_17"], family, REFERENCE)
    assert inputs.values == {"has_member_aged_60_or_more": True}
    assert [m.field for m in inputs.missing] == ["household.members[1].date_of_birth"]


def test_children_are_not_counted_while_the_age_of_a_member_is_untold() -> None:
    inputs = derive_inputs(["members_aged_0_to_12"], household(date(1990, 1, 1), None), REFERENCE)
    assert inputs.values == {}
    assert [missing.field for missing in inputs.missing] == ["household.members[1].date_of_birth"]
