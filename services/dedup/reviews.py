"""What a reviewer sees: the queue of what is held for one, and an application as it stands, with what was decided."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from typing import NamedTuple

from services.dedup.concede import Known
from services.dedup.register import Register
from services.dedup.ruling import Standing
from services.dedup.tables import HOLDS, HoldRow
from services.dedup.taking import Taking, subject_of, taken
from shared.store.port import Key, Store

ROWS_EACH_MAX = 2_000
"""So many holds, open and ended, are looked at for one page: what a request costs stays bounded."""


class Wanted(NamedTuple):
    """Which open reviews are asked for; None and () are all.

    ``areas`` are beginnings of geo codes, ``upazila`` is one of eight digits. Held at or after ``from_us``, before
    ``until_us``, µs since 1970 UTC. ``free_at_us`` leaves out what somebody has taken at that time.
    """

    areas: tuple[str, ...] = ()
    upazila: str | None = None
    source: str | None = None
    programme: str | None = None
    from_us: int | None = None
    until_us: int | None = None
    free_at_us: int | None = None


class Open(NamedTuple):
    """An open hold, and who has taken it."""

    me: Known
    taking: Taking | None


class Page(NamedTuple):
    """Open holds, who applied first standing first. ``after`` is where to go on, None at the end.

    A page may be short, or empty, and yet not be the last.
    """

    held: Sequence[Open]
    after: Key | None


class Case(NamedTuple):
    """An application as it stands, those that it was compared with, and who has taken its hold."""

    me: Known
    others: Mapping[str, Known]
    taking: Taking | None


async def open_reviews(
    store: Store, register: Register, wanted: Wanted, at_us: int, after: Key | None, limit: int
) -> Page:
    """The next open holds, at most ``limit``."""
    rows: list[HoldRow] = []
    ended = True
    async with aclosing(_rows(store, wanted, after)) as holds:  # type: ignore[type-var]
        async for row in holds:
            rows.append(row)
            if len(rows) == ROWS_EACH_MAX:
                ended = False
                break
    near = [row for row in rows if not wanted.areas or row.upazila.startswith(_cut(wanted.areas))]
    found = await register.known({row.application_id for row in near})
    takings = await register.decisions({subject_of(name) for name in found})
    held: list[Open] = []
    for row in near:
        me = found.get(row.application_id)
        if me is None or me.row.revision != row.revision or me.standing is not Standing.HELD:
            continue
        one = Open(me, taken(me, takings.get(subject_of(me.application_id), ()), at_us))
        if _is_wanted(one, wanted):
            held.append(one)
            if len(held) == limit:
                return Page(held, HOLDS.key_of(row))
    return Page(held, None if ended else HOLDS.key_of(rows[-1]))


async def case_of(register: Register, application_id: str, at_us: int) -> Case | None:
    """An application, whatever was decided of it; None where there is none or nothing is decided yet."""
    me = (await register.known([application_id])).get(application_id)
    ruling = me.ruling if me is not None else None
    # Of somebody of a list nothing was ever decided.
    if me is None or ruling is None or not me.rows:
        return None
    others = await register.known({suspect.application_id for suspect in ruling.suspects})
    takings = await register.decisions([subject_of(application_id)])
    return Case(me, others, taken(me, takings.get(subject_of(application_id), ()), at_us))


def held_since_us(me: Known) -> int:
    """When the last decision was taken, µs since 1970 UTC."""
    return me.rows[-1].at_us


def area_of(me: Known) -> str:
    """The ten-digit geo code of the permanent address."""
    return me.row.area


async def _rows(store: Store, wanted: Wanted, after: Key | None) -> AsyncIterator[HoldRow]:
    if wanted.upazila is None:
        async for row in store.scan(HOLDS, after):
            yield row
        return
    for row in await store.find(HOLDS, "upazila", [wanted.upazila]):
        if after is None or HOLDS.key_of(row) > after:
            yield row


def _cut(areas: tuple[str, ...]) -> tuple[str, ...]:
    """A row of the queue knows the upazila; the rest of a longer area is looked at afterwards."""
    return tuple(area[:8] for area in areas)


def _is_wanted(one: Open, wanted: Wanted) -> bool:
    row, since_us = one.me.row, held_since_us(one.me)
    return (
        (not wanted.areas or area_of(one.me).startswith(wanted.areas))
        and wanted.source in (None, row.source)
        and wanted.programme in (None, row.programme)
        and (wanted.from_us is None or since_us >= wanted.from_us)
        and (wanted.until_us is None or since_us < wanted.until_us)
        and (wanted.free_at_us is None or one.taking is None)
    )
