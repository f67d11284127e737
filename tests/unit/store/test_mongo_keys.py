"""A document's _id sorts as the row's key does, whatever the key holds."""

from hypothesis import given
from hypothesis import strategies as st

from shared.store.mongo_keys import id_of, ids_below, ids_beyond
from shared.store.port import Key

INT = st.integers(-(2**63), 2**63 - 1)
LOW_TEXT = st.text(st.sampled_from(' !"#\x00\x01\x1fa0P'), max_size=4)
TEXT = st.one_of(LOW_TEXT, st.text(st.characters(exclude_categories=["Cs"]), max_size=4))
KEYS = st.tuples(TEXT, INT, st.binary(max_size=3), TEXT)


@given(KEYS, KEYS)
def test_ids_sort_as_keys_do(one: Key, other: Key) -> None:
    assert (id_of(one) < id_of(other)) == (one < other)
    assert (id_of(one) == id_of(other)) == (one == other)


@given(st.tuples(LOW_TEXT, INT), st.tuples(LOW_TEXT, INT))
def test_the_range_of_a_prefix_holds_exactly_its_keys(one: Key, other: Key) -> None:
    bounds = ids_below(one[:1])
    assert (bounds["$gt"] < id_of(other) < bounds["$lt"]) == (other[0] == one[0])


@given(st.tuples(LOW_TEXT, INT), st.tuples(LOW_TEXT, INT))
def test_the_range_beyond_a_position_holds_exactly_the_rest_of_its_log(position: Key, other: Key) -> None:
    bounds = ids_beyond(position)
    within = bounds["$gt"] < id_of(other) < bounds["$lt"]
    assert within == (other[0] == position[0] and other > position)


def test_an_id_can_be_read_by_people() -> None:
    assert id_of(("a-1", 2, 30)) == "a-1 a2 b30"
