"""What a reviewer sees: the applications that are held for one, and of each the evidence with every value masked."""

from collections.abc import Sequence
from contextlib import aclosing
from typing import NamedTuple

from services.dedup.concede import Known
from services.dedup.register import Register
from services.dedup.ruling import Standing
from services.dedup.tables import HOLDS
from shared.store.port import Key, Store

ROWS_EACH_MAX = 2_000
"""So many holds, open and ended, are looked at for one page: what a request costs stays bounded."""


class Page(NamedTuple):
    """Open holds in the order of their ids. ``after`` is where to go on, None at the end; a page may be short."""

    held: Sequence[Known]
    after: tuple[str, int] | None


async def open_reviews(store: Store, register: Register, after: Key | None, limit: int) -> Page:
    """The next open holds, at most ``limit``."""
    rows = []
    ended = True
    async with aclosing(store.scan(HOLDS, after)) as holds:  # type: ignore[type-var]
        async for row in holds:
            rows.append(row)
            if len(rows) == ROWS_EACH_MAX:
                ended = False
                break
    found = await register.known({row.application_id for row in rows})
    held: list[Known] = []
    for row in rows:
        me = found.get(row.application_id)
        if me is not None and me.row.revision == row.revision and me.standing is Standing.HELD:
            held.append(me)
            if len(held) == limit:
                return Page(held, (row.application_id, row.revision))
    return Page(held, None if ended else (rows[-1].application_id, rows[-1].revision))


async def open_review(register: Register, application_id: str) -> tuple[Known, dict[str, Known]] | None:
    """An application that is held for a reviewer, and those that it resembles as they stand now; None if it is not."""
    found = await register.known([application_id])
    me = found.get(application_id)
    ruling = me.ruling if me is not None else None
    if me is None or ruling is None or me.standing is not Standing.HELD:
        return None
    return me, await register.known({suspect.application_id for suspect in ruling.suspects})
