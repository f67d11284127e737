"""What a training found, as one page of HTML that needs nothing else: curves, weights, calibration."""

from collections.abc import Iterable
from html import escape
from typing import Final

from services.dedup.matching.training.charts import Point, bar_chart, line_chart
from services.dedup.matching.training.train import Trained
from services.dedup.matching.weights import between, share

_STYLE: Final = """
:root { --ink: #1d2733; --soft: #5b6775; --line: #d5dbe2; --paper: #fff; --a: #1f6fb2; --b: #c8641b; --c: #3b8a4f }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6eaee; --soft: #9aa7b4; --line: #38424d; --paper: #14191f; --a: #69b1ee; --b: #f0a161; --c: #7ecb92 }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 760px;
  margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; margin: 0 0 .8rem }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .3rem }
h3 { font-size: 1rem; margin: 1.4rem 0 .2rem }
p { margin: .3rem 0 .6rem; color: var(--soft) }
svg { width: 100%; height: auto; display: block }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; margin-top: .6rem }
td, th { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: right }
td:first-child, th:first-child { text-align: left }
.note { border-left: 3px solid var(--b); padding: .2rem .8rem; color: var(--ink) }
.axis { stroke: var(--soft) }
.grid { stroke: var(--line) }
.line { fill: none; stroke-width: 2 }
.line.l0 { stroke: var(--a) }
.line.l1 { stroke: var(--b); stroke-dasharray: 5 4 }
.dot { fill: var(--c); fill-opacity: .8 }
.bar.l0 { fill: var(--b) }
.bar.l1 { fill: var(--c) }
.bar.l2 { fill: var(--a) }
text { font-size: 12px; fill: var(--ink) }
.label, .tick { text-anchor: middle; fill: var(--soft) }
.tick.y, .key, .row { text-anchor: end }
.value { fill: var(--soft); font-size: 11px }
.curves .key.l0, .bars .key.l2 { fill: var(--a) }
.curves .key.l1, .bars .key.l0 { fill: var(--b) }
.bars .key.l1 { fill: var(--c) }
"""


def report(trained: Trained) -> str:
    """The page. It holds shares and counts of a register, and no value of any person."""
    model, classes, sample = trained.model, trained.classes, trained.sample
    facts = [
        ("Model", model.id),
        ("Hash of its file", model.hash[:16] + "…"),
        ("Normaliser", model.normaliser),
        ("Sample", model.sample),
        ("Records", f"{sample.records:,}"),
        ("Pairs that share a key", f"{sum(sample.candidates.values()):,}"),
        ("Pairs with an equal identity", f"{classes.identical_pairs:,}"),
        ("Pairs that agree on what relatives share", f"{classes.relative_pairs:,}"),
        ("Same person, pairs a record", f"{model.same_rate:.4f}"),
        ("Relatives, pairs a record", f"{model.relative_rate:.4f}"),
        ("Twins, pairs a record", f"{model.twin_rate:.4f}"),
        ("Automatic from / review from (bits)", f"{model.automatic:g} / {model.review:g}"),
    ]
    body = [
        f"<h1>Matching model {escape(model.id)}</h1>",
        f'<p class="note">{escape(model.note)}</p>' if model.note else "",
        _table(("", ""), facts),
        "<h2>Learning</h2><p>Log-likelihood of the pairs with an equal identity, step by step: it rises and stops.</p>",
        '<div class="curves">',
        line_chart([("bits a pair", [(float(n + 1), y) for n, y in enumerate(classes.trace)])], "step", "bits a pair"),
        "</div>",
        "<h2>Calibration</h2><p>Without the identity field: the weight of a pair, and the share of pairs whose "
        "identities bear out that they are one person. The line is what the model states once calibrated; each dot is "
        "a stretch of pairs.</p>",
        '<div class="curves">',
        _calibration(trained),
        "</div>",
        _stretches(trained),
        "<h2>Weights</h2><p>Bits for (right) or against (left) one person, over a relative, a twin and a stranger. The "
        "number is that over a stranger; an exact agreement on a rare name weighs more than shown. All bars are to one "
        "scale.</p>",
        '<div class="bars">',
    ]
    weights = [
        (field.name, [(each.name, (each.over_relative, each.over_twin, each.over_stranger)) for each in field.levels])
        for field in model.fields
    ]
    most = max((abs(bits) for _, rows in weights for _, level in rows for bits in level), default=0.0) or 1.0
    for name, rows in weights:
        body += [f"<h3>{escape(name)}</h3>", bar_chart(rows, ("relative", "twin", "stranger"), most)]
    body.append("</div><h2>Probabilities</h2>")
    body.append(
        _table(
            ("level", "m same", "h relative", "t twin", "u stranger"),
            (
                (f"{field.name}: {each.name}", f"{each.m:.5f}", f"{each.h:.5f}", f"{each.t:.5f}", f"{each.u:.2g}")
                for field in model.fields
                for each in field.levels
            ),
        )
    )
    title = escape(f"Matching model {model.id}")
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style><body>{''.join(body)}</body></html>\n"
    )


def _calibration(trained: Trained) -> str:
    low, high = -16.0, 16.0
    knots = trained.model.calibration
    steps = [low + (high - low) * part / 80 for part in range(81)]
    stated: list[Point] = [(weight, share(between(knots, weight))) for weight in steps]
    raw: list[Point] = [(weight, share(weight)) for weight in steps]
    dots = [(each.weight, each.share, 4.0) for each in trained.stretches if low <= each.weight <= high]
    return line_chart([("stated", stated), ("before", raw)], "raw weight in bits", "one person", dots)


def _stretches(trained: Trained) -> str:
    knots = trained.model.calibration
    rows = (
        (f"{each.weight:.1f}", f"{each.pairs:,}", f"{each.share:.4f}", f"{share(between(knots, each.weight)):.4f}")
        for each in trained.stretches
    )
    return _table(("raw weight", "pairs", "borne out", "stated"), rows)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head) if any(head) else ""
    lines = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table>{'<tr>' + top + '</tr>' if top else ''}{lines}</table>"
