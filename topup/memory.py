"""What a shop knows about a number: the operator that worked last, the usual amount, outcomes."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import F

from topup.models import Kind, Sale, Shop
from topup.states import DELIVERED, SaleState

LATEST = 10  # sales of a number that are looked at
SHOWN = 3


@dataclass(frozen=True)
class Memory:
    """Sales of one number at one shop, the newest first. `operator_id`: of the last that arrived.

    `usual_amount` was sold at least twice, of that operator.
    """

    latest: tuple[dict[str, Any], ...] = ()
    operator_id: int | None = None
    operator_name: str = ""
    worked_at: datetime | None = None
    usual_amount: tuple[Decimal, str] | None = None


def memory_of(shop: Shop, recipient: str) -> Memory:
    """What is remembered of a number; empty for a new one. One query, by an index."""
    if not recipient:
        return Memory()
    sales = Sale.objects.filter(shop=shop, recipient=recipient).order_by("-pk")
    columns = ("state", "kind", "operator_name", "face_value", "face_currency", "created_at")
    rows: list[Any] = [*sales.values(*columns, operator_id=F("sku__operator"))[:LATEST]]
    for row in rows:
        row["state_label"] = SaleState(row["state"]).label
    worked = [row for row in rows if row["state"] in DELIVERED and row["kind"] == Kind.AIRTIME]
    last = next((row for row in worked if row["operator_id"]), None)
    if last is None:
        return Memory(latest=tuple(rows[:SHOWN]))
    same = [row for row in worked if row["operator_id"] == last["operator_id"]]
    amounts = Counter((row["face_value"], row["face_currency"]) for row in same)
    amount, count = amounts.most_common(1)[0]
    return Memory(
        tuple(rows[:SHOWN]), last["operator_id"], last["operator_name"], last["created_at"],
        amount if count > 1 else None,
    )  # fmt: skip
