"""Who acts in a request, for the audit log; and files that leave the house are taken down."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from structlog.contextvars import get_contextvars

from portal.brake import address_of
from topup.acting import Who, acting
from topup.models import Person, What
from topup.services import audit

#: Figures of a shop or of all; receipts are files too, but go out all day.
EXPORTS = ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
_FILE = re.compile(r'filename="?([^";]+)')


def acting_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Asks nobody anything unless something watched is written."""

    def answer(request: HttpRequest) -> HttpResponse:
        with acting(lambda: who(request)):
            response = get_response(request)
            if response.get("Content-Type", "").startswith(EXPORTS):
                _write_down(request, response)
            return response

    return answer


def who(request: HttpRequest) -> Who:
    """The person, and from where: address, till, page, request id."""
    person = request.user if isinstance(request.user, Person) else None
    match = request.resolver_match
    return {
        "id": person.pk if person else None,
        "name": person.username if person else "",
        **from_where(request),
        "device": getattr(getattr(request, "device", None), "pk", None),
        "origin": (match.view_name or match.route) if match else "",
    }


def from_where(request: HttpRequest) -> Who:
    """What is known before anybody is asked who he is."""
    return {
        "address": address_of(request),
        "request_id": get_contextvars().get("request_id", ""),
    }


def _write_down(request: HttpRequest, response: HttpResponse) -> None:
    found = _FILE.search(response.get("Content-Disposition", ""))
    person = request.user if isinstance(request.user, Person) else None
    audit.record(
        What.EXPORTED, name=found[1] if found else "", shop_id=person.shop_id if person else None
    )
