"""Charts as SVG, drawn by the server. Pure: figures in, markup out.

Colours come from classes (static/css/reports.css), sizes from attributes: the CSP
allows no inline style. A chart is a picture to a screen reader, with its name and
a sentence; the figures stand in a table beside it. `rtl` mirrors it for pages that
are read from right to left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

WIDTH, HEIGHT = 320, 150
TOP, BOTTOM = 20, 22  # room for the highest figure, and for the labels below
ROW = 34
MOST_LABELS = 4
PRECISION = Decimal("0.01")


@dataclass(frozen=True)
class Bar:
    """One figure, what it is of, and how it is written."""

    label: str
    value: Decimal
    text: str


def bars(bars: Sequence[Bar], *, name: str, title: str, text: str, rtl: bool = False) -> SafeString:
    """Bars side by side, such as days. Negative ones hang below the line.

    `name` makes ids of the page, `title` names the picture, `text` says it in a sentence.
    """
    top = max((bar.value for bar in bars), default=Decimal(0))
    low = min((bar.value for bar in bars), default=Decimal(0))
    scale = _Scale(high=max(top, Decimal(0)), low=min(low, Decimal(0)))
    step = Decimal(WIDTH) / max(len(bars), 1)
    parts = [_line(scale.y(Decimal(0)))]
    for number, bar in enumerate(bars):
        parts.append(_column(bar, _mirrored(step * number, step, rtl=rtl), step, scale))
    parts += _labels(bars, step, rtl=rtl)
    if bars and top > 0:
        parts.append(_highest(bars, step, scale, rtl=rtl))
    return _picture(parts, name=name, title=title, text=text, height=HEIGHT)


@dataclass(frozen=True)
class _Scale:
    high: Decimal
    low: Decimal

    def y(self, value: Decimal) -> Decimal:
        """Where a value stands, counted from above."""
        room = Decimal(HEIGHT - TOP - BOTTOM)
        return TOP + (self.high - value) * room / ((self.high - self.low) or 1)


def _column(bar: Bar, x: Decimal, step: Decimal, scale: _Scale) -> SafeString:
    zero, end = scale.y(Decimal(0)), scale.y(bar.value)
    css = "chart-bar" if bar.value >= 0 else "chart-bar chart-below"
    gap = min(step / 5, Decimal(4))
    return format_html(
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="1"><title>{}: {}</title></rect>',
        css, _n(x + gap / 2), _n(min(zero, end)), _n(step - gap), _n(abs(zero - end)),
        bar.label, bar.text,
    )  # fmt: skip


def _labels(bars: Sequence[Bar], step: Decimal, *, rtl: bool) -> list[SafeString]:
    """Some of the labels, evenly: as many as there is room for."""
    every = -(-len(bars) // MOST_LABELS) or 1
    return [
        _text(bar.label, x=_middle(number, step, rtl=rtl), y=Decimal(HEIGHT - 6), css="chart-label")
        for number, bar in enumerate(bars)
        if number % every == 0
    ]


def _highest(bars: Sequence[Bar], step: Decimal, scale: _Scale, *, rtl: bool) -> SafeString:
    number = max(range(len(bars)), key=lambda n: bars[n].value)
    x = _middle(number, step, rtl=rtl)
    return _text(bars[number].text, x=x, y=scale.y(bars[number].value) - 5, css="chart-figure")


def _middle(number: int, step: Decimal, *, rtl: bool) -> Decimal:
    """The middle of a column, far enough from the edges for words."""
    middle = _mirrored(step * number, step, rtl=rtl) + step / 2
    return min(max(middle, Decimal(34)), Decimal(WIDTH - 34))


def shares(
    bars: Sequence[Bar], *, name: str, title: str, text: str, rtl: bool = False
) -> SafeString:
    """One row for each part: its label, its figure, and a bar as long as its share.

    What is not more than zero has no share: it is written, and has no bar.
    """
    whole = sum((bar.value for bar in bars if bar.value > 0), Decimal(0))
    parts: list[SafeString] = []
    for number, bar in enumerate(bars):
        share = max(bar.value, Decimal(0)) / whole if whole else Decimal(0)
        parts.append(_share_row(bar, share, number * ROW, rtl=rtl))
    return _picture(parts, name=name, title=title, text=text, height=max(len(bars), 1) * ROW)


def _share_row(bar: Bar, share: Decimal, y: int, *, rtl: bool) -> SafeString:
    width = share * WIDTH
    begin, end = ("end", "start") if rtl else ("start", "end")
    left, right = (Decimal(WIDTH), Decimal(0)) if rtl else (Decimal(0), Decimal(WIDTH))
    told = f"{bar.text} · {share * 100:.0f} %"
    label = bar.label if len(bar.label) <= 22 else f"{bar.label[:21]}…"
    return format_html(
        '{}{}<rect class="chart-ground" x="0" y="{}" width="{}" height="10" rx="3"/>'
        '<rect class="chart-bar" x="{}" y="{}" width="{}" height="10" rx="3"/>',
        _text(label, x=left, y=Decimal(y + 13), css="chart-label", anchor=begin),
        _text(told, x=right, y=Decimal(y + 13), css="chart-figure", anchor=end),
        y + 19, WIDTH, _n(_mirrored(Decimal(0), width, rtl=rtl)), y + 19, _n(width),
    )  # fmt: skip


def _mirrored(x: Decimal, width: Decimal, *, rtl: bool) -> Decimal:
    return WIDTH - x - width if rtl else x


def _line(y: Decimal) -> SafeString:
    return format_html(
        '<line class="chart-line" x1="0" x2="{}" y1="{}" y2="{}"/>', WIDTH, _n(y), _n(y)
    )


def _text(words: str, *, x: Decimal, y: Decimal, css: str, anchor: str = "middle") -> SafeString:
    return format_html(
        '<text class="{}" x="{}" y="{}" text-anchor="{}" font-size="11">{}</text>',
        css, _n(x), _n(y), anchor, words,
    )  # fmt: skip


def _picture(
    parts: Sequence[SafeString], *, name: str, title: str, text: str, height: int
) -> SafeString:
    """Letters run from left to right inside: the anchors of their ends would turn else."""
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" direction="ltr" focusable="false" '
        'aria-labelledby="{}-title {}-text"><title id="{}-title">{}</title>'
        '<desc id="{}-text">{}</desc>{}</svg>',
        WIDTH, height, name, name, name, title, name, text,
        format_html_join("", "{}", ((part,) for part in parts)) or mark_safe(""),
    )  # fmt: skip


def _n(value: Decimal) -> str:
    """A coordinate, short."""
    return f"{value.quantize(PRECISION).normalize():f}"
