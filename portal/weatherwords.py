"""How an operator does, for its button and for the page of its goods: a picture and words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.models import Operator
from topup.models import OperatorWeather, Shop
from topup.models.weather import Hold
from topup.services import pauses

#: With fewer sales that tell something, nothing is told.
FEWEST = 3
#: Figures that nobody has counted for so long are not shown.
STALE = timedelta(minutes=5)
GOOD, FAIR = 0.85, 0.5


@dataclass(frozen=True)
class Weather:
    """`tone` is good, doubt or bad; it colours, the words tell. `is_closed`: nothing is sold."""

    icon: str
    tone: str
    short: str
    text: str
    is_closed: bool = False

    @property
    def is_bad(self) -> bool:
        return self.tone == "bad"


def tell(operators: Iterable[Operator], shop: Shop) -> None:
    """Set `told_weather` of each: its weather, or None. One query."""
    known = {operator.pk: operator for operator in operators}
    rows = OperatorWeather.objects.filter(operator__in=known).select_related("operator")
    found = {row.operator_id: weather_of(row, shop) for row in rows}
    for pk, operator in known.items():
        operator.told_weather = found.get(pk)  # type: ignore[attr-defined]


def weather_of(row: OperatorWeather, shop: Shop) -> Weather | None:
    """None where there is too little to tell."""
    is_paused = row.hold == Hold.CLOSED or (row.hold != Hold.OPEN and row.paused_until)
    if is_paused:
        told = pauses.refusal(row, shop)
        if told:
            return Weather("circle-x", "bad", _paused(row, shop), told, is_closed=True)
        text = _("It had trouble. The next sale is the first one that tries it again.")
        return Weather("triangle-alert", "doubt", _("had trouble"), text)
    telling = row.delivered + row.failed
    is_old = row.counted_at is None or timezone.now() - row.counted_at > STALE
    return None if telling < FEWEST or is_old else _figures(row, telling)


def _paused(row: OperatorWeather, shop: Shop) -> str:
    if row.hold == Hold.CLOSED or not row.paused_until:
        return _("closed for now")
    if row.paused_until <= timezone.now():
        return _("being tried")
    return _("paused until %s") % f"{row.paused_until.astimezone(shop.zone):%H:%M}"


def _figures(row: OperatorWeather, telling: int) -> Weather:
    share = row.delivered / telling
    values = {
        "share": number_format(round(100 * share)), "count": telling,
        "median": _duration(row.median_seconds), "slowest": _duration(row.slowest_seconds),
    }  # fmt: skip
    text = ngettext(
        "%(share)s %% of %(count)s sale of the last 30 minutes arrived.",
        "%(share)s %% of %(count)s sales of the last 30 minutes arrived.",
        telling,
    )
    text = text % values
    if row.median_seconds is not None:
        more = _("Usually it took %(median)s, the slowest took %(slowest)s.")
        text = f"{text} {more % values}"
    if share >= GOOD:
        short = _("works, %(median)s") if row.median_seconds is not None else _("works")
        return Weather("circle-check", "good", short % values, text)
    if share >= FAIR:
        return Weather("triangle-alert", "doubt", _("fails now and then"), text)
    more = _("It fails at the moment: a sale may take long or be refused.")
    return Weather("circle-x", "bad", _("fails often"), f"{more} {text}")


def _duration(seconds: float | None) -> str:
    """In words that are short: 4 s, 3 min."""
    if seconds is None:
        return "–"
    if seconds < 90:
        return _("%s s") % max(1, round(seconds))
    return _("%s min") % round(seconds / 60)
