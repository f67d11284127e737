"""A decision can be argued with: every field's part in it, over HTTP and as a waterfall."""

import math

import pytest

from services.dedup.cli.explain import explain, waterfall
from services.dedup.matching.bangladesh.person import record_of
from tests.unit.dedup.door import client, door
from tests.unit.dedup.people import person
from tests.unit.dedup.test_cli import Desk
from tests.unit.dedup.world import ENGINE, Process, World, played


@played
async def test_an_explanation_has_each_fields_level_and_bits_and_what_they_come_to(
    world: World, process: Process
) -> None:
    await process.process(world.record("a1"), world.record("a2", place=1))
    async with client(door(process)) as http:
        content = (await http.get("/v1/applications/a2/explanation")).json()
    decision = content["decisions"][-1]
    assert (decision["state"], decision["original"]) == ("duplicate", "a1")
    assert decision["model"].startswith(ENGINE.model.id)
    assert decision["truncated"] == []
    (other,) = decision["compared"]
    assert other["gate"]
    assert {"n10", "mobile"} <= set(other["keys"])
    assert math.isclose(other["p_same"] + other["p_relative"] + other["p_stranger"], 1.0, abs_tol=1e-3)
    fields = {field["field"]: field for field in other["fields"]}
    assert fields["national_id"]["level"] == "equal"
    assert fields["national_id"]["ours"] == "4********7"
    features = ENGINE.features(record_of(person()))
    comparison = ENGINE.compare(features, features, 2)
    assert other["prior"] + sum(field["bits"] for field in other["fields"]) == pytest.approx(
        comparison.prior + sum(comparison.bits), abs=0.01
    )


@played
async def test_an_explanation_is_for_reviewers_of_the_area(world: World, process: Process) -> None:
    await process.process(world.record("a1"))
    app = door(process)
    for key, status in (("reviewer-key", 200), ("kurigram-key", 200), ("dhaka-key", 403), ("ministry-key", 403)):
        async with client(app, key) as http:
            assert (await http.get("/v1/applications/a1/explanation")).status_code == status
    async with client(app) as http:
        assert (await http.get("/v1/applications/nobody/explanation")).status_code == 404


def test_the_waterfall_goes_from_the_prior_to_the_sum_of_all_bits() -> None:
    fields = [
        {"field": "name", "level": "exact", "bits": 9.5, "ours": "a", "theirs": "b"},
        {"field": "sex", "level": "", "bits": 0.0, "ours": "", "theirs": ""},
        {"field": "mobile", "level": "differ", "bits": -1.25, "ours": "", "theirs": ""},
    ]
    rows = list(waterfall({"prior": -6.0, "weight": 2.0, "fields": fields}))
    assert [row[3] for row in rows] == ["-6.00", "3.50", "3.50", "2.25", "2.00"]
    assert ["+" in row[4] for row in rows] == [False, True, False, False, False]
    assert ["-" in row[4] for row in rows] == [True, False, False, True, False]
    assert rows[2][1] == "not comparable"


def test_dsr_prints_it_and_gives_it_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(monkeypatch)
    shown = desk.run(explain, "a2")
    assert "national_id" in shown
    assert "prior" in shown
    assert "4601234567" not in shown
    assert '"p_same"' in desk.run(explain, "a2", "--json")
    rows = [line for line in desk.printed(explain, "a2", columns=80).splitlines() if line.startswith("│")]
    assert all(row.split("│")[1].strip() for row in rows), "no row goes on in a second line"
    assert any("+++" in row for row in rows)
