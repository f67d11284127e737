"""A provider that breaks its contract in one way: an honest desk whose words or deeds are changed on their way out."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from msgspec.structs import replace

from sandbox.providers.attempts import Books, Due, Movement
from sandbox.providers.desk import Desk, Told
from sandbox.providers.modes import Breaking
from sandbox.providers.reports import Said
from shared.contracts.payment import Inquire, Instruct

_NOBODYS = str(UUID(int=0xDEAD))


@dataclass(frozen=True, slots=True)
class BrokenDesk:
    """Stands where a ``Desk`` stands."""

    desk: Desk
    breaking: Breaking

    def take(self, told: Told, books: Books, now_us: int) -> Sequence[Said]:
        """What an honest desk says, broken."""
        known = books.under(told.attempt_ref)
        if self.breaking is Breaking.PAYS_TWICE and isinstance(told, Instruct) and known is not None and known.has_paid:
            again = Movement(told.payment_id, told.attempt_ref, "credited", told.amount_poisha, now_us)
            books.movements.append(again)
        said = self.desk.take(told, books, now_us)
        return self._broken(told, said)

    def fall_due(self, due: Due, books: Books, now_us: int) -> Sequence[Said]:
        """What an honest desk says: what comes late is not broken."""
        return self.desk.fall_due(due, books, now_us)

    def _broken(self, told: Told, said: Sequence[Said]) -> Sequence[Said]:
        if self.breaking is Breaking.DENIES:
            # Whatever is asked, there is no such attempt.
            return [_as(one, kind="not_found") for one in said] if isinstance(told, Inquire) else ()
        if not isinstance(told, Instruct) or not said or said[-1].report.kind != "credited":
            return said
        credited = said[-1]
        amount = credited.report.amount_poisha or 0
        match self.breaking:
            case Breaking.TAKES_BACK:
                return (*said, _as(credited, kind="failed", account_state=None))
            case Breaking.OTHER_AMOUNT:
                return (_as(credited, amount_poisha=amount - 1),)
            case Breaking.OTHER_ACCOUNT:
                return (_as(credited, account="01999999999"),)
            case Breaking.OTHER_PAYMENT:
                return (_as(credited, payment_id=_NOBODYS),)
            case Breaking.LATER_ATTEMPT:
                later = told.attempt + 1
                return (_as(credited, attempt=later, attempt_ref=f"{told.attempt_ref[:-2]}{later:02d}"),)
            case Breaking.UNASKED_CANCEL:
                return (_as(credited, kind="cancelled"),)
            case Breaking.UNPAID_RETURN:
                return (_as(credited, kind="returned"),)
        return said


def _as(said: Said, **changes: object) -> Said:
    return Said(replace(said.report, **changes), said.at_us)
