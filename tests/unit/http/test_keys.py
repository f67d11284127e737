"""API keys and the file they are known by."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.http.keys import KeyRing, KeysInvalid, Principal, fingerprint, load_keys, new_key

GOOD = f"""
keys:
  - principal: dss-mis
    roles: [source:dss]
    sha256: {fingerprint("one")}
  - principal: dss-mis
    roles: [source:dss]
    sha256: {fingerprint("two")}
  - principal: rahim
    roles: [operator, reviewer]
    sha256: {fingerprint("three")}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "keys.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_key_says_who_and_as_what(tmp_path: Path) -> None:
    ring = load_keys(written(tmp_path, GOOD))
    who = ring.who("three")
    assert who == Principal("rahim", frozenset({"operator", "reviewer"}))
    assert who.has("reviewer")
    assert not who.has("source")
    assert ring.who("four") is None


def test_a_principal_may_have_an_old_key_and_a_new_one(tmp_path: Path) -> None:
    ring = load_keys(written(tmp_path, GOOD))
    assert ring.who("one") == ring.who("two")


def test_a_source_knows_its_codes() -> None:
    who = Principal("dss-mis", frozenset({"source:dss", "source:dwa", "operator"}))
    assert who.has("source")
    assert who.has("source:dss")
    assert not who.has("source:modmr")
    assert who.codes("source") == ("dss", "dwa")


def test_every_mistake_of_the_file_is_named_at_once(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        f"""
keys:
  - principal: a b
    roles: [king, "source:UP", 7]
    sha256: {fingerprint("one")}
  - roles: []
    sha256: plain-secret
    note: x
  - principal: c
    roles: [operator]
    sha256: {fingerprint("one")}
  - nothing
""",
    )
    with pytest.raises(KeysInvalid) as caught:
        load_keys(path)
    assert caught.value.faults == (
        "key 1: principal must be up to 64 letters, digits and ._@:-",
        *(
            f"key 1: the role {role} is none of operator, reviewer, committee, treasury, "
            "source:<code>, provider:<code>, approver:<level>, reviewer:<area>"
            for role in ("king", "source:UP")
        ),
        "key 1: a role is not text",
        "key 2: there is no principal",
        "key 2: note is not known",
        "key 2: roles must be a list with at least one role",
        "key 2: sha256 must be 64 hexadecimal digits, in small letters",
        "key 3: has the same sha256 as key 1",
        "key 4: is not an object",
    )
    assert "plain-secret" not in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("text", ["", "keys: []", "keys: {a: 1}", "[", "\x00"])
def test_a_file_of_another_shape_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(KeysInvalid, match="DSR_KEYS_FILE"):
        load_keys(written(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeysInvalid, match="cannot be read: No such file"):
        load_keys(tmp_path / "none.yaml")


@given(st.text(max_size=80))
def test_only_the_key_itself_opens(key: str) -> None:
    ring = KeyRing([(fingerprint("the key"), Principal("a", frozenset({"operator"})))])
    assert (ring.who(key) is not None) == (key == "the key")


def test_a_new_key_needs_enough_randomness() -> None:
    assert new_key(bytes(range(24))).startswith("dsr_000102")
    with pytest.raises(ValueError, match="24 random bytes"):
        new_key(b"short")
