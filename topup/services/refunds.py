"""Taking back the shop's side of a delivered sale; what we paid becomes a claim.

The provider has no call for it: the customer's goods stay where they are, and no
status of ours changes that. Locks are taken in one order: sale, voucher, dispute.
"""

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from ledger import services as ledger
from ledger.models import AccountKind, Entry, EntryKind
from topup.errors import DecisionError
from topup.locks import lock_sale, lock_voucher
from topup.models import Dispute, Person, Refund, Role, Sale
from topup.models.dispute import OPEN_DISPUTES
from topup.services import claims
from topup.services.moves import move
from topup.states import SaleState


@transaction.atomic
def refund_sale(*, sale: Sale, by: Person, reason: str, dispute: Dispute | None = None) -> Refund:
    """Give the shop its charge back and take back what everybody earned. Safe to repeat.

    One transaction: the state, an entry that reverses the sale's own, the claim on the
    provider. Errors (nothing has changed): `DecisionError` for a sale that is not done,
    for one with a dispute that is not the given one, and where a code was shown and
    nobody but the decider has reviewed it.
    """
    sale = lock_sale(sale.pk)
    if found := Refund.objects.filter(sale=sale).first():
        return found
    _check(sale, by, reason, dispute)
    invoice = sale.invoice_amount
    assert invoice is not None  # posted with the completion
    move(sale, SaleState.REFUNDED, note=reason, by=by)
    entry = _post(sale, invoice, by, reason)
    claims.open_claim(sale=sale, invoice=invoice)
    return Refund.objects.create(
        sale=sale, dispute=dispute, entry=entry, reason=reason.strip()[:300], made_by=by
    )


def was_shown(sale: Sale) -> bool:
    """True if the sale's code was ever shown; from here to the commit nobody is shown it."""
    voucher = lock_voucher(sale.pk)
    return voucher is not None and voucher.first_shown_at is not None


def _check(sale: Sale, by: Person, reason: str, dispute: Dispute | None) -> None:
    if by.role != Role.ADMIN:
        raise DecisionError(_("Only the distributor’s people refund sales."))
    if sale.state != SaleState.COMPLETED:
        text = _("Only a sale that is done can be refunded; this one is: %(state)s.")
        raise DecisionError(text % {"state": sale.get_state_display()})
    if not reason.strip():
        raise DecisionError(_("Write why it is refunded."))
    open_one = Dispute.objects.filter(sale=sale, state__in=OPEN_DISPUTES).first()
    if dispute != open_one:
        raise DecisionError(_("There is an open dispute about this sale: decide that."))
    if was_shown(sale):
        _check_review(dispute, by)


def _check_review(dispute: Dispute | None, by: Person) -> None:
    if dispute is None or dispute.reviewed_by_id is None:
        raise DecisionError(
            _("The code of this sale was shown. Another person must review the dispute first.")
        )
    if dispute.reviewed_by_id == by.pk:
        raise DecisionError(
            _("The code of this sale was shown, and you have reviewed it. Another must decide.")
        )


def _post(sale: Sale, invoice: Decimal, by: Person, reason: str) -> Entry:
    """The sale's lines with the other sign; only the provider keeps its money, as our claim."""
    currency = sale.currency
    return ledger.post(
        kind=EntryKind.REFUND,
        key=f"refund:{sale.correlation_id}",
        reference=sale.correlation_id,
        memo=reason,
        by_id=by.pk,
        reverses=Entry.objects.get(key=f"sale:{sale.correlation_id}"),
        lines=[
            (sale.shop.float_account, sale.charge),
            (ledger.house(AccountKind.CLAIMS, currency), -invoice),
            (ledger.house(AccountKind.INCOME, currency), sale.cost - sale.price),
            (ledger.house(AccountKind.COMMISSION, currency), sale.commission),
            (ledger.house(AccountKind.VARIANCE, currency), invoice - sale.cost),
        ],
    )
