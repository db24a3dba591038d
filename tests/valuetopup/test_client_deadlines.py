"""A call ends when it must, and an order is not sent when it is late."""

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.valuetopup.conftest import Behaviour, Clock, Received, Server, answer, envelope
from valuetopup import Client
from valuetopup._limits import Pace
from valuetopup.errors import NoAnswerError, NotSentError

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"


def in_seconds(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def order(client: Client, **options: Any) -> Any:
    return client.pin(sku_id=7, correlation_id="c-1", **options)


def drip(server: Server, head: bytes, drop: bytes) -> Behaviour:
    """`head` at once, then `drop` twenty times a second until the test is over."""

    def behaviour(sock: socket.socket, _: Received) -> None:
        sock.sendall(head)
        while not server.stopping.wait(0.05):
            sock.sendall(drop)

    return behaviour


DRIPS = {
    "silence": (b"", b""),
    "status line": (b"", b"H"),
    "header": (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
    "continues": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": (HEAD, b" "),
    "body without length": (b"HTTP/1.1 200 OK\r\n\r\n", b" "),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "refusal": (HEAD.replace(b"200", b"400"), b" "),
    "redirect": (
        HEAD.replace(b"\r\n\r\n", b"\r\nLocation: /\r\n\r\n").replace(b"200", b"302"),
        b" ",
    ),
}


@pytest.mark.usefixtures("half_a_minute_later")
@pytest.mark.parametrize("kind", DRIPS)
def test_a_dripping_answer_ends_at_the_deadline(server: Server, kind: str) -> None:
    server.behave(drip(server, *DRIPS[kind]))
    with Client(
        base_url=server.url, user_id="u", password="p", order_deadline=30.4, connect_timeout=20
    ) as client:
        begun = time.monotonic()
        with pytest.raises(NoAnswerError):
            order(client)
        assert 0.35 < time.monotonic() - begun < 15, "it would go on for ever"
    while not server.received and time.monotonic() - begun < 30:
        time.sleep(0.01)  # the server may be slower than the client is patient
    assert server.posts == 1


@pytest.mark.usefixtures("half_a_minute_later")
def test_reads_and_orders_have_deadlines_of_their_own(server: Server) -> None:
    server.behave(drip(server, HEAD, b" "))
    with Client(
        base_url=server.url, user_id="u", password="p", order_deadline=60, deadline=30.2
    ) as client:
        begun = time.monotonic()
        for call in (client.balance, lambda: client.status("c-1")):
            with pytest.raises(NoAnswerError):
                call()
        with pytest.raises(NoAnswerError):
            client.lookup_mobile("18761234567", deadline=30.1)
        assert time.monotonic() - begun < 25


@pytest.mark.parametrize("is_packed", [False, True])
def test_a_body_without_end_is_cut(server: Server, client: Client, is_packed: bool) -> None:
    blank = b" " * (3 * 2**20)
    body = gzip.compress(blank) if is_packed else blank
    server.behave(answer(body, **({"Content_Encoding": "gzip"} if is_packed else {})))
    with pytest.raises(NoAnswerError, match="bytes"):
        client.balance()


def test_a_catalogue_may_be_larger(server: Server, client: Client) -> None:
    server.behave(answer(b" " * (3 * 2**20) + b'{"responseCode":"000","payLoad":[]}'))
    assert client.countries() == []


def test_a_late_order_does_not_even_connect(server: Server, client: Client) -> None:
    with pytest.raises(NotSentError) as caught:
        order(client, send_before=in_seconds(-0.001))
    assert caught.value.correlation_id == "c-1"
    assert (server.connections, server.received) == (0, [])


def test_an_order_in_time_is_sent(server: Server, client: Client) -> None:
    server.behave(envelope("null", "852"))
    assert order(client, send_before=in_seconds(20)).code == "852"


def test_send_before_needs_a_zone(client: Client) -> None:
    with pytest.raises(ValueError, match="zone"):
        order(client, send_before=datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.fixture
def busy() -> Iterator[socket.socket]:
    """A listener whose queue is full: connecting hangs until somebody accepts."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    filling = []
    for _ in range(10):
        filling.append(socket.socket())
        filling[-1].settimeout(0.1)
        if filling[-1].connect_ex(listener.getsockname()):
            break
    filling.pop().close()
    yield listener
    for sock in [*filling, listener]:
        sock.close()


def client_of(listener: socket.socket, **options: Any) -> Client:
    port = listener.getsockname()[1]
    return Client(base_url=f"http://127.0.0.1:{port}", user_id="u", password="p", **options)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that each attempt to connect may take."""
    real, waits = socket.socket.connect, []

    def connect(sock: socket.socket, address: Any) -> None:
        waits.append(sock.gettimeout())
        real(sock, address)

    monkeypatch.setattr("socket.socket.connect", connect)
    return waits


def test_connecting_has_one_budget_for_all_attempts(
    busy: socket.socket, waits: list[float]
) -> None:
    begun = time.monotonic()
    with client_of(busy, connect_timeout=1) as client, pytest.raises(NotSentError):
        order(client)
    assert time.monotonic() - begun > 0.95
    assert sum(waits) < 1.01


def test_connecting_counts_towards_the_deadline(busy: socket.socket) -> None:
    begun = time.monotonic()
    client = client_of(busy, order_deadline=0.3, connect_timeout=9)
    with client, pytest.raises(NotSentError):
        order(client)
    assert 0.25 < time.monotonic() - begun < 5


def test_an_order_late_after_connecting_writes_no_byte(
    busy: socket.socket, waits: list[float], clock: Clock
) -> None:
    """Connecting begins in time and takes a second: the queue is emptied meanwhile."""
    first_bytes: list[bytes] = []
    is_over = threading.Event()

    def accept_all() -> None:
        while not waits and not is_over.wait(0.01):
            pass
        clock.ahead = 60
        accepted = []
        busy.settimeout(0.1)
        while True:
            try:
                accepted.append(busy.accept()[0])
            except TimeoutError:
                if is_over.is_set():
                    break
        for sock in accepted:
            with sock, suppress(TimeoutError):  # what only filled the queue says nothing
                sock.settimeout(0.2)
                first_bytes.append(sock.recv(10))

    thread = threading.Thread(target=accept_all)
    thread.start()
    client = client_of(busy, connect_timeout=60, order_deadline=70)
    with client, pytest.raises(NotSentError, match="not sent by"):
        order(client, send_before=in_seconds(30))
    is_over.set()
    thread.join(60)
    assert first_bytes == [b""], "one connection, closed without a byte"


def test_the_budget_is_shared_by_the_addresses_of_a_name(
    busy: socket.socket, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two addresses, neither answering, take no longer than one."""
    found = socket.getaddrinfo(*busy.getsockname(), type=socket.SOCK_STREAM) * 2
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    begun = time.monotonic()
    with client_of(busy, connect_timeout=1) as client, pytest.raises(NotSentError):
        order(client)
    assert time.monotonic() - begun > 0.95
    assert sum(waits) < 1.01


def test_a_silent_first_address_leaves_time_for_the_second(
    busy: socket.socket, server: Server, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.behave(envelope("null", "852"))
    real = socket.socket.connect

    def connect(sock: socket.socket, address: Any) -> None:
        if address == busy.getsockname():  # all but a tenth of a second of the wait has passed
            clock.ahead += (sock.gettimeout() or 0) - 0.1
            sock.settimeout(0.1)
        real(sock, address)

    monkeypatch.setattr("socket.socket.connect", connect)
    found = [
        socket.getaddrinfo("127.0.0.1", port, type=socket.SOCK_STREAM)[0]
        for port in (busy.getsockname()[1], server.port)
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with client_of(busy, connect_timeout=20) as client:
        assert order(client).code == "852"
    assert server.posts == 1


def test_calls_are_spaced_over_all_threads() -> None:
    pace = Pace(20)
    begun = time.monotonic()
    threads = [threading.Thread(target=pace.wait) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0.2 <= time.monotonic() - begun < 3


def test_there_is_no_pace_on_loopback(server: Server) -> None:
    server.behave(envelope("[]"))
    with Client(base_url=server.url, user_id="u", password="p", catalogue_per_second=0.1) as client:
        begun = time.monotonic()
        for _ in range(3):
            client.countries()
    assert time.monotonic() - begun < 9
