"""What became of a sale, told at the kiosk to who has both its code and its claim number.

The code stood on the kiosk's screen; the claim number is on the counter's receipt alone. Tries
are counted in the offer's row before they are looked at, and every refusal has the same words:
nobody learns which of the two was wrong, or whether there is such a code.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from topup import pacing
from topup.locks import lock_sale, lock_voucher
from topup.models import (
    Kiosk,
    KioskClaim,
    KioskOffer,
    KioskReveal,
    ReceiptPrint,
    Sale,
)
from topup.models.offer import OfferState
from topup.offererrors import OfferCodeError, OfferLooksError
from topup.services import prints, vouchers
from topup.services.claimcode import KIOSK, digits_of, fits
from topup.services.vouchers import VoucherContent

#: So long after the sale a kiosk tells of it.
TOLD_FOR = timedelta(days=1)
MOST_WRONG = 5  # claim numbers for one offer; then only the counter tells
MOST_REVEALS = 3
MOST_TRIES, TRIES_IN = 20, 600  # wrong ones at one kiosk, whatever the codes; in seconds


@dataclass(frozen=True)
class OfferStatus:
    """Where a sale stands. A page says `portal.passportwords.look` of it, and nothing else."""

    sale: Sale
    is_code_awaited: bool
    may_reveal: bool


@dataclass(frozen=True)
class Revealed:
    """A secret for a screen. `copy`: 0 for its first paper, else the n of COPY n.

    What the screen shows can be printed there, so each look counts as a paper of its own.
    """

    content: VoucherContent = field(repr=False)
    copy: int


def status(*, kiosk: Kiosk, code: str, claim_number: str) -> OfferStatus:
    """The state of a sale of this kiosk's shop. Error: `OfferCodeError`, the same for all."""
    sale = _proven(kiosk, code, claim_number)
    shown = prints.kiosk_looks(sale)
    may_reveal = shown < MOST_REVEALS and vouchers.has_secret(sale)
    return OfferStatus(sale, vouchers.is_awaited(sale), may_reveal)


def reveal(*, kiosk: Kiosk, code: str, claim_number: str) -> Revealed | None:
    """The secret of a sale, for a screen that forgets it soon; None while there is none to give.

    Written down like a look at the counter, a few times at most. Errors: `OfferCodeError`,
    `OfferLooksError` after those.
    """
    sale = _proven(kiosk, code, claim_number)
    with transaction.atomic():
        # The sale first, as a refund has them; what is written below would wait for it else.
        sale = lock_sale(sale.pk)
        if lock_voucher(sale.pk) is None or not vouchers.has_secret(sale):
            return None
        shown = prints.kiosk_looks(sale)
        if shown >= MOST_REVEALS:
            raise OfferLooksError
        content = vouchers.read_at_kiosk(sale=sale, kiosk=kiosk)
        KioskReveal.objects.create(sale=sale, kiosk=kiosk)
        papers = ReceiptPrint.objects.filter(sale=sale).count() + shown
    return Revealed(content, papers) if content else None


def _proven(kiosk: Kiosk, code: str, claim_number: str) -> Sale:
    who, since = str(kiosk.pk), timezone.now() - TOLD_FOR
    if not pacing.may("kiosk-claim", who, most=MOST_TRIES, seconds=TRIES_IN):
        raise OfferCodeError
    sold = KioskClaim.objects.filter(
        offer__shop=kiosk.shop_id, offer__code=digits_of(code), offer__state=OfferState.SOLD,
        offer__ended_at__gt=since, sale__isnull=False,
    )  # fmt: skip
    found = sold.select_related("sale__shop").order_by("-id").first()
    if found is None or found.sale is None:
        raise OfferCodeError
    offers = KioskOffer.objects.filter(pk=found.offer_id)
    # Counted before the look, so that tries at the same moment do not pass together.
    if not offers.filter(wrong_claims__lt=MOST_WRONG).update(wrong_claims=F("wrong_claims") + 1):
        raise OfferCodeError
    if not fits(found.key, claim_number, of=KIOSK):
        raise OfferCodeError
    offers.update(wrong_claims=F("wrong_claims") - 1)
    pacing.give_back("kiosk-claim", who)
    return found.sale
