"""How each operator does, from our own sales: counted once a minute, kept in a row of its own.

Only what speaks of the operator counts: its faults (`codes.OPERATOR_FAULTS`) and answers
that never came; a wrong number tells nothing. Pages read `OperatorWeather` alone. What
follows from the figures, pauses and their end, is in `topup.services.pauses`.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from topup.models import OperatorWeather
from topup.services import pauses
from valuetopup import codes

WINDOW = timedelta(minutes=30)
#: With these, or without any code, an unclear sale has had no answer.
_NO_ANSWER = ("", codes.UNKNOWN_ID, "H408", "H500", "H502", "H503", "H504")

#: By the index on the end of sales and the one on unfinished ones: only the window is read.
#: A success that ended later than a failure breaks the row of failures.
_COUNT = """
WITH told AS (
    SELECT k.operator_id, s.settled_at - s.submitted_at AS took,
           coalesce(s.settled_at, s.submitted_at) AS at,
           s.settled_at IS NOT NULL AS is_ended,
           s.state IN ('completed', 'refunded', 'delivered_late') AS is_good,
           s.state = 'declined' AND s.response_code = ANY(%(faults)s)
           OR s.state = 'declined' AND s.basis = 'absent'
           OR s.state = 'in_doubt' AND s.response_code = ANY(%(silent)s) AS is_bad
      FROM topup_sale s JOIN catalog_sku k ON k.id = s.sku_id
     WHERE (s.settled_at >= %(since)s OR s.state = 'in_doubt' AND s.submitted_at >= %(since)s)
       AND s.state <> 'cancelled' AND k.operator_id IS NOT NULL
), marked AS (
    SELECT told.*, greatest(w.counts_from,
               max(told.at) FILTER (WHERE is_good) OVER (PARTITION BY told.operator_id)) AS good_at
      FROM told LEFT JOIN topup_operatorweather w ON w.operator_id = told.operator_id
)
SELECT operator_id,
       count(*) FILTER (WHERE is_ended),
       count(*) FILTER (WHERE is_good),
       count(*) FILTER (WHERE is_bad),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM took))
           FILTER (WHERE is_good),
       max(extract(epoch FROM took)) FILTER (WHERE is_good),
       count(*) FILTER (WHERE is_bad AND at > coalesce(good_at, '-infinity'))
  FROM marked GROUP BY operator_id
"""
FIGURES = (
    "ended", "delivered", "failed", "median_seconds", "slowest_seconds", "failures_in_row",
)  # fmt: skip


def count_weather() -> None:
    """Count anew, then pause and resume as the figures say. Safe to repeat."""
    now = timezone.now()
    rows = [
        OperatorWeather(
            operator_id=operator_id, counted_at=now, **dict(zip(FIGURES, found, strict=True))
        )
        for operator_id, *found in _counted(now - WINDOW)
    ]
    OperatorWeather.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["operator"],
        update_fields=["counted_at", *FIGURES],
    )  # fmt: skip
    quiet: dict[str, Any] = dict.fromkeys(FIGURES, 0)
    quiet |= {"median_seconds": None, "slowest_seconds": None, "counted_at": now}
    seen = [row.operator_id for row in rows]
    OperatorWeather.objects.exclude(operator__in=seen).filter(
        Q(ended__gt=0) | Q(failed__gt=0)
    ).update(**quiet)
    pauses.follow(now=now)


def _counted(since: datetime) -> list[tuple[Any, ...]]:
    faults, silent = sorted(codes.OPERATOR_FAULTS), [*_NO_ANSWER, *codes.OPERATOR_FAULTS]
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"since": since, "faults": faults, "silent": silent})
        return list(cursor.fetchall())
