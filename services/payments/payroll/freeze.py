"""Freezing: the people of a programme piece by piece into a list, and in the end its signed manifest.

A piece is one row that the first writer writes, so that two instances, and a replay, freeze the same list.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from services.payments.accounts.questions import Questions
from services.payments.cycles import Cycle
from services.payments.lookup import transitions
from services.payments.payment import present
from services.payments.payroll.entries import Entry, held
from services.payments.payroll.lists import list_id
from services.payments.payroll.manifest import digest_of, manifest_of
from services.payments.payroll.resolve import LeftOut, Resolver
from services.payments.payroll.tables import BODIES, HEADS, PieceBody, PieceHead
from services.payments.payroll.twice import Twice
from services.payments.states import AWAITING, State
from services.payments.tables import MEMBERS, Member
from shared.contracts.entitlement import EntitlementChanged
from shared.policy.policy import Policy
from shared.stage.numbering import caused_by, next_number
from shared.stage.records import Origin
from shared.stage.stage import Draft
from shared.store.port import Store

PIECE = 1_000


class Frozen(NamedTuple):
    """A piece of a list that stands: how many lines, who is left out, and where the next piece begins."""

    head: PieceHead
    drafts: list[Draft]
    left_out: int
    onward: str | None


class Freezer:
    """Freezes lists. ``key`` signs manifests; ``size`` is how many members one piece looks at."""

    def __init__(
        self,
        store: Store,
        policy: Policy,
        resolver: Resolver,
        questions: Questions,
        *,
        key: bytes,
        now_us: Callable[[], int],
        size: int = PIECE,
    ) -> None:
        self._store, self._policy, self._resolver, self._questions = store, policy, resolver, questions
        self._key, self._now_us, self._size = key, now_us, size
        self._twice = Twice(store, policy, key)

    async def piece(
        self, cycle: Cycle, cycles: Sequence[Cycle], number: int, piece: int, after: str, origin: Origin
    ) -> Frozen:
        """Freeze the members beyond ``after`` as piece number ``piece``."""
        named = list_id(cycle.programme, cycle.name, number)
        stored = (await self._store.get(BODIES, [(named, piece)])).get((named, piece))
        if stored is None:
            stored = await self._write(named, piece, cycle, cycles, after)
        content = orjson.loads(stored.body)
        entries = [Entry.read(one) for one in content["entries"]]
        problems = await self._twice.problems(cycle, number, entries)
        head = _head(stored, entries, problems)
        (head,) = await self._store.insert(HEADS, [head])
        drafts = await self._held(content["left_out"], cycle, origin)
        await self._questions.keep(EntitlementChanged.read(one.encode()) for one in content["unasked"])
        return Frozen(head, drafts, len(content["left_out"]), content["until"])

    async def seal(self, cycle: Cycle, number: int, maker: str, at: str) -> dict[str, Any]:
        """The signed manifest of a list of which all pieces are frozen."""
        named = list_id(cycle.programme, cycle.name, number)
        heads: list[PieceHead] = await self._store.follow(HEADS, [(named, -1)])
        what = {
            "programme": cycle.programme,
            "cycle": cycle.name,
            "number": number,
            "starts_on": cycle.starts_on.isoformat(),
            "frozen_by": maker,
            "frozen_at": at,
            "policy": self._policy.hash,
        }
        problems = sum(len(orjson.loads(head.problems)) for head in heads)
        return manifest_of(heads, what, self._key, problems=problems)

    async def _write(self, named: str, piece: int, cycle: Cycle, cycles: Sequence[Cycle], after: str) -> PieceBody:
        rows: list[Member] = await self._store.follow(MEMBERS, [(cycle.programme, after)], self._size)
        resolved = await self._resolver.resolve([row.entitlement_id for row in rows], cycle, cycles)
        content = {
            "until": rows[-1].entitlement_id if len(rows) == self._size else None,
            "entries": [tuple(entry) for entry in resolved.entries],
            "left_out": [_packed(one) for one in resolved.left_out],
            "unasked": [one.write().decode() for one in resolved.unasked],
        }
        (stored,) = await self._store.insert(BODIES, [PieceBody(named, piece, orjson.dumps(content))])
        return stored

    async def _held(self, left_out: Sequence[Mapping[str, Any]], cycle: Cycle, origin: Origin) -> list[Draft]:
        """What those hear who are left out; nothing where they have heard it before."""
        paid = await transitions(self._store, [one["payment_id"] for one in left_out])
        drafts = []
        for one in left_out:
            rows = paid[one["payment_id"]]
            own = caused_by(rows, origin)
            before = present(rows[:-1] if own else rows)
            if not own and before is not None and (before.state not in AWAITING or before.code == one["code"]):
                continue
            payment = held(
                EntitlementChanged.read(one["change"].encode()),
                before,
                cycle=cycle.name,
                poisha=one["poisha"],
                state=State(one["state"]),
                code=one["code"],
                acts=one["acts"],
            )
            n = next_number(rows, 0, origin)
            claims = tuple(rows[-1].claims.split()) if rows and payment.state is not State.BLOCKED else ()
            drafts.append(Draft(one["payment_id"], 0, n, payment.state, payment.write(), claims))
        return drafts


def _packed(one: LeftOut) -> dict[str, Any]:
    return {
        "payment_id": one.payment_id,
        "change": one.change.write().decode(),
        "poisha": one.poisha,
        "state": one.state,
        "code": one.code,
        "acts": one.acts,
    }


def _head(stored: PieceBody, entries: Sequence[Entry], problems: Sequence[Mapping[str, Any]]) -> PieceHead:
    areas: dict[str, list[int]] = {}
    for entry in entries:
        area = areas.setdefault(entry.area, [0, 0])
        area[0] += 1
        area[1] += entry.poisha
    return PieceHead(
        stored.list_id,
        stored.piece,
        len(entries),
        sum(entry.poisha for entry in entries),
        digest_of(stored.body),
        orjson.dumps(areas, option=orjson.OPT_SORT_KEYS),
        orjson.dumps(list(problems)),
    )
