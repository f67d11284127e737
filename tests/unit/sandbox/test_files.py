"""A file of made-up applications is one that the import reads, row by row, and writes as itself."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from sandbox.ministries.files import FormatNotKnown, SourceSendsNothing, write_forms
from sandbox.population.scenario import MATURE
from services.intake.files import format_of, rows_of
from shared.policy import Policy

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize("name", ["forms.ndjson", "forms.csv"])
def test_the_import_reads_every_row_of_it(policy: Policy, tmp_path: Path, name: str) -> None:
    path = tmp_path / name

    write_forms(path, "msw", 1, MATURE, policy, TODAY, 30)

    rows = list(rows_of(path, format_of(path)))
    assert [row.fault for row in rows] == [None] * 30
    assert len({row.form["source_ref"] for row in rows}) == 30
    assert all(row.form["applicant"]["name"] and row.form["household"]["members"] for row in rows)


def test_both_formats_hold_the_same_applications(policy: Policy, tmp_path: Path) -> None:
    for name in ("a.csv", "a.ndjson"):
        write_forms(tmp_path / name, "hsd", 1, MATURE, policy, TODAY, 5)

    lines, cells = (
        [row.form["source_ref"] for row in rows_of(tmp_path / name, format_of(tmp_path / name))]
        for name in ("a.ndjson", "a.csv")
    )
    assert lines == cells


def test_a_wrong_ending_or_a_source_without_open_programmes_is_said(policy: Policy, tmp_path: Path) -> None:
    with pytest.raises(FormatNotKnown, match=r"\.ndjson or \.csv"):
        write_forms(tmp_path / "forms.xlsx", "msw", 1, MATURE, policy, TODAY, 1)
    closed = {code: one.model_copy(update={"open_to_applications": False}) for code, one in policy.programmes.items()}
    nothing_open = replace(policy, programmes=closed)
    with pytest.raises(SourceSendsNothing):
        write_forms(tmp_path / "forms.csv", "msw", 1, MATURE, nothing_open, TODAY, 1)
