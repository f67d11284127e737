"""``dsr dedup index``: the register of people: building it from lists, and looking whether it is whole."""

import asyncio
import os
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import monotonic, time_ns
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.dedup.cli.findings import list_findings
from services.dedup.cli.opened import opened, run
from services.dedup.loading.load import load
from services.dedup.loading.prepare import Setting, engine_of
from services.dedup.loading.reading import blocks_of, size_of
from services.dedup.loading.rebuild import rebuild as make_anew
from services.dedup.loading.search import search
from services.dedup.loading.soundness import Stats, stats, verify
from services.dedup.matching.engine import Engine
from services.dedup.stores.anywhere import StoreBulk
from services.dedup.stores.bulk import Bulk
from services.dedup.stores.sqlite import SqliteBulk
from shared.memory import settle_memory
from shared.policy import load_policy
from shared.policy.dates import policy_date
from shared.privacy import Pseudonyms
from shared.service import terminal
from shared.service.exits import FAILED
from shared.service.secrets import pseudonym_key
from shared.settings import Settings
from shared.store.port import Store
from shared.store.sqlite import SqliteStore

REVIEW_DAYS = 90


@click.group()
def index() -> None:
    """The register of people that applications are compared with. It works on the store itself, on its machine."""


@index.command("build")
@click.argument("lists", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", help="The source that these people are of, where the list has no such column.")
@click.option("--programme", help="Their programme, where the list has no such column.")
@click.option("--review-by", type=click.DateTime(["%Y-%m-%d"]), help=f"Until when the pairs found are to be looked at; "
              f"{REVIEW_DAYS} days from today if left out.")  # fmt: skip
@click.option("--processes", default=os.cpu_count() or 1, show_default=True, type=click.IntRange(1))
@terminal.json_option
def build(
    lists: tuple[Path, ...],
    source: str | None,
    programme: str | None,
    review_by: datetime | None,
    processes: int,
    as_json: bool,
) -> None:
    """Load LISTS of beneficiaries (CSV, NDJSON, Parquet) and find who is in them twice.

    A cut-off load is simply run again. Nobody is stopped by what is found: it is listed by upazila, with a date, by
    `dsr dedup index findings`. Exit code 1: rows were left out, and are listed.
    """
    settings = terminal.settings()
    settle_memory()
    at_us = time_ns() // 1_000
    policy = load_policy(settings.policy_dir)
    _require_code("--source", source, policy.sources)
    _require_code("--programme", programme, policy.programmes)
    key = pseudonym_key(settings.pseudonym_key_file)
    setting = Setting(
        settings.matching_model, key, at_us, source, programme, frozenset(policy.sources), frozenset(policy.programmes)
    )
    due_on = _due_on(review_by, _today(at_us)).isoformat()
    engine = engine_of(setting.model, Pseudonyms(key))
    report: dict[str, Any] = {"lists": []}
    started = monotonic()
    with asyncio.Runner() as runner, opened(settings, runner, engine) as store, _progress() as progress:
        bulk = _bulk(settings, store, engine, runner)
        try:
            for path in lists:
                report["lists"].append({"list": str(path), **_load(path, bulk, setting, processes, progress)})
            bar = progress.add_task("Index", total=None)
            report["index_rows"] = bulk.finish(lambda count: progress.advance(bar, count))
        finally:
            bulk.close()
        report["load_s"] = round(monotonic() - started, 1)
        started = monotonic()
        bar = progress.add_task("Comparing", total=sum(one["rows"] for one in report["lists"]))
        found = search(
            settings.store_url("dedup"), setting, due_on, processes, lambda count: progress.advance(bar, count)
        )
    report |= {
        "search_s": round(monotonic() - started, 1),
        "review_by": due_on,
        "found": dict(found.found),
        "truncated": dict(found.truncated),
    }
    if as_json:
        terminal.show_json(report)
    else:
        _show(report)
    if any(one["left_out"] for one in report["lists"]):
        raise click.exceptions.Exit(FAILED)


index.add_command(list_findings)


@index.command("stats")
@terminal.json_option
def show_stats(as_json: bool) -> None:
    """How large the register is, and how full its blocks are."""

    async def work(store: Store, engine: Engine) -> Stats:
        return await stats(store, engine)

    found = run(work)
    content = found._asdict()
    if as_json:
        terminal.show_json(content)
    else:
        terminal.show_table("", ("", ""), terminal.flat(content))


@index.command("verify")
@terminal.json_option
def show_verify(as_json: bool) -> None:
    """Whether everybody in the register can be found: exit code 1 if not."""

    async def work(store: Store, engine: Engine) -> dict[str, int]:
        return await verify(store, engine)

    found = run(work)
    if as_json:
        terminal.show_json(found)
    else:
        terminal.show_table("", ("", ""), terminal.flat(found))
    if found["not_found"] or found["other_features"]:
        raise click.exceptions.Exit(FAILED)


@index.command("rebuild")
@terminal.json_option
def rebuild(as_json: bool) -> None:
    """Make the index anew from what is stored: after a change of the normaliser, with every dedup stopped."""
    settings = terminal.settings()
    engine = engine_of(settings.matching_model, Pseudonyms(pseudonym_key(settings.pseudonym_key_file)))
    with _progress() as progress:
        bar = progress.add_task("Rebuilding", total=None)
        done = asyncio.run(make_anew(settings.store_url("dedup"), engine, lambda count: progress.advance(bar, count)))
    if as_json:
        terminal.show_json(done)
    else:
        terminal.show_table("", ("", ""), terminal.flat(done))


def _load(path: Path, bulk: Bulk, setting: Setting, processes: int, progress: Progress) -> dict[str, Any]:
    reading = progress.add_task(f"Reading {path.name}", total=size_of(path))
    loading = progress.add_task("People", total=None)
    blocks = blocks_of(path, lambda count: progress.advance(reading, count))
    loaded = load(blocks, bulk, setting, processes, lambda count: progress.advance(loading, count))
    return {**loaded._asdict(), "bad": [bad._asdict() for bad in loaded.bad]}


def _show(report: dict[str, Any]) -> None:
    for one in report["lists"]:
        bad = one.pop("bad")
        terminal.show_table("", ("", ""), terminal.flat(one))
        if bad:
            terminal.show_table("Left out", ("row", "reason"), [[each["row"], each["reason"]] for each in bad])
    terminal.show_table("", ("", ""), terminal.flat({name: of for name, of in report.items() if name != "lists"}))


def _bulk(settings: Settings, store: Store, engine: Engine, runner: asyncio.Runner) -> Bulk:
    return SqliteBulk(store.path, engine) if isinstance(store, SqliteStore) else StoreBulk(store, engine, runner)


def _progress() -> Progress:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal)


def _require_code(option: str, code: str | None, known: Collection[str]) -> None:
    if code is not None and code not in known:
        raise click.BadParameter(f"{code!r} is no code of the policy. It has {', '.join(known)}.", param_hint=option)


def _due_on(review_by: datetime | None, today: date) -> date:
    if review_by is None:
        return today + timedelta(days=REVIEW_DAYS)
    if review_by.date() < today:
        raise click.BadParameter(f"this day is over; today is {today}.", param_hint="--review-by")
    return review_by.date()


def _today(at_us: int) -> date:
    return policy_date(datetime.fromtimestamp(at_us / 1_000_000, UTC))
