"""``dsr payments rebuild``: add all totals up anew from the journal, and compare them with the running ones."""

import asyncio

import click

from services.payments.books.rebuild import Rebuilt, rebuild
from services.payments.tables import TABLES
from shared.policy import load_policy
from shared.service import terminal
from shared.store.opening import open_store
from shared.store.tables import COMMON


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
