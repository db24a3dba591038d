"""The programs of the product and what each is started with; see `up`."""

import secrets
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGQUIT

from portal.embedded import Broker, Postgres, server_user
from portal.supervisor import Service, StartError

HOST = "127.0.0.1"
ROOT = str(Path(__file__).parents[1])
# name of the worker: (queue, threads). Hanging orders must stop neither polls nor lists.
WORKERS = {"submit": 16, "poll": 8, "catalogue": 2}


def postgres(server: Postgres) -> Service:
    return Service(
        "postgres", server.command(), server.ready_with_database, user=server_user(), folder="/",
        stop_signal=SIGINT, death_signal=SIGINT, grace=10, start_within=90,
    )  # fmt: skip


def broker(server: Broker) -> Service:
    return Service("broker", server.command(), server.ready, start_within=30)


def simulator(data: Path, *, port: int, currency: str, options: Sequence[str] = ()) -> Service:
    return Service(
        "simulator",
        [
            sys.executable, "-m", "valuetopup.simulator", "--port", str(port),
            "--journal", str(data / "simulator.journal"), "--currency", currency,
            "--lookup", "production", *options,
        ],
        lambda: answers(f"http://{HOST}:{port}/control/health"), folder=ROOT,
    )  # fmt: skip


def manage(name: str, *arguments: str, environment: Mapping[str, str]) -> Service:
    return Service(
        name, [sys.executable, "manage.py", *arguments], environment=environment, folder=ROOT
    )


def worker(queue: str, *, environment: Mapping[str, str]) -> Service:
    return Service(
        queue,
        [
            sys.executable, "-m", "celery", "-q", "-A", "portal", "worker", "-Q", queue,
            "-P", "threads", "-c", str(WORKERS[queue]), "-n", f"{queue}@%h",
            "--without-gossip", "--without-mingle",
        ],
        environment=environment, folder=ROOT, death_signal=SIGKILL,
    )  # fmt: skip


def beat(data: Path, *, environment: Mapping[str, str]) -> Service:
    return Service(
        "beat",
        [
            sys.executable, "-m", "celery", "-q", "-A", "portal", "beat",
            "-s", str(data / "beat-schedule"), "--pidfile=",
        ],
        environment=environment, folder=ROOT, death_signal=SIGKILL,
    )  # fmt: skip


def web(port: int, *, environment: Mapping[str, str]) -> Service:
    return Service(
        "web",
        [
            sys.executable, "-m", "gunicorn", "-c", "python:portal.gunicorn_conf",
            "--bind", f"{HOST}:{port}", "portal.wsgi",
        ],
        lambda: answers(f"http://{HOST}:{port}/health/live/"),
        environment={**environment, "DATABASE_POOL": "1"}, folder=ROOT, death_signal=SIGQUIT,
        grace=10,  # gunicorn lets requests end within 3 s
    )  # fmt: skip


def answers(url: str) -> bool:
    """True if the address answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  our own address
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def free_port() -> int:
    """A port that nobody listens on now, below those that a system gives to who asks for any.

    So nobody has it by chance before it is used, nor while a killed program is away from it.
    """
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        if _bind_problem(port) is None:
            return port


def require_free(port: int, option: str, *, patience: float = 0.0) -> None:
    """Wait up to `patience` seconds for the port. Error: `StartError` with what to do."""
    until = time.monotonic() + patience
    while (problem := _bind_problem(port)) is not None:
        if isinstance(problem, PermissionError):
            raise StartError(f"Port {port} is for root only. Choose another: {option} 8000")
        if time.monotonic() >= until:
            other = port + 1 if port < 65535 else port - 1
            raise StartError(
                f"Port {port} is used by another program. Choose another: {option} {other}"
            )
        time.sleep(0.1)


def _bind_problem(port: int) -> OSError | None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            return error
    return None
