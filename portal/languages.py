"""The languages of customers: of receipts and of the public page, not of the counter."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, get_language_info
from django.utils.translation.trans_real import parse_accept_lang_header


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
