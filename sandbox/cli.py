"""``dsr sandbox``: the outside world, part by part."""

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import click
import orjson

from sandbox import committees
from sandbox import treasury as finance
from sandbox.clerks import Clerk, decide_reviews
from sandbox.kafka.broker import LocalKafka
from sandbox.ministries.files import write_forms
from sandbox.offices import pay_by_list
from sandbox.population.scenario import SCENARIOS
from sandbox.principals import client_of, key_in
from sandbox.providers import command as providers
from shared.policy import load_policy
from shared.policy.dates import policy_date
from shared.service import terminal

_keys_option = click.option(
    "--keys",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var/secrets/keys"),
    show_default=True,
    help="The folder of the deployment's API keys, one <principal>.key each.",
)
_seed_option = click.option("--seed", type=int, default=1, show_default=True, help="Of all that is left to chance.")
CRORE_POISHA: Final = 10_000_000 * 100


@click.group()
def sandbox() -> None:
    """The outside world, to try things out against: nothing here is real, and its delays are compressed."""


@sandbox.command()
@click.argument("code")
@providers.options
def provider(
    code: str,
    folder: Path,
    seed: int,
    accounts: Path | None,
    late_s: float,
    return_s: float,
    mode: str | None,
) -> None:
    """Run one provider, such as bkash, against DSR_KAFKA until Ctrl-C."""
    providers.run([code], folder, seed, accounts, late_s, return_s, mode)


@sandbox.command()
@click.option("--refused", type=click.FloatRange(0, 1), default=0.03, show_default=True, help="Share refused a place.")
@click.option("--override", type=click.FloatRange(0, 1), default=0.0, show_default=True, help="Share passed over.")
@_seed_option
@_keys_option
@terminal.json_option
def committee(refused: float, override: float, seed: int, keys: Path, as_json: bool) -> None:
    """Decide on every offer of the closed rounds, as the committees would; ends when none is open."""
    with client_of(terminal.settings(), key_in(keys, "committee")) as client:
        minutes = committees.decide_rounds(client, committees.Habits(seed, refused, override))
    rows = [
        ("confirmed", minutes.confirmed),
        ("refused", minutes.refused),
        ("taken out of order", minutes.overridden),
        ("left open", minutes.left_open),
    ]
    _show("Committees", rows, as_json)


@sandbox.command()
@click.option("--share", type=click.FloatRange(0, 1), default=0.5, show_default=True, help="Of the reviews to decide.")
@_seed_option
@_keys_option
@terminal.json_option
def clerk(share: float, seed: int, keys: Path, as_json: bool) -> None:
    """Decide a share of the open reviews of duplicate detection, by their evidence."""
    with client_of(terminal.settings(), key_in(keys, "reviewer")) as client:
        work = decide_reviews(client, Clerk(seed, share))
    rows = [
        ("seen", work.seen),
        ("distinct", work.distinct),
        ("duplicate", work.duplicate),
        ("left to others", work.left),
        ("refused", work.refused),
    ]
    _show("Reviews", rows, as_json)


@sandbox.command()
@click.option("--crore-taka", type=click.IntRange(1), default=100, show_default=True, help="Allocated to each.")
@click.option("--released", type=click.IntRange(0, 100), default=100, show_default=True, help="Percent released.")
@_keys_option
@terminal.json_option
def treasury(crore_taka: int, released: int, keys: Path, as_json: bool) -> None:
    """Order money for every open programme and open its cycle of today."""
    settings = terminal.settings()
    policy = load_policy(settings.policy_dir)
    with (
        client_of(settings, key_in(keys, "treasury")) as orders,
        client_of(settings, key_in(keys, "operator")) as operator,
    ):
        prepared = finance.prepare_cycles(
            orders, operator, policy, _today(), crore_taka * CRORE_POISHA, released_percent=released
        )
    if as_json:
        terminal.show_json([one._asdict() for one in prepared])
    else:
        terminal.show_table("Cycles (poisha)", ("programme", "cycle", "allocated", "released"), prepared)


@sandbox.command()
@click.argument("programme")
@click.argument("cycle")
@_keys_option
@terminal.json_option
def payroll(programme: str, cycle: str, keys: Path, as_json: bool) -> None:
    """Freeze, sign and release the next list of CYCLE of PROGRAMME, as its offices would; it is to be paid by list."""
    settings = terminal.settings()
    policy = load_policy(settings.policy_dir)
    if programme not in policy.programmes:
        raise click.UsageError(f"There is no programme {programme}; there are {', '.join(policy.programmes)}.")
    owner = policy.programmes[programme].owner
    with (
        client_of(settings, key_in(keys, "operator")) as operator,
        client_of(settings, key_in(keys, "approver-upazila")) as upazila,
        client_of(settings, key_in(keys, f"approver-{owner}")) as ministry,
        client_of(settings, key_in(keys, "approver-finance")) as finance_division,
    ):
        offices = {"upazila": upazila, "ministry": ministry, "finance": finance_division}
        paid = pay_by_list(operator, offices, programme, cycle)
    if as_json:
        terminal.show_json(paid._asdict())
    else:
        row = [*paid[:5], ", ".join(paid.signed_by)]
        terminal.show_table("Released", ("programme", "cycle", "list", "people", "poisha", "signed by"), [row])


@sandbox.command()
@click.argument("source")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, writable=True))
@click.option("--applications", "-n", type=click.IntRange(1), default=100, show_default=True, help="How many.")
@click.option("--scenario", type=click.Choice(sorted(SCENARIOS)), default="mature", show_default=True)
@_seed_option
def population(source: str, file: Path, applications: int, scenario: str, seed: int) -> None:
    """Write filled-in application forms of SOURCE to FILE (.ndjson or .csv), to try out `dsr intake import`."""
    policy = load_policy(terminal.settings().policy_dir)
    if source not in policy.sources:
        raise click.UsageError(f"There is no source {source}; there are {', '.join(policy.sources)}.")
    write_forms(file, source, seed, SCENARIOS[scenario], policy, _today(), applications)
    click.echo(f"{applications} forms of made-up people are in {file}.", err=True)


@sandbox.command()
@click.option(
    "--directory", type=click.Path(path_type=Path), default=Path("var/kafka/alone"), show_default=True, help="Its data."
)
@click.option("--port", type=click.IntRange(1024, 65535), default=9092, show_default=True, help="On 127.0.0.1.")
def kafka(directory: Path, port: int) -> None:
    """Run a local Kafka until Ctrl-C. Its data stay, and the next run finds them."""
    with LocalKafka(directory, port) as broker:
        click.echo(f"Kafka answers at {broker.bootstrap}; its log is {broker.log}. Ctrl-C ends it.", err=True)
        broker.wait()


def _today() -> date:
    return policy_date(datetime.now(UTC))


def _show(title: str, rows: list[tuple[str, int]], as_json: bool) -> None:
    if as_json:
        sys.stdout.buffer.write(orjson.dumps({name.replace(" ", "_"): count for name, count in rows}) + b"\n")
    else:
        terminal.show_table(title, ("", ""), rows)
