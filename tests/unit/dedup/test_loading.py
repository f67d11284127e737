"""A list of beneficiaries becomes part of the register, and who is in it twice is found; nobody is stopped by it."""

import asyncio
import csv
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.dedup.checks import verify_refusals
from services.dedup.generation import generations, rebuilt
from services.dedup.index import Index
from services.dedup.loading.findings import findings
from services.dedup.loading.prepare import Bad, Prepared, Preparer, Setting, engine_of, joined
from services.dedup.loading.reading import ListUnreadable, blocks_of, rows_in
from services.dedup.loading.rebuild import NothingToRebuildFrom, rebuild
from services.dedup.loading.search import Searcher
from services.dedup.loading.soundness import stats, verify
from services.dedup.matching.engine import Engine
from services.dedup.register import Register
from services.dedup.ruling import Standing
from services.dedup.stores.anywhere import StoreBulk
from services.dedup.stores.bulk import Bulk
from services.dedup.stores.sqlite import SqliteBulk
from services.dedup.tables import FINDINGS, INDEX, REVISIONS, TABLES, IndexRow, index_table, revisions_table
from shared.privacy import Pseudonyms
from shared.store.memory import MemoryStore
from shared.store.port import Insert, Key, Store
from shared.store.sqlite import SqliteStore
from shared.store.tables import COMMON
from tests.unit.dedup.people import person
from tests.unit.dedup.world import ENGINE, MODEL, World

SETTING = Setting(MODEL, b"k" * 32, 5, "msw", None)
ROW = {
    "source_ref": "old-age-1", "programme": "old_age", "national_id": "4601234567", "date_of_birth": "1956-03-14",
    "gender": "M", "mobile": "01712345678", "union": "5549005211", "name_bn": "মোঃ আব্দুল করিম",
    "name_en": "Md. Abdul Karim", "mother_bn": "রোকেয়া বেগম", "father_bn": "মোঃ আনোয়ার হোসেন",
}  # fmt: skip
LIST = [
    ROW,
    {**ROW, "source_ref": "widow-1", "programme": "widow"},
    {**ROW, "source_ref": "old-age-2", "name_en": "Abdul Karim"},
    {**ROW, "source_ref": "other", "national_id": "7700000001", "name_bn": "সোলায়মান", "name_en": "Solaiman",
     "mother_bn": "", "father_bn": "", "mobile": "", "date_of_birth": "1970-07-17"},
]  # fmt: skip


@cache
def loader() -> Engine:
    return engine_of(MODEL, Pseudonyms(SETTING.key))


@cache
def preparer() -> Preparer:
    return Preparer(SETTING)


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    return preparer().prepare(1, LIST)


def loaded(store: Store, bulk_of: "type[SqliteBulk] | type[StoreBulk]", *lists: Prepared) -> None:
    """Open the store, and load one list after the other."""
    there: set[Key] = set()
    with asyncio.Runner() as runner:
        runner.run(store.open((*COMMON, *TABLES)))
        for each in lists:
            bulk: Bulk
            if bulk_of is SqliteBulk:
                assert isinstance(store, SqliteStore)
                bulk = SqliteBulk(store.path, loader())
            else:
                bulk = StoreBulk(store, loader(), runner)
            new = set(map(REVISIONS.key_of, each.revisions)) - there
            assert bulk.add(each) == len(new)
            there |= new
            bulk.finish(lambda count: None)
            bulk.close()
        runner.run(store.close())


@pytest.mark.parametrize("kind", ["sqlite", "any"])
def test_everybody_loaded_is_found_and_double_dippers_are_listed_by_upazila(
    kind: str, prepared: Prepared, tmp_path: Path
) -> None:
    store: Store = SqliteStore(tmp_path / "dedup.db") if kind == "sqlite" else MemoryStore()
    # Twice, as after a cut.
    loaded(store, SqliteBulk if kind == "sqlite" else StoreBulk, prepared, prepared)

    async def look() -> None:
        await store.open((*COMMON, *TABLES))
        checked = await verify(store, loader())
        assert (checked["found"], checked["not_found"], checked["other_features"]) == (4, 0, 0)
        for _ in range(2):
            searched = await Searcher(store, loader(), "2027-01-31").slice(-(2**39), 2**39)
        assert searched.people == 4
        assert searched.found == {"duplicate": 1, "overlap": 2}
        assert len([row async for row in store.scan(FINDINGS)]) == 3
        found = await findings(store, Register(store, Index(store, loader())), "55490052", 10)
        assert found.upazilas == {"55490052": 3}
        assert {pair.due_on for pair in found.pairs} == {"2027-01-31"}
        assert {frozenset((pair.source_ref, pair.other_source_ref)) for pair in found.pairs} == {
            frozenset(pair) for pair in (("old-age-1", "widow-1"), ("old-age-1", "old-age-2"), ("widow-1", "old-age-2"))
        }
        told = await stats(store, loader())
        assert (told.revisions, told.loaded) == (4, 4)
        await store.close()

    asyncio.run(look())


