"""Releasing an approved list, piece by piece: what of each still holds leaves, exactly within the money released.

Between freezing and release people die, are suspended or change their account, and others are found to be the same
person. Such a line does not leave; who leaves in its place is for the next list to say. What leaves of a piece is a row
that the first writer writes, so a replay sends the same.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import orjson

from services.payments.entitlements import ENTITLED
from services.payments.ids import allocation_log, recovery_log, release_log
from services.payments.lookup import transitions
from services.payments.payment import WITHHELD, Payment, is_withheld, present
from services.payments.payroll.entries import Entry, Timing, sent
from services.payments.payroll.lists import list_id
from services.payments.payroll.manifest import ManifestAltered, digest_of
from services.payments.payroll.tables import BODIES, HEADS, SENT, SentRow
from services.payments.sending.draws import drawn_at
from services.payments.sending.pacing import Leaving, Pacing
from services.payments.states import AWAITING
from services.payments.tables import DUE, ENTITLEMENTS, EntitlementRow
from services.payments.timers import VALID_FOR_US, due_row, report_due_us
from shared.policy.policy import Policy
from shared.stage.numbering import caused_by, next_number
from shared.stage.records import Origin
from shared.stage.stage import Draft
from shared.store.claims import Claims, Wanted
from shared.store.limit_log import Log
from shared.store.limits import LimitLogs
from shared.store.port import Store
from shared.store.tables import Decision, LimitRow

NOT_ENTITLED: Final = "not_entitled_any_more"
ACCOUNT_CHANGED: Final = "account_changed_since"
PAID_OTHERWISE: Final = "person_paid_otherwise"
RECOVERY_CHANGED: Final = "recovery_changed_since"


class Released(NamedTuple):
    """What one piece came to. ``missing`` is what it needs and is not released: then nothing of it left."""

    drafts: list[Draft]
    sent: int
    poisha: int
    left_out: Mapping[str, int]
    missing: int = 0


class Releaser:
    """Releases lists. ``factor`` compresses the time that providers have to report."""

    def __init__(
        self,
        store: Store,
        policy: Policy,
        limits: LimitLogs,
        claims: Claims,
        pacing: Pacing,
        *,
        now_us: Callable[[], int],
        factor: float,
    ) -> None:
        self._store, self._policy, self._limits, self._claims = store, policy, limits, claims
        self._pacing, self._now_us, self._factor = pacing, now_us, factor

    async def piece(self, programme: str, cycle: str, number: int, piece: int, origin: Origin) -> Released:
        """Send piece number ``piece``. Raises ``ManifestAltered`` where it is not as it was frozen."""
        named = list_id(programme, cycle, number)
        entries = await self._entries(named, piece)
        if not entries:
            return Released([], 0, 0, {})
        rows = await transitions(self._store, [entry.payment_id for entry in entries])
        left_out = await self._left_out(named, piece, entries, rows, programme, cycle, origin)
        leaving = [entry for place, entry in enumerate(entries) if place not in left_out]
        poisha = sum(entry.poisha for entry in leaving)
        counted: dict[str, int] = {}
        for code in left_out.values():
            counted[code] = counted.get(code, 0) + 1
        if not leaving:
            return Released([], 0, 0, counted)
        await self._hold_back(leaving, origin)
        drawn = await self._draw(programme, cycle, f"{named}|{piece:05d}", poisha, origin)
        if drawn is None:
            return Released([], 0, 0, counted, missing=poisha)
        drafts = await self._drafts(leaving, rows, programme, cycle, number, drawn, origin)
        return Released(drafts, len(leaving), poisha, counted)

    async def give_back(self, programme: str, cycle: str, number: int, unsent: int, origin: Origin) -> None:
        """What was committed for a list and did not leave is free again."""
        if unsent:
            name, holder = allocation_log(programme, cycle), list_id(programme, cycle, number)

            def back(logs: Mapping[str, Log]) -> list[LimitRow]:
                log = logs[name]
                if any(row.kind == "free" for row in log.caused_by(origin)) or holder not in log.holders:
                    return []
                return [log.give_back_some({holder: unsent}, origin, self._now_us())]

            await self._limits.change([name], back)

    async def _entries(self, named: str, piece: int) -> list[Entry]:
        heads = await self._store.get(HEADS, [(named, piece)])
        bodies = await self._store.get(BODIES, [(named, piece)])
        if (named, piece) not in heads or (named, piece) not in bodies:
            raise ManifestAltered(f"piece {piece} of the list is gone")
        body = bodies[named, piece].body
        if digest_of(body) != heads[named, piece].digest:
            raise ManifestAltered(f"piece {piece} of the list is not as it was frozen")
        return [Entry.read(one) for one in orjson.loads(body)["entries"]]

    async def _left_out(
        self,
        named: str,
        piece: int,
        entries: Sequence[Entry],
        rows: Mapping[str, tuple[Decision, ...]],
        programme: str,
        cycle: str,
        origin: Origin,
    ) -> dict[int, str]:
        """By place in the piece who does not leave, and why; the claims of all others are taken."""
        stored = (await self._store.get(SENT, [(named, piece)])).get((named, piece))
        left = dict(orjson.loads(stored.left_out)) if stored is not None else await self._look(entries, rows, origin)
        staying = [(at, one) for at, one in enumerate(entries) if at not in left]
        held = await self._claim(staying, programme, cycle, origin)
        if stored is None:
            left |= dict.fromkeys((at for at, _ in staying if at not in held), PAID_OTHERWISE)
            row = SentRow(named, piece, orjson.dumps(sorted(left.items())))
            (stored,) = await self._store.insert(SENT, [row])
        return dict(orjson.loads(stored.left_out))

    async def _look(
        self, entries: Sequence[Entry], rows: Mapping[str, tuple[Decision, ...]], origin: Origin
    ) -> dict[int, str]:
        # By key order, so the last row of an entitlement stays.
        found = await self._store.find(ENTITLEMENTS, "entitlement_id", [entry.entitlement_id for entry in entries])
        latest: dict[str, EntitlementRow] = {row.entitlement_id: row for row in found}
        recoverable = await self._recoverable(entries)
        left: dict[int, str] = {}
        for at, entry in enumerate(entries):
            row = latest[entry.entitlement_id]
            before = rows[entry.payment_id]
            if row.status != ENTITLED:
                left[at] = NOT_ENTITLED
            elif (row.revision, row.n) != (entry.revision, entry.change) and _account(row) != _told(entry):
                left[at] = ACCOUNT_CHANGED
            elif before and not caused_by(before, origin) and (why := _kept_back(before)) is not None:
                left[at] = why
            elif entry.recovered > recoverable.get(entry.entitlement_id, 0):
                left[at] = RECOVERY_CHANGED
        return left

    async def _recoverable(self, entries: Sequence[Entry]) -> dict[str, int]:
        asked = [entry for entry in entries if entry.recovered]
        logs = await self._limits.read([recovery_log(entry.entitlement_id) for entry in asked]) if asked else {}
        return {
            entry.entitlement_id: log.free + log.holders.get(entry.payment_id, 0)
            for entry in asked
            if (log := logs[recovery_log(entry.entitlement_id)])
        }

    async def _claim(
        self, leaving: Sequence[tuple[int, Entry]], programme: str, cycle: str, origin: Origin
    ) -> set[int]:
        """The places of those who have all claims of their person and cycles."""
        claims = {at: entry.claims(programme, cycle) for at, entry in leaving}
        wanted = [Wanted(claim, entry.payment_id, origin) for at, entry in leaving for claim in claims[at]]
        holders = await self._claims.take(wanted) if wanted else {}
        return {at for at, entry in leaving if all(holders[one].owner == entry.payment_id for one in claims[at])}

    async def _hold_back(self, leaving: Sequence[Entry], origin: Origin) -> None:
        by_log = {recovery_log(entry.entitlement_id): entry for entry in leaving if entry.recovered}
        if not by_log:
            return

        def takings(logs: Mapping[str, Log]) -> list[LimitRow]:
            return [
                logs[name].take({entry.payment_id: entry.recovered}, origin, self._now_us())
                for name, entry in by_log.items()
                if entry.payment_id not in logs[name].holders
            ]

        await self._limits.change(by_log, takings)

    async def _draw(self, programme: str, cycle: str, holder: str, poisha: int, origin: Origin) -> int | None:
        """Take the piece's money from what is released; at which poisha of it that begins, None where it is short."""
        name = release_log(programme, cycle)

        def taking(logs: Mapping[str, Log]) -> list[LimitRow]:
            log = logs[name]
            if holder in log.holders or log.free < poisha:
                return []
            return [log.take({holder: poisha}, origin, self._now_us())]

        log = (await self._limits.change([name], taking))[name]
        return drawn_at(log, [holder])[holder] if holder in log.holders else None

    async def _drafts(
        self,
        leaving: Sequence[Entry],
        rows: Mapping[str, tuple[Decision, ...]],
        programme: str,
        cycle: str,
        number: int,
        drawn: int,
        origin: Origin,
    ) -> list[Draft]:
        now_us = self._now_us()
        valid_us = now_us + VALID_FOR_US
        timings = {}
        for code in {entry.provider for entry in leaving}:
            within = self._policy.providers[code].report_within_from(now_us)
            timings[code] = Timing(now_us, valid_us, report_due_us(now_us, within, self._factor))
        eft = self._policy.programmes[programme].payroll.leaves_as == "eft_file"
        wanted = [] if eft else [Leaving(entry.provider, entry.payment_id, 1) for entry in leaving]
        times = await self._pacing.times(wanted, now_us) if wanted else [0] * len(leaving)
        drafts, due = [], []
        for entry, leaves_us in zip(leaving, times, strict=True):
            known = rows[entry.payment_id]
            n = next_number(known, 0, origin)
            timing = timings[entry.provider] if not leaves_us else Timing(0, 0, 0, leaves_us)
            payment = sent(
                entry,
                present(known[: n - 1]) if known else None,
                programme=programme,
                cycle=cycle,
                number=number,
                drawn=drawn,
                timing=timing,
                eft=eft,
            )
            drawn += entry.poisha
            due.append(due_row(entry.payment_id, n, leaves_us or timing.report_due_us))
            drafts.append(
                Draft(entry.payment_id, 0, n, payment.state.value, payment.write(), entry.claims(programme, cycle))
            )
        await self._store.insert(DUE, due)
        return drafts


def _kept_back(rows: Sequence[Decision]) -> str | None:
    """Why a payment that there is already does not leave with the list; None where it only waits for one."""
    payment = Payment.read(rows[-1].body)
    if is_withheld(payment):
        return WITHHELD
    return None if payment.state in AWAITING else PAID_OTHERWISE


def _account(row: EntitlementRow) -> tuple[str, str, str | None] | None:
    payee = orjson.loads(row.body).get("payee")
    return None if payee is None else (payee["provider"], payee["account"], payee.get("routing_number"))


def _told(entry: Entry) -> tuple[str, str, str | None]:
    return entry.provider, entry.account, entry.routing_number
