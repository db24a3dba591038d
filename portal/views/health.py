"""Two addresses for machines: does this process answer, and can it do its work.

Open to everybody, so they say no more than a word for each part.
"""

from collections.abc import Callable

import redis
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

BROKER_SECONDS = 2.0


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
    url = settings.REDIS_URL.replace("redis+socket://", "unix://")
    link = redis.Redis.from_url(
        url, socket_timeout=BROKER_SECONDS, socket_connect_timeout=BROKER_SECONDS
    )
    with link:
        link.ping()
