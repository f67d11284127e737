"""What a limit's log says, and which row may follow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.stage.records import Origin
from shared.store.limit_log import LimitRefused, Log, Reason, allowed, extended, first_fault, holders_of
from shared.store.tables import LimitRow


def origin(offset: int) -> Origin:
    return Origin("registry.application.cleared.v1", 0, offset)


def row(log: Log, kind: str, amount: int, holders: bytes = b"{}", offset: int = 1_000) -> LimitRow:
    return LimitRow(log.name, log.n + 1, kind, amount, holders, *origin(offset), b"{}", 0)


@pytest.fixture
def log() -> Log:
    """Ten offered, a has 2 and b has 3."""
    log = extended(Log("cell"), [Log("cell").offer(10, origin(0), 5)])
    return extended(log, [log.take({"b": 3, "a": 2}, origin(1), 6, b'{"why":1}')])


def refusal(log: Log, row: LimitRow) -> Reason | None:
    try:
        allowed(log, row)
    except LimitRefused as refused:
        return refused.reason
    return None


def test_a_new_limit_offers_nothing() -> None:
    assert Log("cell").free == 0
    assert refusal(Log("cell"), row(Log("cell"), "take", 1, b'{"a":1}')) == "full"


def test_what_is_free_is_what_was_offered_less_what_is_held(log: Log) -> None:
    assert (log.offered, log.taken, log.free, dict(log.holders)) == (10, 5, 5, {"a": 2, "b": 3})
    log = extended(log, [log.give_back(["b"], origin(2), 7)])
    assert (log.offered, log.taken, log.free, dict(log.holders)) == (10, 2, 8, {"a": 2})
    log = extended(log, [log.offer(-8, origin(3), 8)])
    assert (log.offered, log.free) == (2, 0)


def test_a_row_holds_its_cause_its_time_and_its_holders_in_one_order(log: Log) -> None:
    taken = log.rows[1]
    assert taken == LimitRow("cell", 2, "take", 5, b'{"a":2,"b":3}', *origin(1), b'{"why":1}', 6)
    assert holders_of(taken) == {"a": 2, "b": 3}


def test_a_replay_finds_the_rows_that_its_record_caused(log: Log) -> None:
    assert log.caused_by(origin(1)) == (log.rows[1],)
    assert log.caused_by(origin(9)) == ()
    log = extended(log, [log.give_back(["b"], origin(2), 7)])
    log = extended(log, [log.take({"c": 1}, origin(2), 7)])
    assert [row.kind for row in log.caused_by(origin(2))] == ["free", "take"]


def test_a_frozen_limit_has_nothing_free_but_takes_back(log: Log) -> None:
    log = extended(log, [log.freeze(origin(2), 7)])
    assert log.frozen
    assert log.free == 0
    assert refusal(log, row(log, "take", 1, b'{"c":1}')) == "frozen"
    assert refusal(log, row(log, "offer", 1)) == "frozen"
    assert refusal(log, row(log, "freeze", 0)) == "frozen"
    log = extended(log, [log.give_back(["a"], origin(3), 8)])
    assert (log.taken, log.free) == (3, 0)


@pytest.mark.parametrize(
    ("kind", "amount", "holders", "reason"),
    [
        ("take", 6, b'{"c":6}', "full"),
        ("take", 5, b'{"c":2,"d":3}', None),
        ("take", 1, b'{"a":1}', "holds_already"),
        ("take", 2, b'{"c":1}', "malformed"),
        ("take", 0, b"{}", "malformed"),
        ("take", 1, b'{"c":2,"d":-1}', "malformed"),
        ("take", 1, b'{"c":1,"d":0}', "malformed"),
        ("free", 2, b'{"a":2}', None),
        ("free", 3, b'{"a":3}', "not_held"),
        ("free", 1, b'{"c":1}', "not_held"),
        ("free", 0, b'{"c":0}', "not_held"),
        ("free", 0, b"{}", "malformed"),
        ("offer", -5, b"{}", None),
        ("offer", -6, b"{}", "below_taken"),
        ("offer", 0, b"{}", "malformed"),
        ("offer", 1, b'{"c":1}', "malformed"),
        ("freeze", 1, b"{}", "malformed"),
        ("thaw", 0, b"{}", "malformed"),
    ],
)
def test_a_row_may_follow_or_is_refused_for_a_reason(
    log: Log, kind: str, amount: int, holders: bytes, reason: Reason | None
) -> None:
    assert refusal(log, row(log, kind, amount, holders)) == reason


def test_a_row_of_another_place_or_log_is_refused(log: Log) -> None:
    next_row = row(log, "offer", 1)
    assert refusal(log, next_row._replace(n=log.n)) == "not_next"
    assert refusal(log, next_row._replace(n=log.n + 2)) == "not_next"
    assert refusal(log, next_row._replace(log="other")) == "not_next"
    with pytest.raises(LimitRefused, match="not the row after the last one"):
        extended(log, [next_row._replace(n=log.n + 2)])


def test_one_record_causes_one_row_of_a_kind(log: Log) -> None:
    assert refusal(log, row(log, "take", 1, b'{"c":1}', offset=1)) == "caused_already"
    assert refusal(log, row(log, "free", 2, b'{"a":2}', offset=1)) is None


def test_a_refusal_says_which_limit_and_why_and_names_no_holder(log: Log) -> None:
    with pytest.raises(LimitRefused) as refused:
        log.take({"somebody": 6}, origin(2), 7)
    assert str(refused.value) == "Limit cell cannot take a row of kind take: not enough is free."


def test_the_check_finds_the_first_row_that_should_not_be_there(log: Log) -> None:
    assert first_fault("cell", log.rows) is None
    too_many = row(log, "take", 6, b'{"c":6}')
    fault = first_fault("cell", [*log.rows, too_many])
    assert fault is not None
    assert fault.reason == "full"


def test_a_log_stays_as_it_was_when_the_limit_grows_and_two_futures_do_not_meet(log: Log) -> None:
    one = extended(log, [log.give_back(["a"], origin(2), 7)])
    other = extended(log, [log.take({"c": 4}, origin(3), 7)])
    assert (dict(log.holders), log.last.n, log.caused_by(origin(2))) == ({"a": 2, "b": 3}, 2, ())
    assert (dict(one.holders), one.taken) == ({"b": 3}, 3)
    assert (dict(other.holders), other.taken) == ({"a": 2, "b": 3, "c": 4}, 9)
    assert [row.kind for row in other.backwards()] == ["take", "take", "offer"]


kinds = st.sampled_from(["offer", "take", "free", "freeze"])


@given(st.lists(st.tuples(kinds, st.integers(-5, 20), st.sets(st.sampled_from("abcde"), max_size=3)), max_size=30))
def test_whatever_is_allowed_the_sums_agree_and_no_more_is_taken_than_offered(
    tried: list[tuple[str, int, set[str]]],
) -> None:
    log = Log("cell")
    states: list[tuple[Log, dict[str, int]]] = []
    for offset, (kind, amount, holders) in enumerate(tried):
        try:
            if kind == "offer":
                new = log.offer(amount, origin(offset), 0)
            elif kind == "take":
                new = log.take(dict.fromkeys(holders, amount), origin(offset), 0)
            elif kind == "free":
                new = log.give_back(holders, origin(offset), 0)
            else:
                new = log.freeze(origin(offset), 0)
        except LimitRefused:
            continue
        log = extended(log, [new])
        assert log.taken == sum(log.holders.values())
        assert 0 <= log.taken <= log.offered
        assert log.free >= 0
        states.append((log, dict(log.holders)))
    for n, (state, held) in enumerate(states, 1):
        assert (state.n, dict(state.holders), len(state.rows)) == (n, held, n)
        assert extended(Log("cell"), state.rows) == state
        assert dict(extended(Log("cell"), state.rows).holders) == held
    assert extended(Log("cell"), log.rows) == log
    assert first_fault("cell", log.rows) is None
