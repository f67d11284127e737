"""Every alert says how long, how bad and what to do, and asks only for what the services tell."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.observability.definitions import ALL

ROOT = Path(__file__).parents[3]
FILE = ROOT / "deploy" / "prometheus" / "alerts.yml"
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load(FILE.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]
]
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
DEFINED = {definition.name: definition for definition in ALL}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_an_alert_names_its_patience_its_severity_and_its_section_of_the_runbook(rule: dict[str, Any]) -> None:
    assert re.fullmatch(r"[0-9]+m", rule["for"])
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["runbook_url"] == f"docs/runbook.md#{rule['alert'].lower()}"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_an_alert_asks_for_metrics_and_labels_that_exist(rule: dict[str, Any]) -> None:
    expression = str(rule["expr"])
    names = [name.removesuffix("_bucket") for name in re.findall(r"dsr_[a-z_]+", expression)]
    assert names
    assert set(names) <= DEFINED.keys()
    labels = {label for name in names for label in DEFINED[name].labels} | {"le"}
    grouped = {label.strip() for inner in re.findall(r"by \(([^)]*)\)", expression) for label in inner.split(",")}
    matched = set(re.findall(r"[{,]\s*([a-z_]+)\s*(?:=~|!=|=)", expression))
    told = set(re.findall(r"\$labels\.([a-z_]+)", str(rule["annotations"])))
    assert grouped | matched | told <= labels
    assert told <= grouped, "what an alert tells survives its aggregation"


def test_the_runbook_has_a_section_for_each_alert_and_no_other() -> None:
    assert re.findall(r"^## (\w+)$", RUNBOOK, re.MULTILINE) == [rule["alert"] for rule in RULES]


def test_prometheus_takes_the_rules() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian package prometheus)")
    checked = subprocess.run([promtool, "check", "rules", FILE], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
