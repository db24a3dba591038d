"""The limits hold where the system itself knows none: names, slow readers, forks."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.valuetopup.conftest import Clock, Server, answer, envelope
from valuetopup import Client
from valuetopup.errors import NoAnswerError, NotSentError

LONG = "x" * 8_000_000


def order(client: Client, **options: Any) -> Any:
    return client.pin(sku_id=7, correlation_id="c-1", **options)


def client_at(url: str, **options: Any) -> Client:
    return Client(base_url=url, user_id="u", password="p", **options)


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A name server that never answers; the names it was asked for."""
    asked: list[str] = []
    is_over = threading.Event()
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *rest: Any) -> Any:
        if rest[3] & socket.AI_NUMERICHOST:
            return real(host, port, *rest)
        asked.append(host)
        is_over.wait(10)
        raise socket.gaierror(socket.EAI_AGAIN, "no name server answered")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield asked
    is_over.set()


@pytest.mark.parametrize("limits", [{"connect_timeout": 0.3}, {"order_deadline": 0.3}])
def test_a_silent_name_server_counts_as_connecting(
    resolver: list[str], limits: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = time.monotonic()
    monkeypatch.setattr(clock, "monotonic", lambda: begun)  # nothing else takes time
    client = client_at("https://provider.example", **limits)
    with client, pytest.raises(NotSentError, match="not found in time"):
        order(client)
    assert 0.25 < time.monotonic() - begun < 5, "the name server would take ten"
    assert resolver == ["provider.example"]


def test_an_address_in_digits_asks_no_name_server(server: Server, resolver: list[str]) -> None:
    server.behave(envelope("null", "852"))
    with client_at(server.url) as client:
        assert order(client).code == "852"
    assert resolver == []


def test_looking_up_a_name_leaves_less_time_to_connect(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *rest: Any) -> Any:
        if host == "provider.example" and not rest[3]:
            time.sleep(0.2)
            return real("127.0.0.1", port, *rest)
        return real(host, port, *rest)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    server.behave(envelope("null", "852"))
    url = server.url.replace("127.0.0.1", "provider.example")
    with client_at(url, connect_timeout=5) as client:
        assert order(client).code == "852"
    with client_at(url, connect_timeout=0.1) as client, pytest.raises(NotSentError):
        order(client)
    assert server.posts == 1


@pytest.fixture
def slow_reader(clock: Clock) -> Iterator[tuple[str, list[bytes]]]:
    """A server that reads a little at a time and never answers: its address, what it read.

    It takes a minute to begin.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    listener.settimeout(60)  # a test that never connects must not hang
    read: list[bytes] = []
    is_over = threading.Event()

    def serve() -> None:
        with suppress(OSError), listener.accept()[0] as sock:
            while not is_over.wait(0.01) and (data := sock.recv(16 * 1024)):
                read.append(data)
                clock.ahead = 60

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", read
    is_over.set()
    thread.join(5)
    listener.close()


def test_a_slow_reader_ends_at_the_deadline(slow_reader: tuple[str, list[bytes]]) -> None:
    begun = time.monotonic()
    client = client_at(slow_reader[0], order_deadline=61.2, connect_timeout=60)
    with client, pytest.raises(NoAnswerError):
        order(client, additional_infos=[("note", LONG)])
    assert 1.1 < time.monotonic() - begun < 20, "it would go on for ever"


def test_a_request_is_not_finished_after_send_before(
    slow_reader: tuple[str, list[bytes]],
) -> None:
    """Half of it is out, so it counts as sent; but half a request orders nothing."""
    soon = datetime.now(UTC) + timedelta(seconds=60.3)
    client = client_at(slow_reader[0], order_deadline=70, connect_timeout=60)
    with client, pytest.raises(NoAnswerError, match="not sent by"):
        order(client, additional_infos=[("note", LONG)], send_before=soon)
    assert 0 < len(b"".join(slow_reader[1])) < len(LONG)


def test_a_forked_process_opens_its_own_connections(server: Server) -> None:
    """Else two processes would read each other's answers."""
    server.behave(answer('{"responseCode":"000","payLoad":1}'))
    script = f"""
import os
from valuetopup import Client
client = Client(base_url="{server.url}", user_id="u", password="p")
client.balance()
child = os.fork()
client.balance()
if not child:
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", script], cwd=root, check=True, timeout=60)
    assert (len(server.received), server.connections) == (3, 2)


def test_connecting_is_tried_three_times(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing has been sent by then: this alone may be repeated."""
    server.behave(envelope("null", "852"))
    real, refusals = socket.socket.connect, [2]

    def connect(sock: socket.socket, address: Any) -> None:
        if refusals[0]:
            refusals[0] -= 1
            raise ConnectionRefusedError
        real(sock, address)

    monkeypatch.setattr("socket.socket.connect", connect)
    with client_at(server.url) as client:
        assert order(client).code == "852"
        refusals[0] = 3
        with pytest.raises(NotSentError):
            order(client)
    assert (refusals[0], server.posts) == (0, 1)
