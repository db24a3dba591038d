"""Languages: of the person who is signed in, of who just comes by, and of receipts.

A person reads every page in his own language, wherever he signs in. Who is not signed in
reads what he chose, else what his browser asks for. A receipt and its public page are in
the customer's language, which is neither.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest, HttpResponse
from django.utils.translation import activate, get_language, get_language_info
from django.utils.translation.trans_real import parse_accept_lang_header

from portal.http import keep_cookie
from topup.models import Person
from topup.services import people

CHOSEN = "language"  # in the session: chosen here, before anybody signed in
_NOBODYS = ("/static/", "/logos/", "/health/")


@dataclass(frozen=True)
class Language:
    """A language by its own name."""

    code: str
    name: str
    is_rtl: bool


def offered() -> list[Language]:
    """The languages to choose from, as the settings order them."""
    return [language(code) for code in settings.RECEIPT_LANGUAGES]


def language(code: str) -> Language:
    """One language. Error: `KeyError` for a code that nobody knows."""
    told = get_language_info(code)
    name = str(told["name_local"])
    return Language(code, name[:1].upper() + name[1:], bool(told["bidi"]))


def known(code: str) -> str:
    """The code, if receipts can be in it; else ""."""
    return code if code in settings.RECEIPT_LANGUAGES else ""


def default() -> str:
    """The page's own language if receipts can be in it, else the first of the settings."""
    return known((get_language() or "").partition("-")[0]) or settings.RECEIPT_LANGUAGES[0]


def of_visitor(request: HttpRequest, *, otherwise: str = "") -> str:
    """What somebody who just comes by reads: by ?lang=, else by his browser, else `otherwise`."""
    if asked := known(request.GET.get("lang", "")):
        return asked
    for accepted, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if found := known(accepted) or known(accepted.partition("-")[0]):
            return found
    return known(otherwise) or default()


def all_of_them() -> list[Language]:
    """The languages that the pages can be in, in the order of the settings."""
    return [language(code) for code, _name in settings.LANGUAGES]


def language_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """A signed-in person's own language; for others it stays as it was found out."""

    def answer(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(_NOBODYS) and isinstance(request.user, Person):
            activate(request.user.language)
            request.LANGUAGE_CODE = request.user.language
        return get_response(request)

    return answer


def choose(request: HttpRequest, response: HttpResponse, code: str) -> None:
    """Remember a choice: of a person in his row, of somebody unknown in this browser.

    Who chooses before he signs in has chosen for himself.
    """
    if isinstance(request.user, Person):
        people.set_language(person=request.user, language=code)
    else:
        request.session[CHOSEN] = code
    keep_cookie(response, settings.LANGUAGE_COOKIE_NAME, code)


def keep_choice(sender: object, request: HttpRequest, user: object, **told: object) -> None:
    """What was chosen on the way in is the person's own language from now on.

    Not at a till: somebody else may have chosen there.
    """
    code = request.session.pop(CHOSEN, "")
    if code and isinstance(user, Person) and not getattr(request, "device", None):
        people.set_language(person=user, language=code)


user_logged_in.connect(keep_choice)
