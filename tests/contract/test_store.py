"""What every store promises (shared/store/port.py), on the fake and on both adapters."""

import asyncio
import json
import sys
from typing import Any, NamedTuple

import pytest

from shared.store.port import Insert, RowRefused, Store, StoreClosed, StoreUnusable, Table
from tests.contract.conftest import Place
from tests.contract.store_tables import ENTRIES, NOTES, TABLES, WORDS, Entry, Note, Word, note

pytestmark = pytest.mark.anyio


async def test_what_was_inserted_is_read_back_as_it_was(store: Store) -> None:
    rows = [
        Note("ক", -(2**63), "", b"", -0.25, None, 2**63 - 1),
        Note("a b", 0, "ñ\x00\n", bytes(range(256)), 1e300, "", 0),
        Note("!", 2**40, "x" * 5_000, b"\x00" * 100_000, 0.0, "\U0001f600", -1),
    ]
    assert await store.insert(NOTES, rows) == rows
    read = await store.get(NOTES, [NOTES.key_of(row) for row in rows])
    assert read == {NOTES.key_of(row): row for row in rows}
    assert [[type(value) for value in row] for row in read.values()] == [[type(value) for value in row] for row in rows]
    assert all(isinstance(row, Note) for row in read.values())


async def test_the_first_writer_wins_and_the_second_is_told_the_first_row(store: Store) -> None:
    first, second = note("g", 1, body=b"first"), note("g", 1, body=b"second")
    assert await store.insert(NOTES, [first]) == [first]
    assert await store.insert(NOTES, [second, note("g", 2)]) == [first, note("g", 2)]
    assert await store.get(NOTES, [("g", 1)]) == {("g", 1): first}


async def test_the_same_row_again_is_no_second_row(store: Store) -> None:
    rows = [note("g", n) for n in range(10)]
    assert await store.insert(NOTES, rows) == rows
    assert await store.insert(NOTES, rows) == rows
    assert [row async for row in store.scan(NOTES)] == rows


async def test_of_two_rows_under_one_key_in_a_batch_the_earlier_one_stays(store: Store) -> None:
    first, second = note("g", 1, body=b"first"), note("g", 1, body=b"second")
    assert await store.insert(NOTES, [first, second]) == [first, first]


async def test_the_very_row_that_was_given_comes_back_only_where_it_went_in_now(store: Store) -> None:
    await store.insert(NOTES, [note("g", 1)])
    rows = [note("g", 2), note("g", 3)]
    assert [row is kept for row, kept in zip(rows, await store.insert(NOTES, rows), strict=True)] == [True, True]
    for again in ([note("g", 1)], [note("g", 4), note("g", 2)]):
        kept = await store.insert(NOTES, again)
        assert kept == again
        assert kept[-1] is not again[-1]


async def test_nothing_to_insert_or_to_read_is_no_error(store: Store) -> None:
    assert await store.insert(NOTES, []) == []
    assert await store.insert_all([Insert(NOTES, []), Insert(WORDS, [])]) == [[], []]
    assert await store.insert_all([]) == []
    assert await store.get(NOTES, []) == {}
    assert await store.find(NOTES, "order", []) == []
    assert await store.others(NOTES, []) == []
    assert await store.follow(NOTES, []) == []
    assert [row async for row in store.scan(NOTES)] == []


async def test_insert_all_answers_for_each_table_and_each_row_in_order(store: Store) -> None:
    await store.insert(WORDS, [Word("taken", "somebody")])
    answers = await store.insert_all(
        [
            Insert(NOTES, [note("g", 2), note("g", 1)]),
            Insert(WORDS, [Word("free", "me"), Word("taken", "me")]),
            Insert(NOTES, [note("g", 1, body=b"later")]),
        ]
    )
    assert answers == [
        [note("g", 2), note("g", 1)],
        [Word("free", "me"), Word("taken", "somebody")],
        [note("g", 1)],
    ]


async def test_get_leaves_out_keys_without_a_row(store: Store) -> None:
    await store.insert(NOTES, [note("g", 1)])
    assert await store.get(NOTES, [("g", 2), ("g", 1), ("h", 1), ("g", 1)]) == {("g", 1): note("g", 1)}


