"""A model trained on some made-up people, without labels; and models measured on labelled pairs."""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from bench.dedup.febrl_normaliser import NORMALISER as FEBRL
from bench.dedup.population import arrivals
from services.dedup.cli import dedup
from services.dedup.matching.bangladesh.normaliser import NORMALISER
from services.dedup.matching.bangladesh.plan import PLAN
from services.dedup.matching.engine import Engine
from services.dedup.matching.evidence import Outcome
from services.dedup.matching.layout import Features
from services.dedup.matching.model_file import dump
from services.dedup.matching.normaliser import Record
from services.dedup.matching.training.evaluate import Judged, bands, measure
from services.dedup.matching.training.intervals import exact
from services.dedup.matching.training.report import report
from services.dedup.matching.training.sample import SampleTooSmall
from services.dedup.matching.training.train import Trained, train
from services.dedup.matching.weights import between
from tests.unit.dedup.engine.people import record

_SMALL = replace(PLAN, random_pairs=3_000)
_SMALLEST = replace(PLAN, random_pairs=500)
"""For what does not hang on how often strangers agree."""


@cache
def records() -> tuple[Record, ...]:
    return tuple(arrival.record for arrival in arrivals(11, 2_000, again=0.1, apart=200))


@cache
def people() -> tuple[Features, ...]:
    return tuple(NORMALISER.features(each) for each in records())


@cache
def trained() -> Trained:
    return train(people(), NORMALISER, _SMALL, model_id="test", sample_id="2,000 made-up people", note="<made up>")


def test_training_finds_what_agreements_weigh_without_a_label() -> None:
    levels = {field.name: {level.name: level for level in field.levels} for field in trained().model.fields}
    for field in ("national_id", "birth_date", "mobile"):
        assert levels[field]["equal"].over_stranger > 8
        assert levels[field]["differ"].over_stranger < -2
    assert 0.05 < trained().model.same_rate < 0.12


def test_parents_tell_nothing_about_relatives_and_twins_share_their_birth_date() -> None:
    levels = {field.name: {level.name: level for level in field.levels} for field in trained().model.fields}
    assert levels["mother"]["exact"].over_relative == pytest.approx(0)
    assert levels["birth_date"]["equal"].over_twin == pytest.approx(0)
    assert levels["birth_date"]["equal"].over_relative > 3


def test_a_trained_model_tells_its_own_people_apart() -> None:
    judge = Engine(NORMALISER, trained().model, b"secret")
    ours = judge.features(record())
    assert judge.compare(ours, ours, 4_000).outcome is Outcome.DUPLICATE
    twin = judge.features(record(name_bn="আব্দুল রহিম", name_en="", national_id=""))
    assert judge.compare(ours, twin, 4_000).outcome is not Outcome.DUPLICATE


def test_the_same_records_give_the_same_bytes() -> None:
    again = train(people(), NORMALISER, _SMALL, model_id="test", sample_id="2,000 made-up people", note="<made up>")
    assert dump(again.model) == dump(trained().model)
    assert again.model.hash == trained().model.hash != ""


def test_calibration_never_turns_an_order_round() -> None:
    knots = trained().model.calibration
    weights = [between(knots, weight / 2) for weight in range(-80, 80)]
    assert weights == sorted(weights)


def test_the_report_is_whole_in_itself_and_escapes_what_it_is_told() -> None:
    page = report(trained())
    assert "&lt;made up&gt;" in page
    assert page.count("<svg") == 2 + len(trained().model.fields)
    assert all(outside not in page for outside in ("<script", "http:", "https:", "src=", "url("))


def test_too_few_records_or_none_that_agree_are_refused() -> None:
    with pytest.raises(SampleTooSmall, match="at least 100"):
        train(people()[:50], NORMALISER, _SMALLEST, model_id="x", sample_id="x", note="")
    strangers = [NORMALISER.features(record(national_id=f"46{n:08}", mobile="")) for n in range(100)]
    with pytest.raises(SampleTooSmall, match="equal national_id"):
        train(strangers, NORMALISER, _SMALLEST, model_id="x", sample_id="x", note="")


def test_another_normaliser_packs_and_finds_its_own_records() -> None:
    features = FEBRL.features(
        {"given_name": "mitchell", "surname": "green", "soc_sec_id": "1804974", "postcode": "21x19"}
    )
    assert FEBRL.layout.unpack(FEBRL.layout.pack(features)) == features
    assert {FEBRL.key_kinds[kind] for kind, _, _ in FEBRL.key_values(features)} == {
        "soc_sec_id", "names", "surname_postcode", "given_postcode",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "trials", "low", "high"),
    [(0, 10, 0.0, 0.3085), (10, 10, 0.6915, 1.0), (5, 10, 0.1871, 0.8129), (50, 1000, 0.0373, 0.0654)],
)
def test_intervals_are_those_of_clopper_and_pearson(seen: int, trials: int, low: float, high: float) -> None:
    assert exact(seen, trials, 0.95) == pytest.approx((low, high), abs=1e-4)


def test_bands_have_equal_counts_and_tell_whether_a_stated_share_holds() -> None:
    honest = [(0.3, number % 10 < 3) for number in range(500)] + [(0.9, number % 10 < 9) for number in range(500)]
    assert [band.pairs for band in bands(honest)] == [100] * 10
    assert all(band.holds for band in bands(honest, 2))
    assert not any(band.holds for band in bands([(0.9, number % 10 < 3) for number in range(500)], 2))


