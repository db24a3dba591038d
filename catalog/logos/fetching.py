"""Gets the bytes behind an address: checked, limited in size and time, https first."""

import http.client
import socket
import ssl
import threading
from contextlib import suppress
from urllib.parse import urljoin, urlsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from catalog.logos.address import RefusedAddressError, Target, check, is_the_simulators

MOST_BYTES = 1024 * 1024
SECONDS = 10.0  # for one address: connecting, waiting and reading
CONNECT_SECONDS = 4.0
HOPS = 3  # redirects that are followed, each checked like the first address
_MOVED = {301, 302, 303, 307, 308}


class FetchError(Exception):
    """There are no bytes to be had; the text says why, in a few words."""


def fetch(url: str) -> bytes:
    """What is there, at most 1 MiB. Takes up to a minute. Error: `FetchError`."""
    try:
        if _may_be_safer(url):
            with suppress(FetchError):
                return _follow("https" + url[len("http") :])
        return _follow(url)
    except ValueError:  # of an address, or of one that it leads to
        raise FetchError("not an address") from None


def _may_be_safer(url: str) -> bool:
    """True for plain http at its usual port. Error: ValueError."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.port is None and not is_the_simulators(url)


def _follow(url: str) -> bytes:
    for _hop in range(HOPS + 1):
        try:
            target = check(url)
        except RefusedAddressError as refusal:
            raise FetchError(f"refused: {refusal}") from None
        body, moved_to = _get(target)
        if body is not None:
            return body
        url = urljoin(url, moved_to)
    raise FetchError("too many redirects")


def _get(target: Target) -> tuple[bytes | None, str]:
    """The body, or where it has moved to. Error: `FetchError`."""
    connection = _Pinned(target)
    # A host that sends a byte now and then would else hold a worker for ever.
    watch = threading.Timer(SECONDS, connection.cut)
    watch.daemon = True
    watch.start()
    try:
        connection.request(
            "GET", target.path,
            headers={"Accept": "image/*", "Accept-Encoding": "identity", "User-Agent": "logos/1"},
        )  # fmt: skip
        found = _read(connection.getresponse())
        if connection.is_cut:  # without a length a cut looks like the end
            raise FetchError("too slow")
        return found
    except FetchError:
        raise
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise FetchError(type(error).__name__) from None
    finally:
        watch.cancel()
        connection.close()


def _read(response: http.client.HTTPResponse) -> tuple[bytes | None, str]:
    moved_to = response.headers.get("Location", "")
    if response.status in _MOVED and moved_to:
        return None, moved_to
    if response.status != 200:
        raise FetchError(f"HTTP {response.status}")
    body = response.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise FetchError("more than 1 MiB")
    if response.length:  # of what was promised
        raise FetchError("cut off")
    return body, ""


class _Pinned(http.client.HTTPConnection):
    """A connection to the address that was checked, in the name of the host."""

    def __init__(self, target: Target) -> None:
        super().__init__(target.host, target.port, timeout=CONNECT_SECONDS)
        self._target = target
        #: `sock` is forgotten as soon as an answer says that it is the last.
        self._line: socket.socket | None = None
        self.is_cut = False

    def connect(self) -> None:
        plain = socket.create_connection((self._target.ip, self._target.port), CONNECT_SECONDS)
        self.sock = self._line = plain
        if self._target.scheme == "https":
            context = ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)
            self.sock = self._line = context.wrap_socket(plain, server_hostname=self._target.host)

    def cut(self) -> None:
        """End it from another thread; who reads gets an error or the end."""
        self.is_cut = True
        if self._line:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)
