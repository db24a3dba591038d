"""What each failure proves: not sent, no answer, rejected, or our own set-up."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal

import pytest

from tests.valuetopup.conftest import Behaviour, Received, Server, answer, envelope, hang_up
from valuetopup import Client
from valuetopup.errors import (
    ConfigurationError,
    NoAnswerError,
    NotSentError,
    RefusedError,
    RejectedRequestError,
    ValueTopupError,
)

OK = '{"responseCode":"000","responseMessage":null,"payLoad":null}'
CALLS: dict[str, Callable[[Client], object]] = {
    "topup": lambda client: client.topup(
        sku_id=7,
        amount=Decimal(2),
        currency="EUR",
        msisdn="8801712345678",
        correlation_id="c-1",
    ),
    "pin": lambda client: client.pin(sku_id=7, correlation_id="c-1"),
    "bill": lambda client: client.bill(
        sku_id=7, amount=Decimal(2), currency="EUR", account_number="1", correlation_id="c-1"
    ),
    "gift_card": lambda client: client.gift_card(
        sku_id=7, amount=Decimal(2), currency="EUR", correlation_id="c-1"
    ),
    "esim": lambda client: client.esim(sku_id=7, correlation_id="c-1"),
    "status": lambda client: client.status("c-1"),
}


def reset(sock: socket.socket, _: Received) -> None:
    """An RST instead of an answer."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise ConnectionResetError  # the server closes the socket


def raw_bytes(data: bytes) -> Behaviour:
    def behaviour(sock: socket.socket, received: Received) -> None:
        sock.sendall(data)
        hang_up(sock, received)

    return behaviour


FAILURES: dict[str, tuple[Behaviour, type[ValueTopupError], int | None]] = {
    "closed": (hang_up, NoAnswerError, None),
    "reset": (reset, NoAnswerError, None),
    "no http": (raw_bytes(b"hello\r\n\r\n"), NoAnswerError, None),
    "half a head": (raw_bytes(b"HTTP/1.1 200 OK\r\nContent-"), NoAnswerError, None),
    "half a status line": (raw_bytes(b"HTTP/1.1 400"), NoAnswerError, None),
    "status line alone": (raw_bytes(b"HTTP/1.1 400 Bad\r\n"), NoAnswerError, None),
    "half a refusing head": (raw_bytes(b"HTTP/1.1 400 Bad\r\nX: y\r\n"), NoAnswerError, None),
    "head without body": (raw_bytes(b"HTTP/1.1 400 Bad\r\n\r\n"), RejectedRequestError, 400),
    "half a body": (
        raw_bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + OK.encode()),
        NoAnswerError,
        None,
    ),
    "half a refusal": (
        raw_bytes(b"HTTP/1.1 400 Bad\r\nContent-Length: 99\r\n\r\n{}"),
        NoAnswerError,
        None,
    ),
    "bad chunks": (
        raw_bytes(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        NoAnswerError,
        None,
    ),
    "chunks cut": (
        raw_bytes(b"HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"),
        NoAnswerError,
        None,
    ),
    "bad gzip": (answer(OK, Content_Encoding="gzip"), NoAnswerError, None),
    "empty": (answer(""), NoAnswerError, 200),
    "html": (answer("<html>"), NoAnswerError, 200),
    "a number": (answer("12"), NoAnswerError, 200),
    "a list": (answer(f"[{OK}]"), NoAnswerError, 200),
    "no code": (answer('{"payLoad":{}}'), NoAnswerError, 200),
    "code as number": (answer('{"responseCode":0}'), NoAnswerError, 200),
    "code as null": (answer('{"responseCode":null}'), NoAnswerError, 200),
    "odd code": (answer('{"responseCode":"<b>"}'), NoAnswerError, 200),
    "NaN": (answer('{"responseCode":"000","payLoad":NaN}'), NoAnswerError, 200),
    "deep": (answer("[" * 200_000), NoAnswerError, 200),
    "not utf-8": (answer(b'{"responseCode":"\xff"}'), NoAnswerError, 200),
    "201": (answer(OK, 201), NoAnswerError, 201),
    "204": (raw_bytes(b"HTTP/1.1 204 None\r\n\r\n"), NoAnswerError, 204),
    "301": (answer(OK, 301, Location="/api/v2/elsewhere"), NoAnswerError, 301),
    "307": (answer(OK, 307, Location="/api/v2/elsewhere"), NoAnswerError, 307),
    "308": (answer(OK, 308, Location="http://[bad"), NoAnswerError, 308),
    "400": (answer('{"message":"bad"}', 400), RejectedRequestError, 400),
    "401": (answer("", 401, WWW_Authenticate="Basic"), ConfigurationError, 401),
    "403": (answer("", 403), ConfigurationError, 403),
    "404": (answer("<html>", 404), ConfigurationError, 404),
    "405": (answer(OK, 405), NoAnswerError, 405),
    "408": (answer(OK, 408), NoAnswerError, 408),
    "409": (answer(OK, 409), NoAnswerError, 409),
    "415": (answer("", 415), RejectedRequestError, 415),
    "422": (answer(OK, 422), NoAnswerError, 422),
    "500": (answer(OK, 500), NoAnswerError, 500),
    "502": (answer("<html>", 502), NoAnswerError, 502),
    "503": (answer("", 503, Retry_After="0"), NoAnswerError, 503),
    "504": (answer("", 504), NoAnswerError, 504),
}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("call", ["topup", "status"])
def test_each_failure_has_one_meaning_and_one_request(
    server: Server, client: Client, failure: str, call: str
) -> None:
    behaviour, kind, status = FAILURES[failure]
    server.behave(behaviour)
    with pytest.raises(ValueTopupError) as caught:
        CALLS[call](client)
    assert type(caught.value) is kind
    assert (caught.value.correlation_id, caught.value.http_status) == ("c-1", status)
    assert len(server.received) == 1
    assert server.received[0].target.startswith("/api/v2/transaction/")


