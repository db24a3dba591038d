"""What the screens of a kiosk have in common: who may see one, how it is shown and answered."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_http_methods

from portal import kiosksteps, visit
from portal.http import SeeOther
from portal.kiosk import KioskRequest, View, kiosk_page
from portal.visit import Visit

_TEMPLATES = {
    "start": "kiosk/start.html",
    "language": "kiosk/language.html",
    "kind": "kiosk/kind.html",
    "country": "kiosk/country.html",
    "dial": "kiosk/dial.html",
    "number": "kiosk/number.html",
    "operator": "kiosk/operator.html",
    "product": "kiosk/product.html",
    "amount": "kiosk/amount.html",
    "read_back": "kiosk/read_back.html",
    "code": "kiosk/code.html",
    "state": "kiosk/state.html",
    "modes": "kiosk/modes.html",
    "idle": "kiosk/idle.html",
}


def kiosk_screen(step: str = "") -> Callable[[View], View]:
    """For a view of a kiosk that GET shows and POST answers.

    With a step of the visit: who comes too early is led to the first one that lacks an answer.
    """

    def decorated(view: View) -> View:
        @wraps(view)
        def in_order(request: KioskRequest) -> HttpResponseBase:
            lacking = kiosksteps.lacking(visit.of(request), step) if step else ""
            return to(lacking) if lacking else view(request)

        return require_http_methods(["GET", "POST"])(kiosk_page(in_order))

    return decorated


def to(name: str) -> HttpResponse:
    """Lead to a screen: 303, so that no form of a customer stays in the browser's history."""
    return SeeOther(reverse(f"kiosk:{name}"))


def here(request: KioskRequest) -> str:
    """The screen where the visit stands: to where the side steps lead back."""
    return visit.of(request).here or kiosksteps.START


def screen(
    request: KioskRequest, name: str, context: dict[str, Any] | None = None, *, back: str = ""
) -> HttpResponse:
    """A screen of the visit; what is to be mended is told once. Nobody keeps it."""
    problem = visit.told(request)
    if name in kiosksteps.SCREENS:
        visit.keep(request, here=name)
    before = back or kiosksteps.before(visit.of(request), name)
    shown = {
        "screen": name, "problem": problem, "step": kiosksteps.step_of(name),
        "back_url": reverse(f"kiosk:{before}"), **(context or {}),
    }  # fmt: skip
    response = render(request, _TEMPLATES[name], shown)
    patch_cache_control(response, no_store=True, private=True)
    return response


def chose(request: KioskRequest, name: str, **answer: Any) -> Visit:
    """Keep the answer of a screen; what hung on an older one is forgotten."""
    return visit.keep(request, **kiosksteps.forgotten(name) | answer)


def mend(request: KioskRequest, name: str, problem: str, **changed: Any) -> HttpResponse:
    """Back to a screen that says what is wrong; what was typed is kept."""
    visit.keep(request, problem=problem, **changed)
    return to(name)
