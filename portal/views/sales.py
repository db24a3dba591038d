"""An agent's own sales: the list, one sale with its live state, asking and cancelling."""

import random
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal import arrivalwords, checkwords, disputewords, repeating, statewords
from portal.decorators import AgentRequest, agent_page
from portal.forms.sales import SearchForm
from portal.http import page, see_other
from portal.views.sell import again_url, sale_url
from portal.voucherblocks import voucher_blocks
from topup import rulewords, states
from topup.models import Sale
from topup.queries import sale_for, search_sales
from topup.services import (
    delivered,
    disputes,
    esims,
    offers,
    owed,
    prints,
    sales,
    soldgoods,
    vouchers,
)
from topup.services.asking import ask_now
from topup.states import SaleState

PER_PAGE = 20
NOT_SOLD = {SaleState.DECLINED, SaleState.CANCELLED}
#: Seconds between two looks at a sale, set by the server and not by the page.
PAUSES = (1, 1, 2, 2, 3, 5, 8, 10, 15, 20, 30)
CANCEL_AFTER = 3  # seconds; a button that comes and goes at once is pressed by mistake
CHECK_AGAIN_AFTER = 600  # seconds; then a button instead of more looks


@require_GET
@agent_page
def sale_list(request: AgentRequest) -> HttpResponse:
    """Own sales: unfinished first, then the newest."""
    form = SearchForm(request.GET)
    found = search_sales(
        request.user, text=form.text, state_group=form.group,
        first=(form.page - 1) * PER_PAGE, most=PER_PAGE + 1,
    )  # fmt: skip
    context = {
        "form": form, "sales": found.sales[:PER_PAGE], "has_more": len(found.sales) > PER_PAGE,
        "is_cut": found.is_cut,
        "looks": statewords.LOOKS,
    }  # fmt: skip
    return page(request, "sales/list.html", context, fragment="sales/_list.html")


@require_GET
@agent_page
def sale(request: AgentRequest, correlation_id: str) -> HttpResponse:
    """One sale. The fragment is its live state: it asks again until the state is final."""
    found = _own_sale(request, correlation_id)
    # The sale may have ended since the shop was read, and a final page looks no more.
    request.shop.float_account.refresh_from_db()
    context = _state(request, found, looks_taken=looks_of(request))
    context |= _voucher(request, found)
    if getattr(request.shop, "has_kiosk", False):  # its customer takes a claim number home
        context["is_of_kiosk"] = offers.offer_of(found) is not None
    context["is_next"] = "next" in request.GET  # it was sold by the bar, and so is the next one
    return page(request, "sales/sale.html", context, fragment="sales/_state.html")


@require_POST
@agent_page
def ask(request: AgentRequest, correlation_id: str) -> HttpResponse:
    """Ask the provider now. Never sends the order again."""
    found = _own_sale(request, correlation_id)
    ask_now(sale_id=found.pk, by=request.user)
    return see_other(request, sale_url(found))


@require_POST
@agent_page
def cancel(request: AgentRequest, correlation_id: str) -> HttpResponse:
    """Cancel a sale that was not sent yet."""
    found = _own_sale(request, correlation_id)
    if not sales.cancel_sale(sale_id=found.pk, by=request.user, note="cancelled at the counter"):
        messages.warning(request, _("Too late: the sale is on its way. Wait for its answer."))
    return see_other(request, sale_url(found))


def _own_sale(request: AgentRequest, correlation_id: str) -> Sale:
    try:
        return sale_for(request.user, correlation_id)
    except Sale.DoesNotExist:
        raise Http404 from None


def _state(request: AgentRequest, found: Sale, *, looks_taken: int) -> dict[str, Any]:
    age = (timezone.now() - found.created_at).total_seconds()
    awaits_code = found.is_delivered and vouchers.is_awaited(found)
    is_moving = found.is_unfinished or awaits_code
    owes = owed.owed_of(found)
    arrival = delivered.arrival_of(found, is_code_awaited=awaits_code)
    return {
        "sale": found,
        "typed": checkwords.of_sale(found),
        "look": statewords.look(found, is_code_awaited=awaits_code),
        "arrival": arrival,
        "arrives": arrivalwords.label(found.kind, arrival) if arrival else "",
        "country": soldgoods.country_of(found),
        "contents": soldgoods.contents_of(found),
        "is_amount_told": soldgoods.is_amount_told(found, arrival),
        "give_back": statewords.give_back(found, is_owed=owes is not None),
        "advice": statewords.advice(found),
        **statewords.answer(found),
        "owed": owes,
        "is_moving": is_moving,
        "earns": found.state not in states.GIVEN_BACK,
        "rule_words": _rule_words(found),
        "may_cancel": found.state == SaleState.CREATED and age > CANCEL_AFTER,
        "may_ask": found.is_open and age > CHECK_AGAIN_AFTER,
        "again_url": again_url(found.recipient, found.sku, found.face_value, found.extras)
        if found.state in NOT_SOLD
        else "",
        "repeat": repeating.of(found),
        "next_look": looks_taken + 1 if is_moving and age <= CHECK_AGAIN_AFTER else None,
        "pause_ms": pause_ms(looks_taken),
        **_dispute(found),
    }


def _voucher(request: AgentRequest, found: Sale) -> dict[str, Any]:
    """The code; once its paper came out it is behind a tap. And what differs from the promise."""
    told: dict[str, Any] = {"arrived_otherwise": delivered.differs(found)}
    if not vouchers.has_secret(found):
        return told
    told |= {"has_voucher": True, "may_ask_data": esims.may_ask(found)}
    if prints.is_out(prints.of(found)) and "code" not in request.GET:
        return told | {"is_shut": True}
    content = vouchers.read(sale=found, person=request.user, device=request.device)
    return told | {"voucher_blocks": voucher_blocks(content)}


def _dispute(found: Sale) -> dict[str, Any]:
    """The last dispute about a sale, and whether one may be raised now."""
    if found.state not in states.INVOICED:
        return {}
    latest = disputes.latest_of(found)
    return {
        "dispute": latest, "dispute_look": disputewords.LOOKS[latest.state] if latest else None,
        "may_dispute": disputes.may_raise(sale=found, latest=latest),
    }  # fmt: skip


def _rule_words(found: Sale) -> str:
    """Which rule paid the commission; "" where none did."""
    rule = found.commission_rule
    if rule is None:
        return ""
    values = {"how": rulewords.how(rule), "version": rule.book.version}
    return _("Rule: commission %(how)s, price book %(version)s") % values


def pause_ms(looks_taken: int) -> int:
    """Until the next look; with a fifth of jitter, so that a hundred pages do not ask in step."""
    seconds = PAUSES[min(looks_taken, len(PAUSES) - 1)]
    return int(seconds * random.uniform(800, 1200))  # noqa: S311  not a secret


def looks_of(request: AgentRequest) -> int:
    """How many looks a page has taken already."""
    text = request.GET.get("n", "")
    return min(int(text), 1000) if text.isascii() and text.isdigit() and len(text) < 6 else 0
