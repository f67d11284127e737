"""The logs of cells as enrolment keeps them: what is stored with a row, and what is held in memory."""

from sys import getrefcount

import pytest

from services.enrolment.logbook import Logbook
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
    cells = await logbook.read([f"old_age|{AREA}", *(f"old_age|x{number}" for number in range(100))])
    ours = 2  # the answer holds each of them, and so does the question
    assert [log for log in cells if getrefcount(cells[log]) > ours] == [f"old_age|{AREA}"]
