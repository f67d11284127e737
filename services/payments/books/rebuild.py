"""Adds all totals up anew from the journal, and compares them with the running ones."""

from typing import NamedTuple

from services.payments.books.running import Books, Differs, Orders, differences, rebuilt
from shared.errors import DsrError
from shared.policy.policy import Policy
from shared.store.port import Store


class JournalMoved(DsrError):
    """Transitions came while they were added up, so the two sums are of different things."""

    exit_code = 5

    def __init__(self, transitions: int) -> None:
        self.transitions = transitions
        super().__init__(
            f"{transitions} transitions came while the journal was added up, so nothing was compared. Try again when "
            "less is going on."
        )


class Rebuilt(NamedTuple):
    """``transitions`` were added up; ``differs`` is empty where the running ledger had it right, to the poisha."""

    transitions: int
    differs: tuple[Differs, ...]


async def rebuild(store: Store, policy: Policy) -> Rebuilt:
    """Compare, and keep what was rebuilt where the running ledger differs: services take it at their next start.

    Raises ``JournalMoved``.
    """
    books = await Books.resume(store, policy)
    await books.catch_up()
    anew = await rebuilt(store)
    if moved := await books.catch_up():
        raise JournalMoved(moved)
    differs = tuple(differences(anew, books.ledger))
    if differs:
        books.ledger, known = anew, books.orders
        books.orders = Orders(anew)
        books.orders.known, books.orders.read_to, books.orders.pending = known.known, known.read_to, known.pending
        await books.keep()
    return Rebuilt(anew.transitions, differs)
