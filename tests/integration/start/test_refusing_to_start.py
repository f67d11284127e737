"""A service that cannot start says what is wrong, where, and what to do, and ends with a code of its own."""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from shutil import copytree

from shared import topics
from tests.integration.start.place import POLICY, Ended, Place

FAILED, USAGE, MISSING = 1, 2, 3
MODEL = POLICY.parent / "matching" / "bangladesh.json"
START_S = 20.0
"""Importing and wiring, six services at once on two busy cores."""


def refused(ended: Ended, code: int) -> str:
    """The sentence of a refusal; whatever was wrong, a person never reads a traceback."""
    assert ended.code == code, ended.said
    assert "Traceback" not in ended.said
    assert "defect of the program" not in ended.said
    assert ended.sentence, "a person reads a sentence, not log lines"
    return ended.sentence


@contextmanager
def listening(*, answers: bool) -> Iterator[int]:
    """A port that somebody has; ``answers=False``: connections are taken and never answered."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        if not answers:
            taken.listen(64)
        else:
            taken.listen()
        yield int(taken.getsockname()[1])


def test_without_kafka_every_service_waits_as_long_as_it_may_and_says_what_it_waited_for(tmp_path: Path) -> None:
    place = Place.make(tmp_path, kafka_wait_s=3)
    processes = {stage: place.start(stage) for stage in topics.STAGES}
    for stage, process in processes.items():
        ended = place.ended(process, stage)
        sentence = refused(ended, MISSING)
        assert sentence.startswith("Kafka at 127.0.0.1:1 did not answer within 3 s")
        assert "DSR_KAFKA" in sentence
        assert ended.seconds < 3 + START_S


def test_a_kafka_that_takes_connections_and_never_answers_counts_as_none(place: Place) -> None:
    with listening(answers=False) as port:
        ended = place.with_(kafka=f"127.0.0.1:{port}", kafka_wait_s=2).ends("scoring")
    assert f"Kafka at 127.0.0.1:{port} did not answer within 2 s" in refused(ended, MISSING)
    assert ended.seconds < 2 + START_S


def test_a_port_that_is_taken_is_named_with_the_setting_that_moves_it(place: Place) -> None:
    with listening(answers=True) as port:
        sentence = refused(place.with_(scoring_port=port).ends("scoring"), USAGE)
    assert f"Cannot listen on 127.0.0.1:{port} (the port is taken)" in sentence
    assert "DSR_SCORING_PORT" in sentence


def test_a_data_folder_whose_parent_is_a_file_is_named(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder")
    sentence = refused(place.with_(store=f"sqlite:///{file}/data").ends("scoring"), FAILED)
    assert f"{file} is a file, and must be a folder" in sentence
    assert file.read_text() == "not a folder"


def test_a_wrong_setting_is_named_with_its_value_and_where_to_read_about_it(place: Place) -> None:
    sentence = refused(place.with_(batch_records="many").ends("scoring"), USAGE)
    assert "One setting is wrong" in sentence
    assert re.search(r"DSR_BATCH_RECORDS: .*'many'", sentence)
    assert "docs/configuration.md" in sentence


def test_all_wrong_settings_are_named_at_once(place: Place) -> None:
    wrong = place.with_(kafka="nowhere", scoring_port=99999, store="ftp://x", stop_s="soon", kafka_wayt_s=1)
    sentence = refused(wrong.ends("scoring"), USAGE)
    assert "5 settings are wrong" in sentence
    for variable in ("DSR_KAFKA", "DSR_SCORING_PORT", "DSR_STORE", "DSR_STOP_S", "DSR_KAFKA_WAYT_S"):
        assert f"\n  {variable}: " in sentence
    assert "did you mean DSR_KAFKA_WAIT_S?" in sentence


def test_three_mistakes_in_the_policy_are_all_named_with_file_and_line(place: Place, tmp_path: Path) -> None:
    folder = tmp_path / "policy"
    copytree(POLICY, folder)
    made = {
        "sources.yaml": ("programmes: [old_age, disability]", "programmes: [old_age, disabillity]"),
        "programmes.yaml": ("cut_off: 39", "cut_off: thirty-nine"),
        "providers.yaml": ("fee_per_1000_poisha: 700", "fee_per_1000_poisha: -7"),
    }
    lines = {}
    for name, (right, wrong) in made.items():
        text = (folder / name).read_text(encoding="utf-8")
        lines[name] = text[: text.index(right)].count("\n") + 1
        (folder / name).write_text(text.replace(right, wrong, 1), encoding="utf-8")

    sentence = refused(place.with_(policy_dir=folder).ends("payments"), USAGE)
    assert "correct it and start again" in sentence
    for name, line in lines.items():
        assert f"\n  {name}:{line}: " in sentence


def test_a_matching_model_of_another_version_with_a_field_missing_and_words_for_weights_is_refused_with_all_of_it(
    place: Place, tmp_path: Path
) -> None:
    file = tmp_path / "model.json"
    model = json.loads(MODEL.read_text(encoding="utf-8"))
    model["schema"] = 99
    del model["same_rate"]
    model["fields"][0]["levels"][0]["m"] = "high"
    file.write_text(json.dumps(model), encoding="utf-8")
    sentence = refused(place.with_(matching_model=file).ends("dedup"), USAGE)
    assert f"The matching model {file} is refused" in sentence
    assert "schema is 99" in sentence
    assert "same_rate is missing" in sentence
    assert "level equal: m is" in sentence


def test_missing_keys_are_named_with_their_setting(place: Place, tmp_path: Path) -> None:
    sentence = refused(place.with_(keys_file=tmp_path / "no-keys.yaml").ends("scoring"), USAGE)
    assert f"{tmp_path}/no-keys.yaml (DSR_KEYS_FILE)" in sentence
    assert "No such file" in sentence


def test_a_missing_pseudonym_key_is_named_and_never_made_up(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "no.key"
    sentence = refused(place.with_(pseudonym_key_file=file).ends("intake"), USAGE)
    assert f"{file} (DSR_PSEUDONYM_KEY_FILE)" in sentence
    assert not file.exists()


def test_a_store_that_is_no_store_is_left_as_it_is(place: Place, tmp_path: Path) -> None:
    file, content = tmp_path / "data" / "scoring.db", b"not a database, though it is long enough to be one" * 40
    file.write_bytes(content)
    assert "the file is not a database" in refused(place.ends("scoring"), FAILED)
    assert file.read_bytes() == content
