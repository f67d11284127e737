"""The list of mutants fits the present code and the present tests, so that it cannot rot unseen."""

import ast
from pathlib import Path

import pytest

from tests.mutation.catalogue import MUTANTS
from tests.mutation.copies import FOLDERS, ROOT
from tests.mutation.mutant import AnchorGone, Edit, Mutant
from tests.unit.named_tests import functions_of, named

OF_THE_ISSUE = {
    "ack_before_publish",
    "first_writer_does_not_win",
    "no_revoke_lock",
    "no_unique_claim",
    "claim_outlives_its_decision",
    "limit_read_from_a_total",
    "published_from_memory",
    "no_producer_replacement",
    "resend_on_unknown",
}


def test_every_mutant_changes_the_present_code_into_other_python() -> None:
    for mutant in MUTANTS:
        for path, text in mutant.files(ROOT).items():
            assert text != (ROOT / path).read_text(encoding="utf-8"), mutant.name
            ast.parse(text, f"{path}, changed by {mutant.name}")
            assert path.split("/")[0] in FOLDERS, f"{mutant.name}: only what is copied can be changed"


def test_every_test_that_a_mutant_names_is_there() -> None:
    for mutant in MUTANTS:
        assert mutant.tests, mutant.name
        for test in mutant.tests:
            path, function = named(test)
            assert function is None or function in functions_of(path), f"{mutant.name}: {test}"


def test_every_safeguard_that_must_be_checked_is_and_no_name_twice() -> None:
    names = [mutant.name for mutant in MUTANTS]
    assert len(names) == len(set(names))
    assert set(names) >= OF_THE_ISSUE


def test_code_that_has_changed_is_said_by_mutant_and_file(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text("a = 1\na = 1\n")
    for before in ("a = 1\n", "b = 2\n"):
        mutant = Mutant("some", "something holds", (Edit("code.py", before, ""),), ("tests/x.py",))
        with pytest.raises(AnchorGone, match=r"Mutant some: what it replaces in code\.py"):
            mutant.files(tmp_path)