async def test_many_keys_at_once_are_no_problem(store: Store) -> None:
    words = [Word(f"word-{n}", "me") for n in range(5_000)]
    assert await store.insert(WORDS, words) == words
    assert len(await store.get(WORDS, [(word.word,) for word in words])) == 5_000
    assert await store.find(WORDS, "word", [word.word for word in words]) == words


async def test_find_answers_in_the_order_of_the_values_and_by_key_within_one(store: Store) -> None:
    await store.insert(NOTES, [note("b", 10, "x"), note("a", 9, "y"), note("b", 9, "x"), note("a", 10, "x")])
    found = await store.find(NOTES, "order", ["y", "missing", "x", "y"])
    assert [(row.order, row.group, row.offset) for row in found] == [
        ("y", "a", 9),
        ("x", "a", 10),
        ("x", "b", 9),
        ("x", "b", 10),
    ]


async def test_find_serves_the_first_column_of_the_key_and_of_each_index(store: Store) -> None:
    rows = [note("a", 1, where="dhaka"), note("a!", 2), note("a ", 3, where="dhaka"), note("ab", 4)]
    await store.insert(NOTES, rows)
    assert await store.find(NOTES, "group", ["a"]) == rows[:1]
    assert await store.find(NOTES, "group", ["a "]) == rows[2:3]
    assert await store.find(NOTES, "where", ["dhaka"]) == [rows[0], rows[2]]


async def test_find_finds_nothing_by_none(store: Store) -> None:
    await store.insert(NOTES, [note("a", 1), note("b", 1, where="dhaka")])
    assert await store.find(NOTES, "where", [None, "dhaka"]) == [note("b", 1, where="dhaka")]


@pytest.mark.parametrize("size", [127, 128, 129])
async def test_as_many_keys_as_one_statement_takes_or_one_more_or_less_are_all_found(store: Store, size: int) -> None:
    rows = [note(f"g{n}", n, order=f"o{n % 7}") for n in range(size)]
    await store.insert(NOTES, rows)
    assert len(await store.get(NOTES, [NOTES.key_of(row) for row in rows])) == size
    assert await store.find(NOTES, "group", [row.group for row in rows]) == rows
    assert len(await store.find(NOTES, "order", [f"o{n}" for n in range(7)])) == size


async def test_of_many_rows_at_once_each_is_told_who_was_first(store: Store) -> None:
    size = 200
    taken: dict[tuple[object, ...], Note] = {(f"g{n}", n): note(f"g{n}", n, body=b"first") for n in range(0, size, 7)}
    await store.insert(NOTES, list(taken.values()))
    rows = [note(f"g{n}", n, body=b"second") for n in range(size)]
    told = [taken.get(NOTES.key_of(row), row) for row in rows]
    assert await store.insert(NOTES, [*rows, rows[-1]]) == [*told, told[-1]]
    assert {row async for row in store.scan(NOTES)} == set(told)
    entries = [Entry(n, -n) for n in range(size)]
    assert await store.insert(ENTRIES, [*entries, entries[0]]) == [*entries, entries[0]]
    assert [row async for row in store.scan(ENTRIES)] == entries


async def test_find_refuses_a_column_that_it_would_have_to_search_for(store: Store) -> None:
    for column in ("limit", "offset", "body", "nowhere"):
        with pytest.raises(ValueError, match=f"no index on {column}"):
            await store.find(NOTES, column, ["x"])


async def test_others_are_those_beside_the_rows_that_are_named_each_once_and_in_key_order(store: Store) -> None:
    await store.insert(NOTES, [note(group, n) for n in (3, 100, 1) for group in ("b", "a", "a ", "a!", "ab")])
    beside = await store.others(NOTES, [("b", 100), ("a", 2), ("unknown", 0), ("b", 100)])
    assert [(row.group, row.offset) for row in beside] == [("a", 1), ("a", 3), ("a", 100), ("b", 1), ("b", 3)]
    both = await store.others(NOTES, [("a", 1), ("a", 3)])
    assert [(row.group, row.offset) for row in both] == [("a", 1), ("a", 3), ("a", 100)]
    await store.insert(WORDS, [Word("w", "me")])
    assert await store.others(WORDS, [("w",), ("v",)]) == []


