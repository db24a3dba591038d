"""A person asks about a sale now, instead of waiting for the plan."""

from celery import current_app
from django.db import transaction
from django.utils import timezone

from topup.models import Person, Sale
from topup.services.moves import remember
from topup.states import SaleState


@transaction.atomic
def ask_now(*, sale_id: int, by: Person | None) -> bool:
    """Make the sweep ask at once. False for a sale that was never sent. Safe to repeat.

    The row is set due, so a lost message costs two seconds, not the question.
    """
    sent = Sale.objects.filter(pk=sale_id, submitted_at__isnull=False)
    can_be_asked = sent.exclude(state__in=[SaleState.SUBMITTED, SaleState.CANCELLED])
    if not can_be_asked.update(next_poll_at=timezone.now()):
        return False
    remember(Sale(pk=sale_id), "asked by hand", by=by)
    transaction.on_commit(
        lambda: current_app.send_task("topup.poll_sale_task", [sale_id]), robust=True
    )
    return True
