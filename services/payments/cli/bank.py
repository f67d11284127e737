"""``dsr payments bank``: write the files of a bank's instructions, and bring in what it answers."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click
from rich.progress import track

from services.payments.bankfiles.entering import REPORT
from services.payments.bankfiles.open_orders import OpenOrders, open_orders
from services.payments.bankfiles.pain001 import Debtor, files
from services.payments.bankfiles.replies import read_replies
from services.payments.cli.shown import STAGE
from services.payments.sending.providers import may_answer_by_files, takes_files
from services.payments.tables import TABLES
from shared.errors import DsrError
from shared.policy import load_policy
from shared.reference.identifiers import Wrong, routing_number
from shared.service import terminal
from shared.store.opening import open_store
from shared.store.tables import COMMON


class NotABank(DsrError):
    """A provider that is no bank, or none at all, is sent no files."""

    exit_code = 2

    def __init__(self, provider: str) -> None:
        self.provider = provider
        super().__init__(f"{provider} is not a bank or agent bank of the policy: no files go to it or come from it.")


class RoutingNumberWrong(DsrError):
    """The debtor's routing number is not one."""

    exit_code = 2

    def __init__(self, given: str) -> None:
        self.given = given
        super().__init__(f"{given} is no routing number: nine digits, the last of which checks the others.")


class FileRejected(DsrError):
    """The bank took nothing of a file, and says nothing of the single transfers."""

    def __init__(self, message_id: str, code: str) -> None:
        self.message_id, self.code = message_id, code
        super().__init__(
            f"The bank rejects the whole file {message_id} ({code or 'no reason given'}). Its payments stay open: mend "
            "the cause and send the same file again, or cancel them."
        )


@click.group()
def bank() -> None:
    """Files for banks: pain.001 out, pain.002 and pacs.004 back."""


@bank.command()
@click.argument("provider")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--on", "day", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The day to pay.")
@click.option("--debtor-name", required=True)
@click.option("--debtor-account", required=True)
@click.option("--debtor-routing", required=True, help="Of the debtor's branch.")
def write(
    provider: str, folder: Path, day: datetime, debtor_name: str, debtor_account: str, debtor_routing: str
) -> None:
    """Write what PROVIDER was instructed and has not reported on into FOLDER, as pain.001.001.09.

    What is not valid all of the day to pay is left out, and counted.
    """
    settings = terminal.settings()
    policy = load_policy(settings.policy_dir)
    if not takes_files(policy, provider):
        raise NotABank(provider)
    transfers_max = policy.providers[provider].file_transfers_max
    assert transfers_max is not None
    routing = routing_number(debtor_routing)
    if isinstance(routing, Wrong):
        raise RoutingNumberWrong(debtor_routing)

    on = day.date()

    async def run() -> OpenOrders:
        store = open_store(settings.store_url(STAGE))
        await store.open((*COMMON, *TABLES))
        try:
            return await open_orders(store, provider, on)
        finally:
            await store.close()

    orders, expired = asyncio.run(run())
    debtor = Debtor(debtor_name, debtor_account, routing)
    folder.mkdir(parents=True, exist_ok=True)
    at, count = datetime.now(UTC), 0
    for content in files(orders, debtor, at, on, transfers_max):
        count += 1
        (folder / f"{provider}-{on}-{count:04d}.pain.001.xml").write_bytes(content)
    click.echo(f"{len(orders):,} transfers in {count:,} files.")
    if expired:
        click.echo(
            f"{expired:,} are not valid any more on {on} and are in none: cancel them, then pay them anew.", err=True
        )


@bank.command()
@click.argument("provider")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def read(provider: str, file: Path) -> None:
    """Bring in PROVIDER's FILE, a pain.002 or pacs.004: whole or not at all; the same one twice changes nothing."""
    if not may_answer_by_files(load_policy(terminal.settings().policy_dir), provider):
        raise NotABank(provider)
    replies, rejected = read_replies(file.read_bytes())
    with terminal.client() as client:
        for reply in track(replies, description="Reports", transient=True):
            arguments: dict[str, Any] = {"provider": provider, **reply._asdict()}
            client.send_command(STAGE, REPORT, reply.payment_id, arguments, wait_s=0)
    click.echo(f"{len(replies):,} reports brought in.")
    if rejected is not None:
        raise FileRejected(*rejected)


COMMANDS: Final = (bank,)
