"""The basket: several items with one payment. Only `sell` sells, and all of it at once."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from portal import basketwords
from portal.decorators import AgentRequest, agent_page, check_url
from portal.forms.shift import PaymentForm
from portal.http import page, see_other
from portal.views.sales import CHECK_AGAIN_AFTER, looks_of, pause_ms
from portal.views.sell import sale_url
from topup import states
from topup.basketerrors import BasketError, BasketItemError
from topup.errors import BadQuoteError, ShiftError, TopupError
from topup.models import Basket, BasketItem, Tender
from topup.models.basket import BasketState
from topup.queries import sales_for
from topup.services import basketlines, baskets
from topup.services.baskets import Payment
from topup.services.pricing import Quote


@require_GET
@agent_page
def basket(request: AgentRequest) -> HttpResponse:
    """The person's own basket, at prices of now. Asks the provider for those that are over."""
    return _page(request, PaymentForm())


def _page(
    request: AgentRequest, pay: PaymentForm, *, error: TopupError | None = None, status: int = 200
) -> HttpResponse:
    found = baskets.open_of(request.user)
    errors = basketlines.renew(found, shop=request.shop) if found else {}
    lines = (
        basketlines.lines_of(found, agent=request.user, shop=request.shop, errors=errors)
        if found else []
    )  # fmt: skip
    basketwords.note(request.session, is_filled=bool(lines))
    ahead = (
        baskets.problem(agent=request.user, shop=request.shop, lines=lines) if lines else None
    )  # fmt: skip
    told = ahead or error
    refusal = error if isinstance(error, BasketItemError) else None
    rows = basketwords.rows_of(request, lines, refusal)
    context = {
        "basket": found, "rows": rows, "pay": pay, "seen": basketlines.fingerprint(lines),
        "prices": basketwords.prices(basketlines.prices_of(lines)),
        "problem": told.message if told else "",
        "mend": refusal.item_id if refusal and not ahead else None,
        "needs_shift": isinstance(told, ShiftError),
        "may_sell": any(row.line.is_ready for row in rows) and ahead is None,
        "asks_money": any(row.money for row in rows if row.line.is_ready),
        "money_said": bool(request.POST.get("answer-money")),
        "stays": sum(not row.line.is_ready for row in rows),
        "is_full": len(rows) >= baskets.MOST_ITEMS, "most": baskets.MOST_ITEMS,
        "lately": basketwords.lately_sold(request.user),
    }  # fmt: skip
    return page(request, "basket/basket.html", context, status=status)


@require_POST
@agent_page
def add(request: AgentRequest) -> HttpResponse:
    """Put a quote in the basket instead of selling it. Pressed again: it is there once."""
    token = request.POST.get("quote", "")
    try:
        quoted = Quote.from_token(token, shop=request.shop)
    except BadQuoteError as error:
        messages.warning(request, error.message)
        return see_other(request, reverse("sell:start"))
    sold = sales_for(request.user).filter(correlation_id=quoted.correlation_id).first()
    if sold:
        return see_other(request, sale_url(sold))
    try:
        baskets.add(agent=request.user, shop=request.shop, quote=quoted)
    except BasketError as error:
        messages.warning(request, error.message)
        return see_other(request, check_url(token))
    basketwords.note(request.session, is_filled=True)
    return see_other(request, reverse("basket:basket"))


@require_POST
@agent_page
def remove(request: AgentRequest, item_id: int) -> HttpResponse:
    """Take an item out; nothing was sold of it."""
    try:
        baskets.remove(item_id=item_id, by=request.user)
    except BasketItem.DoesNotExist:
        if BasketItem.objects.filter(pk=item_id).exists():  # somebody else's
            raise Http404 from None
    return see_other(request, reverse("basket:basket"))


@require_POST
@agent_page
def sell(request: AgentRequest) -> HttpResponse:
    """Sell all that is ready. Pressed again, or after a lost answer: the same sales."""
    pay, data = PaymentForm(request.POST), request.POST
    payment = Payment(
        tender=pay.tender, currency=pay.currency, seen=data.get("seen", ""),
        answers=basketwords.answers_of(data), accepted=basketwords.accepted_of(data),
    )  # fmt: skip
    try:
        sold = baskets.sell(
            basket_key=_key(data.get("basket", "")), agent=request.user, shop=request.shop,
            payment=payment, device=request.device,
        )  # fmt: skip
    except (Basket.DoesNotExist, ValueError):
        raise Http404 from None
    except TopupError as error:
        return _page(request, pay, error=error, status=422)
    basketwords.note(request.session, is_filled=baskets.count_of(request.user) > 0)
    return see_other(request, reverse("basket:sold", args=[sold.key]))


def _key(text: str) -> UUID:
    return UUID(text[:36])


@require_GET
@agent_page
def sold(request: AgentRequest, basket_key: str) -> HttpResponse:
    """What became of a sold basket. The fragment asks again until each sale has an end."""
    found = _own(request, basket_key)
    if found.state == BasketState.OPEN:
        return redirect("basket:basket")
    request.shop.float_account.refresh_from_db()
    context = _sold(found)
    looks = looks_of(request)
    age = (timezone.now() - (found.sold_at or found.created_at)).total_seconds()
    is_looking = context["is_moving"] and age <= CHECK_AGAIN_AFTER
    context |= {"next_look": looks + 1 if is_looking else None, "pause_ms": pause_ms(looks)}
    return page(request, "basket/sold.html", context, fragment="basket/_sold.html")


@require_GET
@agent_page
def receipts(request: AgentRequest, basket_key: str) -> HttpResponse:
    """One page for the whole payment, with the way to the receipt of each sale."""
    found = _own(request, basket_key)
    if found.state == BasketState.OPEN:
        return redirect("basket:basket")
    return page(request, "basket/receipts.html", _sold(found))


def _sold(found: Basket) -> dict[str, Any]:
    rows = basketwords.sold_rows(found)
    back = [row for row in rows if row.is_to_give_back]
    return {
        "basket": found, "rows": rows, "collected": basketwords.collected(rows),
        "back": basketwords.collected(back), "given_back": back,
        "is_moving": any(row.sale.is_unfinished for row in rows),
        "is_nothing": all(row.sale.state in states.GIVEN_BACK for row in rows),
        "tender": Tender(found.tender).label,
    }  # fmt: skip


def _own(request: AgentRequest, basket_key: str) -> Basket:
    try:
        return Basket.objects.get(key=_key(basket_key), person=request.user, shop=request.shop)
    except (Basket.DoesNotExist, ValueError):
        raise Http404 from None
