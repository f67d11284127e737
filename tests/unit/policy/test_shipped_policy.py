"""The shipped policy says what domain.md says, and gives the demonstration what it needs."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.policy import FrequencyNotKnown, RateNotKnown
from shared.policy.rates import MONTHS
from tests.shipped import shipped_policy

POLICY = shipped_policy()
MID_FY25, MID_FY26, MID_FY27 = date(2025, 1, 15), date(2026, 1, 15), date(2027, 1, 15)


def test_ten_sources_send_and_each_has_an_open_programme() -> None:
    assert set(POLICY.sources) == {
        "msw", "mowca", "moca", "mefwd", "hsd", "molwa", "lgd", "mole", "mochta", "modmr",
    }  # fmt: skip
    for source in POLICY.sources.values():
        assert any(POLICY.programmes[code].open_to_applications for code in source.programmes)


def test_the_open_programmes_cover_every_way_of_selecting() -> None:
    ways = [(p.selection, p.decides) for p in POLICY.programmes.values() if p.open_to_applications]
    assert sum(selection == "rolling" for selection, _ in ways) >= 2
    assert sum(selection == "round" for selection, _ in ways) >= 2
    assert {decides for _, decides in ways} == {"criteria", "pmt"}


def test_what_has_no_published_criteria_is_closed() -> None:
    for programme in POLICY.programmes.values():
        if programme.criteria_basis == "not_public":
            assert not programme.open_to_applications


@pytest.mark.parametrize(
    ("programme", "rate_class", "on", "taka"),
    [
        ("old_age", "default", MID_FY25, 600),
        ("old_age", "default", MID_FY26, 650),
        ("old_age", "default", MID_FY27, 700),
        ("old_age", "age_90_plus", MID_FY26, 650),
        ("old_age", "age_90_plus", MID_FY27, 1000),
        ("widow", "default", MID_FY25, 550),
        ("widow", "default", MID_FY26, 650),
        ("widow", "age_90_plus", MID_FY27, 1000),
        ("disability", "default", MID_FY25, 850),
        ("disability", "default", MID_FY27, 900),
        ("disability", "higher", MID_FY27, 1000),
        ("disability_stipend", "higher_secondary", MID_FY25, 1050),
        ("disability_stipend", "primary", MID_FY26, 900),
        ("disability_stipend", "higher", MID_FY27, 1350),
        ("bede", "default", MID_FY26, 650),
        ("hijra", "default", MID_FY26, 650),
        ("anagrasar", "default", MID_FY27, 700),
        ("anagrasar_stipend", "higher", MID_FY27, 1200),
        ("mother_child", "default", MID_FY25, 800),
        ("mother_child", "default", MID_FY26, 850),
    ],
)
def test_rates_are_those_of_the_table(programme: str, rate_class: str, on: date, taka: int) -> None:
    rate = POLICY.programmes[programme].rate_on(rate_class, on)
    assert (rate.poisha, rate.basis, rate.per) == (taka * 100, rate.basis, "month")


def test_a_rate_changes_on_the_first_of_july() -> None:
    old_age = POLICY.programmes["old_age"]
    assert old_age.rate_on("default", date(2026, 6, 30)).poisha == 65_000
    assert old_age.rate_on("default", date(2026, 7, 1)).poisha == 70_000


def test_a_rate_with_an_end_holds_on_its_last_day() -> None:
    assert POLICY.programmes["bede"].rate_on("default", date(2026, 6, 30)).poisha == 65_000


def test_the_last_published_rate_goes_on_and_says_so() -> None:
    old_age, mother_child = POLICY.programmes["old_age"], POLICY.programmes["mother_child"]
    assert old_age.rate_on("default", date(2027, 6, 30)).basis == "published"
    assert old_age.rate_on("default", date(2027, 7, 1)) == old_age.rate_on("default", date(2027, 6, 30))._replace(
        basis="carried_over"
    )
    assert mother_child.rate_on("default", MID_FY27).basis == "carried_over"


@pytest.mark.parametrize(
    ("programme", "rate_class", "on"),
    [
        ("old_age", "default", date(2024, 6, 30)),
        ("old_age", "no_such_class", MID_FY27),
        ("bede", "default", date(2026, 7, 1)),
        ("disability_stipend", "primary", MID_FY25),
    ],
)
def test_a_rate_that_nobody_knows_is_an_error_and_not_a_zero(programme: str, rate_class: str, on: date) -> None:
    with pytest.raises(RateNotKnown, match=programme):
        POLICY.programmes[programme].rate_on(rate_class, on)


def test_a_quarter_pays_three_months_and_a_grant_once() -> None:
    assert POLICY.programmes["old_age"].cycle_poisha("default", date(2026, 10, 1)) == 3 * 70_000
    assert POLICY.programmes["mother_child"].cycle_poisha("default", date(2026, 10, 1)) == 85_000
    assert POLICY.programmes["tea_worker"].cycle_poisha("default", date(2024, 10, 1)) == 600_000


def test_how_often_is_not_known_before_the_first_line() -> None:
    with pytest.raises(FrequencyNotKnown, match="old_age"):
        POLICY.programmes["old_age"].frequency_on(date(2024, 6, 30))


def open_classes() -> Iterator[tuple[str, str]]:
    for programme in POLICY.programmes.values():
        if programme.open_to_applications:
            for rate_class in ("default", *programme.rate_classes):
                if programme.rate_classes.get(rate_class) is None or rate_class != "higher":
                    yield programme.code, rate_class


@given(st.sampled_from(list(open_classes())), st.integers(min_value=0, max_value=2000))
def test_an_open_programme_has_a_rate_on_every_day_from_its_first(pair: tuple[str, str], days: int) -> None:
    programme = POLICY.programmes[pair[0]]
    on = date(2024, 7, 1) + timedelta(days=days)
    rate = programme.rate_on(pair[1], on)
    assert rate.poisha > 0
    assert programme.cycle_poisha(pair[1], on) == rate.poisha * MONTHS[programme.frequency_on(on)]


def test_women_and_children_may_leave_gender_empty() -> None:
    mowca = POLICY.sources["mowca"]
    assert mowca.gap("gender", "mother_child", MID_FY27) == ("derive", "F")
    assert mowca.gap("gender", "old_age", date(2027, 6, 30)) == ("accept_as_gap", None)
    assert mowca.gap("gender", "old_age", date(2027, 7, 1)) == ("reject", None)
    assert mowca.gap("religion", "mother_child", MID_FY27) == ("reject", None)


def test_disaster_management_may_leave_several_fields_empty_for_a_time() -> None:
    modmr = POLICY.sources["modmr"]
    assert len(modmr.gaps) >= 2
    for field in modmr.gaps:
        assert modmr.gap(field, "widow", date(2027, 6, 30)).action == "accept_as_gap"
        assert modmr.gap(field, "widow", date(2027, 7, 1)).action == "reject"


def test_vwb_excludes_every_other_programme() -> None:
    vwb = POLICY.programmes["vwb"]
    for programme in POLICY.programmes.values():
        assert set(programme.exclusion_groups) & set(vwb.exclusion_groups), programme.code


def test_a_one_time_grant_goes_together_with_a_regular_allowance() -> None:
    tea_worker, old_age = POLICY.programmes["tea_worker"], POLICY.programmes["old_age"]
    assert not set(tea_worker.exclusion_groups) & set(old_age.exclusion_groups)


def test_the_fee_is_seven_taka_a_thousand_and_exact_to_the_poisha() -> None:
    bkash = POLICY.providers["bkash"]
    assert bkash.fee_poisha(100_000) == 700
    assert bkash.fee_poisha(210_000) == 1_470
    assert bkash.fee_poisha(71) == 0
    assert bkash.fee_poisha(72) == 1


def test_banks_need_a_routing_number_and_wallets_do_not() -> None:
    needs = {code: provider.needs_routing_number for code, provider in POLICY.providers.items()}
    assert needs == {
        "bkash": False, "nagad": False, "rocket": False, "upay": False, "agent-bank": True, "bank": True,
    }  # fmt: skip


def test_every_provider_takes_every_cycle_of_the_open_programmes() -> None:
    for programme in POLICY.programmes.values():
        if programme.open_to_applications:
            for provider in POLICY.providers.values():
                amount = programme.cycle_poisha("default", date(2026, 10, 1))
                assert provider.payment_poisha_min <= amount <= provider.payment_poisha_max
