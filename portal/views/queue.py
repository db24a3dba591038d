"""The queue of a shop's kiosks: what customers chose there, and who at the counter has it.

A claim leads to the ordinary check page; what sells is `sell:confirm`, as ever. A claim that
is posted twice, or after a lost answer, leads to the same key and so to the same sale.
"""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal import queuewords
from portal.decorators import AgentRequest, agent_page, check_url
from portal.forms.details import DetailsForm
from portal.http import page, see_other
from portal.views.details import details_url
from portal.views.sales import looks_of, pause_ms
from portal.views.sell import sale_url
from topup import pacing
from topup.errors import ExtraError, TopupError
from topup.models import Kiosk, KioskClaim, KioskOffer
from topup.offererrors import OfferError, OfferGoneError
from topup.queries import sales_for
from topup.services import kiosks, offers, sales

MOST_CODES, MINUTE = 20, 60
#: So many looks a second apart; then the page looks less often, until somebody touches it.
QUICK_LOOKS = 900


@require_GET
@agent_page
def queue(request: AgentRequest) -> HttpResponse:
    """What waits, live: a new offer is there within a second or so."""
    return _queue_page(request, typed=request.GET.get("code", ""))


def _queue_page(
    request: AgentRequest, *, typed: str = "", problem: str = "", status: int = 200
) -> HttpResponse:
    looks = looks_of(request)
    context: dict[str, Any] = {
        "rows": queuewords.rows(request), "calling": kiosks.calling(request.shop.pk),
        "typed": typed[:100], "problem": problem, "next_look": looks + 1,
        "pause_ms": pause_ms(0 if looks < QUICK_LOOKS else 4),
    }  # fmt: skip
    return page(request, "queue/queue.html", context, fragment="queue/_queue.html", status=status)


@require_GET
@agent_page
def line(request: AgentRequest) -> HttpResponse:
    """What the header says of the kiosks; it asks again by itself."""
    return page(request, "queue/line.html", {}, fragment="queue/_kiosk_line.html")


@require_POST
@agent_page
def claim(request: AgentRequest) -> HttpResponse:
    """Claim the offer of a code that was typed or scanned."""
    typed = request.POST.get("code", "")
    if not pacing.may("offer", str(request.user.pk), most=MOST_CODES, seconds=MINUTE):
        problem = _("Too many codes were tried. Wait a minute, or choose in the list.")
        return _queue_page(request, problem=problem, status=429)
    try:
        code = queuewords.code_in(typed)
        claimed = offers.claim(agent=request.user, shop=request.shop, code=code)
    except OfferError as error:
        return _queue_page(request, typed=typed, problem=error.message, status=422)
    return _lead(request, claimed)


@require_http_methods(["GET", "POST"])
@agent_page
def offer(request: AgentRequest, offer_id: int) -> HttpResponse:
    """One offer: claimed by POST, which leads to its check page; by GET only looked at."""
    found = _own(request, offer_id)
    if request.method == "GET":
        return _offer_page(request, found)
    try:
        claimed = offers.claim(agent=request.user, shop=request.shop, offer_id=found.pk)
    except OfferError as error:
        return _offer_page(request, found, problem=error.message, status=422)
    return _lead(request, claimed)


def _lead(request: AgentRequest, claimed: KioskClaim) -> HttpResponse:
    """On from a claim: to its sale, to what the goods ask for besides, or to the check page."""
    if claimed.sale_id:
        return _to_sale(request, claimed)
    found = claimed.offer
    goods = queuewords.goods_of(claimed, found.sku, request.shop) if found.sku else {}
    try:
        sales.check_may_sell(shop=request.shop)
        if found.sku and not claimed.quote and DetailsForm(found.sku, goods).is_due:
            return see_other(request, details_url(goods))
        quoted = offers.quote_for(claimed=claimed, agent=request.user, shop=request.shop)
    except ExtraError:
        return see_other(request, details_url(goods, is_shown=True))
    except TopupError as error:
        return _offer_page(request, found, problem=error.message, status=422)
    return see_other(request, check_url(quoted.token))


def _to_sale(request: AgentRequest, claimed: KioskClaim) -> HttpResponse:
    sold = sales_for(request.user).filter(kiosk_claim=claimed).first()
    if sold:
        return see_other(request, sale_url(sold))
    told = _("This offer was sold by %(name)s.")
    messages.info(request, told % {"name": queuewords.name_of(claimed.agent)})
    return see_other(request, reverse("queue:queue"))


def _offer_page(
    request: AgentRequest, found: KioskOffer, *, problem: str = "", status: int = 200
) -> HttpResponse:
    if found.state == "sold":
        return _to_sale(request, found.claims.select_related("agent").get(sale__isnull=False))
    row = next((one for one in queuewords.rows(request) if one.offer.pk == found.pk), None)
    if row is None and not problem:
        problem, status = OfferGoneError().message, 410
    context = {"row": row, "problem": problem}
    return page(request, "queue/offer.html", context, status=status)


@require_POST
@agent_page
def release(request: AgentRequest, offer_id: int) -> HttpResponse:
    """Give an offer back to the queue."""
    offers.release(offer_id=_own(request, offer_id).pk, agent=request.user)
    return see_other(request, reverse("queue:queue"))


@require_POST
@agent_page
def cancel(request: AgentRequest, offer_id: int) -> HttpResponse:
    """The customer does not want it any more."""
    try:
        offers.cancel(offer_id=_own(request, offer_id).pk, by=request.user)
    except OfferError:
        messages.warning(request, _("Somebody else has this offer now. It was not cancelled."))
    return see_other(request, reverse("queue:queue"))


@require_POST
@agent_page
def answer_help(request: AgentRequest, kiosk_id: int) -> HttpResponse:
    """Somebody goes to the kiosk where a customer calls."""
    found = Kiosk.objects.filter(pk=kiosk_id, shop=request.shop).first()
    if found is None:
        raise Http404
    kiosks.answer_help(kiosk=found, by=request.user)
    return see_other(request, reverse("queue:queue"))


def _own(request: AgentRequest, offer_id: int) -> KioskOffer:
    found = KioskOffer.objects.filter(pk=offer_id, shop=request.shop).first()
    if found is None:
        raise Http404
    return found
