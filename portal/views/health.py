"""Addresses for machines: does this process answer, can it do its work, how does selling stand.

The first two are open to everybody, so they say no more than a word for each part; the
third is there only for who has the token.
"""

from collections.abc import Callable

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from portal import broker
from portal import metrics as figures


@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """200 while the process answers; asks nothing else, so that a restart is not for nothing."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 when database and broker answer, else 503 with which does not."""
    parts = {"database": _answers(_database), "broker": _answers(_broker)}
    return JsonResponse(
        {name: "ok" if well else "no answer" for name, well in parts.items()},
        status=200 if all(parts.values()) else 503,
    )


def _answers(probe: Callable[[], None]) -> bool:
    try:
        probe()
    except Exception:
        return False
    return True


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _broker() -> None:
    with broker.link() as link:
        link.ping()


@csrf_exempt  # so that a form that is sent here finds nothing, as everywhere else
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures of `portal.metrics`; without the token there is nothing here."""
    if request.method not in {"GET", "HEAD"} or not _has_token(request):
        raise Http404
    return HttpResponse(figures.text(), content_type=figures.CONTENT_TYPE)


def _has_token(request: HttpRequest) -> bool:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    is_right = constant_time_compare(given.strip(), settings.METRICS_TOKEN)
    return bool(settings.METRICS_TOKEN) and scheme.lower() == "bearer" and is_right
