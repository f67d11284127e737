"""The questions that providers are asked about accounts, kept before they leave, so that answers can be matched."""

from collections.abc import Iterable

from services.payments.accounts.gate import question
from services.payments.accounts.tables import QUESTIONS, QuestionRow
from shared.contracts.entitlement import EntitlementChanged
from shared.store.port import Store


class Questions:
    """What has been asked."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep(self, changes: Iterable[EntitlementChanged]) -> None:
        """Remember that these are asked about."""
        rows = [
            QuestionRow(asked.verify_ref, change.payee.provider, change.entitlement_id, change.programme)
            for change in changes
            if change.payee is not None and (asked := question(change)) is not None
        ]
        if rows:
            await self._store.insert(QUESTIONS, rows)

    async def known(self, refs: Iterable[str]) -> dict[str, QuestionRow]:
        """The questions of these references."""
        return {row.verify_ref: row for row in await self._store.find(QUESTIONS, "verify_ref", list(refs))}
