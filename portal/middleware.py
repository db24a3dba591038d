"""What every request goes through: an id and a line in the log, and answers nobody keeps."""

import re
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import structlog
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from structlog.contextvars import bind_contextvars, clear_contextvars

HEADER = "X-Request-ID"
_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
log = structlog.get_logger(__name__)


class RequestMiddleware:
    """The id is the proxy's if it sent one, else made here; it is told in the answer.

    The line names the route, not the address: an address may hold a receipt's
    code or a customer's number.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.monotonic()
        given = request.headers.get(HEADER, "")
        request_id = given if _ID.fullmatch(given) else uuid4().hex
        clear_contextvars()
        bind_contextvars(request_id=request_id)
        try:
            response = self.get_response(request)
            response[HEADER] = request_id
            if response.status_code != 200 or not request.path.startswith("/health/"):
                _write_line(request, response, time.monotonic() - started)
            return response
        finally:
            clear_contextvars()

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        """A page of one sale: its lines carry the sale's id too."""
        if "correlation_id" in kwargs:
            bind_contextvars(correlation_id=kwargs["correlation_id"])


def never_stored(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """No page is kept by a browser or a proxy, pages of errors too; static files are not pages.

    Nor are pictures that say of themselves that they never change.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.get("Cache-Control", "").endswith("immutable"):
            return response
        patch_cache_control(response, no_store=True, private=True)
        return response

    return answer


def _write_line(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    match = request.resolver_match
    person = getattr(request, "_cached_user", None)  # never a query of its own
    log.info(
        "request",
        method=request.method,
        route=match.view_name or match.route if match else "",
        status=response.status_code,
        ms=round(seconds * 1000),
        person=getattr(person, "pk", None),
        shop=getattr(person, "shop_id", None),
    )
