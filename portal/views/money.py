"""A shop's money: what is there, what is held, and transfers down the tree."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from portal import moneywords
from portal.decorators import AgentRequest, agent_page
from portal.forms.money import TransferForm, form_key
from portal.http import page, see_other
from portal.templatetags.counter import money_text
from topup import charts
from topup.errors import MoneyConflictError, MoneyError
from topup.models import DepositRequest, Sale, Shop
from topup.queries import sales_for
from topup.services import forecast
from topup.services.transfers import may_transfer, transfer_float
from topup.states import UNFINISHED

MOST_HOLDS = 20  # on the first page; the list of sales has them all
MOST_DEPOSITS = 30  # that are looked at; the list of deposits has them all
LATELY = timedelta(days=2)


@require_GET
@agent_page
def hub(request: AgentRequest) -> HttpResponse:
    """What is on the float, what of it is held and for which sales, and how long it lasts."""
    shop, holds = request.shop, _open_sales(request)
    hours, sees_money = forecast.hours_of(shop), request.user.sees_whole_shop
    context = {
        "account": shop.float_account, "spendable": _spendable(shop),
        "holds": holds[:MOST_HOLDS], "has_more": len(holds) > MOST_HOLDS,
        "forecast": moneywords.forecast(shop, hours), "chart": _chart(shop, hours),
        "sees_money": sees_money, "deposits": _deposits(shop) if sees_money else [],
        "looks": moneywords.LOOKS,
        "may_transfer": may_transfer(person=request.user, shop=shop),
    }  # fmt: skip
    return page(request, "money/hub.html", context)


def _deposits(shop: Shop) -> list[DepositRequest]:
    """Of the last ones those that wait, and those that were decided in the last days."""
    since = timezone.now() - LATELY
    return [
        row
        for row in shop.deposits.order_by("-id")[:MOST_DEPOSITS]
        if row.is_waiting or (row.decided_at and row.decided_at > since)
    ]


def _spendable(shop: Shop) -> Decimal:
    return shop.float_account.available + shop.float_account.credit_limit


def _open_sales(request: AgentRequest) -> list[Sale]:
    """Whose money is held, the oldest first, and one more than is shown."""
    sales = sales_for(request.user).filter(state__in=UNFINISHED).select_related("agent")
    return list(sales.order_by("created_at")[: MOST_HOLDS + 1])


def _chart(shop: Shop, hours: dict[datetime, Decimal]) -> SafeString:
    """What each of the last seven days spent, as bars; "" if nothing was."""
    days = forecast.days_of(shop, hours)
    if not any(amount for _day, amount in days):
        return SafeString("")
    told = [
        (date_format(day, "D"), amount, money_text(amount, shop.currency)) for day, amount in days
    ]
    return charts.bars(
        [charts.Bar(*row) for row in told],
        name="spent", title=_("Spent in the last seven days"),
        text=", ".join(f"{day} {text}" for day, _spent, text in told), rtl=get_language_bidi(),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@agent_page
def transfer(request: AgentRequest) -> HttpResponse:
    """Float moved to a shop below; for the owner of a sub-distributor."""
    if not may_transfer(person=request.user, shop=request.shop):
        raise PermissionDenied
    form = TransferForm(request.POST if request.method == "POST" else None, source=request.shop)
    status = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            transfer_float(source=request.shop, by=request.user, **form.cleaned_data)
        except MoneyError as error:
            form.add_error(None, error.message)
            status = 409 if isinstance(error, MoneyConflictError) else 422
        else:
            messages.success(request, _moved(request.shop, form.cleaned_data))
            return see_other(request, reverse("money:hub"))
    context = {"form": form, "key": form_key(form), "spendable": _spendable(request.shop)}
    return page(request, "money/transfer.html", context, status=status)


def _moved(source: Shop, data: dict[str, Any]) -> str:
    values = {"amount": money_text(data["amount"], source.currency), "shop": data["target"].name}
    return _("%(amount)s moved to %(shop)s.") % values
