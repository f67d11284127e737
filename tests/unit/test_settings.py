"""The settings of a process, and the page that describes them."""

import os
from pathlib import Path

import pytest

from shared import settings
from shared.settings import SettingsInvalid
from shared.topics import STAGES


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("DSR_")]:
        monkeypatch.delenv(name)


def test_nothing_has_to_be_set() -> None:
    loaded = settings.load()
    assert loaded.kafka == "127.0.0.1:9092"
    assert loaded.store_url("dedup") == "sqlite:///var/data/dedup.db"
    assert loaded.url("intake") == "http://127.0.0.1:8101"


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSR_KAFKA", "a:1, b:2")
    monkeypatch.setenv("DSR_POLICY_DIR", "/etc/dsr")
    monkeypatch.setenv("DSR_NOTIFY_URL", "https://status.example.gov.bd/")
    loaded = settings.load()
    assert loaded.kafka == "a:1,b:2"
    assert loaded.policy_dir == Path("/etc/dsr")
    assert loaded.url("notify") == "https://status.example.gov.bd"


def test_every_wrong_setting_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSR_KAFKA", "nowhere")
    monkeypatch.setenv("DSR_BATCH_RECORDS", "many")
    monkeypatch.setenv("DSR_BREAKER_SHARE", "3")
    monkeypatch.setenv("DSR_INTAKE_PORT", "99999")
    with pytest.raises(SettingsInvalid) as caught:
        settings.load()
    assert {fault.variable for fault in caught.value.faults} == {
        "DSR_KAFKA",
        "DSR_BATCH_RECORDS",
        "DSR_BREAKER_SHARE",
        "DSR_INTAKE_PORT",
    }
    assert str(caught.value).startswith("4 settings are wrong:")
    assert caught.value.exit_code == 2


def test_a_misspelt_setting_is_refused_with_the_right_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSR_KAFAK", "127.0.0.1:9092")
    with pytest.raises(SettingsInvalid, match="DSR_KAFAK: there is no such setting; did you mean DSR_KAFKA"):
        settings.load()


def test_variables_of_the_tests_are_not_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSR_TEST_MONGO_URL", "mongodb://127.0.0.1")
    settings.load()


def test_no_secret_is_repeated_in_the_complaint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSR_STORE", "mysql://user:hunter2@db")
    monkeypatch.setenv("DSR_API_KEY", "hunter3")
    with pytest.raises(SettingsInvalid) as caught:
        settings.load()
    assert "hunter" not in str(caught.value)


@pytest.mark.parametrize(
    ("store", "expected"),
    [
        ("sqlite:////srv/dsr/", "sqlite:////srv/dsr/intake.db"),
        ("mongodb://u:p@h:27017/?replicaSet=r", "mongodb://u:p@h:27017/dsr_intake?replicaSet=r"),
        ("mongodb://h:27017/pilot", "mongodb://h:27017/pilot_intake"),
    ],
)
def test_each_service_gets_a_store_of_its_own(store: str, expected: str) -> None:
    assert settings.load(store=store).store_url("intake") == expected


def test_every_stage_has_a_port_of_its_own() -> None:
    loaded = settings.load()
    assert len({loaded.port(stage) for stage in STAGES}) == len(STAGES)


def test_the_page_of_settings_is_current() -> None:
    page = Path(__file__).parents[2] / "docs" / "configuration.md"
    assert page.read_text(encoding="utf-8") == settings.page(), "run: python -m shared.settings > docs/configuration.md"
