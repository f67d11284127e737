"""``dsr payments rebuild``: add all totals up anew from the journal, and compare them with the running ones."""

import asyncio
from typing import NamedTuple

import click

from services.payments.books import Books, Differs, Orders, differences, rebuilt
from services.payments.tables import TABLES
from shared.errors import DsrError
from shared.policy import load_policy
from shared.policy.policy import Policy
from shared.service import terminal
from shared.store.opening import open_store
from shared.store.port import Store
from shared.store.tables import COMMON


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


@click.command("rebuild")
@terminal.json_option
def command(as_json: bool) -> None:
    """Add all totals up anew from the journal and compare them with the running ones; exit code 1 where they differ."""
    settings = terminal.settings()
    policy = load_policy(settings.policy_dir)

    async def run() -> Rebuilt:
        store = open_store(settings.store_url("payments"))
        await store.open((*COMMON, *TABLES))
        try:
            return await rebuild(store, policy)
        finally:
            await store.close()

    done = asyncio.run(run())
    if as_json:
        terminal.show_json({"transitions": done.transitions, "differs": [one._asdict() for one in done.differs]})
    else:
        click.echo(f"{done.transitions:,} transitions added up; {len(done.differs)} totals differ.")
        for one in done.differs:
            click.echo(f"  {one}")
    if done.differs:
        raise click.exceptions.Exit(1)
