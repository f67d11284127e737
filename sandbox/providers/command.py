"""The command that runs providers: ``python -m sandbox.providers`` all of the policy, ``dsr sandbox provider`` one."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import uvloop

from sandbox.providers.modes import Delays, Mode
from sandbox.providers.run import Setup, serve
from shared.observability import logs
from shared.policy import load_policy
from shared.service import terminal

_DELAYS = Delays()


def options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that both commands have; they give ``folder``, ``seed``, ``accounts``, ``late_s`` … ``mode``."""
    for option in (
        click.option("--mode", type=click.Choice([mode.value for mode in Mode]), help="One fate for all instructions."),
        click.option("--return-s", type=float, default=_DELAYS.return_s, show_default=True, help="Seconds for weeks."),
        click.option("--late-s", type=float, default=_DELAYS.late_s, show_default=True, help="Seconds for days."),
        click.option(
            "--accounts", type=click.Path(path_type=Path, dir_okay=False, exists=True),
            help="A CSV file of the accounts that are no good; otherwise they are made up by the seed.",
        ),
        click.option("--seed", type=int, default=1, show_default=True, help="Of everything that is left to chance."),
        click.option(
            "--directory", "folder", type=click.Path(path_type=Path, file_okay=False), default=Path("var/providers"),
            show_default=True, help="Where each provider keeps its memory, which survives a restart.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def run(
    codes: Sequence[str],
    folder: Path,
    seed: int,
    accounts: Path | None,
    late_s: float,
    return_s: float,
    mode: str | None,
) -> None:
    """Run providers against ``DSR_KAFKA`` until they are told to stop; no codes: all of the policy."""
    settings = terminal.settings()
    logs.configure(level=settings.log_level, style=settings.log_format, stage="providers")
    policy = load_policy(settings.policy_dir)
    unknown = set(codes) - set(policy.providers)
    if unknown:
        raise click.UsageError(f"Unknown: {', '.join(sorted(unknown))}. There are {', '.join(policy.providers)}.")
    setup = Setup(folder, seed, accounts, Delays(late_s=late_s, time_out_s=late_s, return_s=return_s), _mode(mode))
    chosen = tuple(codes) or tuple(policy.providers)
    click.echo(
        f"Running {', '.join(chosen)} on {settings.kafka}. Delays are compressed: {late_s:g} s stand for days and "
        f"{return_s:g} s for weeks. Ctrl-C ends it; what was paid is then in {folder / 'ledgers.json'}.",
        err=True,
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(chosen, policy, settings, setup))


def _mode(mode: str | None) -> Mode | None:
    return None if mode is None else Mode(mode)
