"""Selling: number, operator, amount, check, confirm.

Looking is GET and may be repeated; the only thing that sells is `confirm`, and
it sells a quote at most once.
"""

from contextlib import suppress
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from structlog.contextvars import bind_contextvars

from catalog.models import Sku
from catalog.msisdn import warnings
from portal import checkwords, often, paywords, queuewords, safetywords
from portal.decorators import AgentRequest, agent_page, check_url
from portal.forms.details import DetailsForm, address_of, carried
from portal.forms.sell import GoodsForm, NumberForm
from portal.forms.shift import PaymentForm
from portal.http import goods_url, page, see_other
from portal.kindchips import chips
from portal.offers import Offer, offer_for
from portal.templatetags.counter import money_text
from portal.views import bar
from portal.views.details import details_page, details_url, is_bill, make_quote, recipient_of
from topup.errors import (
    AmountError,
    BadQuoteError,
    ExtraError,
    LimitError,
    OwedError,
    SaleConflictError,
    ShiftError,
    TenderError,
    TopupError,
)
from topup.kinds.base import Extras
from topup.memory import memory_of
from topup.models import Sale
from topup.offererrors import OfferTakenError
from topup.queries import sales_for
from topup.safetyerrors import SafetyError
from topup.services import offers, sales
from topup.services.assortment import assortment_of
from topup.services.pricing import Quote

NOTHING = Offer()


def home(request: HttpRequest) -> HttpResponse:
    """The first page of the counter."""
    return redirect("sell:start")


@require_GET
@agent_page
def start(request: AgentRequest) -> HttpResponse:
    """The number, then the operator and what it sells; or a whole line of the bar."""
    typed = request.GET.get("number", "")
    if typed and "sku" not in request.GET and queuewords.waits(request, typed):
        return see_other(request, f"{reverse('queue:queue')}?{urlencode({'code': typed})}")
    if answered := bar.answer(request, _sell_page):
        return answered
    form = NumberForm(request.GET if request.GET else None)
    status = 422 if form.is_bound and not form.is_valid() else 200
    return _sell_page(request, form, status=status)


@require_POST
@agent_page
def quote(request: AgentRequest) -> HttpResponse:
    """A price for the chosen goods; leads to the check page, or to what they ask for first."""
    old = None
    with suppress(BadQuoteError):
        old = _quote(request, request.POST.get("instead_of", ""))
        if found := _sale_of(request, old):
            return see_other(request, sale_url(found))
    number, goods = NumberForm(request.POST), GoodsForm(request.POST)
    is_whole = number.is_valid() & goods.is_valid()
    sku = goods.cleaned_data.get("sku")
    if sku is None or not number.is_valid():
        return _sell_page(request, number, goods=goods, status=422)
    form = DetailsForm(sku, request.POST, kept=_secrets_of(old, sku, number))
    if not is_whole:
        return _mend(request, number, goods, form)
    if form.is_due:
        return see_other(request, details_url(request.POST))
    try:
        sales.check_may_sell(shop=request.shop)
        made = make_quote(request, number, goods, form)
        offer_id = old.offer_id if old else queuewords.offer_id_of(request.POST.get("offer", ""))
        if offer_id:
            made = offers.seal(offer_id=offer_id, agent=request.user, quote=made)
        bind_contextvars(correlation_id=made.correlation_id)  # for the log of this request
    except TopupError as error:
        return _mend(request, number, goods, form, error)
    return see_other(request, check_url(made.token) + bar.behind(request.POST.get("line", "")))


def _secrets_of(old: Quote | None, sku: Sku, number: NumberForm) -> Extras:
    """The secrets of a quote that is asked for anew: for the same goods and number alone."""
    same = old is not None and (old.sku_id, old.recipient) == (sku.pk, recipient_of(sku, number))
    return old.secret_extras if old and same else {}


def _mend(
    request: AgentRequest, number: NumberForm, goods: GoodsForm, form: DetailsForm,
    error: TopupError | None = None,
) -> HttpResponse:  # fmt: skip
    """The page on which a form that gave no price is mended: the fields, or number and goods."""
    is_field = isinstance(error, ExtraError) or (error is None and form.was_shown)
    is_amount = isinstance(error, AmountError | LimitError) and is_bill(form.sku)
    if is_field or is_amount:
        return details_page(request, number, goods, form, error=error)
    if error and error.field == "recipient":
        number.add_error("number", error.message)
    elif error:
        goods.add_error(None, error.message)
    return _sell_page(request, number, goods=goods, status=422)


@require_GET
@agent_page
def check(request: AgentRequest) -> HttpResponse:
    """The check page of a quote; the page of its sale, if it was sold already."""
    try:
        quoted = _quote(request, request.GET.get("quote", ""))
    except BadQuoteError as error:
        return _sell_page(request, NumberForm(), problem=error.message, status=400)
    if found := _sale_of(request, quoted):
        return see_other(request, sale_url(found))
    try:
        offers.renew(quote=quoted)
    except OfferTakenError as error:
        return _check_page(request, quoted, error=error, status=409)
    return _check_page(request, quoted)


@require_POST
@agent_page
def confirm(request: AgentRequest) -> HttpResponse:
    """Sell a quote. Pressed again, or after a lost answer: the same sale."""
    try:
        quoted = _quote(request, request.POST.get("quote", ""))
        pay = PaymentForm(request.POST)
        opened = sales.open_sale(
            agent=request.user, quote=quoted, device=request.device,
            answers=safetywords.answers_of(request.POST), **pay.terms,
        )  # fmt: skip
    except BadQuoteError as error:
        return _sell_page(request, NumberForm(), problem=error.message, status=400)
    except TopupError as error:
        status = 409 if isinstance(error, SaleConflictError) else 422
        return _check_page(request, quoted, error=error, pay=pay, status=status)
    if told := paywords.after(opened, pay):
        messages.info(request, told)
    after = "?next=1" if request.POST.get("line") else ""
    return see_other(request, sale_url(opened.sale) + after)


