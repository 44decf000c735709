"""Lines in a square, as SVG: what the pages of the boards draw with."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT, EDGE = 420, 260, 44
STYLES = ("one", "two", "three", "four", "five", "six", "seven")
ROW = 18  # pixels of a line of the legend
IN_ROW = 2

Line = Sequence[tuple[float, float]]


def chart(title: str, lines: dict[str, Line], right: float, mark: float | None = None) -> str:
    """Lines from 0 to `right` and from 0 to 1; `mark` is a place of note on the lower axis."""
    inner_w, inner_h = WIDTH - 2 * EDGE, HEIGHT - 2 * EDGE
    rows = (len(lines) + IN_ROW - 1) // IN_ROW
    high = HEIGHT + ROW * (rows - 1)

    def place(point: tuple[float, float]) -> str:
        return f"{EDGE + point[0] / right * inner_w:.1f},{HEIGHT - EDGE - point[1] * inner_h:.1f}"

    marks = "".join(
        f'<line class="axis" x1="{EDGE}" x2="{WIDTH - EDGE}" y1="{y:.0f}" y2="{y:.0f}"/><text x="{EDGE - 8}" y="{y + 4:.0f}" text-anchor="end">{n / 4:g}</text>'
        for n, y in ((n, HEIGHT - EDGE - n / 4 * inner_h) for n in range(5))
    )
    below = "".join(
        f'<text x="{EDGE + n / 5 * inner_w:.0f}" y="{HEIGHT - EDGE + 18}" text-anchor="middle">{right * n / 5:g}</text>'
        for n in range(6)
    )
    drawn = "".join(
        f'<polyline class="{css}" points="{" ".join(place(p) for p in line)}"/>{_legend(css, said, n)}'
        for n, (css, (said, line)) in enumerate(zip(STYLES, lines.items(), strict=False))
    )
    if mark is not None:
        x = EDGE + mark / right * inner_w
        marks += f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{EDGE}" y2="{HEIGHT - EDGE}"/>'
    return (
        f'<figure><figcaption>{escape(title)}</figcaption><svg viewBox="0 0 {WIDTH} {high}" role="img" aria-label="{escape(title)}">'
        f"{marks}{below}{drawn}</svg></figure>"
    )


def _legend(css: str, said: str, n: int) -> str:
    x, y = EDGE + n % IN_ROW * 180, HEIGHT - 8 + n // IN_ROW * ROW
    return f'<line class="{css}" x1="{x}" x2="{x + 24}" y1="{y}" y2="{y}"/><text x="{x + 30}" y="{y + 4}">{escape(said)}</text>'
