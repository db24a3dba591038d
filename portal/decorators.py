"""Who may see a page of the counter."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils import timezone

from portal.forms.details import SHOWN, carried
from portal.http import goods_url, page, see_other
from topup.models import Device, Person, Shop
from topup.services.shops import at_counter


class AgentRequest(HttpRequest):
    """A request of somebody who sells: `user` is a Person with a `shop`, maybe at a till."""

    user: Person
    shop: Shop
    device: Device | None


type View = Callable[..., HttpResponseBase]


def agent_page(view: View) -> View:
    """For people of a shop, in its own time. Others are led to the sign-in or to their own pages.

    A form that was posted after the session ended is not lost: its quote, with
    its key, waits behind the sign-in.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            query = urlencode({"next": _after_sign_in(request)})
            return see_other(request, f"{door(request)}?{query}")
        assert isinstance(request.user, Person)
        if request.user.shop_id is None:
            if request.user.is_staff:
                return see_other(request, reverse("admin:index"))
            return page(request, "403.html", {"no_shop": True}, status=403)
        shop = at_counter().get(pk=request.user.shop_id)
        request.shop = shop  # type: ignore[attr-defined]
        with timezone.override(shop.zone):
            return view(request, *args, **kwargs)

    return guarded


def door(request: HttpRequest) -> str:
    """Where somebody signs in: at a till by name and PIN, elsewhere by password."""
    if getattr(request, "device", None):
        return reverse("till:lock")
    return resolve_url(settings.LOGIN_URL)


def _after_sign_in(request: HttpRequest) -> str:
    """Where the sign-in leads: the same page, or where a posted form can be sent again.

    The address of a fragment is that of its page.
    """
    if request.method == "POST":
        return (
            way_back(request)
            or _money_page(request)
            or _bulk_page(request)
            or _basket_page(request)
            or _queue_page(request)
            or reverse("sell:start")
        )
    match = request.resolver_match
    if match and match.view_name == "sell:bar":  # asked by the page itself, of what is being typed
        return goods_url(number=request.GET.get("number", "")[:60])
    return request.get_full_path()


#: What of a form about a deposit is filled in again; a transfer is typed anew.
DEPOSIT_FIELDS = {"ask": ("amount", "paid_by", "key"), "proof": ("bank_reference",)}


def _money_page(request: HttpRequest) -> str:
    """The page of a form about money, as it was filled in; "" for others. Nothing was done by it.

    The key is kept: the press may have been a second one. A file is not.
    """
    match = request.resolver_match
    if match is None or match.app_name != "money":
        return ""
    reference = match.kwargs.get("reference")
    path = reverse("money:deposit", args=[reference]) if reference else request.path
    kept = _kept(request, DEPOSIT_FIELDS.get(match.url_name or "", ()))
    return f"{path}?{urlencode(kept)}" if kept else path


def _bulk_page(request: HttpRequest) -> str:
    """The page of a form about a file of sales; "" for others. The file is chosen anew."""
    match = request.resolver_match
    if match is None or match.app_name != "bulk":
        return ""
    file_id = match.kwargs.get("file_id")
    return reverse("bulk:file", args=[file_id]) if file_id else reverse("bulk:files")


def _basket_page(request: HttpRequest) -> str:
    """The basket, which is as it was; "" for other forms. What was to be added is a quote."""
    match = request.resolver_match
    return reverse("basket:basket") if match and match.app_name == "basket" else ""


def _queue_page(request: HttpRequest) -> str:
    """The offer of a form about one, where it is claimed again; "" for other forms."""
    match = request.resolver_match
    if match is None or match.app_name != "queue":
        return ""
    offer_id = match.kwargs.get("offer_id")
    return reverse("queue:offer", args=[offer_id]) if offer_id else reverse("queue:queue")


def _kept(request: HttpRequest, names: Iterable[str]) -> dict[str, str]:
    """What was typed into these fields; what is far too long was not typed."""
    typed = {name: request.POST.get(name, "") for name in names}
    return {name: text for name, text in typed.items() if text and len(name + text) < 100}


#: Forms of a shift that have a page of their own; of the others the shift is the page.
SHIFT_FORMS = {"move", "count", "pay_out"}


def way_back(request: HttpRequest) -> str:
    """The page on which a posted form can be sent again, as it was filled in; "" if there is none.

    A quote keeps its key. Nothing of it is believed: the page checks it all again.
    """
    match = request.resolver_match
    if match and (key := match.kwargs.get("correlation_id")):
        return reverse("sales:sale", args=[key])
    if match and match.namespace == "shift":
        return request.path if match.url_name in SHIFT_FORMS else reverse("shift:now")
    if token := request.POST.get("quote", ""):
        return check_url(token)
    sku = request.POST.get("sku", "")
    kept = _kept(request, ("number", "operator", "sku", f"amount-{sku}", "offer"))
    kept |= carried(request.POST)
    if SHOWN in request.POST and sku:
        return f"{reverse('sell:details')}?{urlencode(kept | {SHOWN: '1'})}"
    return goods_url(**kept) if kept else ""


def check_url(token: str) -> str:
    """The check page of a quote; the same quote, so the same key."""
    return f"{reverse('sell:check')}?{urlencode({'quote': token})}"
