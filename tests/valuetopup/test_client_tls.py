"""Over TLS the same holds: deadlines, and whether anything was sent."""

import datetime as dt
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.valuetopup.conftest import Clock
from valuetopup import Client
from valuetopup.errors import NoAnswerError, NotSentError

type Talk = Callable[[ssl.SSLSocket], None]
OK = b'{"responseCode":"852","responseMessage":null,"payLoad":null}'


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + built.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def stopping() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        sock.settimeout(60)  # a test that never connects must not hang
        yield sock


def serve(listener: socket.socket, talk: Callable[[socket.socket], None]) -> threading.Thread:
    """One connection, in a thread."""

    def run() -> None:
        with suppress(OSError):  # the client goes away, as some tests want
            sock, _ = listener.accept()
            with sock:
                talk(sock)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def over_tls(certificate: Path, talk: Talk) -> Callable[[socket.socket], None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def wrapped(sock: socket.socket) -> None:
        with context.wrap_socket(sock, server_side=True) as secure:
            talk(secure)

    return wrapped


def client_for(listener: socket.socket, ca_file: Path | None, **options: float) -> Client:
    return Client(
        base_url=f"https://127.0.0.1:{listener.getsockname()[1]}",
        user_id="u",
        password="p",
        ca_file=str(ca_file) if ca_file else None,
        **{"connect_timeout": 30, **options},
    )


def order(client: Client, text: str = "") -> str:
    infos = [("note", text)] if text else []
    return client.pin(sku_id=7, correlation_id="c-1", additional_infos=infos).code


def test_an_order_goes_over_tls(listener: socket.socket, certificate: Path) -> None:
    received: list[bytes] = []

    def talk(secure: ssl.SSLSocket) -> None:
        while b"c-1" not in b"".join(received):
            received.append(secure.recv(65536))
        secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(OK) + OK)

    thread = serve(listener, over_tls(certificate, talk))
    with client_for(listener, certificate) as client:
        assert order(client) == "852"
    thread.join(60)
    assert b"".join(received).count(b"POST /transaction/pin ") == 1


def test_an_unknown_certificate_is_not_sent_to(listener: socket.socket, certificate: Path) -> None:
    received: list[bytes] = []
    thread = serve(
        listener, over_tls(certificate, lambda secure: received.append(secure.recv(65536)))
    )
    with client_for(listener, None) as client, pytest.raises(NotSentError, match="certificate"):
        order(client)
    thread.join(60)
    assert received == []


def test_a_dripping_handshake_ends_at_the_connect_limit(
    listener: socket.socket, stopping: threading.Event
) -> None:
    def talk(sock: socket.socket) -> None:
        sock.sendall(b"\x16\x03\x03\x40\x00")  # a record of 16 KB, of which a byte comes at a time
        while not stopping.wait(0.05):
            sock.sendall(b"\x02")

    thread = serve(listener, talk)
    begun = time.monotonic()
    with client_for(listener, None, connect_timeout=0.4) as client, pytest.raises(NotSentError):
        order(client)
    took = time.monotonic() - begun
    stopping.set()
    thread.join(60)
    assert 0.35 < took < 15


@pytest.mark.usefixtures("half_a_minute_later")
@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_dripping_answer_ends_at_the_deadline(
    listener: socket.socket, certificate: Path, stopping: threading.Event, head: bytes
) -> None:
    def talk(secure: ssl.SSLSocket) -> None:
        secure.recv(65536)
        secure.sendall(head)
        while not stopping.wait(0.05):
            secure.sendall(b" ")

    thread = serve(listener, over_tls(certificate, talk))
    begun = time.monotonic()
    with client_for(listener, certificate, order_deadline=30.5) as client:
        with pytest.raises(NoAnswerError):
            order(client)
        took = time.monotonic() - begun
    stopping.set()
    thread.join(60)
    assert 0.45 < took < 15


def test_a_slow_reader_ends_at_the_deadline(
    listener: socket.socket, certificate: Path, stopping: threading.Event, clock: Clock
) -> None:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)

    def talk(secure: ssl.SSLSocket) -> None:
        while not stopping.wait(0.02):
            secure.recv(16 * 1024)
            clock.ahead = 60

    thread = serve(listener, over_tls(certificate, talk))
    begun = time.monotonic()
    with client_for(listener, certificate, order_deadline=61.2) as client:
        with pytest.raises(NoAnswerError):
            order(client, "x" * 8_000_000)
        took = time.monotonic() - begun
    stopping.set()
    thread.join(60)
    assert 1.1 < took < 20
