"""Which addresses may be fetched: the whole internet, but nothing of our own house.

The provider writes the addresses, so one may name a machine beside ours. Every address
that a name stands for must be a public one, and the connection goes to the address that
was checked: a name that changes its mind leads nowhere else.
"""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from valuetopup import is_loopback

_PORTS = {"http": 80, "https": 443}
#: Inside these an address of a private net may hide.
_WRAPPED = tuple(ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48"))
type Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


class RefusedAddressError(Exception):
    """This address is not fetched; the text says why."""


@dataclass(frozen=True)
class Target:
    """Where to connect: `ip` was checked, `host` is who must answer there."""

    scheme: str
    host: str
    port: int
    path: str
    ip: str


def check(url: str) -> Target:
    """The target behind an address. Error: `RefusedAddressError`."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise RefusedAddressError("not an address") from None
    default = _PORTS.get(parts.scheme)
    if default is None or not host or not url.isascii() or not url.isprintable():
        raise RefusedAddressError("not an http address")
    if parts.username is not None or parts.password is not None:
        raise RefusedAddressError("a name and a password in the address")
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    if is_the_simulators(url):
        return Target(parts.scheme, host, port or default, path, _first(host))
    if is_loopback(settings.VALUETOPUP_BASE_URL):
        raise RefusedAddressError("with a provider on this machine nothing else is fetched")
    if (port or default) != default:
        raise RefusedAddressError(f"port {port}")
    return Target(parts.scheme, host, default, path, _public(host))


def is_the_simulators(url: str) -> bool:
    """True for an address at the provider itself, while that is on this machine."""
    home = urlsplit(settings.VALUETOPUP_BASE_URL)
    return is_loopback(settings.VALUETOPUP_BASE_URL) and (
        urlsplit(url)[:2] == home[:2]  # scheme, host and port
    )


def is_public(text: str) -> bool:
    """True for an IP address that belongs to the internet and to nobody's own net."""
    try:
        ip: Ip = ipaddress.ip_address(text)
    except ValueError:  # with a zone, such as fe80::1%eth0
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            ip = ip.ipv4_mapped
        elif ip.sixtofour or ip.teredo or any(ip in net for net in _WRAPPED):
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _public(host: str) -> str:
    found = _resolve(host)
    if not all(map(is_public, found)):
        raise RefusedAddressError("the host is not on the public internet")
    return found[0]


def _first(host: str) -> str:
    return _resolve(host)[0]


def _resolve(host: str) -> list[str]:
    """Every address of a name, the preferred one first."""
    try:
        rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise RefusedAddressError("the host is not known") from None
    return [str(row[4][0]) for row in rows]
