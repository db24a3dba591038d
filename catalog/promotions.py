"""Promotions of an operator or an amount, as the sale shows them."""

from datetime import timedelta
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone

from catalog.models import Operator, Promotion, Sku

MOST = 20  # shown of one operator
#: One whose end cannot be read is shown for so long after it was last seen.
ENDLESS_FOR = timedelta(days=2)


def of_operator(operator: Operator) -> list[Promotion]:
    """What runs or is to come for an operator, the soonest end first; at most 20. One query."""
    now = timezone.now()
    alive = Q(ends_at__gt=now) | Q(ends_at=None, seen_at__gt=now - ENDLESS_FOR)
    rows = Promotion.objects.filter(alive, operator=operator, gone_at=None)
    ordered = rows.select_related("country", "product").order_by("ends_at", "pk")
    return list(ordered.defer("raw", "country__raw", "product__raw")[:MOST])


def for_amount(sku: Sku, face_value: Decimal) -> list[Promotion]:
    """Those that run now and concern this amount of a SKU. One query, or none."""
    if sku.operator is None:
        return []
    now = timezone.now()
    return [
        promotion for promotion in of_operator(sku.operator)
        if promotion.has_begun(now) and promotion.concerns(sku, face_value)
    ]  # fmt: skip
