"""``python -m sandbox.kafka``: a Kafka alone, in the foreground, until Ctrl-C."""

import signal
import sys
from pathlib import Path

import click

from sandbox.kafka.broker import LocalKafka
from shared.errors import DsrError


@click.command()
@click.option(
    "--directory", type=click.Path(path_type=Path), default=Path("var/kafka/alone"), show_default=True, help="Its data."
)
@click.option("--port", type=click.IntRange(1024, 65535), default=9092, show_default=True, help="On 127.0.0.1.")
def main(directory: Path, port: int) -> None:
    """Run one local Kafka until Ctrl-C. Its data stay, and the next run finds them."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with LocalKafka(directory, port) as kafka:
            click.echo(f"Kafka answers at {kafka.bootstrap}; its log is {kafka.log}. Ctrl-C ends it.")
            kafka.wait()
    except DsrError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        click.echo("Kafka has ended.")


main()
