"""The population: the same by seed, true to its scenario, and apart from the engine that is to judge it."""

import ast
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random
from statistics import mean

import pytest

from sandbox.population.catalogue import Catalogue, NobodyToSend
from sandbox.population.draws import scattered, shuffled
from sandbox.population.families import Families, Family
from sandbox.population.forms import Form
from sandbox.population.households import household
from sandbox.population.identity import MEMBERS_MAX, PopulationTooLarge, numbers, routing_number
from sandbox.population.needs import NEEDS
from sandbox.population.people import Person, person
from sandbox.population.scenario import BAD_2020, MATURE, RateOutOfRange
from sandbox.population.spelling import mistype
from sandbox.population.truth import Content, Planted
from shared.policy import Policy
from tests.unit.sandbox.conftest import TODAY

ROOT = Path(__file__).parents[3]
WIDOW = NEEDS["widow"]


def people(households: int) -> list[Person]:
    homes = [household(5, index, WIDOW, MATURE, TODAY.toordinal()) for index in range(households)]
    return [person(5, home, member, WIDOW, MATURE) for home in homes for member in range(len(home.kin))]


def pairs(families: list[Family], planted: Planted) -> list[tuple[Form, Form]]:
    """The applicants of the two applications of each family with this planted."""
    found = [
        (family.filed[0].form["applicant"], family.filed[1].form["applicant"])
        for family in families
        if len(family.filed) == 2
        and family.filed[1].truth.planted is planted
        and family.filed[0].truth.content is not Content.CCDS_GAP
    ]
    assert found
    return found


