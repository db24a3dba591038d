"""A brake on guessing passwords: after a few tries a pause, for that name from there.

Tries are counted in the cache, per user name and address, far more loosely per user
name from everywhere, and loosely per address over all names: a shop's people share
one. Of IPv6 an address is its first half: the line. Nobody else waits, and who is
signed in stays so. Without the cache there is no brake: people go on selling. What is
refused is in the audit log.
"""

import hashlib
import ipaddress
import unicodedata
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from topup import pacing
from topup.models import Person, What
from topup.services import audit

FEW = 5  # for one name from one address
MANY_HERE = 30  # wrong ones from one address, whatever the names
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
        address = source_of(request)
        key, place = _key(username, address), _place(address)
        # Counted before the look, so that tries at the same moment do not pass together;
        # and one address alone cannot use up the tries of everywhere.
        if (tries := _count(place)) > MANY_HERE:
            _refuse(username, address, is_first=tries == MANY_HERE + 1)
        if (tries := _count(key)) > FEW or _count(_key(username)) > MANY:
            _give_back(place)  # one name that is tried on and on does not stop its whole shop
            _refuse(username, address, is_first=tries == FEW + 1)
        person: Person | None = super().authenticate(request, username, password, **rest)
        if person:
            _forget(key)
            _give_back(place)
        else:
            _write_down(What.SIGN_IN_REFUSED, username)
        return person


def pause(request: HttpRequest | None, username: str) -> str:
    """What the next try would be refused for: "name", "address", or "" if it would not."""
    address = source_of(request)
    place, here, everywhere = _place(address), _key(username, address), _key(username)
    try:
        counts = cache.get_many([place, here, everywhere])
    except Exception:
        return ""
    if counts.get(here, 0) >= FEW or counts.get(everywhere, 0) >= MANY:
        return "name"
    return "address" if counts.get(place, 0) >= MANY_HERE else ""


def address_of(request: HttpRequest | None) -> str:
    """Who asks; behind the TLS proxy the last name in its list, which no browser can forge."""
    if request is None:
        return ""
    chain = "" if settings.PLAIN_HTTP else request.headers.get("X-Forwarded-For", "")
    return chain.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")


def source_of(request: HttpRequest | None) -> str:
    """The line somebody comes by, for counting: an IPv6 line has 2^64 addresses to choose from."""
    address = address_of(request)
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return address
    return str(ip.ipv4_mapped or ipaddress.ip_network((int(ip), 64), strict=False))


def _refuse(username: str, address: str, *, is_first: bool) -> None:
    log.warning("sign-in braked", address=address)
    if is_first:
        _write_down(What.SIGN_IN_BRAKED, username)
    raise PermissionDenied


def _write_down(what: What, username: str) -> None:
    """Only names that somebody has: people type their password into the wrong field."""
    person = Person.objects.filter(username=username[:150].replace("\0", "")).first()
    audit.record(what, person=person, name="" if person else "(no such name)")


def _key(username: str, address: str = "") -> str:
    name = unicodedata.normalize("NFKC", username[:150]).casefold()
    return "brake:" + hashlib.sha256(f"{name}\0{address}".encode()).hexdigest()


def _place(address: str) -> str:
    return "brake:place:" + hashlib.sha256(address.encode()).hexdigest()


def _count(key: str) -> int:
    try:
        return pacing.up(key, PAUSE)
    except Exception:
        log.warning("the cache does not answer; passwords are checked without a brake")
        return 0


def _give_back(key: str) -> None:
    try:
        pacing.down(key)
    except Exception:
        log.warning("the cache does not answer; a try is not given back")


def _forget(key: str) -> None:
    try:
        cache.delete(key)
    except Exception:
        log.warning("the cache does not answer; tries are not forgotten")