def sale_url(sale: Sale) -> str:
    return reverse("sales:sale", args=[sale.correlation_id])


def again_url(
    recipient: str, sku: Sku | None, face_value: Decimal, extras: Extras | None = None
) -> str:
    """The sell page with these goods filled in, to be mended and sent as another sale."""
    if sku is None:
        return goods_url(number=recipient)
    return goods_url(**_goods(recipient, sku, face_value, extras))


def _goods(
    recipient: str, sku: Sku, face_value: Decimal, extras: Extras | None
) -> dict[str, object]:
    """The goods as parameters of an address; nothing secret."""
    return {
        "number": recipient, "operator": sku.operator_id or "", "sku": sku.pk,
        f"amount-{sku.pk}": sku.typed_amount(face_value), **address_of(extras or {}),
    }  # fmt: skip


def _quote(request: AgentRequest, token: str) -> Quote:
    quoted = Quote.from_token(token, shop=request.shop)
    bind_contextvars(correlation_id=quoted.correlation_id)  # for the log of this request
    return quoted


def _sale_of(request: AgentRequest, quoted: Quote) -> Sale | None:
    """The sale that was made of a quote, if it is this person's to see."""
    return sales_for(request.user).filter(correlation_id=quoted.correlation_id).first()


def _sell_page(
    request: AgentRequest,
    form: NumberForm,
    *,
    goods: GoodsForm | None = None,
    problem: str = "",
    status: int = 200,
    extra: dict[str, Any] | None = None,
) -> HttpResponse:
    data = getattr(form, "cleaned_data", {})
    msisdn, operator = data.get("msisdn", ""), data.get("operator")
    wants, told = bool(msisdn or operator), extra or {}
    memory = told.get("memory") or memory_of(request.shop, msisdn)
    offer = told.get("offer") or NOTHING
    if wants and offer is NOTHING:
        offer = offer_for(shop=request.shop, msisdn=msisdn, operator=operator,
                          remembered=memory.operator_id)  # fmt: skip
    chosen = goods.data if goods else request.GET
    chosen_sku = chosen.get("sku", "")
    amount = f"amount-{chosen_sku}"
    context = {
        "form": form, "goods": goods, "msisdn": msisdn, "offer": offer, "problem": problem,
        "typed": form.data, "chosen_sku": chosen_sku, "typed_amount": chosen.get(amount, ""),
        "mend": amount if amount in chosen else "goods", "carried": carried(chosen).items(),
        # The operator is known already: the number is sent with the goods, there is no Find.
        "asks_number": offer.takes_number and not msisdn and not offer.waits_for_number,
        "memory": memory, "again": request.GET.get("again", ""),
        "warnings": warnings(msisdn, country=offer.country) if msisdn else [], **told,
    }  # fmt: skip
    if not wants:
        context["chips"] = chips(apart=assortment_of(request.shop).switched_off)
        context["often"] = often.rows(request)
    return page(request, "sell/start.html", context, fragment="sell/_sell.html", status=status)


def _check_page(
    request: AgentRequest,
    quoted: Quote,
    *,
    error: TopupError | None = None,
    pay: PaymentForm | None = None,
    status: int = 200,
) -> HttpResponse:
    skus = Sku.objects.select_related("operator", "country", "product").defer("raw")
    sku = skus.filter(pk=quoted.sku_id).first()
    if sku is None:
        raise Http404
    safety = safetywords.asked(request, quoted, sku, error)
    error = error or safety["brake"]
    problem = error.message if error else ""
    # How it is paid and what is asked can be mended here; for all else a new price is asked for.
    is_mended_here = isinstance(error, (ShiftError, TenderError, OwedError, SafetyError))
    is_stale = bool(error) and (not is_mended_here or safetywords.stops(error))
    if quoted.is_expired and not problem:
        problem, is_stale = _("The price was held too long. Nothing was sold yet."), True
    context = {
        "quote": quoted, "sku": sku, "problem": problem, "is_stale": is_stale,
        "pay": pay or PaymentForm(), "shift_url": shift_url(quoted, error),
        "warnings": warnings(quoted.recipient) if quoted.recipient else [],
        "price_text": money_text(quoted.price, quoted.currency),
        "amount_text": sku.typed_amount(quoted.face_value),
        "change_url": again_url(quoted.recipient, sku, quoted.face_value, quoted.extras),
        "carried": address_of(quoted.clear_extras).items(), "lines": checkwords.lines(quoted, sku),
        "details_url": _details_url(quoted, sku), "details": checkwords.offered(sku),
        **paywords.choices(request.shop, quoted), **safety,
        **bar.beside(request, quoted, sku), **queuewords.beside(quoted),
    }  # fmt: skip
    return page(request, "sell/check.html", context, fragment="sell/_check.html", status=status)


def _details_url(quoted: Quote, sku: Sku) -> str:
    goods = _goods(quoted.recipient, sku, quoted.face_value, quoted.extras)
    return details_url({name: str(value) for name, value in goods.items()}, is_shown=True)


def shift_url(quoted: Quote, error: TopupError | None) -> str:
    """Where a shift is opened, when one is lacking; from there back to this check page."""
    if not isinstance(error, ShiftError):
        return ""
    return f"{reverse('shift:now')}?{urlencode({'quote': quoted.token})}"
