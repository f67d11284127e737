"""Importing files: what each row becomes, and what is said about those that cannot be sent."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.intake.files import FileUnusable, Row, columns, format_of, rows_of
from services.intake.importing import Finding, Import
from tests.unit.intake.forms import accepted, good_form


class Door:
    """A gateway that accepts everything but references in ``bad``, after ``later`` questions."""

    def __init__(self, bad: Sequence[str] = (), later: int = 0) -> None:
        self.bad, self.later = bad, later
        self.sent: list[dict[str, Any]] = []

    def send(self, forms: Sequence[bytes]) -> list[str]:
        self.sent += map(orjson.loads, forms)
        return [orjson.loads(form)["source_ref"] for form in forms]

    def fates(self, references: Sequence[str]) -> list[dict[str, Any]]:
        self.later -= 1
        reason = {"code": "missing", "text_en": "It is missing.", "text_bn": "নেই।", "field": "applicant.gender"}
        return [
            {"state": "pending"}
            if self.later >= 0
            else {"state": "rejected", "reasons": [reason]}
            if reference in self.bad
            else {"state": "accepted", "reasons": []}
            for reference in references
        ]


def imported(rows: list[Row], door: Door, wait_s: float = 5) -> tuple[Import, list[Finding]]:
    findings: list[Finding] = []
    work, now = Import(door, findings.append), [0.0]
    work.send(rows)
    work.wait(wait_s, lambda: now[0], lambda seconds: now.__setitem__(0, now[0] + seconds))
    return work, findings


def file(folder: Path, content: str | bytes, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def leaves(content: Any, path: str = "") -> dict[str, str]:
    if isinstance(content, dict | list):
        items = content.items() if isinstance(content, dict) else enumerate(content)
        return {k: v for name, part in items for k, v in leaves(part, f"{path}.{name}" if path else str(name)).items()}
    return {path: str(content).lower() if isinstance(content, bool) else str(content)}


def test_a_form_as_a_csv_row_is_the_same_application(tmp_path: Path) -> None:
    form = good_form()
    cells = leaves(form)
    text = ",".join(cells) + "\r\n" + ",".join(f'"{cell}"' for cell in cells.values()) + "\r\n"
    (row,) = rows_of(file(tmp_path, b"\xef\xbb\xbf" + text.encode()), "csv")
    assert row.number == 2
    assert accepted(row.form).parts.person == accepted(form).parts.person
    assert accepted(row.form).parts.household == accepted(form).parts.household


def test_bad_rows_are_found_and_the_rest_is_sent(tmp_path: Path) -> None:
    path = file(tmp_path, 'source_ref,revision\na,1\n\nb\n,2\n"c\nd",০২\ne,x\nf,\n')
    door = Door(bad=["f"], later=1)
    work, findings = imported(list(rows_of(path, "csv")), door)
    assert [form["source_ref"] for form in door.sent] == ["a", "c\nd", "f"]
    assert door.sent[1]["revision"] == 2
    assert [(one.row, one.source_ref, one.field, one.code) for one in findings] == [
        (4, "", "", "ragged_row"),
        (5, "", "source_ref", "source_ref_missing"),
        (8, "e", "revision", "revision_unusable"),
        (9, "f", "applicant.gender", "missing"),
    ]
    assert work.total == (6, 3, 2, 4, 0)


def test_ndjson_rows_that_are_no_json_are_found(tmp_path: Path) -> None:
    path = file(tmp_path, b'\xef\xbb\xbf{"source_ref": "a"}\r\n\r\n{"b"\n[]\n{"source_ref": "\xff"}\n', "a.ndjson")
    _, findings = imported(list(rows_of(path, format_of(path))), Door())
    assert [(one.row, one.code) for one in findings] == [(3, "not_json"), (4, "not_an_object"), (5, "not_json")]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "first line must name the columns"),
        ("source_ref,applicant.gendr,,source_ref\n", "did you mean applicant.gender?"),
        ("source_ref,applicant.gendr,,source_ref\n", "Column 3 has no name"),
        ("source_ref,applicant.gendr,,source_ref\n", "Column 4 has the same name as column 1"),
        ("applicant.gender\n", "no column source_ref"),
        ("source_ref;applicant.gender\n", "separated by commas"),
        ("source_ref\nরহিম\n".encode("utf-16"), "UTF-16"),
        (b"source_ref\nok\nM\xfcller\n", "Line 3 is not UTF-8"),
        (b'source_ref\n"a"b\n', "Line 2 is no CSV"),
        ("source_ref,household.members.100.gender\n", "is no field of the form"),
    ],
)
def test_a_file_that_is_none_of_applications_is_refused_with_what_is_wrong(
    tmp_path: Path, content: str | bytes, says: str
) -> None:
    with pytest.raises(FileUnusable) as caught:
        list(rows_of(file(tmp_path, content), "csv"))
    assert says in str(caught.value)


def test_an_unknown_ending_asks_for_the_format(tmp_path: Path) -> None:
    with pytest.raises(FileUnusable, match="--format"):
        format_of(tmp_path / "a.xlsx")


def test_every_leaf_of_the_good_form_has_a_column(tmp_path: Path) -> None:
    names = ",".join(leaves(good_form(declarations__other_benefits=["vgf"])))
    assert list(rows_of(file(tmp_path, names), "csv")) == []
    assert "declarations.other_benefits.0" in set(columns())


def test_waiting_ends_when_nothing_is_decided_any_more() -> None:
    work, findings = imported([Row(1, {"source_ref": "a"})], Door(later=10**6), wait_s=3)
    assert (work.total.pending, findings) == (1, [])


def test_a_large_file_goes_in_chunks_and_is_asked_for_in_order() -> None:
    work, _ = imported([Row(place, {"source_ref": str(place)}) for place in range(1234)], Door())
    assert work.total == (1234, 1234, 1234, 0, 0)
