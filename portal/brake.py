"""A brake on guessing passwords: after a few tries a pause, for that name from there.

Tries are counted in the cache, per user name and address, and far more loosely per
user name from everywhere. Nobody else waits, and who is signed in stays so. Without
the cache there is no brake: people go on selling.
"""

import hashlib
import unicodedata
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from topup.models import Person

FEW = 5  # for one name from one address
MANY = 100  # for one name from everywhere, and against forged addresses
PAUSE = 300  # seconds from the first of these tries
log = structlog.get_logger(__name__)


class BrakedBackend(ModelBackend):
    """Passwords as Django checks them, for as long as tries are left."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **rest: Any,
    ) -> Person | None:
        if username is None or password is None:
            return None
        key = _key(username, _address(request))
        # Counted before the look, so that tries at the same moment do not pass together;
        # and one address alone cannot use up the tries of everywhere.
        if _count(key) > FEW or _count(_key(username)) > MANY:
            log.warning("sign-in braked", address=_address(request))
            raise PermissionDenied
        person: Person | None = super().authenticate(request, username, password, **rest)
        if person:
            _forget(key)
        return person


def is_on(request: HttpRequest | None, username: str) -> bool:
    """True if the next try will be refused, whatever the password."""
    here, everywhere = _key(username, _address(request)), _key(username)
    try:
        counts = cache.get_many([here, everywhere])
    except Exception:
        return False
    return counts.get(here, 0) >= FEW or counts.get(everywhere, 0) >= MANY


def _key(username: str, address: str = "") -> str:
    name = unicodedata.normalize("NFKC", username[:150]).casefold()
    return "brake:" + hashlib.sha256(f"{name}\0{address}".encode()).hexdigest()


def _address(request: HttpRequest | None) -> str:
    """Who asks; behind the TLS proxy the last name in its list, which no browser can forge."""
    if request is None:
        return ""
    chain = "" if settings.PLAIN_HTTP else request.headers.get("X-Forwarded-For", "")
    return chain.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")


def _count(key: str) -> int:
    try:
        return 1 if cache.add(key, 1, PAUSE) else int(cache.incr(key))
    except ValueError:  # gone between the two
        return 1
    except Exception:
        log.warning("the cache does not answer; passwords are checked without a brake")
        return 0


def _forget(key: str) -> None:
    try:
        cache.delete(key)
    except Exception:
        log.warning("the cache does not answer; tries are not forgotten")
