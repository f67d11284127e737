"""``python -m sandbox.providers``: all providers of the policy in one process, or those that are named."""

from pathlib import Path

import click

from sandbox.providers import command
from shared.service.exits import guarded


@click.command()
@click.argument("codes", nargs=-1)
@command.options
def main(
    codes: tuple[str, ...],
    folder: Path,
    seed: int,
    accounts: Path | None,
    late_s: float,
    return_s: float,
    mode: str | None,
) -> None:
    """Run the providers CODES (all of the policy by default) against DSR_KAFKA until SIGTERM or Ctrl-C."""
    command.run(codes, folder, seed, accounts, late_s, return_s, mode)


if __name__ == "__main__":
    guarded(lambda: main(standalone_mode=True))