@pytest.mark.parametrize("first", ["Md. Abdul Karim", "Solaiman"])
def test_a_reference_that_is_there_twice_is_the_person_of_its_first_row_and_of_no_two(first: str) -> None:
    rows = [{**ROW, "name_en": name} for name in (first, "Noor Jahan", "Amena")]
    for several in ([rows], [rows[:1], rows[1:]]):
        whole = joined([preparer().prepare(1, each) for each in several])
        alone = preparer().prepare(1, rows[:1])
        assert whole.revisions[0] == alone.revisions[0]


def test_an_application_meets_those_who_were_loaded(prepared: Prepared) -> None:
    async def scene() -> None:
        world = World()
        process = await world.instance()
        await StoreBulk(process.store, ENGINE, None)._add(prepared)  # type: ignore[arg-type]
        await process.process(
            world.record("same-programme", person(), programme="old_age"),
            world.record("third-programme", person(), place=1, programme="disability"),
        )
        assert world.state("same-programme") == "duplicate"
        original = world.ruling("same-programme").original
        assert original is not None
        assert original.revision == 0
        assert world.state("third-programme") == "cleared"
        recognised = world.ruling("third-programme").person
        assert recognised is not None
        assert recognised.person_id in {row.application_id for row in prepared.revisions}
        finding = await verify_refusals(process.store, None)  # type: ignore[arg-type]
        assert finding.holds, finding.detail
        known = await process.register.known(row.application_id for row in prepared.revisions)
        assert {me.standing for me in known.values()} == {Standing.ACCEPTED}

    asyncio.run(scene())


def test_rows_that_cannot_be_loaded_are_told_by_number_and_reason() -> None:
    rows = [{**ROW, "source_ref": ""}, {**ROW, "union": "dhaka"}, {**ROW, "name_bn": "", "name_en": ""}, ROW,
            {**ROW, "union": "0000000000"}]  # fmt: skip
    found = preparer().prepare(10, rows)
    assert found.bad == [
        Bad(10, "source_ref missing"),
        Bad(11, "union is no geo code of ten digits"),
        Bad(12, "no name in either script"),
        Bad(14, "union begins with no division and district that there are"),
    ]
    assert len(found.revisions) == 1


def test_codes_that_the_policy_has_not_and_references_that_give_a_person_away_are_left_out() -> None:
    setting = SETTING._replace(sources=frozenset({"msw"}), programmes=frozenset({"old_age"}))
    rows = [
        {**ROW, "programme": "oldage"},
        {**ROW, "source": "MSW"},
        {**ROW, "source_ref": "nid 46-0123-4567"},
        {**ROW, "source_ref": "a" * 101},
        ROW,
    ]
    found = Preparer(setting).prepare(1, rows)
    assert found.bad == [
        Bad(1, "programme is no code of the policy"),
        Bad(2, "source is no code of the policy"),
        Bad(3, "source_ref holds a number of the person; give a reference of the record"),
        Bad(4, "source_ref has more than 100 characters"),
    ]
    assert len(found.revisions) == 1


def test_cells_in_which_nothing_can_be_compared_are_counted_by_column() -> None:
    rows = [
        {**ROW, "date_of_birth": "14/03/1956", "mobile": "1712345678"},
        {**ROW, "date_of_birth": "14/03/1957", "national_id": "0000000000", "source_ref": "2"},
        {**ROW, "gender": "পুরুষ", "birth_registration_number": "17", "source_ref": "3"},
        {**ROW, "union": "dhaka", "mobile": "none"},
    ]
    found = joined([preparer().prepare(1, rows[:2]), preparer().prepare(1, rows[2:]), preparer().prepare(1, LIST)])
    assert found.unread == {
        "date_of_birth": 2, "mobile": 1, "national_id": 1, "gender": 1, "birth_registration_number": 1,
    }  # fmt: skip


def test_pieces_of_a_list_come_to_the_same_as_the_list(prepared: Prepared) -> None:
    found = joined([preparer().prepare(1, LIST[2:]), preparer().prepare(1, [{"source_ref": "x"}]), joined([prepared])])
    bad = [Bad(1, "programme missing")]
    assert found == joined([preparer().prepare(1, LIST[2:] + LIST)])._replace(bad=bad)
    assert (found.rows, joined([]).rows) == (len(LIST[2:]) + len(LIST) + 1, 0)


