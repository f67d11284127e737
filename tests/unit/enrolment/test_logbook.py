"""The logs of cells as enrolment keeps them: what is stored with a row, and what is held in memory."""

import gc

import pytest

from services.enrolment.logbook import Logbook
from services.enrolment.places import Cell
from services.enrolment.tables import CELLS, CellRow
from shared.stage.records import Origin
from shared.store.port import Insert
from tests.unit.enrolment.bench import AREA, bench, cleared

pytestmark = pytest.mark.anyio


async def test_what_goes_before_a_row_is_stored_even_where_no_row_follows() -> None:
    b = await bench()
    row = CellRow("old_age", AREA)
    await Logbook(b.store, b.tick).change([f"old_age|{AREA}"], Origin("t", 0, 0), lambda _: {}, [Insert(CELLS, [row])])
    assert [each async for each in b.store.scan(CELLS)] == [row]


async def test_who_looks_at_cells_in_which_nobody_has_applied_leaves_nothing_behind() -> None:
    b = await bench()
    await b.arrive(cleared("a", "old_age"))
    logbook = Logbook(b.store, b.tick)
    gc.collect()
    before = sum(isinstance(each, Cell) for each in gc.get_objects())
    await logbook.read([f"old_age|{AREA}", *(f"old_age|x{number}" for number in range(100))])
    gc.collect()
    assert sum(isinstance(each, Cell) for each in gc.get_objects()) == before + 1