@pytest.mark.parametrize("call", [name for name in CALLS if name != "status"])
@pytest.mark.parametrize("failure", ["closed", "reset", "half a body", "503", "307"])
def test_no_order_is_posted_twice(server: Server, client: Client, failure: str, call: str) -> None:
    server.behave(FAILURES[failure][0], envelope("null"))
    with pytest.raises(NoAnswerError):
        CALLS[call](client)
    assert (server.posts, len(server.received)) == (1, 1)


def test_an_order_is_not_repeated_after_429(server: Server, client: Client) -> None:
    server.behave(answer("", 429, Retry_After="0"), envelope("null"))
    with pytest.raises(NoAnswerError) as caught:
        CALLS["topup"](client)
    assert (server.posts, caught.value.http_status) == (1, 429)


@pytest.mark.parametrize(("wait", "requests"), [("0", 2), ("60", 1), ("", 1), ("soon", 1)])
def test_a_read_waits_once_if_told_how_long(
    server: Server, client: Client, wait: str, requests: int
) -> None:
    server.behave(answer("", 429, Retry_After=wait))
    with pytest.raises(NoAnswerError):
        client.balance()
    assert len(server.received) == requests


def test_a_read_succeeds_after_the_wait(server: Server, client: Client) -> None:
    server.behave(answer("", 429, Retry_After="0"), envelope("-250.5"))
    assert client.balance() == Decimal("-250.5")


def test_an_estimate_is_not_repeated_after_429(server: Server, client: Client) -> None:
    server.behave(answer("", 429, Retry_After="0"), envelope('{"invoiceAmount":1}'))
    with pytest.raises(NoAnswerError):
        client.estimate_cost(sku_id=7, amount=Decimal(2), currency="EUR")
    assert server.posts == 1


