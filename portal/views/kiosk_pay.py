"""The end of a visit: the read-back, the code for the counter; and asking after a sale.

A kiosk sells nothing: the code leads somebody at the counter to what was chosen. What is
told of a sale needs its code and the claim number of the counter's receipt, each time anew.
"""

from decimal import Decimal

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Sku
from catalog.msisdn import warnings
from portal import checkwords, kioskgoods, passportwords, receiptblocks, visit
from portal.forms.kiosk import SIX, KeypadForm
from portal.kiosk import KioskRequest
from portal.kioskscreen import chose, kiosk_screen, mend, screen, to
from portal.kiosksteps import forgotten, lacking
from portal.paper import Block, logo, text
from portal.visit import Visit
from portal.voucherblocks import voucher_blocks
from topup.models import KioskOffer
from topup.models.offer import LIVE, OfferState
from topup.offererrors import CustomerError, OfferLooksError, OfferPriceError
from topup.services import brands, offers
from topup.services.offerstatus import Revealed
from topup.services.pricing import Quote


@kiosk_screen("read_back")
def read_back(request: KioskRequest) -> HttpResponse:
    """Everything once more, large: number, operator, what arrives, what to pay."""
    now = visit.of(request)
    sku = kioskgoods.chosen_sku(now)
    if sku is None:
        return to("product")
    try:
        if request.method == "POST":
            return _offer(request, now, sku)
        quote = _price(request, now, sku)
    except CustomerError as error:
        where = _where_to_mend(now, error, sku)
        return mend(request, where, str(error), **forgotten(where))
    visit.keep(request, shown=offers.figures(quote))
    back = "amount" if kioskgoods.takes_amount(sku) else "product"
    return screen(request, "read_back", _told(sku, quote), back=back)


def _offer(request: KioskRequest, now: Visit, sku: Sku) -> HttpResponse:
    """The code; of what was chosen nothing is kept. Another figure is shown first."""
    try:
        made = offers.make(
            kiosk=request.kiosk, sku=sku, face_value=Decimal(now.face_value),
            recipient=now.msisdn, language=now.language,
            shown=now.shown,
        )  # fmt: skip
    except OfferPriceError as error:
        return mend(request, "read_back", error.message)
    chose(request, "kind", offer=made.pk)
    return to("code")


def _price(request: KioskRequest, now: Visit, sku: Sku) -> Quote:
    return offers.price_of(
        kiosk=request.kiosk, sku=sku, face_value=Decimal(now.face_value),
        recipient=now.msisdn,
    )  # fmt: skip


def _where_to_mend(now: Visit, error: Exception, sku: Sku) -> str:
    """The screen on which something else can be chosen."""
    field = getattr(error, "field", "")
    if field == "recipient" and now.is_by_number:
        return "number"
    return "amount" if field == "amount" and kioskgoods.takes_amount(sku) else "product"


def _told(sku: Sku, quote: Quote) -> dict[str, object]:
    return {
        "sku": sku, "quote": quote, "lines": checkwords.lines(quote, sku),
        "is_odd": bool(quote.recipient and warnings(quote.recipient)),
    }  # fmt: skip


@kiosk_screen()
def code(request: KioskRequest) -> HttpResponse:
    """Pay at the counter: the code for a short while, longer if somebody asks, then nothing."""
    offer = KioskOffer.objects.filter(pk=visit.of(request).offer, kiosk=request.kiosk).first()
    if offer is None:
        return to(lacking(visit.of(request), "kind") or "kind")
    if request.method == "GET":
        return screen(request, "code", {"offer": offer, "stands": _stands(offer)})
    deed = request.POST.get("deed")
    if deed == "more":
        visit.keep(request)
        return to("code")
    if deed in ("cancel", "back"):
        offers.cancel(offer_id=offer.pk, kiosk=request.kiosk)
    if deed == "back":
        visit.keep(request, offer=0)
        return to("kind")
    return visit.wipe(request, to("start"))


def _stands(offer: KioskOffer) -> str:
    """ "live" while it can be paid, "old" if nobody did in time, else "over"."""
    is_late = offer.state == OfferState.WAITING and offer.expires_at <= timezone.now()
    if offer.state == OfferState.EXPIRED or is_late:
        return "old"
    return "live" if offer.state in LIVE else "over"


@kiosk_screen("state")
def state(request: KioskRequest) -> HttpResponse:
    """What became of a sale: its code, then the claim number, then plain words."""
    now = visit.of(request)
    asked = "code" if len(now.code) < SIX.most or not now.is_code_given else "claim"
    if request.method == "POST":
        deeds = {"open": _opened, "back": _one_back}
        deed = deeds.get(request.POST.get("deed", ""))
        return deed(request) if deed else _typed(request, asked)
    if len(now.claim) == SIX.most and now.is_claim_given:
        return _answer(request)
    return screen(request, "state", {"asked": asked, "pad": SIX, "typed": getattr(now, asked)})


def _one_back(request: KioskRequest) -> HttpResponse:
    """From the claim number to the code, to correct it; from elsewhere both are forgotten."""
    now = visit.of(request)
    if now.is_code_given and not now.is_claim_given:
        visit.keep(request, is_code_given=False)
        return to("state")
    chose(request, "state")
    return to("kind")


def _typed(request: KioskRequest, asked: str) -> HttpResponse:
    form = KeypadForm(request.POST, SIX)
    is_whole = form.is_done and len(form.text) == SIX.most
    if form.is_done and not is_whole:
        return mend(request, "state", _("Type its six digits."), **{asked: form.text})
    visit.keep(request, **{asked: form.text, f"is_{asked}_given": is_whole})
    return to("state")


def _answer(request: KioskRequest) -> HttpResponse:
    """The state in words, and nothing else of the sale."""
    now = visit.of(request)
    try:
        found = offers.status(kiosk=request.kiosk, code=now.code, claim_number=now.claim)
    except CustomerError as error:
        return _refused(request, error)
    look = passportwords.look(
        found.sale, is_code_awaited=found.is_code_awaited, at_kiosk=True
    )  # fmt: skip
    return screen(request, "state", {"look": look, "may_open": found.may_reveal})


def _refused(request: KioskRequest, error: CustomerError) -> HttpResponse:
    """Both numbers are typed anew, whichever was wrong."""
    return mend(request, "state", error.message, **forgotten("state"))


def _opened(request: KioskRequest) -> HttpResponse:
    """The secret: in this answer alone, which no browser keeps. Asking again is another look."""
    now = visit.of(request)
    try:
        revealed = offers.reveal(kiosk=request.kiosk, code=now.code, claim_number=now.claim)
    except OfferLooksError as error:
        return mend(request, "state", error.message)
    except CustomerError as error:
        return _refused(request, error)
    if revealed is None:
        return to("state")
    return screen(request, "state", {"blocks": _blocks(revealed)})


def _blocks(revealed: Revealed) -> list[Block]:
    """The secret in letters: in no code for a camera, but that of an eSIM, which has no other.

    It can be printed: whatever is not its first paper is marked as a copy.
    """
    mark, brand = receiptblocks.mark_of(revealed.copy), brands.current()
    head = [Block("mark", mark)] * bool(mark) + logo(brand.paper, brand.own_name)
    blocks = head + voucher_blocks(revealed.content) + text(brand.own_name)
    is_esim = revealed.content.esim is not None
    return [one for one in blocks if is_esim or one.kind != "qr"]
