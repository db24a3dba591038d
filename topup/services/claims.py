"""What the provider owes us for refunded sales: opened with the refund, closed once.

Closed by money that came back into the wallet, or written off by two. Locks are taken
in one order: sale, then its claim.
"""

from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger import services as ledger
from ledger.models import AccountKind, Entry, EntryKind
from topup.errors import DecisionError
from topup.locks import lock_claim
from topup.models import Claim, ClaimState, Person, Role, Sale
from topup.models.dispute import OPEN_CLAIMS


def open_claim(*, sale: Sale, invoice: Decimal) -> Claim:
    """What the provider charged for a sale that is being refunded; in the refund's transaction."""
    return Claim.objects.create(sale=sale, amount=invoice, currency=sale.currency)


def follow_invoice(*, sale: Sale, invoice: Decimal) -> AccountKind:
    """The invoice of a refunded sale has come late; who bears the difference to what was assumed.

    An open claim becomes the true invoice; a write-off that was asked for was asked for
    another amount and has to be asked for again. Of a closed one the difference is ours.
    """
    claim = lock_claim(Claim.objects.values_list("pk", flat=True).get(sale=sale))
    if claim.state not in OPEN_CLAIMS:
        return AccountKind.VARIANCE
    if claim.amount != invoice:
        claim.amount, claim.state, claim.asked_by = invoice, ClaimState.OPEN, None
        claim.save(update_fields=["amount", "state", "asked_by"])
    return AccountKind.CLAIMS


@transaction.atomic
def claim_credited(*, claim_id: int, by: Person, reference: str) -> Claim:
    """The provider has paid it back into the wallet, under its `reference`. Safe to repeat.

    Error: `DecisionError` without a reference, and for a claim that was written off.
    """
    claim = lock_claim(claim_id)
    if claim.state == ClaimState.CREDITED:
        return claim
    _check(claim, by)
    reference = " ".join(reference.split())[:60]
    if not reference:
        raise DecisionError(_("Write the provider’s reference of the credit."))
    _post(claim, EntryKind.CLAIM, "claim", AccountKind.PROVIDER, by=by, memo=reference)
    claim.state, claim.reference = ClaimState.CREDITED, reference
    return _close(claim, by)


@transaction.atomic
def ask_write_off(*, claim_id: int, by: Person, note: str) -> Claim:
    """The provider will not pay: ask a second person to write it off. Safe to repeat.

    Error: `DecisionError` without a reason, for a closed claim, and when another has asked.
    """
    claim = lock_claim(claim_id)
    if claim.state == ClaimState.WRITE_OFF_ASKED and claim.asked_by_id == by.pk:
        return claim
    _check(claim, by)
    if claim.state == ClaimState.WRITE_OFF_ASKED:
        raise DecisionError(_("Another person has asked for it already: you can write it off."))
    if not note.strip():
        raise DecisionError(_("Write why the provider will not pay."))
    claim.state, claim.asked_by, claim.note = ClaimState.WRITE_OFF_ASKED, by, note.strip()[:200]
    claim.save(update_fields=["state", "asked_by", "note"])
    return claim


@transaction.atomic
def keep_claim(*, claim_id: int, by: Person) -> Claim:
    """It is not written off after all: the claim is open again. Safe to repeat."""
    claim = lock_claim(claim_id)
    _check(claim, by)
    claim.state, claim.asked_by = ClaimState.OPEN, None
    claim.save(update_fields=["state", "asked_by"])
    return claim


@transaction.atomic
def write_off(*, claim_id: int, by: Person) -> Claim:
    """The second person's word: the loss is ours, on *refunds borne*. Safe to repeat.

    Error: `DecisionError` for whoever asked, for a claim nobody has asked about, and for
    one that the provider has paid.
    """
    claim = lock_claim(claim_id)
    if claim.state == ClaimState.WRITTEN_OFF:
        return claim
    _check(claim, by)
    if claim.state != ClaimState.WRITE_OFF_ASKED:
        raise DecisionError(_("Nobody has asked to write it off. Ask; another person agrees."))
    if claim.asked_by_id == by.pk:
        raise DecisionError(_("You have asked for it yourself. A second person must write it off."))
    _post(claim, EntryKind.WRITE_OFF, "write-off", AccountKind.REFUNDS, by=by, memo=claim.note)
    claim.state = ClaimState.WRITTEN_OFF
    return _close(claim, by)


def _check(claim: Claim, by: Person) -> None:
    if by.role != Role.ADMIN:
        raise DecisionError(_("Only the distributor’s people decide about claims."))
    if claim.state not in OPEN_CLAIMS:
        text = _("This claim was closed already: %(state)s. Nothing was changed.")
        raise DecisionError(text % {"state": claim.get_state_display()})


def _post(
    claim: Claim, kind: EntryKind, prefix: str, other: AccountKind, *, by: Person, memo: str
) -> Entry:
    """The claim is gone (a positive line of an asset); the wallet has it, or we bear it."""
    name = claim.sale.correlation_id
    return ledger.post(
        kind=kind, key=f"{prefix}:{name}", reference=name, memo=memo, by_id=by.pk,
        lines=[
            (ledger.house(AccountKind.CLAIMS, claim.currency), claim.amount),
            (ledger.house(other, claim.currency), -claim.amount),
        ],
    )  # fmt: skip


def _close(claim: Claim, by: Person) -> Claim:
    claim.closed_by, claim.closed_at = by, timezone.now()
    claim.save(update_fields=["state", "reference", "closed_by", "closed_at"])
    return claim
