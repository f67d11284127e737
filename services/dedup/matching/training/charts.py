"""Charts as SVG inside a page: no script, nothing fetched from elsewhere."""

from collections.abc import Sequence
from html import escape
from math import ceil, floor, log10
from typing import Final

_WIDTH: Final = 640
_HEIGHT: Final = 260
_LEFT: Final = 68
_BOTTOM: Final = 40
_TOP: Final = 14

Point = tuple[float, float]


def line_chart(
    lines: Sequence[tuple[str, Sequence[Point]]],
    x_label: str,
    y_label: str,
    dots: Sequence[tuple[float, float, float]] = (),
) -> str:
    """Named lines, and dots (x, y, radius in pixels), on common axes."""
    points = [point for _, line in lines for point in line] + [(x, y) for x, y, _ in dots]
    if not points:
        return "<p>Nothing to show.</p>"
    x_low, x_high = _span([x for x, _ in points])
    y_low, y_high = _span([y for _, y in points])

    def at(x: float, y: float) -> str:
        across = _LEFT + (x - x_low) / (x_high - x_low) * (_WIDTH - _LEFT - 14)
        down = _TOP + (y_high - y) / (y_high - y_low) * (_HEIGHT - _TOP - _BOTTOM)
        return f"{across:.1f},{down:.1f}"

    parts = [_axes(x_low, x_high, y_low, y_high, x_label, y_label)]
    for number, (name, line) in enumerate(lines):
        path = " ".join(at(x, y) for x, y in line)
        parts.append(f'<polyline class="line l{number}" points="{path}"><title>{escape(name)}</title></polyline>')
        # Below right, where a curve that rises leaves room.
        parts.append(_key(name, number, _HEIGHT - _BOTTOM - 10 - 16 * (len(lines) - 1 - number)))
    for x, y, radius in dots:
        across, down = at(x, y).split(",")
        parts.append(f'<circle class="dot" cx="{across}" cy="{down}" r="{radius:.1f}"/>')
    return _svg(_HEIGHT, f"{y_label} over {x_label}", parts)


def bar_chart(rows: Sequence[tuple[str, Sequence[float]]], series: Sequence[str], most: float) -> str:
    """Bars to both sides of zero, a group of them for each row; ``most`` is what the longest one may stand for, so that
    charts of one page can be held beside each other."""
    label, thick = 150, 7
    step = thick * len(series) + 9
    middle, reach = label + (_WIDTH - label) / 2, (_WIDTH - label) / 2 - 40
    parts = []
    for number, name in enumerate(series):
        parts.append(_key(name, number, 12 + 15 * number))
    top = 15 * len(series) + 8
    for place, (name, values) in enumerate(rows):
        y = top + place * step
        parts.append(f'<text class="row" x="{label - 8}" y="{y + step / 2:.0f}">{escape(name)}</text>')
        for number, value in enumerate(values):
            length = abs(value) / most * reach
            x = middle if value >= 0 else middle - length
            parts.append(
                f'<rect class="bar l{number}" x="{x:.1f}" y="{y + number * thick}" width="{length:.1f}" '
                f'height="{thick - 1}">'
                f"<title>{escape(name)}, {escape(series[number])}: {value:+.1f} bits</title></rect>"
            )
        end = middle + values[-1] / most * reach
        side, anchor = (4, "start") if values[-1] >= 0 else (-4, "end")
        parts.append(
            f'<text class="value" x="{end + side:.1f}" y="{y + step - 10}" text-anchor="{anchor}">'
            f"{values[-1]:+.1f}</text>"
        )
    height = top + len(rows) * step + 6
    parts.append(f'<line class="axis" x1="{middle}" x2="{middle}" y1="{top - 4}" y2="{height}"/>')
    return _svg(height, "bits of each level", parts)


def _key(name: str, number: int, down: int) -> str:
    return f'<text class="key l{number}" x="{_WIDTH - 18}" y="{down}">{escape(name)}</text>'


def _axes(x_low: float, x_high: float, y_low: float, y_high: float, x_label: str, y_label: str) -> str:
    right, low = _WIDTH - 14, _HEIGHT - _BOTTOM
    parts = [
        f'<line class="axis" x1="{_LEFT}" x2="{right}" y1="{low}" y2="{low}"/>',
        f'<line class="axis" x1="{_LEFT}" x2="{_LEFT}" y1="{_TOP}" y2="{low}"/>',
        f'<text class="label" x="{(_LEFT + right) / 2:.0f}" y="{_HEIGHT - 6}">{escape(x_label)}</text>',
        f'<text class="label" transform="translate(13 {(low + _TOP) / 2:.0f}) rotate(-90)">{escape(y_label)}</text>',
    ]
    for x in _ticks(x_low, x_high):
        across = _LEFT + (right - _LEFT) * (x - x_low) / (x_high - x_low)
        parts.append(f'<text class="tick" x="{across:.0f}" y="{low + 16}">{x:g}</text>')
    for y in _ticks(y_low, y_high):
        down = low - (low - _TOP) * (y - y_low) / (y_high - y_low)
        parts.append(f'<text class="tick y" x="{_LEFT - 6}" y="{down + 4:.0f}">{y:g}</text>')
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{right}" y1="{down:.0f}" y2="{down:.0f}"/>')
    return "".join(parts)


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers from low to high, about five of them."""
    rough = (high - low) / 5
    power = 10.0 ** floor(log10(rough))
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough)
    return [round(number * step, 9) for number in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]


def _span(values: Sequence[float]) -> Point:
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _svg(height: float, title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height:.0f}" role="img" aria-label="{escape(title)}">' + "".join(parts) + "</svg>"
    )