def test_a_key_that_hundreds_share_is_bounded_in_bulk_too(tmp_path: Path) -> None:
    rows = [
        {**ROW, "source_ref": f"r{n}", "national_id": f"46{n * 7919 % 10**8:08}", "name_bn": "",
         "name_en": f"N{n:x} B{n:o}", "mother_bn": "", "father_bn": "", "date_of_birth": f"19{40 + n // 310}-01-01"}
        for n in range(350)
    ]  # fmt: skip
    store = SqliteStore(tmp_path / "dedup.db")
    first, second = preparer().prepare(1, rows[:150]), preparer().prepare(151, rows[150:])
    of_1941 = {row.ref for row in second.revisions if row.source_ref >= "r310"}
    loaded(store, SqliteBulk, first, second)

    async def look() -> None:
        await store.open((*COMMON, *TABLES))
        told = await stats(store, loader())
        assert told.largest_block == 100
        checked = await verify(store, loader())
        assert checked["not_found"] == 0
        mobile = loader().keys(loader().features({"mobile": ROW["mobile"]}))
        assert len(await store.find(INDEX, "key", list(mobile))) == 100
        # Those of one year are found where the full block goes on, by who shares the mobile and the year alone.
        index, stranger = Index(store, loader()), {"mobile": ROW["mobile"], "date_of_birth": "1941-07-08"}
        (near,) = await index.look_up([index.looking(loader().features(stranger))])
        assert len(of_1941) == 40
        assert of_1941 <= near.refs.keys()
        await store.close()

    asyncio.run(look())


@pytest.mark.parametrize("ending", [".csv", ".ndjson"])
def test_a_list_is_read_with_its_empty_cells_left_out(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"list{ending}"
    told: list[int] = []
    if ending == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            out = csv.DictWriter(file, list(ROW))
            out.writeheader()
            out.writerows(LIST)
    else:
        path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in LIST))
    rows = [row for block in blocks_of(path, told.append) for row in rows_in(block)]
    assert rows == [{name: cell for name, cell in row.items() if cell} for row in LIST]
    assert 0.9 * path.stat().st_size < sum(told) <= path.stat().st_size


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("list.txt", b"", "ends with none of .csv, .jsonl"),
        ("list.ndjson", b"{}\n{", "line 2 is no JSON object"),
        ("list.csv", b"", "first line is to name the columns"),
        ("list.csv", b"name_bn;name_en\na;b\n", "first line is to name the columns by commas, name_bn or name_en"),
        ("list.csv", b"\xff\xfen\0a\0", "first line is no UTF-8 text"),
        ("list.csv", b'name_en,union\n"a\nb",1\n\xff,2\n', "line 4 is no UTF-8 text"),
        ("list.csv", b'name_en,union\na,1\nb,"' + b"c,2\n" * 40_000, "from line 3 on .* a quote is not closed"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_the_line_and_the_reason(
    name: str, content: bytes, reason: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ListUnreadable, match=f"{name} cannot be read.*{reason}"):
        [rows_in(block) for block in blocks_of(tmp_path / name, lambda count: None)]


def test_a_rebuild_makes_the_same_index_from_what_another_normaliser_left(prepared: Prepared, tmp_path: Path) -> None:
    async def left(store: Store) -> None:
        """The people as an elder program had them: under other numbers, and with features that nothing can read."""
        elder = revisions_table("elder-1")
        await store.open((*COMMON, *TABLES, elder))
        rows = [row._replace(ref=row.ref * 2**24, packed=b"elder") for row in prepared.revisions]
        await store.insert_all([Insert(elder, rows)])
        await rebuilt(store, "elder-1")
        await store.close()

    async def rows(store: Store) -> list[Any]:
        await store.open(TABLES)
        try:
            return [[row async for row in store.scan(INDEX)], [row async for row in store.scan(REVISIONS)]]
        finally:
            await store.close()

    asyncio.run(left(SqliteStore(tmp_path / "elder.db")))
    assert asyncio.run(rebuild(f"sqlite:///{tmp_path}/elder.db", loader(), lambda count: None)) == {"revisions": 4}
    loaded(SqliteStore(tmp_path / "new.db"), SqliteBulk, prepared)
    again, new = (asyncio.run(rows(SqliteStore(tmp_path / f"{name}.db"))) for name in ("elder", "new"))
    assert again == new


def test_a_rebuild_of_people_whose_events_stand_elsewhere_is_refused_before_an_empty_index_counts(
    tmp_path: Path,
) -> None:
    async def left(store: Store, index: list[IndexRow]) -> None:
        elder = index_table("elder-1")
        await store.open((*COMMON, *TABLES, elder))
        await store.insert(elder, index)
        await rebuilt(store, "elder-1")
        await store.close()

    async def built_by(store: Store) -> list[str]:
        await store.open(COMMON)
        try:
            return await generations(store)
        finally:
            await store.close()

    asyncio.run(left(SqliteStore(tmp_path / "elder.db"), []))
    assert asyncio.run(rebuild(f"sqlite:///{tmp_path}/elder.db", loader(), lambda count: None)) == {"revisions": 0}
    (tmp_path / "elder.db").unlink()
    asyncio.run(left(SqliteStore(tmp_path / "elder.db"), [IndexRow(1, 2)]))
    with pytest.raises(NothingToRebuildFrom, match=r"elder-1 has people.*begin a new store"):
        asyncio.run(rebuild(f"sqlite:///{tmp_path}/elder.db", loader(), lambda count: None))
    assert asyncio.run(built_by(SqliteStore(tmp_path / "elder.db"))) == ["elder-1"]
