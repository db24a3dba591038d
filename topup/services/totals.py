"""What was sold on each day of a shop, and the totals of days that are over.

A sale counts on the day of its final word, a refund on the day it was made as a
negative, price variance on the day its entry belongs to: of the sale, of the
corrected invoice, of the refund. So a day that is over does not change, and one
query, `FACTS`, says the same of it before and after its totals are kept.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import Min
from django.utils import timezone

from topup.models import DayTotal, Sale, Shop
from topup.periods import DAY, midnight

log = structlog.get_logger(__name__)
#: A sale whose final word came just before midnight may be written a little after it.
REST = timedelta(hours=1)
KEYS = ("shop_id", "day", "agent_id", "kind", "operator_name", "currency")
AMOUNTS = (
    "sales", "refused", "refunds", "price", "commission", "charge", "cost", "variance",
)  # fmt: skip

_OF_SALE = "s.agent_id, s.kind, s.operator_name, s.currency"
_SALE = f"s.shop_id, s.correlation_id, {_OF_SALE}, s.price, s.commission, s.charge, s.cost"
#: Needs the parameters of `spans`. A late delivery counts as refused: the shop got its money back.
#: OFFSET 0 makes a look along the index for each day: all days together would read all sales.
FACTS = f"""
    WITH span AS (
        SELECT * FROM unnest(%(shops)s::bigint[], %(days)s::date[],
                             %(begins)s::timestamptz[], %(ends)s::timestamptz[])
                   AS span (shop_id, day, begins, ends)
    ), sold AS (
        SELECT span.day, s.* FROM span CROSS JOIN LATERAL (
            SELECT {_SALE}, (s.state IN ('completed', 'refunded'))::int AS n FROM topup_sale s
             WHERE s.shop_id = span.shop_id AND s.state <> 'cancelled'
               AND s.settled_at >= span.begins AND s.settled_at < span.ends OFFSET 0) s
    ), refunded AS (
        SELECT span.day, {_SALE}, r.entry_id FROM span CROSS JOIN LATERAL (
            SELECT r.sale_id, r.entry_id FROM topup_refund r
             WHERE r.made_at >= span.begins AND r.made_at < span.ends OFFSET 0) r
          JOIN topup_sale s ON s.id = r.sale_id AND s.shop_id = span.shop_id
    ), posted AS (
        SELECT s.shop_id, s.day, {_OF_SALE}, e.id AS entry_id
          FROM sold s JOIN ledger_entry e ON e.key = 'sale:' || s.correlation_id WHERE s.n = 1
         UNION ALL
        SELECT s.shop_id, s.day, {_OF_SALE}, s.entry_id FROM refunded s
         UNION ALL
        SELECT s.shop_id, span.day, {_OF_SALE}, e.id FROM span CROSS JOIN LATERAL (
            SELECT e.id, e.reference FROM ledger_entry e WHERE e.kind = 'invoice'
               AND e.posted_at >= span.begins AND e.posted_at < span.ends OFFSET 0) e
          JOIN topup_sale s ON s.correlation_id = e.reference AND s.shop_id = span.shop_id
    ), facts AS (
        SELECT s.shop_id, s.day, {_OF_SALE}, s.n AS sales, 1 - s.n AS refused, 0 AS refunds,
               s.n * s.price AS price, s.n * s.commission AS commission,
               s.n * s.charge AS charge, s.n * s.cost AS cost, 0::numeric AS variance
          FROM sold s
         UNION ALL
        SELECT s.shop_id, s.day, {_OF_SALE}, 0, 0, 1,
               -s.price, -s.commission, -s.charge, -s.cost, 0 FROM refunded s
         UNION ALL
        SELECT p.shop_id, p.day, p.agent_id, p.kind, p.operator_name, p.currency, 0, 0, 0,
               0, 0, 0, 0, l.amount
          FROM posted p JOIN ledger_line l ON l.entry_id = p.entry_id
          JOIN ledger_account a ON a.id = l.account_id AND a.kind = 'variance'
    )
