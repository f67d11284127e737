"""What people ask of payrolls: the lists of a cycle, who has signed, who can be asked, the file of a released one."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import orjson

from services.payments.accounts.changes import is_burst, standing
from services.payments.accounts.gate import change_ref
from services.payments.accounts.tables import CHANGES
from services.payments.payroll.approval import waiting
from services.payments.payroll.eft import eft_file
from services.payments.payroll.entries import Entry
from services.payments.payroll.lists import FROZEN, RELEASED, SHORT, PayrollList, list_id, lists_of, queue_of
from services.payments.payroll.tables import BODIES, HEADS, LISTS, SENT, PieceBody, PieceHead
from services.payments.tables import ENTITLEMENTS
from shared.contracts.entitlement import EntitlementChanged
from shared.policy.policy import Policy
from shared.stage.messages import moment
from shared.store.port import Store
from shared.store.tables import DECISIONS

PAGE = 50


class PayrollView:
    """Answers; ``now_us`` is µs since 1970 UTC."""

    def __init__(self, store: Store, policy: Policy, now_us: Callable[[], int]) -> None:
        self._store, self._policy, self._now_us = store, policy, now_us

    async def lists(self, programme: str, cycle: str) -> list[dict[str, Any]]:
        """The lists of a cycle, in their order."""
        rows = await self._store.find(LISTS, "queue", [queue_of(programme, cycle)])
        return [await self._shown(programme, cycle, one) for one in lists_of(rows)]

    async def _shown(self, programme: str, cycle: str, one: PayrollList) -> dict[str, Any]:
        manifest, chain = one.manifest, self._policy.programmes[programme].payroll.approval
        due = waiting(chain, manifest["areas"], one.signatures) if manifest is not None else None
        return {
            "number": one.number,
            "state": one.state,
            "frozen_by": one.maker,
            "manifest": manifest,
            "signatures": [
                {"level": chain[each.step].level, "by": each.by, "areas": list(each.areas)} for each in one.signatures
            ],
            "next": {"level": chain[due.step].level, "areas": list(due.areas)}
            if due is not None and one.state == FROZEN
            else None,
            "problems": await self._problems(list_id(programme, cycle, one.number)) if one.problems else [],
            "came_to": one.last if one.state in (RELEASED, SHORT) else None,
        }

    async def _problems(self, named: str) -> list[dict[str, Any]]:
        heads: list[PieceHead] = await self._store.follow(HEADS, [(named, -1)])
        return [problem for head in heads for problem in orjson.loads(head.problems)]

    async def eft(self, programme: str, cycle: str, number: int) -> bytes | None:
        """The file of a released list; None where the list has not left, or leaves as instructions."""
        rows = await self._store.find(LISTS, "queue", [queue_of(programme, cycle)])
        mine = next((one for one in lists_of(rows) if one.number == number), None)
        declared = self._policy.programmes.get(programme)
        if declared is None or declared.payroll.leaves_as != "eft_file" or mine is None or mine.state != RELEASED:
            return None
        assert mine.manifest is not None
        entries = [entry async for entry in self._leaving(list_id(programme, cycle, number))]
        return eft_file(mine.manifest, entries)

    async def _leaving(self, named: str) -> AsyncIterator[Entry]:
        left_out = {
            row.piece: dict(orjson.loads(row.left_out)) for row in await self._store.follow(SENT, [(named, -1)])
        }
        after = -1
        while pieces := await self._store.follow(BODIES, [(named, after)], PAGE):
            piece: PieceBody
            for piece in pieces:
                for at, stored in enumerate(orjson.loads(piece.body)["entries"]):
                    if at not in left_out.get(piece.piece, {}):
                        yield Entry.read(stored)
            after = pieces[-1].piece

    async def changes(self, limit: int) -> list[dict[str, Any]]:
        """Changed accounts that are not paid yet, the oldest entitlement first; without the accounts themselves."""
        found: list[dict[str, Any]] = []
        async for row in self._store.scan(CHANGES):
            if len(found) == limit:
                break
            said = await self._store.find(DECISIONS, "subject", [change_ref(row)])
            word = said[-1].state if said else None
            events = await self._store.find(ENTITLEMENTS, "entitlement_id", [row.entitlement_id])
            event = EntitlementChanged.read(events[-1].body)
            declared = self._policy.programmes.get(event.programme)
            if declared is None or (event.revision, event.n) != (row.revision, row.n):
                continue
            rule = declared.payroll.account_change
            by_clerk = await self._store.find(CHANGES, "clerk", [row.clerk]) if row.clerk else []
            to_account = await self._store.find(CHANGES, "account", [row.account])
            burst = is_burst(rule, row, by_clerk, to_account)
            stands = standing(rule, row, word, burst, self._now_us())
            if stands.fault is not None:
                found.append(
                    {
                        "entitlement_id": row.entitlement_id,
                        "programme": event.programme,
                        "source": event.source,
                        "application_id": event.application_id,
                        "why": stands.fault,
                        "burst": burst,
                        "clerk": row.clerk or None,
                        "changed_at": moment(row.at_us).isoformat(),
                        "cools_off_at": moment(stands.until_us).isoformat(),
                    }
                )
        return found
