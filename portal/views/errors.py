"""Pages for what went wrong, in plain words."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.defaults import server_error

from portal import kiosk, till
from portal.decorators import way_back
from portal.http import page, see_other


def csrf_failure(request: HttpRequest, reason: str = "", **_rest: Any) -> HttpResponse:
    """The page was open since before a sign-in. What was posted comes back, with its key."""
    if getattr(request, "kiosk", None):
        return see_other(request, kiosk.HOME)
    if again := way_back(request):
        return see_other(request, again)
    if request.path == resolve_url(settings.LOGIN_URL) and request.user.is_authenticated:
        return see_other(request, resolve_url(settings.LOGIN_REDIRECT_URL))
    if request.path in (reverse("till:lock"), reverse("till:change")):
        if request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}":
            till.lock(request)  # "Lock" on a page of ours that is old: it is meant
        return see_other(request, reverse("till:lock"))
    text = _("This page was open for too long. Nothing was changed. Open it again and repeat.")
    return page(request, "403.html", {"problem": text}, status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Too large, made by no form of ours, or for another site."""
    if getattr(request, "kiosk", None):
        return kiosk.lost(request, status=400)
    return page(request, "400.html", {}, status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if getattr(request, "kiosk", None):
        return kiosk.lost(request, status=403)
    return page(request, "403.html", {}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if getattr(request, "kiosk", None):
        return kiosk.lost(request)
    return page(request, "404.html", {}, status=404)


def failed(request: HttpRequest) -> HttpResponse:
    """Our own fault, told with as little as possible; a kiosk looks again by itself."""
    if request.path.startswith(kiosk.HOME):
        return kiosk.outage(request)
    return server_error(request)
