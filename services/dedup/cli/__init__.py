"""``dsr dedup``: the queue of reviews and what a reviewer says, who has asked about people, and models that match."""

import click

from services.dedup.cli.explain import explain
from services.dedup.cli.index import index
from services.dedup.cli.labels import labels
from services.dedup.cli.lookups import lookups
from services.dedup.cli.pairs import decide_pair, list_pairs
from services.dedup.cli.review import review
from services.dedup.cli.training import evaluate, train


@click.group()
def dedup() -> None:
    """Duplicate detection."""


review.add_command(list_pairs)
review.add_command(decide_pair)
dedup.add_command(explain)
dedup.add_command(index)
dedup.add_command(review)
dedup.add_command(labels)
dedup.add_command(lookups)
dedup.add_command(train)
dedup.add_command(evaluate)
