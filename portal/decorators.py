"""Who may see a page of the counter."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.urls import reverse

from portal.http import is_fragment, page, see_other
from topup.models import Person, Shop


class AgentRequest(HttpRequest):
    """A request of somebody who sells: `user` is a Person with a `shop`."""

    user: Person
    shop: Shop


type View = Callable[..., HttpResponse]


def agent_page(view: View) -> View:
    """For people of a shop. Others are led to the sign-in or to their own pages.

    A form that was posted after the session ended is not lost: its quote, with
    its key, waits behind the sign-in.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            query = urlencode({"next": _way_back(request)})
            return see_other(request, f"{resolve_url(settings.LOGIN_URL)}?{query}")
        assert isinstance(request.user, Person)
        if request.user.shop_id is None:
            if request.user.is_staff:
                return see_other(request, reverse("admin:index"))
            return page(request, "403.html", {"no_shop": True}, status=403)
        shop = Shop.objects.select_related("float_account").get(pk=request.user.shop_id)
        request.shop = shop  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return guarded


def _way_back(request: HttpRequest) -> str:
    """Where the sign-in leads: the same page, or the check page of a posted quote."""
    if request.method == "POST":
        return check_url(request.POST.get("quote", "")) or reverse("sell:start")
    if is_fragment(request):
        there = urlsplit(request.headers.get("HX-Current-URL", ""))
        return f"{there.path}?{there.query}" if there.query else there.path or "/"
    return request.get_full_path()


def check_url(token: str) -> str:
    """The check page of a quote; the same quote, so the same key."""
    return f"{reverse('sell:check')}?{urlencode({'quote': token})}" if token else ""
