"""Sending a sale to the provider: claimed and committed first, sent at most once."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from structlog.contextvars import bound_contextvars

from topup import gateway
from topup.models import ProviderCall, Sale
from topup.models.alarm import StopKind
from topup.services import alarms
from topup.services.moves import move
from topup.services.opening import cancel_sale
from topup.services.settling import apply_outcome
from topup.states import SaleState

#: How long after its claim an order may still be sent.
SEND_WITHIN = timedelta(seconds=20)
#: A sale that nobody claimed for so long is not sent any more.
STALE_AFTER = timedelta(seconds=60)


def submit_sale(*, sale_id: int) -> Sale | None:
    """Claim a sale, send its order and apply the answer. Safe to repeat.

    Whoever does not win the claim sends nothing. None if there was nothing to send.
    """
    claimed = _claim(sale_id)
    if claimed is None:
        return None
    sale, call = claimed
    with bound_contextvars(correlation_id=sale.correlation_id):
        return apply_outcome(sale_id=sale.pk, outcome=gateway.purchase(sale, call))


def _claim(sale_id: int) -> tuple[Sale, ProviderCall] | None:
    sale = Sale.objects.select_related("hold").get(pk=sale_id)
    now = timezone.now()
    if sale.state != SaleState.CREATED:
        return None
    if reason := _why_not(sale):
        cancel_sale(sale_id=sale_id, note=reason)
        return None
    with transaction.atomic():
        moved = move(
            sale, SaleState.SUBMITTED, submitted_at=now, send_before=now + SEND_WITHIN,
        )  # fmt: skip
        if not moved:
            return None
        # One row per sale, unique in the database: a second order cannot even be noted.
        call = ProviderCall.objects.create(sale=sale, call="order", started_at=timezone.now())
    return sale, call


def _why_not(sale: Sale) -> str:
    now = timezone.now()
    if now - sale.created_at > STALE_AFTER:
        return "not sent in time"
    if now >= sale.quote_expires_at:
        return "the quote expired before it was sent"
    if alarms.is_stopped(StopKind.SELLING):
        return "selling is stopped"
    return ""
