"""Takes a question to its answer: find, read, say, and write down who asked before anything is said."""

from services.dedup.lookup.answer import Answer, answer, sure_of
from services.dedup.lookup.audit import Audit, LookupRow
from services.dedup.lookup.finding import Finder
from services.dedup.lookup.question import numbers_of
from services.dedup.lookup.rights import rights_of
from shared.contracts.person import Person
from shared.policy.policy import Policy
from shared.store.port import Store


class LookupDesk:
    """Answers from the register and from the copy of the entitlements. Changes nothing but the audit."""

    def __init__(self, policy: Policy, store: Store, finder: Finder, audit: Audit) -> None:
        self._policy, self._store, self._finder, self._audit = policy, store, finder, audit

    async def ask(
        self, person: Person, *, lookup_id: str, at_us: int, principal: str, source: str, clerk: str, programme: str
    ) -> Answer:
        """What is known of a person with regard to a programme. Raises ``StoreAway``, and then nothing was said."""
        seen, complete = await self._finder.find(person)
        sure = sure_of(seen)
        rights = await rights_of(
            self._store,
            [one.application_id for one in sure],
            sorted({name for one in sure for name in (*one.cluster, one.person_id) if name is not None}),
        )
        said = answer(programme, seen, rights, self._policy, complete=complete)
        row = LookupRow(at_us, lookup_id, principal, source, clerk, programme, said.answer, said.may)
        await self._audit.keep(row, numbers_of(person))
        return said
