"""The kiosk a request comes from: its cookie opens the pages of a kiosk and shuts all others.

A browser with a known kiosk's cookie gets 404 for every address but `/kiosk/…`, static
files, logos and the brand, whatever else it holds; a session of a person ends. A browser without
one gets no kiosk page but that where a kiosk is enrolled. See docs/kiosk.md.
"""

from collections.abc import Callable
from functools import cache, wraps
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template import loader
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal import languages, visit
from portal.acting import from_where
from portal.http import keep_cookie, page, see_other
from topup.acting import acting
from topup.models import Kiosk, Shop
from topup.services import kiosks

COOKIE = "kiosk" if settings.PLAIN_HTTP else "__Host-kiosk"
HOME = "/kiosk/"
_OPEN = (HOME, "/logos/", "/brand/")


class KioskRequest(HttpRequest):
    """A request of a kiosk: nobody is signed in, `shop` is the kiosk's."""

    kiosk: Kiosk
    shop: Shop


type View = Callable[..., HttpResponseBase]


def kiosk_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Sets `request.kiosk`, or None; before whatever else might answer a kiosk."""

    def answer(request: HttpRequest) -> HttpResponse:
        token = request.COOKIES.get(COOKIE, "")
        kiosk = request.kiosk = kiosks.find(token)  # type: ignore[attr-defined]
        if kiosk is None:
            with acting(lambda: from_where(request)):
                kiosks.notice_copy(token)
            return get_response(request)
        if SESSION_KEY in request.session:
            request.session.flush()  # of somebody who signed in before it became a kiosk
        if not request.path.startswith(_OPEN):
            return lost(request)
        if not request.path.startswith(HOME):
            return get_response(request)
        kiosk.page_version = page_version()  # type: ignore[attr-defined]
        kiosks.see(kiosk)
        response = get_response(request)
        if COOKIE not in response.cookies and (fresh := kiosks.rotate(kiosk)):
            set_cookie(response, fresh)
        return response

    return answer


def kiosk_page(view: View) -> View:
    """For kiosks, in the shop's time and the customer's language; others are led to enrolment.

    A kiosk that is blocked, or whose shop is frozen, gets the page that says so.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        kiosk: Kiosk | None = request.kiosk  # type: ignore[attr-defined]
        if kiosk is None:
            return see_other(request, reverse("kiosk:enrol"))
        request.shop = kiosk.shop  # type: ignore[attr-defined]
        language = visit.language_of(request)
        with timezone.override(kiosk.shop.zone), translation.override(language):
            response = _answer(view, request, kiosk, *args, **kwargs)
        response.headers.setdefault("Content-Language", language)
        return response

    return guarded


def _answer(
    view: View, request: HttpRequest, kiosk: Kiosk, *args: Any, **kwargs: Any
) -> HttpResponseBase:
    if kiosks.is_off(kiosk) and not getattr(view, "when_shut", False):
        told = _in_each_language(
            gettext_noop("This screen is out of service"),
            gettext_noop("Please go to the counter. They can sell you everything there."),
        )
        others = [one for one in told if one[0].code != translation.get_language()]
        return page(request, "kiosk/off.html", {"others": others}, status=403)
    return view(request, *args, **kwargs)


def when_shut(view: View) -> View:
    """Marks a view that a blocked kiosk may use, too; under `kiosk_page`."""
    view.when_shut = True  # type: ignore[attr-defined]
    return view


def lost(request: HttpRequest, *, status: int = 404) -> HttpResponse:
    """No such page for a kiosk; the way back to its first one."""
    with translation.override(visit.language_of(request)):
        return page(request, "kiosk/lost.html", {}, status=status)


@cache
def page_version() -> str:
    """The scripts and style sheets of a kiosk in this version of the product, in short."""
    static = Path(settings.BASE_DIR) / "static"
    files = sorted([*static.glob("js/kiosk*.js"), *static.glob("css/kiosk*.css")])
    return sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:8]


def outage(request: HttpRequest, *, status: int = 500) -> HttpResponse:
    """The server is away, or failed: in every language, and it looks again by itself.

    Made without session and database: each of them may be what is away. The terminal and whom
    to call are known where the request came so far.
    """
    kiosk: Kiosk | None = getattr(request, "kiosk", None)
    told = _in_each_language(
        gettext_noop("This screen will be back in a moment."),
        gettext_noop("Please wait, or go to the counter."),
    )
    text = loader.render_to_string(
        "kiosk/outage.html", {"told": told, "home": HOME, "kiosk": kiosk}
    )
    return HttpResponse(text, status=status)


def _in_each_language(first: str, then: str) -> list[tuple[languages.Language, str, str]]:
    """Two sentences in every language that has them, each once."""
    told: dict[str, tuple[languages.Language, str, str]] = {}
    for language in languages.offered():
        with translation.override(language.code):
            told.setdefault(_(first), (language, _(first), _(then)))
    return list(told.values())


def set_cookie(response: HttpResponse, token: str) -> None:
    """Make the browser a kiosk, or let it stay one; for a year from now."""
    keep_cookie(response, COOKIE, token)


def forget_cookie(response: HttpResponse) -> None:
    response.delete_cookie(COOKIE, samesite="Lax")
