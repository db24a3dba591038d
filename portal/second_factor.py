"""Who must show a second factor before a page of the admin answers, and who has.

Whatever led to a session (our sign-in, the admin's own, code of ours), it opens no page
of the admin before a code was shown in it. The session remembers the id of the factor's
row, so one that was taken away or replaced closes every session that it had opened.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from portal.http import see_other
from topup import sealing
from topup.models import Factor, Person
from topup.services import second_factor

PASSED, PENDING, CODES = "second_factor", "second_factor_key", "second_factor_codes"
#: The way in and the way out; what lies behind the first meets us again.
OPEN = {"admin:login", "admin:logout"}


class SecondFactorMiddleware:
    """The door of the admin: every page of it, whoever wrote it and however it is guarded."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        match = request.resolver_match
        if match is None or "admin" not in match.app_names or match.view_name in OPEN:
            return None
        step = next_step(request)
        if not step:
            return None
        wanted = request.get_full_path() if request.method == "GET" else reverse("admin:index")
        return see_other(request, f"{reverse(step)}?{urlencode({'next': wanted})}")


def is_asked_of(person: Any) -> bool:
    """True for everybody who may enter the admin, where the settings say so."""
    return bool(settings.ADMIN_SECOND_FACTOR and isinstance(person, Person) and person.is_staff)


def next_step(request: HttpRequest) -> str:
    """The name of the page that comes before the admin; "" if none."""
    if not is_asked_of(request.user):
        return ""
    assert isinstance(request.user, Person)
    factor = second_factor.factor_of(request.user)
    if factor is None:
        return "session:factor_set_up"
    if not has_passed(request, factor):
        return "session:factor"
    return "session:factor_codes" if CODES in request.session else ""


def has_passed(request: HttpRequest, factor: Factor) -> bool:
    """True if this session has shown a code of this very factor."""
    return bool(request.session.get(PASSED) == factor.pk)


def let_pass(request: HttpRequest, factor: Factor) -> None:
    request.session.cycle_key()
    request.session[PASSED] = factor.pk


def forget(request: HttpRequest) -> None:
    """A new sign-in asks again, also in a browser that had shown a code."""
    for name in (PASSED, PENDING, CODES):
        request.session.pop(name, None)


def keep(request: HttpRequest, name: str, value: Any) -> None:
    """Something for the next page of this session alone, sealed: sessions lie in the database."""
    request.session[name] = sealing.seal(value).decode()


def kept(request: HttpRequest, name: str) -> Any:
    """What was kept; None if nothing."""
    try:
        return sealing.unseal(request.session[name].encode()) if name in request.session else None
    except sealing.SealError:
        return None
