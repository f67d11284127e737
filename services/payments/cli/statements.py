"""``dsr payments statement load`` and ``dsr payments reconcile``."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid5

import click
from rich.progress import track

from services.payments.cli.shown import STAGE, taka
from services.payments.statements.gathering import DHAKA, reconcile_all
from services.payments.statements.lines import Statement, StatementUnreadable
from services.payments.statements.loading import LINES_MAX, LOAD
from services.payments.statements.reading import digest_of, read_statement
from services.payments.statements.reconcile import Reconciled
from services.payments.tables import TABLES
from shared.envelope import EVENT_NAMESPACE
from shared.errors import DsrError
from shared.policy import load_policy
from shared.service import terminal
from shared.store.opening import open_store
from shared.store.tables import COMMON


class LoadedBefore(DsrError):
    """The very file was loaded before: it counts once, and nothing was changed."""

    def __init__(self, reference: str) -> None:
        self.reference = reference
        super().__init__(f"Statement {reference} was loaded before, from the same file; nothing was changed.")


class ProviderUnknown(DsrError):
    """The policy has no such provider."""

    exit_code = 2

    def __init__(self, provider: str, known: Iterable[str]) -> None:
        self.provider = provider
        super().__init__(f"The policy declares no provider {provider}; it has {', '.join(known)}.")


@click.group()
def statement() -> None:
    """Settlement statements of providers."""


@statement.command()
@click.argument("provider")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@terminal.json_option
def load(provider: str, file: Path, as_json: bool) -> None:
    """Load PROVIDER's statement FILE (CSV, camt.054 or MT940, UTF-8): whole or not at all, and once.

    The same file again changes nothing, and ends with exit code 1; one that was half loaded when something failed is
    completed.
    """
    content = file.read_bytes()
    found = read_statement(content)
    pieces = pieces_of(provider, found, digest_of(content))
    recognised = 0
    with terminal.client() as client:
        for piece in track(pieces, description="Loading", disable=as_json, transient=True):
            about = str(uuid5(EVENT_NAMESPACE, f"statement|{provider}|{found.reference}"))
            result = client.send_command(STAGE, LOAD, about, piece)
            if result.state == "refused":
                terminal.show_result(result, as_json)
            recognised += bool(result.result.get("recognised"))
    if recognised == len(pieces):
        raise LoadedBefore(found.reference)
    total = sum(line.poisha for line in found.lines)
    if as_json:
        terminal.show_json({"statement": found.reference, "lines": len(found.lines), "poisha": total})
    else:
        click.echo(f"Statement {found.reference}: {len(found.lines):,} lines, {taka(total)} taka.")


def pieces_of(provider: str, found: Statement, digest: str) -> list[dict[str, Any]]:
    """The arguments of the commands that bring a statement in; an empty one has one piece."""
    if not found.lines:
        raise StatementUnreadable("it has no lines")
    starts = range(0, len(found.lines), LINES_MAX)
    return [
        {
            "provider": provider,
            "reference": found.reference,
            "digest": digest,
            "begins": found.begins.isoformat(),
            "ends": found.ends.isoformat(),
            "piece": place,
            "pieces": len(starts),
            "lines": [
                {**line._asdict(), "booked_on": line.booked_on.isoformat()}
                for line in found.lines[start : start + LINES_MAX]
            ],
        }
        for place, start in enumerate(starts, 1)
    ]


@click.command()
@click.option("--provider", help="Of this one alone.")
@terminal.json_option
def reconcile(provider: str | None, as_json: bool) -> None:
    """Compare our journal, the providers' reports and their statements: every difference, with its age and owner.

    Changes nothing. Exit code 1 where something differs; `dsr payments correct` proposes a correction.
    """
    settings = terminal.settings()
    known = load_policy(settings.policy_dir).providers
    if provider is not None and provider not in known:
        raise ProviderUnknown(provider, known)

    async def run() -> dict[str, Reconciled]:
        store = open_store(settings.store_url(STAGE))
        await store.open((*COMMON, *TABLES))
        try:
            return await reconcile_all(store, provider, datetime.now(UTC).astimezone(DHAKA).date())
        finally:
            await store.close()

    found = asyncio.run(run())
    differences = [one for done in found.values() for one in done.differences]
    if as_json:
        agreed = {
            code: {"by_reference": done.by_reference, "by_amount": done.by_amount} for code, done in found.items()
        }
        terminal.show_json({"agreed": agreed, "differences": [one._asdict() for one in differences]})
    else:
        names = ("age_days", "owner", "code", "provider", "payment_id", "statement", "line", "detail")
        rows = [[*(getattr(one, name) for name in names), taka(one.poisha)] for one in differences]
        terminal.show_table(f"{len(differences):,} differences", (*names, "taka"), rows)
        for code, done in found.items():
            click.echo(
                f"{code}: {done.by_reference:,} lines agree by reference, {done.by_amount:,} by amount and date."
            )
    if differences:
        raise click.exceptions.Exit(1)


COMMANDS: Final = (statement, reconcile)
