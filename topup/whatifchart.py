"""A what-if as diverging bars: what each shop would earn more or less. Pure."""

from dataclasses import dataclass
from decimal import Decimal

WIDTH, LEFT, RIGHT = 720, 190, 110  # names on the left, figures on the right
ROW, BAR = 26, 16
MOST_BARS = 20


@dataclass(frozen=True)
class Bar:
    """One shop's bar; places in units of the drawing."""

    label: str
    value: Decimal
    x: float
    y: int
    width: float

    @property
    def is_gain(self) -> bool:
        return self.value >= 0

    @property
    def text(self) -> str:
        """+0.40, −0.40."""
        return f"{'+' if self.is_gain else '−'}{abs(self.value):.2f}"

    @property
    def text_y(self) -> int:
        return self.y + BAR - 4


@dataclass(frozen=True)
class Chart:
    """The drawing: its size, the line of zero, the bars."""

    bars: list[Bar]
    zero: float
    height: int
    width: int = WIDTH


def chart_of(rows: list[tuple[str, Decimal]]) -> Chart:
    """Rows sorted from the largest gain to the largest loss; at most ten of each end."""
    shown = rows if len(rows) <= MOST_BARS else [*rows[: MOST_BARS // 2], *rows[-MOST_BARS // 2 :]]
    values = [value for _label, value in shown]
    low, high = min([Decimal(0), *values]), max([Decimal(0), *values])
    scale = (WIDTH - LEFT - RIGHT) / float(high - low or 1)
    zero = LEFT + float(-low) * scale
    bars = [
        Bar(
            label if len(label) <= 24 else f"{label[:23]}…", value,
            round(zero + min(0.0, float(value) * scale), 1), 8 + at * ROW,
            round(max(abs(float(value)) * scale, 1.0), 1),
        )
        for at, (label, value) in enumerate(shown)
    ]  # fmt: skip
    return Chart(bars, round(zero, 1), 16 + len(shown) * ROW)
