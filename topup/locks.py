"""Every row lock of selling."""

from datetime import datetime

from topup.models import Sale


def lock_sale(sale_id: int) -> Sale:
    """The sale, locked until the end of the transaction; only its own row."""
    return Sale.objects.select_for_update(of=("self",)).get(pk=sale_id)


def lock_due(*, now: datetime, limit: int) -> list[int]:
    """Sales due for a question, longest due first; those that another has locked are left out."""
    due = Sale.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        next_poll_at__lte=now
    )
    return list(due.order_by("next_poll_at").values_list("pk", flat=True)[:limit])