def test_precision_and_recall_count_what_was_automatic_and_what_was_reviewed() -> None:
    found = measure(
        [
            Judged(0.99, Outcome.DUPLICATE, True),
            Judged(0.99, Outcome.DUPLICATE, False),
            Judged(0.5, Outcome.REVIEW, True),
            Judged(0.1, Outcome.UNIQUE, True),
        ]
    )
    assert found.precision == 0.5
    assert found.recall == pytest.approx(1 / 3)
    assert found.recall_with_review == pytest.approx(2 / 3)
    assert measure([]).precision is None


def test_dsr_dedup_evaluate_measures_records_and_levels(tmp_path: Path) -> None:
    year = dict(record(date_of_birth="1956-01-01"))
    ours, levels = dict(record()), {"national_id": "equal", "name": "exact", "birth_date": "equal"}
    pairs = [
        {"label": "same", "ours": ours, "theirs": ours},
        {"label": "different", "ours": ours, "theirs": {"name_bn": "জসিম মোল্লা"}},
        {"label": "same", "left": "a1", "right": "a2", "levels": levels},
        # A number is as good as its digits: without the id this one would be no automatic duplicate.
        {"label": "same", "ours": year, "theirs": {**year, "national_id": int(year["national_id"])}},
    ]
    path = tmp_path / "pairs.ndjson"
    path.write_bytes(b"\n".join(map(orjson.dumps, pairs)))
    result = CliRunner().invoke(dedup, ["evaluate", str(path), "--register-size", "100000", "--json"])
    assert result.exit_code == 0, result.output
    found = orjson.loads(result.stdout)
    assert (found["pairs"], found["automatic"], found["automatic_wrong"]) == (4, 3, 0)


def test_dsr_dedup_train_writes_a_model_that_loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.dedup.cli.training.PLAN", _SMALLEST)
    register = tmp_path / "register.csv"
    rows = [arrival.record for arrival in arrivals(11, 400, again=0.2, apart=40)]
    fields = sorted({field for row in rows for field in row})
    lines = [",".join(fields), *(",".join(row.get(field, "") for field in fields) for row in rows)]
    register.write_text("\n".join(lines), encoding="utf-8")
    model, page = tmp_path / "model.json", tmp_path / "report.html"
    arguments = ["train", str(register), str(model), "--id", "mine", "--report", str(page), "--json"]
    result = CliRunner().invoke(dedup, arguments)
    assert result.exit_code == 0, result.output
    assert orjson.loads(result.stdout)["records"] == 400
    pairs = tmp_path / "pairs.ndjson"
    pairs.write_bytes(orjson.dumps({"label": "same", "ours": dict(record()), "theirs": dict(record())}))
    again = CliRunner().invoke(dedup, ["evaluate", str(pairs), "--model", str(model), "--register-size", "9"])
    assert again.exit_code == 0, again.output
    assert page.stat().st_size > 10_000


def test_whether_a_band_holds_is_said_in_a_word(tmp_path: Path) -> None:
    path = tmp_path / "pairs.ndjson"
    path.write_bytes(orjson.dumps({"label": "same", "ours": dict(record()), "theirs": dict(record())}))
    said = CliRunner().invoke(dedup, ["evaluate", str(path), "--register-size", "9"]).output
    assert "yes" in said


@pytest.mark.parametrize("place", ["model", "report"])
def test_a_folder_that_is_not_there_is_said_before_training(place: str, tmp_path: Path) -> None:
    register, gone = tmp_path / "register.csv", tmp_path / "gone"
    register.write_text("name_en\n")
    model = (gone if place == "model" else tmp_path) / "model.json"
    page = (gone if place == "report" else tmp_path) / "report.html"
    result = CliRunner().invoke(dedup, ["train", str(register), str(model), "--id", "mine", "--report", str(page)])
    assert result.exit_code == 2
    assert f"the folder {gone} does not exist" in " ".join(result.output.split())


def test_names_in_one_script_are_enough_to_train_on() -> None:
    english = [{field: value for field, value in row.items() if not field.endswith("_bn")} for row in records()[:1_000]]
    features = [NORMALISER.features(row) for row in english]
    model = train(features, NORMALISER, _SMALLEST, model_id="x", sample_id="x", note="").model
    (name,) = (field for field in model.fields if field.name == "name")
    assert name.frequencies is not None
    assert name.frequencies.slot == "name_en"
    assert len(name.frequencies.values) > 100


def test_bars_of_all_fields_are_to_one_scale_and_axes_have_round_numbers() -> None:
    page = report(trained())
    bars = re.findall(r'width="([0-9.]+)" height="6"><title>[^<]*: ([+-][0-9.]+) bits', page)
    scales = {round(float(width) / abs(float(bits)), 1) for width, bits in bars if abs(float(bits)) > 5}
    assert max(scales) - min(scales) < 0.2
    ticks = [float(tick) for tick in re.findall(r'class="tick[ y]*"[^>]*>([^<]+)<', page)]
    assert len(ticks) > 12
    assert all(len(f"{abs(tick):g}".replace(".", "").strip("0")) <= 2 or abs(tick) >= 4 for tick in ticks)


def test_a_pair_without_a_label_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "pairs.ndjson"
    path.write_text('{"label":"perhaps"}\n')
    result = CliRunner().invoke(dedup, ["evaluate", str(path), "--register-size", "1"])
    assert "line 1" in str(result.exception)
