"""The commands of payrolls: freeze, approve, send back, release. Asked again, each finds what it did before."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from services.payments.cycles import Cycle
from services.payments.ids import allocation_log, release_log
from services.payments.lookup import cycles_by_programme
from services.payments.payroll import asked
from services.payments.payroll.approval import Signature, sign, waiting
from services.payments.payroll.freeze import Freezer
from services.payments.payroll.lists import (
    APPROVED,
    DROPPED,
    FREEZING,
    FROZEN,
    HOLDING,
    RELEASED,
    RELEASING,
    SHORT,
    SIGNED,
    PayrollList,
    list_id,
    lists_of,
    queue_of,
)
from services.payments.payroll.manifest import ManifestAltered, verify, verify_pieces
from services.payments.payroll.release import Releaser
from services.payments.payroll.tables import HEADS, LISTS, SENT, ListRow, PieceHead, SentRow
from services.payments.reasons import TABLE
from shared.contracts.command import Command
from shared.contracts.status import Reason
from shared.policy.policy import Policy
from shared.stage.commands import arguments, done, refused
from shared.stage.stage import Draft, Input, Verdict
from shared.store.limit_log import Log
from shared.store.limits import LimitLogs
from shared.store.port import Store
from shared.store.tables import LimitRow

FREEZE, APPROVE, SEND_BACK, RELEASE = "cycle.freeze", "cycle.approve", "cycle.send-back", "cycle.release"
FREEZE_PIECE, RELEASE_PIECE, RESUME = "list.freeze", "list.release", "list.resume"
UNKNOWN: Final = TABLE["list_unknown"]


class _Step(NamedTuple):
    number: int
    state: str
    body: Mapping[str, Any]


class Payrolls:
    """Decides the commands. ``key`` is that of the manifests."""

    def __init__(
        self,
        store: Store,
        policy: Policy,
        limits: LimitLogs,
        freezer: Freezer,
        releaser: Releaser,
        *,
        key: bytes,
        now_us: Callable[[], int],
    ) -> None:
        self._store, self._policy, self._limits = store, policy, limits
        self._freezer, self._releaser, self._key, self._now_us = freezer, releaser, key, now_us

    def handlers(self) -> dict[str, Callable[[Input[Command]], Awaitable[Verdict]]]:
        """By the name of the command."""
        return {
            FREEZE: self.freeze,
            FREEZE_PIECE: self.freeze_piece,
            APPROVE: self.approve,
            SEND_BACK: self.send_back,
            RELEASE: self.release,
            RELEASE_PIECE: self.release_piece,
            RESUME: self.resume,
        }

    async def freeze(self, item: Input[Command]) -> Verdict:
        """Begin the next list of an open cycle; one at a time."""
        given: asked.FreezeCycle = arguments(item, asked.FreezeCycle)
        cycle, _ = await self._cycle(given.programme, given.cycle)
        if cycle is None or not cycle.is_open:
            return refused(item, [TABLE["cycle_unknown"]])
        if self._policy.programmes[given.programme].payroll.flow != "by_list":
            return refused(item, [TABLE["flows_through"]])

        def begin(lists: Sequence[PayrollList]) -> _Step | Reason:
            last = lists[-1] if lists else None
            if last is not None and (last.state in HOLDING or (last.state == FROZEN and not last.problems)):
                return TABLE["list_waits"]
            return _Step(last.number + 1 if last is not None else 1, FREEZING, {})

        row = await self._enter(item, given.programme, given.cycle, begin)
        if isinstance(row, Reason):
            return refused(item, [row])
        first = [FREEZE_PIECE, "", {"number": row.number, "piece": 0}]
        return done(item, {**given.model_dump(mode="json"), "number": row.number, "then": [first]})

    async def freeze_piece(self, item: Input[Command]) -> Verdict:
        """Freeze one piece; after the last one the manifest is signed."""
        given: asked.ListPiece = arguments(item, asked.ListPiece)
        cycle, cycles = await self._cycle(given.programme, given.cycle)
        if cycle is None:
            return refused(item, [TABLE["cycle_unknown"]])
        frozen = await self._freezer.piece(cycle, cycles, given.number, given.piece, given.after, item.record.origin)
        result = {**given.model_dump(mode="json"), "entries": frozen.head.entries, "left_out": frozen.left_out}
        if frozen.onward is not None:
            onward = [FREEZE_PIECE, frozen.onward, {"number": given.number, "piece": given.piece + 1}]
            return done(item, {**result, "then": [onward]}, frozen.drafts)
        row = await self._seal(item, cycle, given.number)
        if isinstance(row, Reason):
            return refused(item, [row])
        return done(item, {**result, "manifest": orjson.loads(row.body)}, frozen.drafts)

    async def _seal(self, item: Input[Command], cycle: Cycle, number: int) -> ListRow | Reason:
        lists = await self.lists(cycle.programme, cycle.name)
        maker = next(one.maker for one in lists if one.number == number)
        manifest = await self._freezer.seal(cycle, number, maker, item.event.at.isoformat())

        def seal(known: Sequence[PayrollList]) -> _Step | Reason:
            mine = _numbered(known, number)
            return _Step(number, FROZEN, manifest) if mine is not None and mine.state == FREEZING else UNKNOWN

        return await self._enter(item, cycle.programme, cycle.name, seal)

    async def approve(self, item: Input[Command]) -> Verdict:
        """One signature of policy's chain; with the last one the list's sum is taken from the allocation."""
        given: asked.ApproveList = arguments(item, asked.ApproveList)
        declared = self._policy.programmes.get(given.programme)
        lists = await self.lists(given.programme, given.cycle)
        mine = _numbered(lists, given.number)
        if declared is None or mine is None or mine.manifest is None:
            return refused(item, [UNKNOWN])
        own = await self._own(item, given.programme, given.cycle)
        if own is None and not await self._is_open(given.programme, given.cycle):
            return refused(item, [TABLE["cycle_unknown"]])
        try:
            await self.verify(given.programme, given.cycle, mine)
        except ManifestAltered:
            return refused(item, [TABLE["manifest_altered"]])
        if not mine.manifest["hash"].startswith(given.manifest):
            return refused(item, [TABLE["manifest_differs"]])
        if mine.problems:
            return refused(item, [TABLE["list_has_problems"]])
        chain, areas = declared.payroll.approval, tuple(mine.manifest["areas"])
        origin = item.record.origin

        def signing(known: Sequence[PayrollList]) -> _Step | Reason:
            now = _numbered(known, given.number)
            if now is None or now.state != FROZEN:
                return TABLE["list_not_frozen"]
            signature = sign(
                chain,
                areas,
                now.signatures,
                by=item.event.by,
                roles=item.event.roles,
                maker=now.maker,
                owner=declared.owner,
            )
            if not isinstance(signature, Signature):
                return TABLE[signature]
            complete = waiting(chain, areas, (*now.signatures, signature)) is None
            body = {"step": signature.step, "areas": signature.areas, "level": chain[signature.step].level}
            return _Step(given.number, APPROVED if complete else SIGNED, body)

        step = signing(lists)
        if own is None and isinstance(step, Reason):
            return refused(item, [step])
        holder, log = list_id(given.programme, given.cycle, given.number), allocation_log(given.programme, given.cycle)
        last = (own.state if own is not None else step.state) == APPROVED  # type: ignore[union-attr]

        def committing(logs: Mapping[str, Log]) -> list[LimitRow]:
            short = logs[log].free < mine.poisha
            if not last or holder in logs[log].holders or short or not mine.poisha:
                return []
            return [logs[log].take({holder: mine.poisha}, origin, self._now_us())]

        allocation = (await self._limits.change([log], committing))[log]
        if holder not in allocation.holders and allocation.free < mine.poisha:
            return refused(item, [TABLE["above_allocation"]])
        row = await self._enter(item, given.programme, given.cycle, signing)
        if isinstance(row, Reason):
            return refused(item, [row])
        result = {**given.model_dump(mode="json"), "list_state": row.state, **orjson.loads(row.body)}
        return done(item, {**result, "signatures": len(mine.signatures) + 1})

    async def send_back(self, item: Input[Command]) -> Verdict:
        """Whoever could sign can also say why not."""
        given: asked.SendBack = arguments(item, asked.SendBack)

        def drop(lists: Sequence[PayrollList]) -> _Step | Reason:
            mine = _numbered(lists, given.number)
            if mine is None or mine.state != FROZEN:
                return TABLE["list_not_frozen"]
            return _Step(given.number, DROPPED, {"reason": given.reason})

        row = await self._enter(item, given.programme, given.cycle, drop)
        return refused(item, [row]) if isinstance(row, Reason) else done(item, given.model_dump(mode="json"))

    async def release(self, item: Input[Command]) -> Verdict:
        """Send an approved list, if what it adds up to is released."""
        given: asked.ReleaseList = arguments(item, asked.ReleaseList)
        mine = _numbered(await self.lists(given.programme, given.cycle), given.number)
        if mine is None:
            return refused(item, [UNKNOWN])
        if mine.manifest is not None:
            try:
                await self.verify(given.programme, given.cycle, mine)
            except ManifestAltered:
                return refused(item, [TABLE["manifest_altered"]])
        log = release_log(given.programme, given.cycle)
        free = (await self._limits.read([log]))[log].free
        is_open = await self._is_open(given.programme, given.cycle)

        def begin(lists: Sequence[PayrollList]) -> _Step | Reason:
            if not is_open:
                return TABLE["cycle_unknown"]
            now = _numbered(lists, given.number)
            if now is None or now.state != APPROVED:
                return TABLE["list_not_approved"]
            return TABLE["release_short"] if free < now.poisha else _Step(given.number, RELEASING, {})

        row = await self._enter(item, given.programme, given.cycle, begin)
        if isinstance(row, Reason):
            return refused(item, [row])
        first = [RELEASE_PIECE, "", {"number": given.number, "piece": 0}]
        return done(item, {**given.model_dump(mode="json"), "count": mine.manifest["count"], "then": [first]})  # type: ignore[index]

    async def release_piece(self, item: Input[Command]) -> Verdict:
        """Send one piece; after the last one, what did not leave is given back to the allocation."""
        given: asked.ListPiece = arguments(item, asked.ListPiece)
        mine = _numbered(await self.lists(given.programme, given.cycle), given.number)
        if mine is None or mine.manifest is None:
            return refused(item, [UNKNOWN])
        result: dict[str, Any] = given.model_dump(mode="json")
        drafts: list[Draft] = []
        if given.piece < mine.manifest["pieces"]:
            try:
                piece = await self._releaser.piece(
                    given.programme, given.cycle, given.number, given.piece, item.record.origin
                )
            except ManifestAltered:
                return refused(item, [TABLE["manifest_altered"]])
            drafts = piece.drafts
            result |= {"sent": piece.sent, "poisha": piece.poisha, "left_out": dict(piece.left_out)}
            if piece.missing:
                return await self._wait(item, given, piece.missing, result)
            onward = [RELEASE_PIECE, "", {"number": given.number, "piece": given.piece + 1}]
            return done(item, {**result, "then": [onward]}, drafts)
        body = await self._came_to(given.programme, given.cycle, mine)
        await self._releaser.give_back(
            given.programme, given.cycle, given.number, body["unsent_poisha"], item.record.origin
        )

        def end(lists: Sequence[PayrollList]) -> _Step | Reason:
            now = _numbered(lists, given.number)
            return _Step(given.number, RELEASED, body) if now is not None and now.state == RELEASING else UNKNOWN

        row = await self._enter(item, given.programme, given.cycle, end)
        return refused(item, [row]) if isinstance(row, Reason) else done(item, {**result, **body})

    async def resume(self, item: Input[Command]) -> Verdict:
        """More money is released: a list that stopped for want of it goes on where it stopped."""
        programme, cycle = str(item.event.arguments["programme"]), str(item.event.arguments["cycle"])
        result = {"programme": programme, "cycle": cycle}
        log = release_log(programme, cycle)
        free = (await self._limits.read([log]))[log].free

        def go_on(lists: Sequence[PayrollList]) -> _Step | Reason:
            mine = next((one for one in lists if one.state == SHORT), None)
            if mine is None or mine.last["missing"] > free:
                return TABLE["release_short"]
            return _Step(mine.number, RELEASING, mine.last)

        row = await self._enter(item, programme, cycle, go_on)
        if isinstance(row, Reason):
            return done(item, {**result, "goes_on": False})
        onward = [RELEASE_PIECE, "", {"number": row.number, "piece": orjson.loads(row.body)["piece"]}]
        return done(item, {**result, "goes_on": True, "then": [onward]})

    async def _wait(
        self, item: Input[Command], given: asked.ListPiece, missing: int, result: Mapping[str, Any]
    ) -> Verdict:
        """The list stops at this piece. Money that came while it stopped is looked for once more."""

        def stop(lists: Sequence[PayrollList]) -> _Step | Reason:
            return _Step(given.number, SHORT, {"piece": given.piece, "missing": missing})

        row = await self._enter(item, given.programme, given.cycle, stop)
        assert not isinstance(row, Reason)
        return done(item, {**result, "missing": missing, "then": [[RESUME, ""]]})

    async def lists(self, programme: str, cycle: str) -> list[PayrollList]:
        """The lists of a cycle, in their order."""
        return lists_of(await self._store.find(LISTS, "queue", [queue_of(programme, cycle)]))

    async def verify(self, programme: str, cycle: str, mine: PayrollList) -> None:
        """Raise ``ManifestAltered`` unless the list's manifest is as it was signed, and its pieces as it says."""
        assert mine.manifest is not None
        verify(mine.manifest, self._key)
        heads: list[PieceHead] = await self._store.follow(HEADS, [(list_id(programme, cycle, mine.number), -1)])
        verify_pieces(mine.manifest, heads)

    async def _came_to(self, programme: str, cycle: str, mine: PayrollList) -> dict[str, Any]:
        name = list_id(programme, cycle, mine.number)
        log = (await self._limits.read([release_log(programme, cycle)]))[release_log(programme, cycle)]
        poisha = sum(held for holder, held in log.holders.items() if holder.startswith(f"{name}|"))
        rows: list[SentRow] = await self._store.follow(SENT, [(name, -1)])
        left: dict[str, int] = {}
        for row in rows:
            for _, code in orjson.loads(row.left_out):
                left[code] = left.get(code, 0) + 1
        assert mine.manifest is not None
        return {
            "sent_poisha": poisha,
            "unsent_poisha": mine.poisha - poisha,
            "payments": mine.manifest["count"] - sum(left.values()),
            "left_out": left,
        }

    async def _cycle(self, programme: str, cycle: str) -> tuple[Cycle | None, Sequence[Cycle]]:
        cycles = (await cycles_by_programme(self._store, [programme])).get(programme, ())
        return next((one for one in cycles if one.name == cycle), None), cycles

    async def _is_open(self, programme: str, cycle: str) -> bool:
        """A list whose cycle is closed, as the end of the fiscal year does, is neither signed nor sent any more."""
        found, _ = await self._cycle(programme, cycle)
        return found is not None and found.is_open

    async def _own(self, item: Input[Command], programme: str, cycle: str) -> ListRow | None:
        rows = await self._store.find(LISTS, "queue", [queue_of(programme, cycle)])
        return next((row for row in rows if (row.topic, row.partition, row.offset) == item.record.origin), None)

    async def _enter(
        self,
        item: Input[Command],
        programme: str,
        cycle: str,
        decide: Callable[[Sequence[PayrollList]], _Step | Reason],
    ) -> ListRow | Reason:
        """Insert the next row of the cycle's lists, or say why not; whoever is overtaken looks again."""
        queue, origin = queue_of(programme, cycle), item.record.origin
        while True:
            rows = await self._store.find(LISTS, "queue", [queue])
            if (
                own := next((row for row in rows if (row.topic, row.partition, row.offset) == origin), None)
            ) is not None:
                return own
            step = decide(lists_of(rows))
            if isinstance(step, Reason):
                return step
            body = orjson.dumps(dict(step.body), option=orjson.OPT_SORT_KEYS)
            row = ListRow(queue, len(rows) + 1, step.number, step.state, item.event.by, body, *origin, self._now_us())
            await self._store.insert(LISTS, [row])


def _numbered(lists: Sequence[PayrollList], number: int) -> PayrollList | None:
    return next((one for one in lists if one.number == number), None)
