"""Who is on the lists of a cycle twice: by person, by national id, by account. It blocks every signature."""

import hmac
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final

from services.payments.cycles import Cycle
from services.payments.ids import payment_id
from services.payments.lookup import transitions
from services.payments.payment import has_left, present
from services.payments.payroll.entries import Entry
from services.payments.payroll.lists import RELEASED, list_id, lists_of, queue_of
from services.payments.payroll.tables import LISTS, PERSONS, PersonRow
from shared.policy.policy import Policy
from shared.store.port import Store

_TWICE: Final = {"person": "person_twice", "national": "national_id_twice", "account": "account_twice"}


class Twice:
    """Looks for them. ``key`` hashes national ids: a plain hash of one is soon guessed."""

    def __init__(self, store: Store, policy: Policy, key: bytes) -> None:
        self._store, self._policy, self._key = store, policy, key

    async def problems(self, cycle: Cycle, number: int, entries: Sequence[Entry]) -> list[dict[str, Any]]:
        """Who is on the list a second time, where the first one put there under a name stays; or was paid before."""
        named, accounts = list_id(cycle.programme, cycle.name, number), self._accounts_alone(cycle.programme)
        rows = [
            PersonRow(named, name, entry.entitlement_id, entry.application_id, entry.source)
            for entry in entries
            for name in self._names(entry, accounts)
        ]
        pairs = list(zip(rows, await self._store.insert(PERSONS, rows), strict=True))
        problems: dict[tuple[str, str], dict[str, Any]] = {}
        for given, first in [*pairs, *await self._paid_before(cycle, number, rows)]:
            if first.entitlement_id != given.entitlement_id:
                pair = (given.entitlement_id, first.entitlement_id)
                code = _TWICE[given.name.partition("|")[0]]
                problems.setdefault(pair, _problem(code, given, first))
        return list(problems.values())

    async def _paid_before(
        self, cycle: Cycle, number: int, rows: Sequence[PersonRow]
    ) -> list[tuple[PersonRow, PersonRow]]:
        """Each with whoever has left under the same name with a list of the cycle before this one.

        Not so persons: their claims let nobody leave twice, and hold up nobody else (I3).
        """
        rows = [row for row in rows if not row.name.startswith("person|")]
        lists = lists_of(await self._store.find(LISTS, "queue", [queue_of(cycle.programme, cycle.name)]))
        before = [one.number for one in lists if one.number < number and one.state == RELEASED]
        ids = [list_id(cycle.programme, cycle.name, each) for each in before]
        found = await self._store.get(PERSONS, [(named, row.name) for named in ids for row in rows])
        pairs = [(row, first) for row in rows for named in ids if (first := found.get((named, row.name))) is not None]
        payments = {
            first.entitlement_id: payment_id(cycle.programme, cycle.name, first.entitlement_id) for _, first in pairs
        }
        paid = await transitions(self._store, list(payments.values()))
        left = {one for one, named in payments.items() if (payment := present(paid[named])) and has_left(payment)}
        return [(row, first) for row, first in pairs if first.entitlement_id in left]

    def _names(self, entry: Entry, accounts: bool) -> list[str]:
        """What nobody else on a cycle's lists may have: ids and national ids of the person, and the account."""
        names = [f"person|{one}" for one in entry.people]
        names += [f"national|{hmac.new(self._key, one.encode(), sha256).hexdigest()}" for one in entry.national_ids]
        return [*names, _account(entry)] if accounts else names

    def _accounts_alone(self, programme: str) -> bool:
        return self._policy.programmes[programme].beneficiaries_per_account == 1


def _account(entry: Entry) -> str:
    return f"account|{entry.provider}|{entry.routing_number or ''}|{entry.account}"


def _problem(code: str, second: PersonRow, first: PersonRow) -> dict[str, Any]:
    """A problem says who can solve it: the ministries that sent the two, and the reviewers who compare people."""
    return {
        "code": code,
        "entitlements": [first.entitlement_id, second.entitlement_id],
        "applications": [first.application_id, second.application_id],
        "ask": [*sorted({f"source:{first.source}", f"source:{second.source}"}), "reviewer"],
    }