def test_population_and_ministries_import_no_service() -> None:
    for path in [*ROOT.glob("sandbox/population/*.py"), *ROOT.glob("sandbox/ministries/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.split(".")[0] == "services"], path


def test_a_family_is_the_same_by_seed_and_number_whoever_asked_before(policy: Policy) -> None:
    one, other = (Families(11, MATURE, Catalogue.of(policy), TODAY) for _ in range(2))
    backwards = [other.at(number) for number in reversed(range(50))]
    assert [one.at(number) for number in range(50)] == backwards[::-1]
    assert Families(12, MATURE, Catalogue.of(policy), TODAY).at(0) != one.at(0)


def test_each_thing_planted_comes_in_its_share_of_the_applications(families: list[Family]) -> None:
    filed = [filed.truth for family in families for filed in family.filed]
    planted = Counter(truth.planted for truth in filed)
    for kind in Planted:
        if kind is not Planted.NONE:
            assert planted[kind] / len(filed) == pytest.approx(getattr(MATURE, kind.value), rel=0.12), kind
    content = Counter(truth.content for truth in filed)
    for fault in (Content.CCDS_GAP, Content.UNFIT, Content.UNANSWERED, Content.UNDECLARED, Content.PRETENDED):
        assert content[fault] / len(filed) == pytest.approx(getattr(MATURE, fault.value), rel=0.12), fault
    of_an_age = [truth for truth in filed if truth.programme in ("old_age", "mother_child")]
    failed = sum(truth.content is Content.AGE_FAILURE for truth in of_an_age)
    assert failed / len(of_an_age) == pytest.approx(MATURE.age_failure, rel=0.25)


def test_life_goes_wrong_in_its_share_of_the_people(families: list[Family]) -> None:
    truths = [family.filed[0].truth for family in families]
    assert mean(truth.deceased for truth in truths) == pytest.approx(MATURE.deceased, rel=0.5)
    for state in ("missing", "mismatch", "dormant"):
        share = mean(truth.wallet.state == state for truth in truths)
        assert share == pytest.approx(getattr(MATURE, f"wallet_{state}"), rel=0.5), state
    first_january = mean(f.filed[0].form["applicant"].get("date_of_birth", "")[5:] == "01-01" for f in families)
    assert first_january == pytest.approx(MATURE.first_january, rel=0.25)


def test_about_half_of_the_applicants_are_poor_and_the_answers_tell_which_but_not_for_certain(
    families: list[Family],
) -> None:
    filed = [family.filed[0] for family in families]
    assert 0.4 < mean(f.truth.poor for f in filed) < 0.6
    by_wall = {
        wall: mean(f.truth.poor for f in filed if f.form["household"]["answers"].get("wall") == wall)
        for wall in ("bamboo", "brick")
    }
    assert by_wall["bamboo"] > 0.6
    assert 0.05 < by_wall["brick"] < 0.4


def test_no_two_people_share_a_national_id_or_a_mobile_of_their_own() -> None:
    """Of some hundred households all that is made of their people, of a thousand the numbers of all who have room."""
    rng = Random(5)
    homes = [household(5, index, WIDOW, MATURE, TODAY.toordinal()) for index in range(1_000)]
    given = [numbers(5, rng, h.union, h.index, h.place, n, 0.25) for h in homes for n in range(MEMBERS_MAX)]
    for everybody in (given, [who.numbers for who in people(300)]):
        for kind in ("n10", "n13", "mobile"):
            assert len({getattr(who, kind) for who in everybody}) == len(everybody), kind


def test_a_national_id_begins_with_the_district_of_birth_and_the_longest_with_the_birth_year() -> None:
    for who in people(50):
        assert who.national_id(13)[:2] == who.numbers.birth_place[2:]
        assert who.national_id(17) == f"{who.recorded_birth.year}{who.national_id(13)}"
        assert len(who.national_id(10)) == 10


def test_a_population_beyond_its_numbers_is_refused_and_repeats_none() -> None:
    far = household(1, 10**9, WIDOW, MATURE, TODAY.toordinal())
    with pytest.raises(PopulationTooLarge, match="Ask for fewer people"):
        person(1, far, 0, WIDOW, MATURE)


def test_twins_share_birth_date_parents_and_address_and_nothing_that_names_them(families: list[Family]) -> None:
    for one, other in pairs(families, Planted.TWIN):
        for field in ("date_of_birth", "gender", "religion", "permanent_address"):
            assert one[field] == other[field]
        assert one["national_id"][-10:] != other["national_id"][-10:]
        assert one["name"]["bn"] != other["name"]["bn"]


def test_an_exact_duplicate_differs_in_nothing(families: list[Family]) -> None:
    for one, other in pairs(families, Planted.EXACT_DUPLICATE):
        assert one == other


def test_a_duplicate_of_equal_id_has_the_same_13_or_10_digits(families: list[Family]) -> None:
    for one, other in pairs(families, Planted.EQUAL_ID):
        assert one["national_id"][-13:] == other["national_id"][-13:]


def test_a_fuzzy_duplicate_has_no_equal_id_and_mostly_the_same_birth_date(families: list[Family]) -> None:
    found = pairs(families, Planted.FUZZY_DUPLICATE)
    assert all(one["national_id"] != other["national_id"] for one, other in found)
    assert mean(one["date_of_birth"] == other["date_of_birth"] for one, other in found) > 0.8


def test_a_vague_duplicate_has_only_name_and_birth_date_in_common(families: list[Family]) -> None:
    for one, other in pairs(families, Planted.VAGUE_DUPLICATE):
        assert one["name"]["bn"].split()[-1] == other["name"]["bn"].split()[-1]
        assert one["date_of_birth"] == other["date_of_birth"]
        assert one["mobile"] != other["mobile"]
        assert len(one["national_id"]) != len(other["national_id"])


def test_a_borrowed_id_is_anothers_name_and_birth_date(families: list[Family]) -> None:
    for one, other in pairs(families, Planted.BORROWED_ID):
        assert one["national_id"] == other["national_id"]
        assert one["date_of_birth"] != other["date_of_birth"]


def test_who_is_filed_in_two_programmes_is_one_person_whom_both_are_meant_for(families: list[Family]) -> None:
    crossed = [f.filed for f in families if len(f.filed) == 2 and f.filed[1].truth.planted is Planted.CROSS_PROGRAMME]
    assert crossed
    for first, second in crossed:
        assert first.truth.person_id == second.truth.person_id
        assert second.form["programme"] not in ("", first.form["programme"])


def test_the_bad_list_of_2020_has_more_of_almost_everything(policy: Policy) -> None:
    bad = Families(11, BAD_2020, Catalogue.of(policy), TODAY)
    truths = [bad.at(number).filed[0].truth for number in range(500)]
    assert mean(truth.content is Content.PRETENDED for truth in truths) > 0.25
    assert mean(truth.wallet.state in ("mismatch", "dormant") for truth in truths) > 0.2


def test_a_rate_that_is_no_share_is_refused() -> None:
    with pytest.raises(RateOutOfRange, match="deceased of scenario mature"):
        replace(MATURE, deceased=1.5)


def test_a_policy_under_which_nobody_can_send_is_refused() -> None:
    with pytest.raises(NobodyToSend):
        Catalogue([])


def test_each_block_of_shuffled_indices_holds_every_place_once() -> None:
    for block in range(3):
        assert sorted(shuffled(9, 1, block * 240 + n, 240) for n in range(240)) == list(range(240))


def test_scattered_numbers_do_not_repeat() -> None:
    assert len({scattered(n, 1_000_000, 77) for n in range(5_000)}) == 5_000


def test_a_mistyped_id_has_one_other_digit() -> None:
    for seed in range(50):
        wrong = mistype(Random(seed), "5549152123456")
        assert sum(a != b for a, b in zip(wrong, "5549152123456", strict=True)) == 1


def test_the_check_digit_of_a_routing_number_is_the_published_one() -> None:
    assert routing_number(60, "26", 172) == "060261726"