@pytest.fixture
def dead_port() -> Iterator[int]:
    """It is taken, and nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])


@pytest.mark.parametrize("call", CALLS)
def test_a_refused_connection_is_not_sent(dead_port: int, call: str) -> None:
    client = Client(base_url=f"http://127.0.0.1:{dead_port}", user_id="u", password="p")
    with client, pytest.raises(NotSentError) as caught:
        CALLS[call](client)
    assert (caught.value.correlation_id, caught.value.http_status) == ("c-1", None)
    assert "refused" in str(caught.value)


def test_an_unknown_name_is_not_sent() -> None:
    client = Client(base_url="http://host.invalid/api/v2", user_id="u", password="p")
    with client, pytest.raises(NotSentError):
        CALLS["topup"](client)


@pytest.mark.parametrize("first_words", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_a_failed_tls_handshake_is_not_sent(first_words: bytes) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(60)
    url = f"https://127.0.0.1:{listener.getsockname()[1]}"

    def greet() -> None:
        sock, _ = listener.accept()
        with sock, suppress(OSError):  # the client may be gone first
            sock.sendall(first_words)
            sock.recv(1)
            sock.shutdown(socket.SHUT_RDWR)

    thread = threading.Thread(target=greet)
    thread.start()
    client = Client(base_url=url, user_id="u", password="p", connect_timeout=30)
    with client, listener:
        with pytest.raises(NotSentError):
            CALLS["topup"](client)
        thread.join(60)


@pytest.mark.parametrize(
    ("body", "has_json_body"), [('{"message":"x"}', True), ("<html>", False), ("", False)]
)
def test_a_404_tells_whether_its_body_is_json(
    server: Server, client: Client, body: str, has_json_body: bool
) -> None:
    server.behave(answer(body, 404))
    with pytest.raises(ConfigurationError) as caught:
        client.status("c-1")
    assert caught.value.has_json_body is has_json_body


@pytest.mark.parametrize("code", ["501", "852", "999", "abc"])
def test_a_read_call_raises_on_any_code_but_000(server: Server, client: Client, code: str) -> None:
    server.behave(answer(f'{{"responseCode":"{code}","responseMessage":"No such","payLoad":null}}'))
    with pytest.raises(RefusedError) as caught:
        client.exchange_rate(7)
    assert (caught.value.code, caught.value.message) == (code, "No such")
    assert str(caught.value) == f"{code} No such (HTTP 200)"


@pytest.mark.parametrize("code", ["000", "501", "851", "852", "999", "123"])
@pytest.mark.parametrize("call", CALLS)
def test_an_order_and_its_status_return_every_code(
    server: Server, client: Client, call: str, code: str
) -> None:
    server.behave(answer(f'{{"responseCode":"{code}","responseMessage":"Told","payLoad":null}}'))
    got = CALLS[call](client)
    assert (got.http_status, got.code, got.message, got.transaction) == (200, code, "Told", None)  # type: ignore[attr-defined]
    assert got.raw["responseMessage"] == "Told"  # type: ignore[attr-defined]


@pytest.mark.parametrize("payload", ["null", '"text"', "{}", "1"])
@pytest.mark.parametrize("call", ["countries", "skus", "operators", "products", "error_codes"])
def test_a_full_list_that_is_no_list_is_not_taken_for_empty(
    server: Server, client: Client, call: str, payload: str
) -> None:
    server.behave(envelope(payload))
    with pytest.raises(NoAnswerError):
        getattr(client, call)()


def test_a_filtered_list_may_be_null(server: Server, client: Client) -> None:
    server.behave(envelope("null"))
    assert client.operators(country_code="JM") == []


def test_a_balance_comes_bare_or_named(server: Server, client: Client) -> None:
    server.behave(envelope("-250.50"), envelope('{"balance":"12.5"}'), envelope('"much"'))
    assert [str(client.balance()), str(client.balance())] == ["-250.50", "12.5"]
    with pytest.raises(NoAnswerError):
        client.balance()
