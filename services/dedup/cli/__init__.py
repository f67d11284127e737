"""``dsr dedup``: the queue of reviews and what a reviewer says, and who has asked about people."""

import click

from services.dedup.cli.labels import labels
from services.dedup.cli.lookups import lookups
from services.dedup.cli.review import review


@click.group()
def dedup() -> None:
    """Duplicate detection."""


dedup.add_command(review)
dedup.add_command(labels)
dedup.add_command(lookups)
