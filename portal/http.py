"""Answers that work with scripts and without: a page, its fragment, a way on."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect

A_YEAR = 365 * 24 * 3600


class SeeOther(HttpResponseRedirect):
    """303: the answer to a form is another page, got by GET."""

    status_code = 303


def is_fragment(request: HttpRequest) -> bool:
    """True if HTMX asks for a part of a page, not for the page."""
    return bool(getattr(request, "htmx", False)) and not request.headers.get(
        "HX-History-Restore-Request"
    )


def page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    fragment: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render a page, or only its fragment where HTMX asked.

    A page that has no fragment takes the place of the whole page, not of a part.
    """
    is_part = is_fragment(request)
    name = fragment if fragment and is_part else template
    response = render(request, name, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    if is_part and not fragment:
        response["HX-Retarget"], response["HX-Reswap"] = "body", "outerSync"
    return response


def see_other(request: HttpRequest, url: str) -> HttpResponse:
    """Lead the browser to a page: 303, or HTMX's own way of leaving the page."""
    return HttpResponseClientRedirect(url) if is_fragment(request) else SeeOther(url)


def keep_cookie(response: HttpResponse, name: str, value: str) -> None:
    """Keep something in the browser for a year, out of the reach of scripts."""
    response.set_cookie(
        name, value, max_age=A_YEAR, httponly=True, samesite="Lax",
        secure=not settings.PLAIN_HTTP,
    )  # fmt: skip


def goods_url(**goods: object) -> str:
    """The sell page with number, operator, SKU and amount filled in, where there is any."""
    kept = {name: value for name, value in goods.items() if value}
    return f"{reverse('sell:start')}?{urlencode(kept)}" if kept else reverse("sell:start")
