"""The kiosk as a device: becoming one, and being one no more."""

import re

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal import kiosk, till
from portal.brake import source_of
from portal.forms.kiosk import KeypadForm, Pad, whole
from portal.forms.kiosk_device import BeatForm
from portal.http import page, see_other
from portal.kiosk import KioskRequest, when_shut
from portal.kioskscreen import here, kiosk_screen
from portal.views import app
from topup import pacing
from topup.errors import TopupError
from topup.kioskerrors import KioskError
from topup.models import Kiosk
from topup.services import brands, kiosks, tills

MOST_CODES = 10  # from one address in ten minutes
TEN_MINUTES = 600
OFFLINE = (
    "css/tokens.css", "css/base.css", "css/components.css", "css/kiosk.css", "icons.svg",
    "js/kioskoutage.js",
)  # fmt: skip
TYPED = "enrolling"  # the name of the cookie
PIN, CODE = Pad(8), Pad(kiosks.CODE_LENGTH)


@require_http_methods(["GET", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """Swap a code for the cookie. The one page of a kiosk that strangers get."""
    if request.kiosk:  # type: ignore[attr-defined]
        return see_other(request, reverse("kiosk:start"))
    if request.method == "GET":
        typed, problem = _typed_so_far(request)
        context = {"problem": problem, "typed": typed, "pad": CODE}
        return page(request, "kiosk/enrol.html", context)
    form, problem = KeypadForm(request.POST, CODE), ""
    try:
        if form.is_done:
            return _enrolled(request, _swapped(request, form.text))
    except KioskError as error:
        problem = error.message
    return _again(request, form.text, problem)


def _again(request: HttpRequest, typed: str, problem: str) -> HttpResponse:
    """Led there by 303, as on every screen: going back finds no form to be sent again.

    What was typed stays in that browser alone: the database knows no code, only its hash.
    """
    answer = see_other(request, reverse("kiosk:enrol"))
    answer.set_cookie(
        TYPED, signing.dumps([typed, problem], salt=TYPED), max_age=TEN_MINUTES,
        path=reverse("kiosk:enrol"), httponly=True, samesite="Lax",
        secure=not settings.PLAIN_HTTP,
    )  # fmt: skip
    return answer


def _typed_so_far(request: HttpRequest) -> tuple[str, str]:
    """What stands in the field, and what is to be mended."""
    try:
        kept = request.COOKIES.get(TYPED, "")
        typed, problem = signing.loads(kept, salt=TYPED, max_age=TEN_MINUTES)
    except signing.BadSignature:
        return "", ""
    return typed, problem


def _swapped(request: HttpRequest, code: str) -> str:
    if not pacing.may("enrol", source_of(request), most=MOST_CODES, seconds=TEN_MINUTES):
        raise KioskError(_("Too many codes were tried. Wait ten minutes."))
    _kiosk, token = kiosks.swap(code)
    return token


def _enrolled(request: HttpRequest, token: str) -> HttpResponse:
    """A browser is one thing: who was signed in is not, and it is no till any more."""
    till.lock(request)
    answer = see_other(request, reverse("kiosk:start"))
    till.forget_cookie(answer)
    answer.delete_cookie(TYPED, path=reverse("kiosk:enrol"), samesite="Lax")
    kiosk.set_cookie(answer, token)
    answer["Clear-Site-Data"] = '"cache", "storage"'  # of the counter, its worker too
    return answer


@require_POST
def beat(request: HttpRequest) -> HttpResponse:
    """Sent by an open page, customer or not: what the kiosk says of itself, what is wanted of it.

    A blocked kiosk beats, too; a browser that is no kiosk any more is told so by 404.
    """
    found: Kiosk | None = request.kiosk  # type: ignore[attr-defined]
    if found is None:
        return JsonResponse({}, status=404)
    form = BeatForm(request.POST)
    form.is_valid()
    said = form.cleaned_data
    version = said.get("version", "") and f"{said['version']} {_browser(request)}".strip()
    kiosks.see(found, version=version, paper=said.get("paper", ""))
    if (age := said.get("age")) is not None:
        kiosks.loaded(found, age=age)
    return JsonResponse(
        {
            "blocked": kiosks.is_off(found),
            "help": kiosks.help_state(found),
            "message": found.message,
            "reload": kiosks.wants_reload(found),
        }
    )


def _browser(request: HttpRequest) -> str:
    """Such as "Chrome/118"; "" for what has another kind of name."""
    found = re.search(r"(?:Chrome|Firefox|Version)/\d+", request.headers.get("User-Agent", ""))
    return found[0] if found else ""


@kiosk_screen()
@when_shut
def ask_help(request: KioskRequest) -> HttpResponse:
    """Call somebody of the shop, and how that stands; the customer goes on where he was."""
    if request.method == "POST":
        kiosks.call_help(request.kiosk)
        return see_other(request, reverse("kiosk:help"))
    context = {
        "screen": "help", "state": kiosks.help_state(request.kiosk), "back_url": _back(request)
    }  # fmt: skip
    return page(request, "kiosk/help.html", context)


def _back(request: KioskRequest) -> str:
    return reverse(f"kiosk:{here(request)}")


@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """Keeps the page of an outage in the browser, and what it is drawn with; see `app.worker`."""
    found: Kiosk | None = request.kiosk  # type: ignore[attr-defined]
    told = f"{found.terminal_id} {found.shop.hotline}" if found else ""
    return app.worker_for(offline=reverse("kiosk:off"), files=OFFLINE, told=told)


@require_GET
def off(request: HttpRequest) -> HttpResponse:
    """What a kiosk shows while the server is away: kept by the browser, and about no customer."""
    brands.current(at_once=True)
    return kiosk.outage(request, status=200)


@kiosk_screen()
@when_shut
def leave(request: KioskRequest) -> HttpResponse:
    """Kiosk mode ends by the PIN of one of the shop: the name first, then the keypad."""
    problem, typed, chosen = "", "", whole(request.GET.get("person", ""))
    if request.method == "POST":
        form, chosen = KeypadForm(request.POST, PIN), whole(request.POST.get("person", ""))
        typed = "" if form.is_done else form.text
        if form.is_done:
            try:
                kiosks.leave(kiosk=request.kiosk, person_id=chosen, pin=form.text)
            except TopupError as error:
                problem = error.message
            else:
                return _left(request)
    people = tills.people_with_pin(request.shop.pk)
    context = {
        "screen": "leave", "people": people, "problem": problem, "pad": PIN, "typed": typed,
        "person": next((person for person in people if person.pk == chosen), None),
        "back_url": reverse("kiosk:leave") if chosen else _back(request),
    }  # fmt: skip
    return page(request, "kiosk/leave.html", context, status=422 if problem else 200)


def _left(request: HttpRequest) -> HttpResponse:
    request.session.flush()
    answer = see_other(request, reverse("kiosk:enrol"))
    kiosk.forget_cookie(answer)
    return answer
