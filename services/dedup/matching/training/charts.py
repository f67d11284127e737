"""Charts as SVG inside a page: no script, nothing fetched from elsewhere."""

from collections.abc import Sequence
from html import escape
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
        parts.append(_key(name, number, _TOP + 16 + 16 * number))
    for x, y, radius in dots:
        across, down = at(x, y).split(",")
        parts.append(f'<circle class="dot" cx="{across}" cy="{down}" r="{radius:.1f}"/>')
    return _svg(_HEIGHT, f"{y_label} over {x_label}", parts)


def bar_chart(rows: Sequence[tuple[str, Sequence[float]]], series: Sequence[str]) -> str:
    """Bars to both sides of zero, a group of them for each row."""
    most = max((abs(value) for _, values in rows for value in values), default=1.0) or 1.0
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
    for part in range(5):
        x = x_low + (x_high - x_low) * part / 4
        y = y_low + (y_high - y_low) * part / 4
        across = _LEFT + (right - _LEFT) * part / 4
        down = low - (low - _TOP) * part / 4
        parts.append(f'<text class="tick" x="{across:.0f}" y="{low + 16}">{_short(x)}</text>')
        parts.append(f'<text class="tick y" x="{_LEFT - 6}" y="{down + 4:.0f}">{_short(y)}</text>')
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{right}" y1="{down:.0f}" y2="{down:.0f}"/>')
    return "".join(parts)


def _span(values: Sequence[float]) -> Point:
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _short(value: float) -> str:
    return f"{value:.4g}" if abs(value) >= 1e-3 or value == 0 else f"{value:.0e}"


def _svg(height: float, title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height:.0f}" role="img" aria-label="{escape(title)}">' + "".join(parts) + "</svg>"
    )
