"""``dsr sandbox``: the outside world, part by part."""

from pathlib import Path

import click

from sandbox.providers import command as providers


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
