"""When each float will be empty: what it spends by the hour, the forecast, and the words for it.

`watch_floats` runs by beat. It adds up the latest hours only, shop by shop along the
index of sales by time, so its cost does not grow with the books; pages read the hours,
not the sales.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from decimal import Decimal

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from topup.models import Shop, SpendHour
from topup.pace import HORIZON, HOUR, KEPT, Pace, hour_of, runs_out_at
from topup.states import GIVEN_BACK

SOON = timedelta(hours=3)  # the counter is told
LOW_WITHIN = timedelta(hours=2)  # the distributor is told, too
_STEP = timedelta(minutes=10)
_CACHED = 60  # seconds
_CHUNK = 200  # shops
_LATE = HOUR * 2  # a refusal this late still takes a sale out of its hour
log = structlog.get_logger(__name__)

_ADD_UP = """
    INSERT INTO topup_spendhour (shop_id, hour, amount)
    SELECT s.id, told.hour, told.amount FROM topup_shop s CROSS JOIN LATERAL (
        SELECT date_trunc('hour', created_at, 'UTC') AS hour,
               COALESCE(SUM(charge) FILTER (WHERE state <> ALL(%(given_back)s)), 0) AS amount
          FROM topup_sale WHERE shop_id = s.id AND created_at >= %(since)s GROUP BY 1) told
     ORDER BY s.id, told.hour
    ON CONFLICT (shop_id, hour) DO UPDATE SET amount = EXCLUDED.amount
     WHERE topup_spendhour.amount <> EXCLUDED.amount
"""


def watch_floats() -> None:
    """Add up the latest hours and forecast every float. Safe to repeat."""
    add_up_hours()
    shop_ids = list(Shop.objects.order_by("pk").values_list("pk", flat=True))
    for first in range(0, len(shop_ids), _CHUNK):
        watch(shop_ids[first : first + _CHUNK])


def add_up_hours() -> None:
    """Write down what each shop spent in the hours since the last run, and drop old ones."""
    oldest = hour_of(timezone.now() - KEPT)
    last = SpendHour.objects.order_by("-hour").values_list("hour", flat=True).first()
    since = max(last - _LATE, oldest) if last else oldest
    with connection.cursor() as cursor:
        cursor.execute(_ADD_UP, {"given_back": list(GIVEN_BACK), "since": since})
    SpendHour.objects.filter(hour__lt=oldest).delete()


def watch(shop_ids: Collection[int]) -> None:
    """Forecast these floats anew from the hours that are written down. Safe to repeat."""
    hours = _hours(shop_ids)
    for shop in Shop.objects.filter(pk__in=shop_ids).select_related("float_account"):
        at = _rounded(forecast(shop, hours[shop.pk]))
        if at != shop.runs_out_at:
            Shop.objects.filter(pk=shop.pk).update(runs_out_at=at)


def forecast(shop: Shop, hours: dict[datetime, Decimal]) -> datetime | None:
    """When this float, credit included, is empty at its pace; None if not in two days.

    A shop that spends nothing does not run out.
    """
    if not any(hours.values()):
        return None
    account = shop.float_account
    pace = Pace(hours, shop.zone, timezone.now())
    return runs_out_at(available=account.available + account.credit_limit, pace=pace)


def hours_of(shop: Shop) -> dict[datetime, Decimal]:
    """What a shop spent by the hour in the last days: one query, or none within a minute."""
    key = f"hours:{shop.pk}"
    try:
        kept = cache.get(key)
    except Exception:  # the pages work without a cache
        return _hours([shop.pk])[shop.pk]
    if kept is None:
        kept = _hours([shop.pk])[shop.pk]
        try:
            cache.set(key, kept, _CACHED)
        except Exception:
            log.warning("the cache does not answer; the hours of a shop are not kept")
    return dict(kept)


def _hours(shop_ids: Collection[int]) -> dict[int, dict[datetime, Decimal]]:
    oldest = hour_of(timezone.now() - KEPT)
    found: dict[int, dict[datetime, Decimal]] = defaultdict(dict)
    rows = SpendHour.objects.filter(shop__in=shop_ids, hour__gte=oldest)
    for shop_id, hour, amount in rows.values_list("shop_id", "hour", "amount"):
        found[shop_id][hour] = amount
    return found


def words(shop: Shop, at: datetime | None) -> str:
    """ "At this pace your float is empty at about 17:40.", in the shop's own time."""
    if at is None:
        return ""
    now = timezone.now()
    if at <= now:
        return _("Your float is empty.")
    if at - now < _STEP:
        return _("At this pace your float is empty in a few minutes.")
    local = (_rounded(at) or at).astimezone(shop.zone)
    days = (local.date() - now.astimezone(shop.zone).date()).days
    values = {"time": date_format(local, "H:i"), "day": date_format(local, "l")}
    if days == 0:
        return _("At this pace your float is empty at about %(time)s.") % values
    if days == 1:
        return _("At this pace your float is empty tomorrow at about %(time)s.") % values
    return _("At this pace your float is empty on %(day)s at about %(time)s.") % values


def warning(shop: Shop) -> str:
    """What the counter is told beside a float that will soon be empty, or is low; else ""."""
    at = forecast(shop, hours_of(shop))
    if at and at - timezone.now() < SOON:
        return words(shop, at)
    account = shop.float_account
    is_low = account.available + account.credit_limit < Decimal(str(settings.LOW_FLOAT))
    return _("Your float is low.") if is_low else ""


def days_of(shop: Shop, hours: dict[datetime, Decimal]) -> list[tuple[datetime, Decimal]]:
    """The last seven days of the shop, today the last: the noon of each, and what it spent."""
    today = timezone.now().astimezone(shop.zone).replace(hour=12, minute=0, second=0, microsecond=0)
    days = [today - timedelta(days=count) for count in range(6, -1, -1)]
    return [(day, _sum_of(day, hours.items())) for day in days]


def _sum_of(day: datetime, hours: Iterable[tuple[datetime, Decimal]]) -> Decimal:
    spent = (amount for hour, amount in hours if hour.astimezone(day.tzinfo).date() == day.date())
    return sum(spent, Decimal(0))


def _rounded(at: datetime | None) -> datetime | None:
    """To the nearest ten minutes: it is a forecast."""
    if at is None:
        return None
    seconds = int(_STEP.total_seconds())
    near = round(at.timestamp() / seconds) * seconds
    return datetime.fromtimestamp(near, tz=at.tzinfo)


__all__ = [
    "HORIZON", "LOW_WITHIN", "SOON", "add_up_hours", "days_of", "forecast", "hours_of", "warning",
    "watch", "watch_floats", "words",
]  # fmt: skip
