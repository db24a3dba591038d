"""A real HTTP server on loopback whose every byte a test decides, and a real simulator."""

import json
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any

import pytest

from tests.valuetopup import contract, simulating
from valuetopup import Client, _connection, _transport
from valuetopup.simulator.testing import SimulatorProcess


@dataclass
class Received:
    """One request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


type Behaviour = Callable[[socket.socket, Received], None]


def answer(body: str | bytes, status: int = 200, **headers: str) -> Behaviour:
    """A complete answer; the connection stays open."""
    data = body.encode() if isinstance(body, str) else body
    extra = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {status} Status\r\nContent-Length: {len(data)}\r\n{extra}\r\n".encode()
    return lambda sock, _: sock.sendall(head + data)


def envelope(payload: str, code: str = "000", rest: str = "") -> Behaviour:
    """An answer in the provider's envelope; `payload` is JSON."""
    return answer(f'{{"responseCode":"{code}","responseMessage":null,"payLoad":{payload}{rest}}}')


def hang_up(sock: socket.socket, _: Received) -> None:
    sock.shutdown(socket.SHUT_RDWR)


@dataclass
class Server:
    """Answers each request with the next behaviour; the last one stays."""

    behaviours: list[Behaviour] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v2"

    @property
    def posts(self) -> int:
        return sum(request.method == "POST" for request in self.received)

    def behave(self, *behaviours: Behaviour) -> None:
        self.behaviours = list(behaviours)

    def stop(self) -> None:
        self.stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        for sock in self._open:
            with suppress(OSError):  # closed by now
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(sock)
            thread = threading.Thread(target=self._serve, args=(sock,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        with sock, sock.makefile("rb") as stream:
            try:
                while (request := _read(stream)) is not None:
                    self.received.append(request)
                    is_last = len(self.behaviours) == 1
                    behaviour = self.behaviours[0] if is_last else self.behaviours.pop(0)
                    behaviour(sock, request)
            except OSError:
                return  # the client went away, as some tests want


def _read(stream: Any) -> Received | None:
    first = stream.readline().decode()
    if not re.match(r"[A-Z]+ /", first):
        return None
    headers = {}
    while (line := stream.readline().decode().strip()) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", 0))).decode()
    method, target, _ = first.split(" ")
    return Received(method, target, headers, body)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    with Client(
        base_url=server.url, user_id="someone", password="secret-word",
        order_deadline=30, deadline=30,
    ) as client:  # fmt: skip
        yield client


class Clock:
    """What the client takes for the time: the real one, and as far ahead as a test puts it.

    So a short limit begins where a test wants it to, however slow the machine is until then.
    """

    sleep = staticmethod(time.sleep)

    def __init__(self) -> None:
        self.ahead = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead

    def now(self, zone: tzinfo) -> datetime:
        return datetime.now(zone) + timedelta(seconds=self.ahead)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(_transport, "time", clock)
    monkeypatch.setattr(_connection, "time", clock)
    monkeypatch.setattr(_connection, "datetime", clock)
    return clock


@pytest.fixture
def half_a_minute_later(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty seconds pass between the last byte of a request and the first of its answer."""
    real = _connection._TimedResponse

    def response(*args: Any, **options: Any) -> Any:
        clock.ahead += 30
        return real(*args, **options)

    monkeypatch.setattr(_connection._TimedConnection, "response_class", staticmethod(response))


@pytest.fixture(scope="session")
def shared_simulator() -> Iterator[SimulatorProcess]:
    """130 s of a trigger number take 0.39 s."""
    with SimulatorProcess(time_scale=0.003, lookup="production") as process:
        yield process


@pytest.fixture
def simulator(shared_simulator: SimulatorProcess) -> SimulatorProcess:
    """A running simulator, its faults and orders forgotten, 1000.00 USD in its wallet."""
    shared_simulator.control("reset", "POST", {"wallet": "1000.00"})
    return shared_simulator


@pytest.fixture
def buyer(simulator: SimulatorProcess) -> Iterator[Client]:
    """The client of that simulator."""
    with simulating.client_of(simulator, order_deadline=30, deadline=30) as client:
        yield client


@pytest.fixture(scope="session", params=contract.names(os.environ))
def provider(request: pytest.FixtureRequest) -> Iterator[contract.Provider]:
    """Each provider that the contract must hold for."""
    if request.param == "sandbox":
        sandbox = contract.sandbox(os.environ)
        with sandbox.client:
            yield sandbox
        return
    with SimulatorProcess() as process, simulating.client_of(process) as client:
        yield contract.Provider("simulator", client, may_order=True)
