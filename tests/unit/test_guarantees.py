"""What docs/guarantees.md names as a proof is there, and every invariant of the design has one."""

import re
from pathlib import Path

from tests.unit.named_tests import functions_of, named

PAGE = Path("docs/guarantees.md").read_text(encoding="utf-8")
TESTS = re.findall(r"^- `(tests/[^`]+)`$", PAGE, re.MULTILINE)
FILES = re.findall(r"`(tests/[\w/]+\.py)`", PAGE)


def test_every_test_that_the_page_names_is_there() -> None:
    assert TESTS
    missing = [test for test in TESTS if (place := named(test))[1] not in functions_of(place[0])]
    assert missing == []


def test_every_file_that_the_page_names_is_there() -> None:
    assert [file for file in FILES if not Path(file).is_file()] == []


def test_each_promise_is_followed_by_its_proofs() -> None:
    promises = re.split(
        r"^\*\*", PAGE.partition("## By invariant")[2].partition("## What is not")[0], flags=re.MULTILINE
    )
    assert [promise.splitlines()[0] for promise in promises[1:] if "\n- `tests/" not in promise] == []
    assert [number for number in range(1, 11) if f"**I{number}. " not in PAGE] == []


def test_no_two_decision_records_have_one_number() -> None:
    numbers = [path.name[:4] for path in Path("docs/decisions").glob("*.md")]
    assert len(numbers) == len(set(numbers))
    for path in Path("docs/decisions").glob("*.md"):
        assert path.read_text(encoding="utf-8").startswith(f"# {path.name[:4]} "), path.name
