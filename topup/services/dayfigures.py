"""The figures of one of the distributor's days: sales, accounts, and what is still open.

Sales count by their events and lines by their entries, both of which never change; so a
day counted a year later has the same figures. Amounts are strings of decimals.
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from ledger.models import AccountKind
from ledger.models.account import ASSETS
from topup.models import Claim, DepositRequest, DepositState, Dispute, Refund, Sale, SaleEvent
from topup.models.deposit import WAITING_STATES
from topup.models.dispute import OPEN_CLAIMS, OPEN_DISPUTES
from topup.states import DELIVERED, GIVEN_BACK, UNFINISHED

ENDED = DELIVERED | GIVEN_BACK
#: Every amount of a sale that is summed.
SUMS = ("price", "commission", "charge", "cost", "invoice_amount")

# One statement, so that all is seen at one moment: what moved within the day, and what each
# account held when it ended, which is what it holds now less what moved since.
_ACCOUNTS = """
    WITH moved AS (
        SELECT a.kind, a.currency, e.kind AS entry,
               COALESCE(SUM(l.amount) FILTER (WHERE e.posted_at < %(end)s), 0) AS within,
               COALESCE(SUM(l.amount) FILTER (WHERE e.posted_at >= %(end)s), 0) AS since
          FROM ledger_entry e JOIN ledger_line l ON l.entry_id = e.id
          JOIN ledger_account a ON a.id = l.account_id
         WHERE e.posted_at >= %(start)s GROUP BY a.kind, a.currency, e.kind),
    held AS (
        SELECT a.kind, a.currency, SUM(CASE WHEN a.guarded THEN a.balance
                    ELSE COALESCE(c.balance, 0) + COALESCE(tail.amount, 0) END) AS now
          FROM ledger_account a
          LEFT JOIN LATERAL (SELECT line_id, balance FROM ledger_checkpoint
                              WHERE account_id = a.id ORDER BY line_id DESC LIMIT 1) c ON true
          LEFT JOIN LATERAL (SELECT SUM(amount) AS amount FROM ledger_line
                              WHERE account_id = a.id AND NOT a.guarded
                                AND id > COALESCE(c.line_id, 0)) tail ON true
         GROUP BY a.kind, a.currency)
    SELECT h.kind, h.currency, h.now, m.entry, m.within, m.since
      FROM held h LEFT JOIN moved m ON m.kind = h.kind AND m.currency = h.currency
     ORDER BY h.kind, h.currency, m.entry
"""


def bounds(day: date) -> tuple[datetime, datetime]:
    """The midnights of a day where the distributor is."""
    zone = ZoneInfo(settings.TIME_ZONE)
    start, end = (datetime.combine(at, time.min, zone) for at in (day, day + timedelta(days=1)))
    return start, end


def date_at(moment: datetime) -> date:
    """The date where the distributor is."""
    return moment.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def ended_on(day: date) -> QuerySet[SaleEvent]:
    """What ended a sale on that day; a refund is one more end."""
    start, end = bounds(day)
    return SaleEvent.objects.filter(at__gte=start, at__lt=end, to_state__in=ENDED)


def figures(day: date) -> dict[str, Any]:
    """Everything that our own tables tell about a day."""
    start, end = bounds(day)
    claims = Claim.objects.filter(state__in=OPEN_CLAIMS)
    disputes = Dispute.objects.filter(state__in=OPEN_DISPUTES)
    deposits = DepositRequest.objects.filter(
        state=DepositState.APPROVED, decided_at__gte=start, decided_at__lt=end
    )
    waiting = DepositRequest.objects.filter(state__in=WAITING_STATES)
    unfinished = Sale.objects.filter(created_at__lt=end, state__in=UNFINISHED)
    refunds = Refund.objects.filter(made_at__gte=start, made_at__lt=end)
    return {
        "sales": _sales(day),
        "accounts": _accounts(start, end),
        "unfinished": _counted(unfinished, "charge"),
        "claims": _counted(claims, "amount"),
        "deposits": _counted(deposits, "amount"),
        "deposits_waiting": _counted(waiting, "amount"),
        "refunds": _counted(refunds, "sale__charge"),
        "disputes": {
            "count": disputes.count(),
            "overdue": disputes.filter(due_at__lt=timezone.now()).count(),
        },
    }


def _sales(day: date) -> dict[str, dict[str, Any]]:
    sums = {name: Sum(f"sale__{name}") for name in SUMS}
    rows = ended_on(day).order_by("to_state").values_list("to_state")
    return {
        state: {"count": count, **{name: _text(sum) for name, sum in zip(SUMS, found, strict=True)}}
        for state, count, *found in rows.annotate(Count("id"), *sums.values())
    }


def _accounts(start: datetime, end: datetime) -> dict[str, dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNTS, {"start": start, "end": end})
        rows = cursor.fetchall()
    found: dict[str, dict[str, Any]] = {}
    for kind, currency, now, entry, within, since in rows:
        sign = -1 if AccountKind(kind) in ASSETS else 1
        one = found.setdefault(f"{kind}:{currency}", {"opening": now, "closing": now, "moved": {}})
        one["closing"] -= since or 0
        one["opening"] -= (since or 0) + (within or 0)
        if within:
            one["moved"][entry] = _text(within * sign)
        one["sign"] = sign
    for one in found.values():
        sign = one.pop("sign")
        one["opening"], one["closing"] = (_text(one[at] * sign) for at in ("opening", "closing"))
    return found


def _counted(rows: QuerySet[Any], column: str) -> dict[str, Any]:
    found = rows.order_by().aggregate(count=Count("id"), sum=Sum(column))
    return {"count": found["count"], "sum": _text(found["sum"])}


def _text(amount: Decimal | None) -> str:
    """Four places, as the books keep it; no minus before a zero."""
    return f"{(amount or Decimal(0)) + 0:.4f}"
