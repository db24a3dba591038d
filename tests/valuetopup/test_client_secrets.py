"""Nothing the client prints, raises or logs holds a password or a PIN."""

import logging
import socket
import traceback
from typing import Any

import pytest

from tests.valuetopup import samples
from tests.valuetopup.conftest import Behaviour, Server, hang_up
from valuetopup import Client
from valuetopup._transport import Request, Transport
from valuetopup.errors import NoAnswerError, NotSentError

SECRETS = ["secret-word", "c29tZW9uZTpzZWNyZXQtd29yZA", "000 0000 001", "10000001"]


def found_in(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


def raw(data: str) -> Behaviour:
    def behaviour(sock: Any, received: Any) -> None:
        sock.sendall(data.encode())
        hang_up(sock, received)

    return behaviour


BODY = '{"responseCode":"000","payLoad":' + samples.PIN.replace("\n", "") + "}"
HEAD = "HTTP/1.1 200 OK\r\n"
LEAKS = {
    "no head": raw(BODY + "\r\n\r\n"),
    "chunk sizes": raw(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n{BODY}\r\n"),
    "header": raw(f"{HEAD}{BODY}\r\n\r\n"),
    "broken header": raw(f"{HEAD} {BODY}\r\nX\r\n\r\n"),
    "length": raw(f"{HEAD}Content-Length: {BODY}\r\n\r\n"),
    "redirect": raw(f"HTTP/1.1 302 Found\r\nLocation: http://[{BODY}\r\n\r\n"),
    "error": raw(f"HTTP/1.1 500 Error\r\nContent-Length: {len(BODY)}\r\n\r\n{BODY}"),
    "no envelope": raw(HEAD + "\r\n" + samples.PIN),
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_broken_answer_is_not_quoted(
    server: Server, client: Client, leak: str, caplog: pytest.LogCaptureFixture
) -> None:
    server.behave(LEAKS[leak])
    with caplog.at_level(logging.DEBUG), pytest.raises(NoAnswerError) as caught:
        client.pin(sku_id=7, correlation_id="c-1")
    told = "".join(traceback.format_exception(caught.value)) + caplog.text + repr(caught.value)
    assert "c-1" in told
    assert found_in(told) == []


def test_no_error_quotes_the_path(server: Server, client: Client) -> None:
    server.behave(hang_up)
    iccid = "89" + "0" * 16 + "1"
    with pytest.raises(NoAnswerError) as caught:
        client.esim_status(iccid)
    told = "".join(traceback.format_exception(caught.value))
    assert "RemoteDisconnected" in told
    assert iccid not in told


def test_an_address_out_of_reach_logs_no_path(caplog: pytest.LogCaptureFixture) -> None:
    iccid = "89" + "0" * 16 + "1"
    with socket.socket() as taken:  # and nobody listens
        taken.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{taken.getsockname()[1]}"
        client = Client(base_url=dead, user_id="u", password="p")
        with caplog.at_level(logging.DEBUG), client, pytest.raises(NotSentError):
            client.esim_status(iccid)
    assert iccid not in caplog.text


def test_an_error_names_its_own_cause_and_no_earlier_one(client: Client) -> None:
    client = Client(  # a name server may be slow to say no
        base_url="http://host.invalid", user_id="u", password="p", connect_timeout=60, deadline=60
    )
    try:
        raise KeyError("an earlier matter")
    except KeyError:
        with client, pytest.raises(NotSentError) as caught:
            client.balance()
    assert "earlier" not in str(caught.value)
    assert "gaierror" in str(caught.value)


def test_client_and_request_print_no_secret(client: Client) -> None:
    request = Request(path="esim/status/89001", deadline=1, body={"boostPin": "123456"})
    transport = Transport(
        base_url="http://h", user_id="someone", password="secret-word", connect_timeout=1,
        ca_file=None,
    )  # fmt: skip
    printed = f"{client!r} {transport!r} {request!r}"
    assert found_in(printed) == []
    assert "89001" not in printed
    assert "123456" not in printed


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/api",
        "host/api/v2",
        "https://",
        "https://other:word@host/api/v2",
        "https://host/api/v2?key=1",
        "https://host/api/v2#part",
    ],
)
def test_an_address_that_would_mislead_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="base address"):
        Client(base_url=url, user_id="u", password="p")


def test_a_user_id_with_a_colon_is_refused() -> None:
    with pytest.raises(ValueError, match="colon"):
        Client(base_url="https://host", user_id="a:b", password="p")