@pytest.mark.parametrize("size", [127, 128, 129])
async def test_others_of_many_rows_at_once_are_all_told(store: Store, size: int) -> None:
    rows = [Entry(n, ref) for n in range(size) for ref in (-1, 1)]
    await store.insert(ENTRIES, rows)
    assert await store.others(ENTRIES, rows[::2]) == rows[1::2]
    assert await store.others(ENTRIES, rows) == rows


async def test_follow_gives_the_rest_of_each_log(store: Store) -> None:
    await store.insert(NOTES, [note(group, n) for n in (3, 100, 1, 2) for group in ("b", "a", "a ", "a!", "ab")])
    tails = await store.follow(NOTES, [("b", 2), ("a", 1), ("unknown", 0), ("a", 100)])
    assert [(row.group, row.offset) for row in tails] == [("b", 3), ("b", 100), ("a", 2), ("a", 3), ("a", 100)]


async def test_follow_answers_each_position_even_where_tails_overlap(store: Store) -> None:
    await store.insert(NOTES, [note("a", n) for n in (1, 2)])
    tails = await store.follow(NOTES, [("a", 0), ("a", 1)])
    assert [row.offset for row in tails] == [1, 2, 2]


async def test_follow_stops_at_its_limit_for_each_position(store: Store) -> None:
    await store.insert(NOTES, [note(group, n) for n in range(5) for group in ("a", "b")])
    tails = await store.follow(NOTES, [("b", 0), ("a", 2), ("b", 3)], limit=2)
    assert [(row.group, row.offset) for row in tails] == [("b", 1), ("b", 2), ("a", 3), ("a", 4), ("b", 4)]


async def test_follow_of_a_table_whose_key_is_one_column_gives_all_rows_beyond(store: Store) -> None:
    await store.insert(WORDS, [Word(word, "me") for word in ("c", "a", "b")])
    assert [row.word for row in await store.follow(WORDS, [("a",)])] == ["b", "c"]


async def test_scan_gives_every_row_in_key_order_beyond_where_it_is_told_to_begin(store: Store) -> None:
    keys = [(group, n) for group in ("a", "a ", "a!", "b", "ক") for n in (-1_000, -1, 0, 9, 10, 2**60)]
    await store.insert(NOTES, [note(group, n) for group, n in reversed(keys)])
    assert [NOTES.key_of(row) async for row in store.scan(NOTES)] == sorted(keys)
    assert [NOTES.key_of(row) async for row in store.scan(NOTES, ("a!", 9))] == sorted(keys)[16:]


async def test_scan_reads_more_rows_than_fit_a_page_while_others_write(store: Store) -> None:
    await store.insert(NOTES, [note("g", n) for n in range(2_500)])
    seen = []
    async for row in store.scan(NOTES):
        if row.offset == 0:
            await store.insert(NOTES, [note("h", 1)])
        seen.append(row)
    assert len(seen) == 2_501


async def test_rows_are_there_after_closing_and_opening_again(place: Place) -> None:
    first = await place.opened()
    await first.insert(NOTES, [note("g", 1)])
    await first.close()
    again = await place.opened()
    assert await again.insert(NOTES, [note("g", 1, body=b"other")]) == [note("g", 1)]


async def test_closing_twice_is_harmless_and_a_closed_store_says_so(store: Store) -> None:
    await store.close()
    await store.close()
    with pytest.raises(StoreClosed, match="not open"):
        await store.insert(NOTES, [note("g", 1)])


async def test_opening_again_what_is_open_is_harmless(store: Store) -> None:
    await store.open(TABLES)
    await store.ping()


class Other(NamedTuple):
    """What ``WORDS`` might have been in an earlier version."""

    word: str
    by: str
    at: int


async def test_a_table_with_other_columns_is_named(store: Store, place: Place) -> None:
    await store.insert(WORDS, [Word("w", "me")])
    with pytest.raises(StoreUnusable, match=r"table words .*by.*at"):
        await place.store().open([Table("words", Other, ("word",))])


