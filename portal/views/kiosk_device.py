"""The kiosk as a device: becoming one, and being one no more."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal import kiosk, pacing, till
from portal.brake import source_of
from portal.forms.kiosk_device import EnrolForm, LeaveForm
from portal.http import page, see_other
from portal.kiosk import KioskRequest, kiosk_page, when_shut
from topup.errors import PinError
from topup.kioskerrors import EnrolCodeError
from topup.models import Kiosk
from topup.services import kiosks, tills

MOST_CODES = 10  # from one address in ten minutes
MOST_PINS = 3  # of a whole kiosk in fifteen minutes; a PIN is locked after five wrong ones
TEN_MINUTES, FIFTEEN_MINUTES = 600, 900


@require_http_methods(["GET", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """Swap a code for the cookie. The one page of a kiosk that strangers get."""
    if request.kiosk:  # type: ignore[attr-defined]
        return see_other(request, reverse("kiosk:start"))
    form = EnrolForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if not pacing.may("enrol", source_of(request), most=MOST_CODES, seconds=TEN_MINUTES):
            form.add_error("code", _("Too many codes were tried. Wait ten minutes."))
        else:
            try:
                _kiosk, token = kiosks.swap(form.cleaned_data["code"])
            except EnrolCodeError as error:
                form.add_error("code", error.message)
            else:
                return _enrolled(request, token)
    return page(request, "kiosk/enrol.html", {"form": form}, status=422 if form.errors else 200)


def _enrolled(request: HttpRequest, token: str) -> HttpResponse:
    """A browser is one thing: who was signed in is not, and it is no till any more."""
    till.lock(request)
    answer = see_other(request, reverse("kiosk:start"))
    till.forget_cookie(answer)
    kiosk.set_cookie(answer, token)
    answer["Clear-Site-Data"] = '"cache", "storage"'  # of the counter, its worker too
    return answer


@require_GET
@kiosk_page
def start(request: KioskRequest) -> HttpResponse:
    """The first page."""
    return page(request, "kiosk/start.html", {})


@require_POST
def beat(request: HttpRequest) -> HttpResponse:
    """Sent by an open page, customer or not: what the kiosk says of itself, what is wanted of it.

    A blocked kiosk beats, too; a browser that is no kiosk any more is told so by 404.
    """
    found: Kiosk | None = request.kiosk  # type: ignore[attr-defined]
    if found is None:
        return JsonResponse({}, status=404)
    kiosks.see(
        found, version=request.POST.get("version", ""), paper=request.POST.get("paper", "")
    )  # fmt: skip
    return JsonResponse(
        {
            "blocked": kiosks.is_off(found),
            "help": kiosks.help_state(found),
            "message": found.message,
            "reload": kiosks.wants_reload(found),
        }
    )


@require_http_methods(["GET", "POST"])
@kiosk_page
@when_shut
def ask_help(request: KioskRequest) -> HttpResponse:
    """Call somebody of the shop, and how that stands; the customer goes on where he was."""
    back = _way_back(request)
    if request.method == "POST":
        kiosks.call_help(request.kiosk)
        return see_other(request, f"{reverse('kiosk:help')}?{urlencode({'next': back})}")
    context = {"state": kiosks.help_state(request.kiosk), "back": back}
    return page(request, "kiosk/help.html", context)


def _way_back(request: HttpRequest) -> str:
    """The page of the kiosk that asked; nothing else is led to."""
    there = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = there.startswith(kiosk.HOME) and url_has_allowed_host_and_scheme(
        there, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return there if is_ours else reverse("kiosk:start")


@require_GET
def off(request: HttpRequest) -> HttpResponse:
    """What a kiosk shows while the server is away: kept by the browser, so it says nothing new."""
    return kiosk.outage(status=200)


@require_http_methods(["GET", "POST"])
@kiosk_page
@when_shut
def leave(request: KioskRequest) -> HttpResponse:
    """Kiosk mode ends by the PIN of one of the shop; few tries, since nobody watches."""
    form = LeaveForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if not _may_try(request.kiosk):
            form.add_error("pin", _("Too many wrong PINs here. Wait fifteen minutes."))
        else:
            try:
                kiosks.leave(kiosk=request.kiosk, person_id=data["person"], pin=data["pin"])
            except PinError as error:
                form.add_error("pin", error.message)
            else:
                return _left(request)
    context = {"form": form, "people": tills.people_with_pin(request.shop.pk)}
    return page(request, "kiosk/leave.html", context, status=422 if form.errors else 200)


def _may_try(found: Kiosk) -> bool:
    """Fewer tries than lock a PIN: a customer who plays with it locks nobody out of his till."""
    return pacing.may(
        "leave", str(found.pk), most=MOST_PINS, seconds=FIFTEEN_MINUTES, uncounted=False
    )


def _left(request: HttpRequest) -> HttpResponse:
    request.session.flush()
    answer = see_other(request, reverse("kiosk:enrol"))
    kiosk.forget_cookie(answer)
    return answer
