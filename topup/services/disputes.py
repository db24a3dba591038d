"""Disputes: raised at the counter about a delivered sale, decided by the distributor in time.

Locks are taken in one order: sale, voucher, dispute.
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from topup.errors import DecisionError, DisputeError
from topup.locks import lock_dispute, lock_sale
from topup.models import Dispute, DisputeState, Person, Role, Sale
from topup.models.dispute import OPEN_DISPUTES, Reason
from topup.services import refunds
from topup.services.moves import remember
from topup.states import SaleState


def disputes_for(person: Person) -> QuerySet[Dispute]:
    """The disputes a person of a shop may see: those in charge all, a cashier his own sales'."""
    if person.shop_id is None:
        return Dispute.objects.none()
    found = Dispute.objects.filter(sale__shop_id=person.shop_id)
    return found if person.sees_whole_shop else found.filter(sale__agent=person)


def latest_of(sale: Sale) -> Dispute | None:
    """The last dispute about a sale, whatever became of it."""
    return Dispute.objects.filter(sale=sale).order_by("-id").first()


def may_raise(*, sale: Sale, latest: Dispute | None) -> bool:
    """True if the counter may offer it; `raise_dispute` looks again under the lock."""
    return not _why_not(sale) and not (latest and latest.is_open)


def _why_not(sale: Sale) -> str:
    if sale.state != SaleState.COMPLETED or sale.settled_at is None:
        return _("Only a sale that is done can be disputed.")
    days = settings.DISPUTE_DAYS
    if timezone.now() - sale.settled_at > timedelta(days=days):
        return ngettext(
            "A sale can be disputed for %(days)d day only.",
            "A sale can be disputed for %(days)d days only.",
            days,
        ) % {"days": days}
    return ""


@transaction.atomic
def raise_dispute(*, sale: Sale, by: Person, reason: str, text: str = "") -> Dispute:
    """Say that a delivered sale is not right. Safe to repeat: the open one is returned.

    Error: `DisputeError` for a sale that is not done, too old, or not the person's to see.
    """
    sale = lock_sale(sale.pk)
    if by.shop_id != sale.shop_id or not (by.sees_whole_shop or by.pk == sale.agent_id):
        raise DisputeError
    if found := Dispute.objects.filter(sale=sale, state__in=OPEN_DISPUTES).first():
        return found
    if problem := _why_not(sale):
        raise DisputeError(problem)
    if reason not in Reason.values:
        raise DisputeError(_("Choose what is not right."))
    if reason == Reason.OTHER and not text.strip():
        raise DisputeError(_("Write what happened."))
    dispute = Dispute.objects.create(
        sale=sale, reason=reason, text=text.strip()[:500], raised_by=by,
        due_at=timezone.now() + timedelta(hours=settings.DISPUTE_HOURS),
        was_shown=refunds.was_shown(sale),
    )  # fmt: skip
    remember(sale, f"disputed: {dispute.reason}", by=by)
    return dispute


@transaction.atomic
def withdraw(*, dispute_id: int, by: Person) -> Dispute:
    """The shop takes it back. Safe to repeat. Error: `DisputeError` once it is decided."""
    dispute = _lock(dispute_id)
    if dispute.state == DisputeState.WITHDRAWN:
        return dispute
    if not disputes_for(by).filter(pk=dispute.pk).exists():
        raise DisputeError
    if not dispute.is_open:
        raise DisputeError(_decided(dispute))
    dispute.state = DisputeState.WITHDRAWN
    dispute.decided_by, dispute.decided_at = by, timezone.now()
    dispute.save(update_fields=["state", "decided_by", "decided_at"])
    remember(dispute.sale, "dispute taken back", by=by)
    return dispute


@transaction.atomic
def review(*, dispute_id: int, by: Person, text: str) -> Dispute:
    """One person's look at it, written down, so that another can decide. Safe to repeat.

    Error: `DecisionError` without a text, and when another has reviewed it.
    """
    dispute = _lock(dispute_id)
    _must_be_open(dispute, by)
    if dispute.state == DisputeState.REVIEWED and dispute.reviewed_by_id != by.pk:
        raise DecisionError(_("Another person has reviewed it. You can decide it."))
    if not text.strip():
        raise DecisionError(_("Write what you have found out."))
    dispute.state, dispute.reviewed_by = DisputeState.REVIEWED, by
    dispute.review = text.strip()[:300]
    dispute.save(update_fields=["state", "reviewed_by", "review"])
    remember(dispute.sale, "dispute reviewed", by=by)
    return dispute


@transaction.atomic
def refuse(*, dispute_id: int, by: Person, answer: str) -> Dispute:
    """The sale stays as it is, the shop reads why. Safe to repeat. Error: `DecisionError`."""
    dispute = _lock(dispute_id)
    if dispute.state == DisputeState.REFUSED:
        return dispute
    _must_be_open(dispute, by)
    dispute = _decide(dispute, DisputeState.REFUSED, by, answer)
    remember(dispute.sale, "dispute refused", by=by)
    return dispute


@transaction.atomic
def refund(*, dispute_id: int, by: Person, answer: str) -> Dispute:
    """The sale is refunded; the shop reads the answer. Safe to repeat.

    Error: `DecisionError`, also where the code was shown and nobody else has reviewed it;
    whether it was shown is looked at now, not when the dispute was raised.
    """
    dispute = _lock(dispute_id)
    if dispute.state == DisputeState.REFUNDED:
        return dispute
    _must_be_open(dispute, by)
    dispute.was_shown = refunds.was_shown(dispute.sale)
    reason = f"{dispute.get_reason_display()}: {answer.strip()}"
    refunds.refund_sale(sale=dispute.sale, by=by, reason=reason, dispute=dispute)
    return _decide(dispute, DisputeState.REFUNDED, by, answer)


def _lock(dispute_id: int) -> Dispute:
    """The dispute with its sale, both locked, the sale first."""
    sale = lock_sale(Dispute.objects.values_list("sale_id", flat=True).get(pk=dispute_id))
    dispute = lock_dispute(dispute_id)
    dispute.sale = sale
    return dispute


def _decide(dispute: Dispute, state: DisputeState, by: Person, answer: str) -> Dispute:
    if not answer.strip():
        raise DecisionError(_("Write an answer: the shop reads it."))
    dispute.state, dispute.answer = state, answer.strip()[:300]
    dispute.decided_by, dispute.decided_at = by, timezone.now()
    dispute.save(update_fields=["state", "answer", "decided_by", "decided_at", "was_shown"])
    return dispute


def _must_be_open(dispute: Dispute, by: Person) -> None:
    if by.role != Role.ADMIN:
        raise DecisionError(_("Only the distributor’s people decide about disputes."))
    if not dispute.is_open:
        raise DecisionError(_decided(dispute))


def _decided(dispute: Dispute) -> str:
    text = _("This dispute is over: %(state)s. Nothing was changed.")
    return text % {"state": dispute.get_state_display()}
