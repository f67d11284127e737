"""``dsr dedup train`` and ``dsr dedup evaluate``: a model from a register, and a model beside labelled pairs."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import click

from services.dedup.loading.reading import blocks_of, rows_in
from services.dedup.matching.bangladesh.normaliser import NORMALISER
from services.dedup.matching.bangladesh.plan import PLAN
from services.dedup.matching.engine import Engine
from services.dedup.matching.model_file import dump, load
from services.dedup.matching.training.evaluate import Band, Judged, measure
from services.dedup.matching.training.files import labelled_pairs
from services.dedup.matching.training.report import report
from services.dedup.matching.training.train import train as train_model
from shared.service import terminal
from shared.settings import load as load_settings

_NO_SECRET = b"no index is built"


def _in_a_folder(ctx: click.Context, param: click.Parameter, file: Path | None) -> Path | None:
    """Training takes minutes: that there is no such folder is said before."""
    if file is not None and not file.absolute().parent.is_dir():
        raise click.BadParameter(f"the folder {file.parent} does not exist; make it first.")
    return file


@click.command()
@click.argument("register", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("model", type=click.Path(dir_okay=False, writable=True, path_type=Path), callback=_in_a_folder)
@click.option("--id", "model_id", required=True, help="What decisions will call the model.")
@click.option("--note", default="", help="What a reader of the model must know, such as that its people are made up.")
@click.option("--report", "page", type=click.Path(dir_okay=False, writable=True, path_type=Path), callback=_in_a_folder,
              help="HTML to write.")  # fmt: skip
@click.option("--records", default=150_000, show_default=True, type=click.IntRange(100), help="At most so many.")
@terminal.json_option
def train(
    register: Path, model: Path, model_id: str, note: str, page: Path | None, records: int, as_json: bool
) -> None:
    """Train a matching model on the people of REGISTER (CSV, NDJSON, Parquet), to be written to MODEL. Needs no labels.

    Where the register is larger than --records its first ones are used, so give them in no order that means anything.
    """
    features = []
    people = (row for block in blocks_of(register, lambda count: None) for row in rows_in(block))
    for person in islice(people, records):
        features.append(NORMALISER.features(person))
        if len(features) % 10_000 == 0:
            click.echo(f"{len(features):,} records read", err=True)
    sample = f"{register.name}, {len(features)} records"
    trained = train_model(features, NORMALISER, PLAN, model_id=model_id, sample_id=sample, note=note)
    model.write_bytes(dump(trained.model))
    if page is not None:
        page.write_text(report(trained), encoding="utf-8")
    figures = {
        "model": str(model),
        "hash": trained.model.hash,
        "records": len(features),
        "candidate_pairs": sum(trained.sample.candidates.values()),
        "same_rate": trained.model.same_rate,
        "relative_rate": trained.model.relative_rate,
        "twin_rate": trained.model.twin_rate,
    }
    terminal.show_json(figures) if as_json else terminal.show_table("Trained", ("", ""), list(figures.items()))


@click.command()
@click.argument("pairs", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--model",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The one of DSR_MATCHING_MODEL if left out.",
)
@click.option("--register-size", required=True, type=click.IntRange(1), help="People among whom the pairs were found.")
@terminal.json_option
def evaluate(pairs: Path, model: Path | None, register_size: int, as_json: bool) -> None:
    """Measure a model on labelled PAIRS, one JSON object a line: label (same, different) and either levels, as
    `dsr dedup labels` writes them, or two records, ours and theirs."""
    engine = Engine(NORMALISER, load(model or load_settings().matching_model, NORMALISER), _NO_SECRET)
    measured = measure(_judged(engine, pairs, register_size))
    if as_json:
        terminal.show_json({**measured._asdict(), "bands": [_band(band) for band in measured.bands]})
        return
    figures = [(name, value) for name, value in measured._asdict().items() if name != "bands"]
    terminal.show_table("Labelled pairs", ("", ""), [(name, "" if value is None else value) for name, value in figures])
    rows = [list(_band(band).values()) for band in measured.bands]
    terminal.show_table("Stated probability", ("pairs", "stated", "observed", "low", "high", "holds"), rows)


def _judged(engine: Engine, pairs: Path, register_size: int) -> Iterator[Judged]:
    for pair in labelled_pairs(pairs):
        if pair.levels is not None:
            compared = engine.weigh(pair.levels, register_size)
        else:
            compared = engine.compare(engine.features(pair.ours), engine.features(pair.theirs), register_size)
        yield Judged(compared.p_same, compared.outcome, pair.same)


def _band(band: Band) -> dict[str, Any]:
    return {
        "pairs": band.pairs,
        "stated": round(band.stated, 6),
        "observed": round(band.same / band.pairs, 6),
        "low": round(band.interval.low, 6),
        "high": round(band.interval.high, 6),
        "holds": band.holds,
    }
