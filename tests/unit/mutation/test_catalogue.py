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

each = pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)


@each
def test_a_mutant_changes_the_present_code_into_other_python(mutant: Mutant) -> None:
    changed = mutant.files(ROOT)
    for path, text in changed.items():
        assert text != (ROOT / path).read_text(encoding="utf-8")
        ast.parse(text, path)
        assert path.split("/")[0] in FOLDERS, "only what is copied can be changed"


@each
def test_every_test_that_a_mutant_names_is_there(mutant: Mutant) -> None:
    assert mutant.tests
    for test in mutant.tests:
        path, function = named(test)
        assert function is None or function in functions_of(path), test


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
