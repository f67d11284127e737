"""Claims: who holds a name that only one may hold, as a national id's person (design.md §5).

A claim belongs to an owner, a subject of decisions. It is a log of takings; the owner of the last row holds it

- while a record for which that owner took it has no fate yet (the owner is undecided), or
- while the owner's latest decision names it.

Otherwise it is free, and whoever inserts the next row has it. So an owner that is refused, corrected or withdrawn gives
its claims up by deciding without them, and nothing is ever deleted.

What makes this safe is one duty of the caller: **a decision names only claims that were taken for its own origin.** An
owner that already holds a claim takes it again for its next record, which adds a row: without that row another record
of the same owner could give the claim up, and somebody else take it, before this record's decision names it. (Only
what the decision just before it names, number n-1 of the same revision, may be carried over untaken: nobody can get in
between two consecutive numbers.)
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from shared.stage.records import Origin
from shared.store.port import Store, StoreAway
from shared.store.tables import CLAIMS, DECISIONS, FATES, Claim

ROUNDS_MAX = 20
"""How often a claim may be lost to somebody else while it looks free; each time somebody took it and gave it up."""


class Wanted(NamedTuple):
    """``owner`` needs ``claim`` for the decision on the record at ``origin``."""

    claim: str
    owner: str
    origin: Origin


class Holder(NamedTuple):
    """Who holds a claim. An undecided holder may yet decide without it."""

    owner: str
    decided: bool


class ClaimsContended(StoreAway):
    """Others kept taking a claim first; to be tried again like a store that is away."""


@dataclass(frozen=True, slots=True)
class _Takings:
    """The rows of a claim by its last owner, since somebody else had it."""

    last: Claim
    origins: frozenset[Origin]


class Claims:
    """Takes claims and says who holds them. The number of store calls doesn't grow with the number of claims."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def holders(self, claims: Iterable[str]) -> dict[str, Holder | None]:
        """Who holds each claim now; None where it is free."""
        asked = list(dict.fromkeys(claims))
        takings = await self._takings(asked)
        held = await self._held(takings)
        return {claim: held.get(claim) for claim in asked}

    async def take(self, wanted: Sequence[Wanted], *, likely_new: bool = False) -> dict[str, Holder]:
        """Take each claim that is free for the first who wants it; who holds each of them after that.

        The holder is one of those who wanted it, or who had it already. What was taken for the same origin before (a
        replay) is found, not taken twice. Raises ``ClaimsContended``.

        ``likely_new``: hardly any of them was ever taken. Then the first row of each is inserted without asking before,
        and only where it was there already the claim is looked at.
        """
        open_wishes: dict[str, list[Wanted]] = {}
        for wish in dict.fromkeys(wanted):
            open_wishes.setdefault(wish.claim, []).append(wish)
        result: dict[str, Holder] = {}
        # A round adds at most one row to a claim, so one that an owner wants for several origins needs as many.
        rounds = ROUNDS_MAX + max(map(len, open_wishes.values()), default=0)
        for turn in range(rounds):
            unread = likely_new and turn == 0
            takings = {} if unread else await self._takings(list(open_wishes))
            held = await self._held(takings)
            rows: list[Claim] = []
            for claim, wishes in list(open_wishes.items()):
                row = _next_row(wishes, takings.get(claim), held.get(claim))
                if row is None:
                    result[claim] = held[claim]
                    del open_wishes[claim]
                else:
                    rows.append(row)
            if not rows:
                return result
            for row, stored in zip(rows, await self._store.insert(CLAIMS, rows), strict=True):
                # That the first row is ours from before tells nothing of the rows after it: it must have gone in now.
                got_in = stored is row if unread else stored == row
                if got_in and _pins_all(open_wishes[row.claim], row, takings.get(row.claim)):
                    result[row.claim] = Holder(row.owner, decided=False)
                    del open_wishes[row.claim]
            if not open_wishes:
                return result
        raise ClaimsContended("claims", f"{len(open_wishes)} claims were taken by others {rounds} times in a row")

    async def _takings(self, claims: Sequence[str]) -> dict[str, _Takings]:
        takings: dict[str, _Takings] = {}
        for row in await self._store.find(CLAIMS, "claim", claims):
            before = takings.get(row.claim)
            continued = before.origins if before is not None and before.last.owner == row.owner else frozenset()
            takings[row.claim] = _Takings(row, continued | {_origin(row)})
        return takings

    async def _held(self, takings: Mapping[str, _Takings]) -> dict[str, Holder]:
        """The holders of claims that are held.

        Fates are read before decisions: a fate is written after its record's decision, so whoever has all its fates has
        its decisions in what is read next. The other way round, a decision made in between would be missed.
        """
        if not takings:
            return {}
        origins = list({origin for each in takings.values() for origin in each.origins})
        fates = await self._store.get(FATES, origins)
        owners = list({each.last.owner for each in takings.values()})
        # By key order, so the last one of a subject stays.
        latest = {row.subject: row for row in await self._store.find(DECISIONS, "subject", owners)}
        held: dict[str, Holder] = {}
        for claim, each in takings.items():
            owner = each.last.owner
            if not all(origin in fates for origin in each.origins):
                held[claim] = Holder(owner, decided=False)
            elif owner in latest and claim in latest[owner].claims.split():
                held[claim] = Holder(owner, decided=True)
        return held


def _next_row(wishes: Sequence[Wanted], takings: _Takings | None, holder: Holder | None) -> Claim | None:
    """The row to insert for the first wish that still needs one; None where the holder is somebody else, or done."""
    n = 1 if takings is None else takings.last.n + 1
    for claim, owner, origin in wishes:
        if holder is None or (holder.owner == owner and takings is not None and origin not in takings.origins):
            return Claim(claim, n, owner, *origin)
    return None


def _pins_all(wishes: Sequence[Wanted], row: Claim, takings: _Takings | None) -> bool:
    """Whether, now that ``row`` is in, its owner has taken the claim for each origin it wants it for."""
    if len(wishes) == 1:
        return True
    known = takings.origins if takings is not None and takings.last.owner == row.owner else frozenset()
    return all(wish.owner != row.owner or wish.origin in known | {_origin(row)} for wish in wishes)


def _origin(row: Claim) -> Origin:
    return Origin(row.topic, row.partition, row.offset)
