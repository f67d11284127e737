"""``make bench-dedup``: the quality of duplicate detection beside its bars, figures into var/bench/dedup.json.

Parts: FEBRL 3 and 4 beside Splink, the made-up population at two sizes, lists in two scripts, the cost of the stage and
of a load at both sizes, a key that 100,000 people share, races of copies in two processes. Ends with 1 where a bar is
missed.
"""

import json
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from time import monotonic
from typing import Any, Final

from bench.dedup import crowd, febrl, population, quality, races, speed
from bench.dedup.bars import bars_of
from services.dedup.matching.bangladesh.normaliser import NORMALISER
from services.dedup.matching.engine import Engine
from services.dedup.matching.model_file import load
from services.dedup.matching.training.evaluate import bands

_MODEL: Final = Path("deploy/matching/bangladesh.json")
_FIGURES: Final = Path("var/bench/dedup.json")
_PARTS: Final = ("febrl", "population", "scripts", "speed", "crowd", "races")
_SEED: Final = 7
_LIST: Final = 50_000


def main() -> None:
    """Run the parts that are asked for, all of them if none is named."""
    parser = ArgumentParser(prog="make bench-dedup", description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=[100_000, 1_000_000], help="sizes of the population")
    parser.add_argument("--parts", nargs="+", choices=_PARTS, default=_PARTS)
    parser.add_argument("--peers", type=Path, help="a Python that has Splink and recordlinkage")
    parser.add_argument("--folder", type=Path, default=Path("var/bench/febrl"))
    asked = parser.parse_args()
    parts = asked.parts
    figures: dict[str, Any] = json.loads(_FIGURES.read_bytes()) if _FIGURES.exists() else {}
    engine = Engine(NORMALISER, load(_MODEL, NORMALISER), b"bench")
    if "febrl" in parts:
        figures |= _febrl(asked.folder, asked.peers)
    if "population" in parts:
        for people in asked.people:
            figures[f"population_{people}"] = _timed(_population, engine, people)
    if "scripts" in parts:
        figures["mixed_scripts"] = _timed(_scripts, engine)
    if "speed" in parts:
        begun = monotonic()
        for people, content in speed.run(asked.people, asked.peers).items():
            figures[f"speed_{people}"] = {**content, "seconds_of_all_sizes": round(monotonic() - begun, 1)}
    if "crowd" in parts:
        figures["crowd"] = _timed(crowd.run)
    if "races" in parts:
        figures["races"] = _timed(races.run)
    figures["model"] = engine.model.hash
    _FIGURES.parent.mkdir(parents=True, exist_ok=True)
    _FIGURES.write_text(json.dumps(figures, indent=2) + "\n")
    missed = _show(figures)
    sys.exit(1 if missed else 0)


def _timed(part: Any, *arguments: Any) -> dict[str, Any]:
    begun = monotonic()
    content: dict[str, Any] = part(*arguments)
    content["seconds"] = round(monotonic() - begun, 1)
    return content


def _febrl(folder: Path, peers: Path | None) -> dict[str, Any]:
    if peers is not None:
        subprocess.run([str(peers), "bench/dedup/peers.py", str(folder)], check=True, stdout=subprocess.DEVNULL)
    beside = folder / "splink.json"
    splink = json.loads(beside.read_text()) if beside.exists() else {}
    figures = {}
    for name in ("febrl3", "febrl4"):
        data = febrl.read(folder, name)
        figures[name] = {**febrl.link(data, febrl.train_on(data)), "splink": splink.get(name)}
    return figures


def _population(engine: Engine, people: int) -> dict[str, Any]:
    # Enough pairs for the bands, drawn from the whole run.
    compared = min(1.0, 300_000 / people)
    run = quality.run(engine, population.arrivals(_SEED, people), compared_share=compared)
    return {
        **run.figures(),
        "calibration": [_band(each) for each in bands(run.pairs)],
        "calibration_of_the_doubtful": [_band(each) for each in bands(run.doubtful)],
    }


def _scripts(engine: Engine) -> dict[str, Any]:
    bangla, english = population.lists_in_two_scripts(_SEED + 1, _LIST)
    return quality.run(engine, [*bangla, *english]).figures()


def _band(band: Any) -> dict[str, Any]:
    return {
        "pairs": band.pairs,
        "stated": band.stated,
        "observed": band.same / band.pairs,
        "interval": [band.interval.low, band.interval.high],
        "holds": band.holds,
    }


def _show(figures: dict[str, Any]) -> int:
    """The bars; how many are missed."""
    missed = 0
    for bar in bars_of(figures):
        missed += not bar.passed
        sign = "≥" if bar.at_least else "≤"
        sys.stdout.write(
            f"{'passed' if bar.passed else 'MISSED':7} {bar.name}: {bar.figure:.6g} ({sign} {bar.limit:g})\n"
        )
    for name in ("febrl3", "febrl4"):
        splink = figures.get(name, {}).get("splink")
        if splink:
            sys.stdout.write(f"        {name}: Splink on the same data: F1 {splink['f1']:.6g}\n")
    for name, part in figures.items():
        if name.startswith("speed_") and (splink := part.get("splink")):
            sys.stdout.write(
                f"        {name}: Splink on the same applications: {splink['one_cpu_us']} µs of CPU each by itself, "
                f"{splink['batch_cpu_us']} in a batch of {splink['batch_count']}; {splink['pair_cpu_us']} a pair\n"
            )
    sys.stdout.write(f"All figures: {_FIGURES}\n")
    return missed


if __name__ == "__main__":
    main()
