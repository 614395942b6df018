"""Bars as SVG, by hand: one for each contender, readable on white and on black."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

BAR, GAP, NAMES, BARS, AFTER, HEAD = 20, 8, 150, 400, 110, 48
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#24292f}.h{font-weight:600}.q{fill:#57606a}"
    ".o{fill:#9aa4af}.e{fill:#0969da}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.q{fill:#9198a1}.o{fill:#656c76}.e{fill:#58a6ff}}"
)


class Bar(NamedTuple):
    """A contender and its figure; ours is drawn apart from the others."""

    name: str
    value: float
    text: str
    ours: bool


class Chart(NamedTuple):
    """A title, what is better, and the bars in the order in which they are drawn."""

    title: str
    better: str
    bars: Sequence[Bar]


def drawn(charts: Sequence[Chart]) -> str:
    """The charts, one below the other."""
    width, at, parts = NAMES + BARS + AFTER, 0, []
    for chart in charts:
        parts += _chart(chart, at)
        at += HEAD + len(chart.bars) * (BAR + GAP) + 2 * GAP
    label = escape("; ".join(chart.title for chart in charts))
    size = f'width="{width}" height="{at}" viewBox="0 0 {width} {at}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{label}">'
    return "\n".join([head, f"<style>{STYLE}</style>", *parts, "</svg>", ""])


def _chart(chart: Chart, top: int) -> list[str]:
    longest = max((bar.value for bar in chart.bars), default=0.0) or 1.0
    title = f'<text class="h" x="0" y="{top + 18}">{escape(chart.title)}</text>'
    lines = [title, f'<text class="q" x="0" y="{top + 36}">{escape(chart.better)}</text>']
    for number, bar in enumerate(chart.bars):
        y = top + HEAD + number * (BAR + GAP)
        length = max(bar.value / longest * BARS, 1.0)
        kind = "e" if bar.ours else "o"
        middle = y + BAR - 5
        lines += [
            f'<text x="{NAMES - 10}" y="{middle}" text-anchor="end">{escape(bar.name)}</text>',
            f'<rect class="{kind}" x="{NAMES}" y="{y}" width="{length:.1f}" height="{BAR}" rx="2"/>',
            f'<text x="{NAMES + length + 8:.1f}" y="{middle}">{escape(bar.text)}</text>',
        ]
    return lines
