"""Loading a policy: what is right is read, what is wrong is named, all of it, with file and line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from shared.policy import PolicyFault, PolicyInvalid, load_policy

Spoil = Callable[[str, str, str], int]


def faults_of(folder: Path) -> tuple[PolicyFault, ...]:
    with pytest.raises(PolicyInvalid) as caught:
        load_policy(folder)
    return caught.value.faults


def the_fault(folder: Path) -> PolicyFault:
    faults = faults_of(folder)
    assert len(faults) == 1, faults
    return faults[0]


def test_three_mistakes_in_three_files_are_all_named_with_file_and_line(folder: Path, spoil: Spoil) -> None:
    first = spoil("sources.yaml", "principal: source:moca", "principle: source:moca")
    second = spoil("programmes.yaml", "per_cell: 10}", "per_cell: ten}")
    third = spoil("overlaps.yaml", "[vwb, tea_worker]", "[vwb, tea_wrker]")
    faults = faults_of(folder)
    assert {(fault.file, fault.line) for fault in faults} >= {
        ("sources.yaml", first),
        ("programmes.yaml", second),
        ("overlaps.yaml", third),
    }
    with pytest.raises(PolicyInvalid) as caught:
        load_policy(folder)
    text = str(caught.value)
    assert f"sources.yaml:{first}: moca: unknown key principle" in text
    assert f"programmes.yaml:{second}: widow: quota.per_cell" in text
    assert f"overlaps.yaml:{third}: vwb_and_grants: there is no programme tea_wrker" in text


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("sources.yaml", "[mother_child]", "[mother_and_child]", "no programme mother_and_child"),
        ("sources.yaml", "principal: source:hsd", "principal: source:msw", "is msw's already"),
        ("sources.yaml", "religion: *not_named", "shoe_size: *not_named", "not one of the mandatory CCDS fields"),
        ("sources.yaml", "religion: *not_named", "permanent_address: *not_named", "may never be left empty"),
        ("sources.yaml", "otherwise_until: 2027-06-30", "otherwise_until: 2027-06-31", "otherwise_until"),
        ("programmes.yaml", "cut_off: 39\n", "cut_off: 39.x\n", "cut_off"),
        ("programmes.yaml", "ends: 2026-06-30, monthly_taka: 650", "ends: 2025-06-30, monthly_taka: 650", "before"),
        ("programmes.yaml", "one_time_taka: 6000, source:", "monthly_taka: 6000, source:", "disagree on one_time"),
        ("programmes.yaml", "joined_into: anagrasar\n", "joined_into: nowhere\n", "no programme nowhere"),
        ("programmes.yaml", "years: 90}\n    rates:\n      - {starts: 2024-07-01, monthly_taka: 550",
         "years: old}\n    rates:\n      - {starts: 2024-07-01, monthly_taka: 550", "years"),
        ("programmes.yaml", "- {kind: disability_card}", "- {kind: disabilty_card}", "disabilty_card"),
        ("programmes.yaml", "- {kind: disability_card}", "- {kind: nationality}", "stands twice"),
        ("programmes.yaml", "{rate_class: higher, starts: 2026-07-01, monthly_taka: 1000,",
         "{rate_class: highest, starts: 2026-07-01, monthly_taka: 1000,", "no rate class highest"),
        ("models.yaml", "tin: 2, brick: 9}", "tin: 2}", "needs points for exactly"),
        ("models.yaml", "- input: fans", "- input: ceiling_fans", "no input ceiling_fans"),
        ("models.yaml", "{from_count: 51, points: 7}", "{from_count: 0, points: 7}", "must ascend"),
        ("providers.yaml", "account_digits_max: 17", "account_digits_max: null", "belong to a bank_account"),
        ("providers.yaml", "fee_basis: assumed", "fee_basis: guessed", "fee_basis"),
        ("providers.yaml", "&holidays []", "&holidays [2026-12-32]", "closed_on"),
        ("providers.yaml", "&holidays []", "&holidays [2026-12-16, 2026-12-16]", "names a date twice"),
        ("overlaps.yaml", "      tea_worker: A grant", "      vwb: A grant", "both a member and an exception"),
    ],
)  # fmt: skip
def test_each_kind_of_mistake_is_explained_on_its_line(
    folder: Path, spoil: Spoil, file: str, old: str, new: str, message: str
) -> None:
    line = spoil(file, old, new)
    matching = [fault for fault in faults_of(folder) if message in fault.message]
    assert matching
    assert matching[0].file == file
    # A mistake of a whole entry is reported where the entry begins, of a value on its own line.
    assert 0 < matching[0].line <= line + 2


def test_overlapping_rates_name_both_lines(folder: Path, spoil: Spoil) -> None:
    line = spoil(
        "programmes.yaml",
        "{starts: 2025-07-01, ends: 2026-06-30, monthly_taka: 650, source: *fy26}",
        "{starts: 2024-07-01, ends: 2026-06-30, monthly_taka: 650, source: *fy26}",
    )
    fault = the_fault(folder)
    assert fault.line == line
    assert f"overlap from 2024-07-01: see also line {line - 1}" in fault.message


def test_a_code_that_stands_twice_is_a_mistake(folder: Path, spoil: Spoil) -> None:
    line = spoil("sources.yaml", "\n  hsd:\n", "\n  msw:\n")
    assert PolicyFault("sources.yaml", line + 1, "the key 'msw' stands twice") in faults_of(folder)


@pytest.mark.parametrize("code", ["Hsd", "h_s_d", "h.s.d", '"h s d"'])
def test_a_source_code_that_cannot_be_in_a_topic_name_is_a_mistake(folder: Path, spoil: Spoil, code: str) -> None:
    spoil("sources.yaml", "\n  hsd:\n", f"\n  {code}:\n")
    assert "the code may hold" in the_fault(folder).message


def test_a_missing_file_and_a_mistake_in_another_are_both_reported(folder: Path, spoil: Spoil) -> None:
    (folder / "models.yaml").unlink()
    spoil("providers.yaml", "fee_basis: assumed", "fee_basis: guessed")
    faults = faults_of(folder)
    assert PolicyFault("models.yaml", 0, "the file is missing") in faults
    assert any(fault.file == "providers.yaml" for fault in faults)
    assert not any("there is no model" in fault.message for fault in faults), "what cannot be known is not reported"


@pytest.mark.parametrize("text", ["a: [1, 2", "a: *nobody", "key: value: value", "a:\n\t- b", "\x00", "? [a]\n: b"])
def test_text_that_is_not_yaml_is_one_mistake_and_no_traceback(folder: Path, text: str) -> None:
    (folder / "overlaps.yaml").write_text(text, encoding="utf-8")
    assert {fault.file for fault in faults_of(folder)} == {"overlaps.yaml"}


@pytest.mark.parametrize("text", ["", "# nothing\n", "[]", "just text", 'version: "1"\n', 'version: "1"\ngroups: []\n'])
def test_an_empty_or_shapeless_file_is_a_mistake(folder: Path, text: str) -> None:
    (folder / "overlaps.yaml").write_text(text, encoding="utf-8")
    assert {fault.file for fault in faults_of(folder)} == {"overlaps.yaml"}


def test_an_entry_that_holds_itself_is_a_mistake(folder: Path) -> None:
    (folder / "overlaps.yaml").write_text('version: "1"\ngroups: &all\n  again: *all\n', encoding="utf-8")
    assert any("holds something other" in fault.message for fault in faults_of(folder))


def test_a_file_that_is_not_utf8_is_a_mistake(folder: Path) -> None:
    (folder / "sources.yaml").write_bytes(b"version: \xff\xfe")
    assert the_fault(folder) == PolicyFault("sources.yaml", 0, "the file cannot be read: it is not UTF-8")


def test_a_folder_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    assert "no such folder" in the_fault(tmp_path / "nowhere").message


def test_a_version_is_required(folder: Path, spoil: Spoil) -> None:
    spoil("providers.yaml", 'version: "2026-07.1"', "version: 2026.7")
    # A number of YAML is text to us, so this one is good; without the line it is not.
    load_policy(folder)
    spoil("providers.yaml", "version: 2026.7", "")
    assert "version is missing" in the_fault(folder).message


def test_a_programme_in_no_exclusion_group_is_a_mistake(folder: Path, spoil: Spoil) -> None:
    spoil("overlaps.yaml", "mother_child, vwb]", "vwb]")
    fault = the_fault(folder)
    assert fault.file == "programmes.yaml"
    assert fault.message.startswith("mother_child: it is in no exclusion group")


def test_an_open_programme_without_criteria_is_a_mistake(folder: Path, spoil: Spoil) -> None:
    closed = "open_to_applications: false\n    closed_because: *no_criteria"
    rest = """
    decides: criteria
    selection: round
    quota: {level: upazila, per_cell: 0}
    frequency:
"""
    spoil("programmes.yaml", closed + rest, "open_to_applications: true" + rest)
    assert "without criteria cannot be open" in the_fault(folder).message


def test_the_hash_follows_the_content_and_not_the_comments(folder: Path, spoil: Spoil) -> None:
    before = load_policy(folder)
    spoil("programmes.yaml", "# quota: places by cell.", "# Another comment.")
    assert load_policy(folder).hash == before.hash
    spoil("programmes.yaml", "cut_off: 39\n", "cut_off: 44\n")
    after = load_policy(folder)
    assert after.hash != before.hash
    assert after.models["schreiner-2013"].hash == before.models["schreiner-2013"].hash
    spoil("models.yaml", "brick: 9}", "brick: 8}")
    assert load_policy(folder).models["schreiner-2013"].hash != before.models["schreiner-2013"].hash


def test_a_new_version_is_a_new_hash(folder: Path, spoil: Spoil) -> None:
    before = load_policy(folder)
    spoil("overlaps.yaml", '"2026-07.1"', '"2026-07.2"')
    assert load_policy(folder).hash != before.hash
