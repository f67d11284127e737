"""``python -m tests.mutation [NAME …]``: is each safeguard missed when it is gone? Exit code 1 if one is not."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from time import monotonic

import click

from sandbox.kafka.choose import local_or_given
from shared.errors import DsrError
from tests.mutation.catalogue import MUTANTS
from tests.mutation.copies import ROOT, Copy
from tests.mutation.mutant import Mutant
from tests.mutation.running import Outcome, Told, run_mutant, run_tests

REPORT = ROOT / "var" / "mutants" / "report.json"


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME …]")
@click.option(
    "--list", "only_list", is_flag=True, help="Say which mutants there are, and check that they fit the code."
)
@click.option("--jobs", default=min(2, os.cpu_count() or 1), show_default=True, help="Mutants at a time.")
@click.option("--without-kafka", is_flag=True, help="Leave out those that only a real Kafka shows.")
def main(names: tuple[str, ...], only_list: bool, jobs: int, without_kafka: bool) -> None:
    """Take safeguards out of a copy of the code, one at a time, and see that the tests named for them fail.

    First the tests must pass on the copy as it is. The report is written to var/mutants/report.json.
    """
    chosen = _chosen(names, without_kafka)
    try:
        for mutant in chosen:
            mutant.files(ROOT)
    except DsrError as error:
        raise click.ClickException(str(error)) from None
    if only_list:
        for mutant in chosen:
            click.echo(f"{mutant.name:36} {mutant.safeguard}")
        return
    with TemporaryDirectory(prefix="dsr-mutants-") as folder, _kafka(chosen, Path(folder)):
        copies = [Copy(_made(Path(folder) / f"copy-{number}")) for number in range(jobs)]
        _check_unchanged(copies[0], chosen)
        survived = _check_all(copies, chosen)
    sys.exit(1 if survived else 0)


def _chosen(names: Sequence[str], without_kafka: bool) -> list[Mutant]:
    known = {mutant.name: mutant for mutant in MUTANTS}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise click.UsageError(f"There is no mutant {', '.join(unknown)}; --list says which there are.")
    chosen = [known[name] for name in names] or list(MUTANTS)
    return [mutant for mutant in chosen if not (without_kafka and mutant.needs_kafka)]


@contextmanager
def _kafka(chosen: Sequence[Mutant], folder: Path) -> Iterator[None]:
    """One Kafka for all of them, where one needs it; their tests use topics of their own."""
    if not any(mutant.needs_kafka for mutant in chosen):
        yield
        return
    with local_or_given(os.environ.get("DSR_KAFKA"), _made(folder / "kafka")) as bootstrap:
        os.environ["DSR_KAFKA"] = bootstrap
        yield


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _check_unchanged(copy: Copy, chosen: Sequence[Mutant]) -> None:
    tests = list(dict.fromkeys(test for mutant in chosen for test in mutant.tests))
    told = run_tests(copy, tests, limit_s=600)
    if told.outcome is not Outcome.GREEN:
        click.echo(told.output)
        raise click.ClickException("The tests do not pass on the code as it is, so that they cannot judge a mutant.")
    click.echo(f"{len(tests)} tests pass on the code as it is ({told.seconds:.0f} s)")


def _check_all(copies: Sequence[Copy], chosen: Sequence[Mutant]) -> list[Mutant]:
    """Each mutant on a copy that is free; tells of each as it ends. Returns those that were not caught."""
    free: SimpleQueue[Copy] = SimpleQueue()
    for copy in copies:
        free.put(copy)

    def check(mutant: Mutant) -> Told:
        copy = free.get()
        try:
            return run_mutant(copy, mutant)
        finally:
            free.put(copy)

    started = monotonic()
    results: list[tuple[Mutant, Told]] = []
    with ThreadPoolExecutor(len(copies)) as pool:
        for mutant, told in zip(chosen, pool.map(check, chosen), strict=True):
            results.append((mutant, told))
            click.echo(f"{_word(told):9} {told.seconds:5.1f} s  {mutant.name:34} {told.by or mutant.safeguard}")
            if told.outcome is Outcome.NO_ANSWER:
                click.echo(told.output)
    survived = [mutant for mutant, told in results if told.outcome is not Outcome.RED]
    click.echo(
        f"{len(chosen) - len(survived)} of {len(chosen)} safeguards are missed when they are gone "
        f"({monotonic() - started:.0f} s)"
    )
    for mutant in survived:
        click.echo(f"NOT CAUGHT: {mutant.name}: that {mutant.safeguard}")
    _write(results)
    return survived


def _word(told: Told) -> str:
    return {Outcome.RED: "caught", Outcome.GREEN: "SURVIVED", Outcome.NO_ANSWER: "NO ANSWER"}[told.outcome]


def _write(results: Sequence[tuple[Mutant, Told]]) -> None:
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        {
            "mutant": mutant.name,
            "safeguard": mutant.safeguard,
            "outcome": told.outcome,
            "caught_by": told.by,
            "seconds": round(told.seconds, 1),
        }
        for mutant, told in results
    ]
    REPORT.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
