"""The till a request comes from, and what ends a session there.

The cookie of a till is worth nothing by itself: it only lets people of the shop sign in
with a PIN. A session that a PIN opened is worth nothing without the cookie, and nothing in
the admin. Both end with the next request after person, PIN, till or shop is frozen, taken
away or changed; and a till locks when nobody has done anything for the shop's `lock_minutes`.
"""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from portal.http import keep_cookie, page
from topup.errors import TillFrozenError
from topup.models import Device, Person
from topup.services import tills
from topup.services.people import opens_till

COOKIE = "till" if settings.PLAIN_HTTP else "__Host-till"
TILL, STAMP, DEED = "till", "till_stamp", "till_deed"  # in the session
#: Where no till is looked for: machines, kiosks, and the distributor's own pages.
_ELSEWHERE = ("/health/", "/admin/", "/static/", "/logos/", "/kiosk/")
_DEED_EVERY = 10  # seconds; a session is not written for every press


def till_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Sets `request.device`: the till, if it is one of the shop of who is signed in, or None."""

    def answer(request: HttpRequest) -> HttpResponse:
        request.device = None  # type: ignore[attr-defined]
        if request.path.startswith(_ELSEWHERE):
            if request.path.startswith("/admin/") and came_by_pin(request):
                lock(request)  # of somebody who became one of the distributor's people
            return get_response(request)
        device = tills.find(request.COOKIES.get(COOKIE, ""))
        if device and device.is_frozen:
            lock(request)
            problem = TillFrozenError().message
            return page(request, "till/frozen.html", {"problem": problem}, status=403)
        request.device = device  # type: ignore[attr-defined]
        if device:
            tills.see(device)
        if isinstance(request.user, Person):
            _guard(request, request.user, device)
        return get_response(request)

    return answer


def _guard(request: HttpRequest, person: Person, device: Device | None) -> None:
    is_ours = device is not None and device.shop_id == person.shop_id
    if STAMP in request.session and not (device and is_ours and _holds(request, person, device)):
        lock(request)
    elif not is_ours:
        request.device = None  # type: ignore[attr-defined]
    elif device and _is_idle(request, device):
        lock(request)
    elif DEED not in request.session or _is_deed(request):
        _note_deed(request)


def _holds(request: HttpRequest, person: Person, device: Device) -> bool:
    """True while what the PIN opened is still so: this till, this PIN, a shop that may sell."""
    if not opens_till(person, device.shop):
        return False
    opened = (request.session.get(TILL), request.session.get(STAMP))
    return opened == (device.pk, tills.stamp_of(person)) and not device.is_shut  # type: ignore[attr-defined]


def _is_idle(request: HttpRequest, device: Device) -> bool:
    last = request.session.get(DEED)
    minutes = device.shop.lock_minutes
    return bool(minutes and last is not None and _now() - last >= minutes * 60)


def _is_deed(request: HttpRequest) -> bool:
    """True for what a person did; a page that looks for itself does not keep a till open.

    A look at a sale names its element; without scripts the browser loads the page anew,
    and says that nobody asked it to.
    """
    if getattr(request, "htmx", False):
        return not request.headers.get("HX-Source", "").startswith(("span#look", "span#idle"))
    modes = request.headers.get("Sec-Fetch-Mode"), request.headers.get("Sec-Fetch-User")
    return request.method != "GET" or modes != ("navigate", None)


def _note_deed(request: HttpRequest) -> None:
    if _now() - request.session.get(DEED, 0) >= _DEED_EVERY:
        request.session[DEED] = _now()


def _now() -> int:
    return int(timezone.now().timestamp())


def lock(request: HttpRequest) -> None:
    """End the session, with all that it kept; what was told to its person is told to nobody."""
    logout(request)
    list(get_messages(request))


def sign_in(request: HttpRequest, person: Person, device: Device) -> None:
    """Open a session at a till; it has a new key, and ends with PIN and till."""
    login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session[TILL], request.session[STAMP] = device.pk, tills.stamp_of(person)
    request.session[DEED] = _now()


def keep_pin_session(request: HttpRequest, person: Person) -> None:
    """A person who gave himself a new PIN stays signed in with it."""
    if STAMP in request.session:
        request.session[STAMP] = tills.stamp_of(person)


def came_by_pin(request: HttpRequest) -> bool:
    return STAMP in request.session


def set_cookie(response: HttpResponse, token: str) -> None:
    """Make the browser a till; for a year from now."""
    keep_cookie(response, COOKIE, token)


def forget_cookie(response: HttpResponse) -> None:
    response.delete_cookie(COOKIE, samesite="Lax")
