"""The sale bar. Looking only: what sells is `sell.confirm`, as for every sale.

The first Enter asks for a line by GET. Where it can mean one thing only, a price is made
and the check page follows, whose button is the second Enter; else all that it can mean
stands there to choose from.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET
from structlog.contextvars import bind_contextvars

from catalog import queries
from catalog.lookup import find_operator
from catalog.models import Sku
from portal import bar
from portal.decorators import AgentRequest, agent_page, check_url
from portal.forms.details import DetailsForm
from portal.forms.sell import NumberForm
from portal.http import see_other
from portal.kindchips import categories_of
from portal.offers import Offer, offer_for
from portal.views.details import details_url
from topup.bar import Line
from topup.errors import TopupError
from topup.memory import Memory, memory_of
from topup.models import Sale
from topup.queries import sales_for
from topup.services import pricing, sales
from topup.services.assortment import assortment_of
from topup.services.pricing import Quote

SHOWN = 5  # rows of a search below the bar
Show = Callable[..., HttpResponse]


def answer(request: AgentRequest, show: Show) -> HttpResponse | None:
    """The answer to a line of the bar; None where it is a number alone. `show`: the sell page."""
    line, sold = bar.line_of(request.GET.get("number", "")), _sold(request)
    if line.words:
        return see_other(request, f"{reverse('sell:browse')}?{urlencode({'q': line.words})}")
    if not line.amount and sold is None:
        return None
    form = NumberForm({**request.GET.dict(), "number": line.number})
    if not form.is_valid() or not form.cleaned_data["msisdn"]:
        return show(request, form, status=422)
    offer, memory = _offer(request, form)
    found = _readings(request, offer, line, sold)
    question = bar.question(line, found)
    if offer.operator and len(found) == 1 and not question and not line.joined:
        return _price(request, form, found[0], show)
    told = {"readings": found, "line": request.GET["number"][:60], "offer": offer, "memory": memory,
            "question": question, "joined": line.joined}  # fmt: skip
    problem = "" if found else bar.why_not(offer, line, sold)
    return show(request, form, problem=problem, status=422 if problem else 200, extra=told)


def _offer(request: AgentRequest, form: NumberForm) -> tuple[Offer, Memory]:
    msisdn = form.cleaned_data["msisdn"]
    memory = memory_of(request.shop, msisdn)
    offer = offer_for(shop=request.shop, msisdn=msisdn, operator=form.cleaned_data["operator"],
                      remembered=memory.operator_id)  # fmt: skip
    return offer, memory


def _readings(
    request: AgentRequest, offer: Offer, line: Line, sold: Sale | None
) -> list[bar.Reading]:
    if not line.amount and sold:
        return bar.same_again(request.shop, offer, sold)
    return bar.readings(request.shop, offer, line)


def _price(
    request: AgentRequest, form: NumberForm, chosen: bar.Reading, show: Show
) -> HttpResponse:
    """The check page of the one thing that a line means, or what keeps it from being sold."""
    sku, number = chosen.sku, request.GET["number"][:60]
    goods = {"number": form.data["number"], "operator": str(sku.operator_id), "sku": str(sku.pk),
             f"amount-{sku.pk}": chosen.amount_text}  # fmt: skip
    if DetailsForm(sku, {}).is_due:
        return see_other(request, details_url(goods))
    try:
        sales.check_may_sell(shop=request.shop)
        made = pricing.quote(shop=request.shop, sku=sku, face_value=chosen.face_value,
                             recipient=form.cleaned_data["msisdn"])  # fmt: skip
    except TopupError as error:
        return show(request, form, problem=error.message, status=422)
    bind_contextvars(correlation_id=made.correlation_id)  # for the log of this request
    return see_other(request, check_url(made.token) + behind(number))


def behind(line: str) -> str:
    """What the address of the check page says of a line, after the quote; "" without one."""
    if not line:
        return ""
    asked = {"line": line[:60]}
    if bar.line_of(line).second_time:
        asked["second_time"] = "x2"
    return f"&{urlencode(asked)}"


def _sold(request: AgentRequest) -> Sale | None:
    """The sale whose goods are offered again; None for one that is not this person's to see."""
    key = request.GET.get("again", "")
    if not key or len(key) > 50 or "\x00" in key:
        return None
    return sales_for(request.user).filter(correlation_id=key).first()


def beside(request: AgentRequest, quoted: Quote, sku: Sku) -> dict[str, Any]:
    """What the check page of a line shows besides: the rivals, and what is remembered."""
    line = (request.GET.get("line") or request.POST.get("line", ""))[:60]
    if not line or not quoted.recipient:
        return {}
    memory = memory_of(request.shop, quoted.recipient)
    found = find_operator(quoted.recipient)
    others = tuple(one for one in found.candidates if one.pk != sku.operator_id)
    certain = found.best if found.source == "provider" else None
    says_other = certain if certain and certain.pk != sku.operator_id else None
    return {"line": line, "others": others, "memory": memory, "says_other": says_other}


@require_GET
@agent_page
def live(request: AgentRequest) -> HttpResponse:
    """What stands below the bar while somebody types. Makes no price and moves nothing.

    The provider is asked about whole numbers only: about those with an amount behind.
    """
    line = bar.line_of(request.GET.get("number", ""))
    told: dict[str, Any] = {"line": line}
    if line.words:
        off = assortment_of(request.shop).switched_off
        found = queries.search(line.words, category=categories_of(""), apart=off)
        told |= {"found": found[:SHOWN], "has_more": len(found) > SHOWN}
    elif line.amount:
        form = NumberForm({"number": line.number})
        if form.is_valid():
            offer, memory = _offer(request, form)
            found_ways = bar.readings(request.shop, offer, line)
            told |= {"offer": offer, "memory": memory, "readings": found_ways,
                     "question": bar.question(line, found_ways),
                     "msisdn": form.cleaned_data["msisdn"], "is_read": True}  # fmt: skip
    return render(request, "sell/_bar.html", told)
