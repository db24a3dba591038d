"""Beside the way of a visit: its end, the question whether somebody is still there, the modes."""

from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from portal import visit
from portal.forms.kiosk import whole
from portal.kiosk import KioskRequest, when_shut
from portal.kioskscreen import here, kiosk_screen, screen, to
from portal.visit import Modes


@kiosk_screen()
@when_shut
def wipe(request: KioskRequest) -> HttpResponse:
    """Forget everything of this customer. By GET too: a page that nobody touches goes there."""
    return visit.wipe(request, to("start"))


@kiosk_screen()
def idle(request: KioskRequest) -> HttpResponse:
    """Is somebody still there? For browsers without scripts; it ends the visit by itself."""
    if request.method == "POST":
        visit.touch(request)
        return to(here(request))
    return screen(request, "idle", back=here(request))


@kiosk_screen()
def modes(request: KioskRequest) -> HttpResponse:
    """How the screens are: large, high in contrast, low down, slow, spoken."""
    if request.method == "GET":
        before = here(request)
        context = {"sizes": visit.SIZES, "here_url": reverse(f"kiosk:{before}")}
        return screen(request, "modes", context, back=before)
    mode, size = request.POST.get("mode", ""), whole(request.POST.get("value", ""))
    visit.keep(request, modes=_changed(visit.of(request).modes, mode, size))
    return to("modes" if request.POST.get("stay") else here(request))


def _changed(old: Modes, mode: str, size: int) -> Modes:
    """The modes after a press: a size, or a switch to its other side."""
    if mode == "size" and size in visit.SIZES:
        return replace(old, size=size)
    if mode in ("contrast", "low", "slow", "speech"):
        switched: dict[str, Any] = {mode: not getattr(old, mode)}
        return replace(old, **switched)
    return old
