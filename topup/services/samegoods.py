"""What counts as the same goods: one SKU, or the same money's worth of one operator.

Five dollars of a fixed SKU and five by "any amount" are the same to the customer.
"""

from decimal import Decimal

from django.db.models import Q, Subquery

from catalog.models import Sku

type Marks = frozenset[tuple[object, ...]]


def same_sales(*, sku_id: int, face_value: Decimal | None, face_currency: str) -> Q:
    """Which sales were of the same goods. No query of its own."""
    operator = Subquery(Sku.objects.filter(pk=sku_id).values("operator")[:1])
    return Q(sku=sku_id) | Q(
        sku__operator=operator, face_value=face_value, face_currency=face_currency
    )


def same_biller(sku_id: int) -> Q:
    """Which sales were of the SKU's operator, or of the SKU itself."""
    operator = Subquery(Sku.objects.filter(pk=sku_id).values("operator")[:1])
    return Q(sku=sku_id) | Q(sku__operator=operator)


def marks(
    *, sku_id: int | None, operator_id: int | None, face_value: Decimal | None, currency: str
) -> Marks:
    """Goods without the database: two that share a mark are the same."""
    found: set[tuple[object, ...]] = set()
    if sku_id is not None:
        found.add((sku_id,))
    if operator_id is not None and face_value is not None:
        found.add((operator_id, face_value.normalize(), currency))
    return frozenset(found)
