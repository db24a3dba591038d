"""How selling stands at this moment, in figures for machines that look every few seconds.

Each function is one query, along an index or over a small table: none takes longer the
more sales are over. No figure is of one person or one number.
"""

from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.db.models import Count, Max, Min, Q, Sum
from django.utils import timezone

from ledger.models import Account, AccountKind
from topup.models import Alarm, Kiosk, KioskOffer, OfferState, OperatorWeather, Sale, Stop
from topup.models.weather import Hold
from topup.states import UNFINISHED, SaleState

RECENT = timedelta(minutes=5)
QUANTILES = (0.5, 0.9, 0.99)
MOST_OPERATORS = 50
#: An order that never left us is a cancelled sale that a worker had claimed.
NOT_SENT = "not_sent"
OUTCOMES = (
    SaleState.COMPLETED, SaleState.DECLINED, NOT_SENT, SaleState.CANCELLED,
    SaleState.REVERSED, SaleState.REFUNDED, SaleState.DELIVERED_LATE,
)  # fmt: skip

#: By the index on the end of sales: only what ended lately is read.
_ENDED = """
SELECT kind,
       CASE WHEN state = 'cancelled' AND submitted_at IS NOT NULL THEN %(not_sent)s
            ELSE state END AS outcome,
       count(*),
       percentile_cont(%(quantiles)s::float8[])
           WITHIN GROUP (ORDER BY extract(epoch FROM settled_at - submitted_at)::float8)
  FROM topup_sale WHERE settled_at >= %(since)s GROUP BY 1, 2
"""


class Ended(NamedTuple):
    """How many sales of one kind ended lately, by what they are now.

    `seconds` from sending to the end, one for each of `QUANTILES`; None if none was sent.
    """

    kind: str
    outcome: str
    sales: int
    seconds: list[float] | None


def open_sales() -> dict[str, tuple[int, float]]:
    """For each unfinished state that has sales: how many, and how old the oldest is, in seconds."""
    rows = Sale.objects.filter(state__in=sorted(UNFINISHED)).order_by().values_list("state")
    now = timezone.now()
    return {
        state: (count, (now - oldest).total_seconds())
        for state, count, oldest in rows.annotate(Count("pk"), Min("created_at"))
    }


def due_polls() -> tuple[int, float]:
    """How many sales are due for a question, and for how many seconds the longest has been."""
    now = timezone.now()
    due = Sale.objects.filter(next_poll_at__lte=now)
    found = due.aggregate(count=Count("pk"), oldest=Min("next_poll_at"))
    oldest = found["oldest"]
    return found["count"], (now - oldest).total_seconds() if oldest else 0.0


def newest_sale() -> int:
    """The number of the newest row: it grows with every sale, and leaves out few."""
    return int(Sale.objects.aggregate(newest=Max("pk"))["newest"] or 0)


def ended_lately() -> list[Ended]:
    """What ended within `RECENT`, by kind and outcome."""
    since = timezone.now() - RECENT
    with connection.cursor() as cursor:
        cursor.execute(_ENDED, {"not_sent": NOT_SENT, "quantiles": list(QUANTILES), "since": since})
        return [Ended(*row) for row in cursor.fetchall()]


def operators() -> list[tuple[int, int, int]]:
    """The provider's number of each operator with traffic, and its sales delivered and failed.

    As counted once a minute; at most `MOST_OPERATORS`, those that fail most first.
    """
    rows = OperatorWeather.objects.filter(counted_at__gte=timezone.now() - RECENT)
    busy = rows.filter(Q(delivered__gt=0) | Q(failed__gt=0))
    ordered = busy.order_by("-failed", "-delivered", "operator__provider_id")
    columns = ("operator__provider_id", "delivered", "failed")
    return list(ordered.values_list(*columns)[:MOST_OPERATORS])


def closed_operators() -> int:
    """How many operators are paused, or held closed by a person."""
    rows = OperatorWeather.objects.exclude(hold=Hold.OPEN)
    return rows.exclude(hold=Hold.NONE, paused_until=None).count()


def open_alarms() -> dict[str, int]:
    """How many alarms of each kind wait for a person."""
    rows = Alarm.objects.filter(cleared_at=None).order_by().values_list("kind")
    return dict(rows.annotate(Count("pk")))


def stops() -> set[str]:
    """What is stopped until a person lifts it."""
    return set(Stop.objects.filter(cleared_at=None).order_by().values_list("kind", flat=True))


def floats() -> list[tuple[str, Decimal, Decimal]]:
    """By currency: what we owe the shops, and what of it is held for sales on their way."""
    rows = Account.objects.filter(kind=AccountKind.FLOAT).order_by("currency")
    promised = Sum("balance", filter=Q(balance__gt=0), default=Decimal(0))
    summed = rows.values("currency").annotate(promised=promised, on_hold=Sum("held"))
    return list(summed.values_list("currency", "promised", "on_hold"))


def kiosks() -> tuple[int, int]:
    """How many kiosks are enrolled, and how many of them were seen within `RECENT`."""
    rows = Kiosk.objects.filter(retired_at=None, token_hash__isnull=False)
    seen = Count("pk", filter=Q(last_seen_at__gte=timezone.now() - RECENT))
    found = rows.aggregate(enrolled=Count("pk"), seen=seen)
    return found["enrolled"], found["seen"]


def offers_waiting() -> int:
    """How many customers' offers wait for somebody at a counter."""
    return KioskOffer.objects.filter(state=OfferState.WAITING).count()
