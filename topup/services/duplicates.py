"""Which deposits may be the same payment told twice. It warns; people decide."""

from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from topup.models import DepositProof, DepositRequest, DepositState

SAME_AMOUNT_WITHIN = timedelta(days=3)
_NAMED = 3  # of each sort, in a warning


def bank_key(text: str) -> str:
    """A bank's reference in any spelling: its letters and digits; "" without a digit ("cash")."""
    kept = "".join(filter(str.isalnum, text)).upper()[:60]
    return kept if any(map(str.isdigit, kept)) else ""


def warning(deposit: DepositRequest) -> str:
    """What it has in common with others, which are named; "" if nothing. At most four queries.

    A request that the shop took back is no other payment.
    """
    return " ".join(
        filter(None, [_same_reference(deposit), _same_picture(deposit), _same_amount(deposit)])
    )


def _same_reference(deposit: DepositRequest) -> str:
    if not deposit.bank_key:
        return ""
    found = _named(deposit, Q(bank_key=deposit.bank_key))
    return _("The same bank reference as %(others)s.") % {"others": found} if found else ""


def _same_picture(deposit: DepositRequest) -> str:
    digest = digest_of(deposit)
    found = _named(deposit, Q(proof__digest=digest)) if digest else ""
    return _("The same picture as %(others)s.") % {"others": found} if found else ""


def _same_amount(deposit: DepositRequest) -> str:
    about = deposit.asked_at or timezone.now()
    near = (about - SAME_AMOUNT_WITHIN, about + SAME_AMOUNT_WITHIN)
    same = Q(shop=deposit.shop_id, amount=deposit.amount, asked_at__range=near)
    found = _named(deposit, same)
    return (
        _("The same amount within three days as %(others)s.") % {"others": found} if found else ""
    )


def digest_of(deposit: DepositRequest) -> str:
    """Of the picture that was sent for it; "" without one."""
    proofs: QuerySet[Any] = DepositProof.objects.filter(deposit=deposit.pk)
    return str(proofs.values_list("digest", flat=True).first() or "")


def _named(deposit: DepositRequest, same: Q) -> str:
    """ "D-7K3M9Q (Corner, on the float)" for each of the latest that are so."""
    others = DepositRequest.objects.filter(same).exclude(pk=deposit.pk)
    others = others.exclude(state=DepositState.CANCELLED).select_related("shop")
    return ", ".join(
        f"{other.reference} ({other.shop.name}, {other.get_state_display()})"
        for other in others.order_by("-id")[:_NAMED]
    )
