"""Beside the way of a visit: its end, the question whether somebody is still there, the modes."""

from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from portal import visit
from portal.forms.kiosk import whole
from portal.kiosk import KioskRequest, kiosk_page, when_shut
from portal.kioskscreen import screen, to
from portal.views.kiosk import page_of_kiosk
from portal.visit import Modes


@page_of_kiosk
@kiosk_page
@when_shut
def wipe(request: KioskRequest) -> HttpResponse:
    """Forget everything of this customer. By GET too: a page that nobody touches goes there."""
    return visit.wipe(request, to("start"))


@page_of_kiosk
@kiosk_page
def idle(request: KioskRequest) -> HttpResponse:
    """Is somebody still there? For browsers without scripts; it ends the visit by itself."""
    if request.method == "POST":
        visit.touch(request)
        return to(_here(request))
    return screen(request, "idle", back=_here(request))


@page_of_kiosk
@kiosk_page
def modes(request: KioskRequest) -> HttpResponse:
    """How the screens are: large, high in contrast, low down, slow, spoken."""
    if request.method == "GET":
        here = _here(request)
        context = {"sizes": visit.SIZES, "here_url": reverse(f"kiosk:{here}")}
        return screen(request, "modes", context, back=here)
    mode, size = request.POST.get("mode", ""), whole(request.POST.get("value", ""))
    visit.keep(request, modes=_changed(visit.of(request).modes, mode, size))
    return to("modes" if request.POST.get("stay") else _here(request))


def _changed(old: Modes, mode: str, size: int) -> Modes:
    """The modes after a press: a size, or a switch to its other side."""
    if mode == "size" and size in visit.SIZES:
        return replace(old, size=size)
    if mode in ("contrast", "low", "slow", "speech"):
        switched: dict[str, Any] = {mode: not getattr(old, mode)}
        return replace(old, **switched)
    return old


def _here(request: KioskRequest) -> str:
    return visit.of(request).here or "start"
