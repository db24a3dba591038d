"""What every page of the counter shows: the shop, its float, its unfinished sales, its notices."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme

from portal import basketwords
from portal.decorators import way_back
from portal.forms.details import PREFIX
from topup.kinds import CLEAR_NAMES
from topup.models import Person, Shop
from topup.queries import open_count
from topup.services import forecast, offers
from topup.services.notices import unread_by
from topup.services.shops import at_counter, is_frozen


def counter(request: HttpRequest) -> dict[str, object]:
    """Lazy: a fragment that shows none of it asks the database nothing."""
    person = getattr(request, "user", None)
    if not isinstance(person, Person) or person.shop_id is None:
        return {"here": SimpleLazyObject(lambda: _here(request))}
    return {
        "shop": SimpleLazyObject(lambda: _shop(request, person)),
        "is_frozen": SimpleLazyObject(lambda: is_frozen(_shop(request, person))),
        "unfinished_count": SimpleLazyObject(lambda: open_count(person)),
        "basket_count": SimpleLazyObject(lambda: basketwords.count(request.session, person)),
        "kiosk_line": SimpleLazyObject(lambda: offers.line(person.shop_id or 0)),
        "notices": SimpleLazyObject(lambda: unread_by(person)),
        "here": SimpleLazyObject(lambda: _here(request)),
        "float_warning": SimpleLazyObject(lambda: forecast.warning(_shop(request, person))),
    }


def _shop(request: HttpRequest, person: Person) -> Shop:
    known: Shop | None = getattr(request, "shop", None)
    return known or at_counter().get(people=person)


def _here(request: HttpRequest) -> str:
    """The address that shows this page again, with what was typed and may stand on a page."""
    if request.method == "GET":
        asked = request.GET.copy()
        if not (dropped := [name for name in asked if _is_unfit(request, name)]):
            return request.get_full_path()
        for name in dropped:
            del asked[name]
        return f"{request.path}?{asked.urlencode()}"
    return way_back(request) or reverse("sell:start")


def _is_unfit(request: HttpRequest, name: str) -> bool:
    """True for a secret that somebody put into an address, and for the way to another site."""
    if name == "next":
        there, hosts = request.GET[name], {request.get_host()}
        return not url_has_allowed_host_and_scheme(there, allowed_hosts=hosts)
    return name.startswith(PREFIX) and name.removeprefix(PREFIX) not in CLEAR_NAMES