@pytest.mark.parametrize(
    "row",
    [
        Note("g", 1, "o", "text", 0.5, None, None),  # type: ignore[arg-type]
        Note("g", "1", "o", b"", 0.5, None, None),  # type: ignore[arg-type]
        Note("g", 1, 5, b"", 0.5, None, None),  # type: ignore[arg-type]
        Note("g", 1, None, b"", 0.5, None, None),  # type: ignore[arg-type]
        Note("g", True, "o", b"", 0.5, None, None),
        Note("g", 2**63, "o", b"", 0.5, None, None),
        Note("g", 1, "o", b"", float("nan"), None, None),
        Note("g", 1, "lone \ud800", b"", 0.5, None, None),
    ],
    ids=["text-as-bytes", "text-as-number", "number-as-text", "none", "bool", "65-bits", "nan", "lone-surrogate"],
)
async def test_a_row_that_cannot_be_held_is_refused_with_its_whole_batch(store: Store, row: Note) -> None:
    with pytest.raises(RowRefused, match="table select"):
        await store.insert(NOTES, [note("g", 7), row])
    with pytest.raises(RowRefused, match="table select"):
        await store.insert_all([Insert(WORDS, [Word("w", "me")]), Insert(NOTES, [row])])
    assert [found async for found in store.scan(NOTES)] == []
    assert [found async for found in store.scan(WORDS)] == []


async def test_of_many_inserting_at_once_each_key_has_one_winner_and_all_are_told_who(place: Place) -> None:
    stores = [await place.opened() for _ in range(4)]
    keys = range(50)

    async def insert_as(store: Store, author: str) -> list[list[Note]]:
        order = keys if author < "2" else reversed(keys)
        return [await store.insert(NOTES, [note("g", n, order=author)]) for n in order]

    answers = await asyncio.gather(*(insert_as(store, str(n)) for n, store in enumerate(stores)))
    told = {(row.offset, row.order) for answer in answers for (row,) in answer}
    assert sorted(offset for offset, _ in told) == list(keys)
    assert {(row.offset, row.order) async for row in stores[0].scan(NOTES)} == told


RIVAL = """
import asyncio, json, sys
from shared.store.opening import open_store
from tests.contract.store_tables import NOTES, TABLES, note

async def main(url, author):
    store = open_store(url)
    await store.open(TABLES)
    print("ready", flush=True)
    sys.stdin.readline()
    won = {}
    for start in range(0, 400, 4):
        rows = [note("g", n, order=author) for n in range(start, start + 4)]
        for row in await store.insert(NOTES, rows):
            won[row.offset] = row.order
    print(json.dumps(won))
    await store.close()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_of_two_processes_inserting_at_once_each_key_has_one_winner(
    place: Place, child_environment: dict[str, str]
) -> None:
    if place.url is None:
        pytest.skip("memory is one process's")
    rivals = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", RIVAL, place.url, author),
            env=child_environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for author in ("one", "two")
    ]
    for rival in rivals:
        assert rival.stdout is not None
        assert await rival.stdout.readline() == b"ready\n"
    outputs = await asyncio.gather(*(rival.communicate(b"go\n") for rival in rivals))
    told: list[dict[str, Any]] = [json.loads(output) for output, _ in outputs]
    assert told[0] == told[1]
    assert len(told[0]) == 400
    store = await place.opened()
    assert {str(row.offset): row.order async for row in store.scan(NOTES)} == told[0]


async def test_rows_that_are_nothing_but_a_key_of_numbers_are_found_by_its_beginning(store: Store) -> None:
    rows = [Entry(key, ref) for key in (-(2**63), -5, 0, 2**63 - 1) for ref in (-7, 3, 2**62)]
    assert await store.insert(ENTRIES, rows) == rows
    assert await store.insert(ENTRIES, [rows[3], Entry(1, 1)]) == [rows[3], Entry(1, 1)]
    assert await store.find(ENTRIES, "key", [0, -5, 99]) == [*rows[6:9], *rows[3:6]]
    assert [row async for row in store.scan(ENTRIES)] == [*rows[:9], Entry(1, 1), *rows[9:]]
    assert await store.follow(ENTRIES, [Entry(0, 3)]) == [rows[8]]