"""  # noqa: S608  of constants, here and below
SUMS = ", ".join(f"SUM({name}) AS {name}" for name in AMOUNTS)
_COLUMNS = ", ".join((*KEYS, *AMOUNTS))
_DAYS = f"SELECT {', '.join(KEYS)}, {SUMS} FROM facts GROUP BY {', '.join(KEYS)}"  # noqa: S608
_KEEP = f"{FACTS} INSERT INTO topup_daytotal ({_COLUMNS}) {_DAYS}"
_WRONG = f"""
    {FACTS}, told AS ({_DAYS}), kept AS (
        SELECT {", ".join(f"t.{name}" for name in (*KEYS, *AMOUNTS))}
          FROM topup_daytotal t JOIN span ON span.shop_id = t.shop_id AND span.day = t.day
    )
    SELECT DISTINCT day, operator_name FROM (
        (TABLE kept EXCEPT TABLE told) UNION ALL (TABLE told EXCEPT TABLE kept)
    ) wrong ORDER BY day, operator_name
"""  # noqa: S608

Span = tuple[Shop, date]


def spans(wanted: Iterable[Span]) -> dict[str, list[Any]]:
    """Shops and days as the parameters of `FACTS`."""
    found: dict[str, list[Any]] = {"shops": [], "days": [], "begins": [], "ends": []}
    for shop, day in wanted:
        found["shops"].append(shop.pk)
        found["days"].append(day)
        found["begins"].append(midnight(day, shop.zone))
        found["ends"].append(midnight(day + DAY, shop.zone))
    return found


def kept_until(shop: Shop) -> date:
    """The first day that is not in `DayTotal`; the days before it are.

    Totals that were kept by other midnights than the shop's of now count for nothing.
    """
    is_valid = shop.totals_until and shop.totals_zone == shop.zone.key
    return shop.totals_until if is_valid and shop.totals_until else date.min


def over_until(shop: Shop, now: datetime) -> date:
    """The first day that is not over for good, `REST` counted."""
    return (now - REST).astimezone(shop.zone).date()


@transaction.atomic
def roll_up(*, shop_id: int, until: date | None = None) -> bool:
    """Keep the totals of the shop's days that are over, those before `until`.

    True if there were any. Safe to repeat: the row of the shop is locked (sales go
    on), and what lies behind `totals_until` is made anew.
    """
    shop = Shop.objects.select_for_update(of=("self",), no_key=True).get(pk=shop_id)
    over = over_until(shop, timezone.now())
    until = min(until, over) if until else over
    begin = kept_until(shop)
    if begin >= until:
        return False
    DayTotal.objects.filter(shop=shop, day__gte=begin).delete()
    first = max(begin, _first_day(shop) or until)
    days = [(shop, first + DAY * n) for n in range((until - first).days)]
    if days:
        with connection.cursor() as cursor:
            cursor.execute(_KEEP, spans(days))
    Shop.objects.filter(pk=shop.pk).update(totals_until=until, totals_zone=shop.zone.key)
    return True


def _first_day(shop: Shop) -> date | None:
    moment = Sale.objects.filter(shop=shop).aggregate(first=Min("settled_at"))["first"]
    return moment.astimezone(shop.zone).date() if moment else None


def roll_up_all() -> int:
    """Each shop in its own transaction; how many had a day that was over. Safe to repeat."""
    now = timezone.now()
    due = [s.pk for s in Shop.objects.order_by("pk") if kept_until(s) < over_until(s, now)]
    done = 0
    for shop_id in due:
        done += roll_up(shop_id=shop_id)
    log.info("days rolled up", shops=done)
    return done


def totals_problems() -> Iterator[str]:
    """Kept totals that say something else than sales, refunds and books; in words."""
    for shop in Shop.objects.order_by("pk"):
        until, first = kept_until(shop), _first_kept(shop)
        days = [(shop, first + DAY * n) for n in range((until - first).days)] if first else []
        if not days:
            continue
        with connection.cursor() as cursor:
            cursor.execute(_WRONG, spans(days))
            for day, operator in cursor.fetchall()[:20]:
                yield f"the totals of shop {shop.name} on {day} are wrong: {operator or '-'}"


def _first_kept(shop: Shop) -> date | None:
    kept = DayTotal.objects.filter(shop=shop).aggregate(first=Min("day"))["first"]
    days = [day for day in (kept, _first_day(shop)) if day]
    return min(days) if days else None
