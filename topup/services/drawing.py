"""A report as pictures: what was sold day by day, and whose share it was."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from babel.dates import format_skeleton
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_bidi, to_locale
from django.utils.translation import gettext as _

from topup import charts
from topup.periods import DAY, Period
from topup.services.reports import Row

Write = Callable[[Decimal], str]  # an amount as people read it
MOST_BARS = 31
MOST_WEEKS = 120  # days; from here on the bars are months
MOST_PARTS = 8


def day_chart(rows: Sequence[Row], *, period: Period, currency: str, write: Write) -> SafeString:
    """What customers paid, by day; by week or month where days would be too many.

    Empty for a single day. `rows` are those of a report by day, or by month where the
    bars are months.
    """
    if period.length < 2:
        return SafeString("")
    paid = {
        max(row.key, period.first): row.figures.price for row in rows if row.currency == currency
    }
    sums: dict[date, Decimal] = {}
    for day in period.days:
        begin = max(_begin(day, period), period.first)
        sums[begin] = sums.get(begin, Decimal(0)) + paid.get(day, Decimal(0))
    bars = [charts.Bar(_label(day, period), value, write(value)) for day, value in sums.items()]
    best = max(bars, key=lambda bar: bar.value)
    text = _("Most on %(label)s: %(amount)s. In all %(total)s.") % {
        "label": best.label, "amount": best.text, "total": write(sum(sums.values(), Decimal(0))),
    }  # fmt: skip
    return charts.bars(
        bars, name="by-day", title=_title(period), text=text, rtl=get_language_bidi()
    )


def _title(period: Period) -> str:
    if period.length <= MOST_BARS:
        return _("Sales by day")
    return _("Sales by week") if period.length <= MOST_WEEKS else _("Sales by month")


def _begin(day: date, period: Period) -> date:
    """The first day of the bar that a day is part of."""
    if period.length <= MOST_BARS:
        return day
    return day - DAY * day.weekday() if period.length <= MOST_WEEKS else day.replace(day=1)


def _label(day: date, period: Period) -> str:
    skeleton = "MMMd" if period.length <= MOST_WEEKS else "yMMM"
    return str(format_skeleton(skeleton, day, locale=to_locale(get_language() or "en")))


def share_chart(
    rows: Sequence[Row], *, currency: str, write: Write, name: str, title: str
) -> SafeString:
    """The largest parts of what customers paid, the rest as one. Empty for less than two."""
    ours = [row for row in rows if row.currency == currency]
    if len(ours) < 2:
        return SafeString("")
    bars = [_part(row.label or _("Without a name"), row.figures.price, write) for row in ours]
    if len(bars) > MOST_PARTS:
        rest = sum((bar.value for bar in bars[MOST_PARTS - 1 :]), Decimal(0))
        bars = [*bars[: MOST_PARTS - 1], _part(_("All others"), rest, write)]
    text = "; ".join(f"{bar.label} {bar.text}" for bar in bars)
    return charts.shares(bars, name=name, title=title, text=text, rtl=get_language_bidi())


def _part(label: str, value: Decimal, write: Write) -> charts.Bar:
    return charts.Bar(label, value, write(value))
