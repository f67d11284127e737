"""``dsr scoring score``: a household's score, and where it comes from."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from services.scoring.cli import FormUnusable, ProgrammeUnscored, scoring
from tests.unit.policy.conftest import SHIPPED
from tests.unit.scoring.people import POOREST


@pytest.fixture
def form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DSR_POLICY_DIR", str(SHIPPED))
    path = tmp_path / "form.json"
    household = {"members": [{"relation": "self", "date_of_birth": "1956-03-04"}], "answers": POOREST}
    path.write_text(json.dumps({"household": household}), encoding="utf-8")
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(scoring, ["score", *arguments], catch_exceptions=False)


def test_the_contributions_and_the_constant_add_up_to_the_score(form: Path) -> None:
    result = run(str(form), "--programme", "widow", "--on", "2026-11-10", "--json")
    told = json.loads(result.output)
    assert result.exit_code == 0
    assert sum(float(one["points"]) for one in told["contributions"]) + float(told["constant"]) == float(told["score"])
    assert {one["input"] for one in told["contributions"]} >= {"rooms", "wall", "members_aged_0_to_12"}


def test_a_person_reads_a_table_with_the_likelihood(form: Path) -> None:
    output = run(str(form), "--programme", "widow", "--on", "2026-11-10").output
    assert "cultivable_land_decimals" in output
    assert "Likelihood of poverty" in output


def test_a_missing_answer_is_named_and_gives_no_score(form: Path) -> None:
    content = json.loads(form.read_text(encoding="utf-8"))
    del content["household"]["answers"]["rooms"]
    form.write_text(json.dumps(content), encoding="utf-8")
    result = run(str(form), "--programme", "widow", "--json")
    assert result.exit_code == 1
    assert json.loads(result.output)["missing"] == ["household.answers.rooms"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "not JSON"),
        ("[]", "no object named household"),
        (
            '{"household": {"members": [{"relation": "self", "date_of_birth": "4 March"}]}}',
            r"members\[0\].date_of_birth",
        ),
    ],
)
def test_a_file_that_cannot_be_scored_is_refused_with_the_reason(form: Path, content: str, told: str) -> None:
    form.write_text(content, encoding="utf-8")
    with pytest.raises(FormUnusable, match=told):
        run(str(form), "--programme", "widow")


@pytest.mark.parametrize("programme", ["nowhere", "vwb"])
def test_a_programme_without_a_test_is_refused_and_the_others_are_named(form: Path, programme: str) -> None:
    with pytest.raises(ProgrammeUnscored, match="mother_child"):
        run(str(form), "--programme", programme)
