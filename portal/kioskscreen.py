"""How a kiosk's screen is answered: its template with the visit, its step and its way back."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control

from portal import kiosksteps, visit
from portal.http import SeeOther
from portal.kiosk import KioskRequest

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


def to(name: str) -> HttpResponse:
    """Lead to a screen: 303, so that no form of a customer stays in the browser's history."""
    return SeeOther(reverse(f"kiosk:{name}"))


def early(request: KioskRequest, name: str) -> HttpResponse | None:
    """The way to the screen that has to be answered before this one; None where none lacks."""
    lacking = kiosksteps.lacking(visit.of(request), name)
    return to(lacking) if lacking else None


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


def mend(request: KioskRequest, name: str, problem: str, **changed: Any) -> HttpResponse:
    """Back to a screen that says what is wrong; what was typed is kept."""
    visit.keep(request, problem=problem, **changed)
    return to(name)
