"""A person asks about a sale now, instead of waiting for the plan."""

from celery import current_app
from django.db import transaction
from django.utils import timezone

from topup.locks import lock_sale
from topup.models import Person, Sale
from topup.services.moves import remember
from topup.states import SaleState


@transaction.atomic
def ask_now(*, sale_id: int, by: Person | None) -> bool:
    """Make the sweep ask at once. False for a sale that was never sent. Safe to repeat.

    The row is set due, so a lost message costs two seconds, not the question.
    """
    sale = lock_sale(sale_id)
    if sale.submitted_at is None or sale.state in {SaleState.SUBMITTED, SaleState.CANCELLED}:
        return False
    Sale.objects.filter(pk=sale_id).update(next_poll_at=timezone.now())
    remember(sale, "asked by hand", by=by)
    transaction.on_commit(
        lambda: current_app.send_task("topup.poll_sale_task", [sale_id]), robust=True
    )
    return True
