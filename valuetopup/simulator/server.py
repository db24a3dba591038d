"""Serves the simulator: one gunicorn worker with many threads.

One worker, because the engine lives in its memory; many threads, because an
order may hang for minutes and must hold nobody else up. Stops within two
seconds, hanging orders or not.
"""

import ctypes
import errno
import fcntl
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from gunicorn.app.base import BaseApplication

from valuetopup.simulator.engine import Engine
from valuetopup.simulator.journal import Journal, JournalError
from valuetopup.simulator.options import BASE_PATH, Options
from valuetopup.simulator.orders import open_book
from valuetopup.simulator.wire import stopping
from valuetopup.simulator.wsgi import Application

THREADS = 256
PATIENCE = 1.0  # seconds that a simulator killed a moment ago may take to be gone
_PR_SET_PDEATHSIG = 1


class StartError(Exception):
    """The simulator cannot start; the text says why, in one line."""


@contextmanager
def lock(options: Options) -> Iterator[None]:
    """Keep the journal for this process and its worker alone. Raises StartError.

    Reads it through, so that what is wrong with it is told here and not by a worker.
    """
    try:
        journal = Journal(options.journal)
        _patiently(lambda: fcntl.flock(journal.fileno, fcntl.LOCK_EX | fcntl.LOCK_NB))
        open_book(journal, options.currency)
    except BlockingIOError:
        raise StartError(f"{options.journal} is the journal of a running simulator") from None
    except (OSError, JournalError) as problem:
        raise StartError(f"cannot keep a journal in {options.journal}: {_said(problem)}") from None
    try:
        yield
    finally:
        journal.close()


def listen(bind: str, port: int) -> socket.socket:
    """A listening socket. Raises StartError, after `PATIENCE` if the port is used."""
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    try:
        return _patiently(lambda: socket.create_server((bind, port), family=family, backlog=2048))
    except OSError as problem:
        if problem.errno == errno.EADDRINUSE:
            raise StartError(f"port {port} is used by another program; --port chooses") from None
        raise StartError(f"cannot listen on {bind}:{port}: {_said(problem)}") from None


def _patiently[T](attempt: Callable[[], T]) -> T:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return attempt()
        except OSError as problem:
            busy = problem.errno in (errno.EADDRINUSE, errno.EWOULDBLOCK)
            if not busy or time.monotonic() > until:
                raise
        time.sleep(0.1)


def _said(problem: Exception) -> str:
    return getattr(problem, "strerror", None) or str(problem)


def _leave(arbiter: Any, worker: Any) -> None:
    """Leave at once: the interpreter would wait for every hanging thread."""
    if worker.pid == os.getpid():  # gunicorn calls this in its main process, too
        stopping.set()
        os._exit(0)


def _die_with_parent(arbiter: Any, worker: Any) -> None:
    """Else a worker would keep port and journal for seconds after a kill -9 of its parent."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))


def _one_worker_only(arbiter: Any) -> None:
    """A hang-up ends it; what would start a second worker, with a book of its own, does not."""
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    for number in (signal.SIGTTIN, signal.SIGTTOU, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn with the settings the simulator needs."""

    def __init__(self, options: Options, listener: socket.socket) -> None:
        self.simulator_options = options
        host, port = listener.getsockname()[:2]
        host = f"[{host}]" if ":" in host else host
        self.url = f"http://{host}:{port}{BASE_PATH}"
        self.address = f"fd://{listener.detach()}"
        super().__init__()

    def run(self) -> None:
        print(f"simulator: {self.url}", flush=True)
        super().run()

    def load_config(self) -> None:
        settings = {
            "bind": self.address,
            "worker_class": "gthread",
            "workers": 1,
            "threads": THREADS,
            "worker_connections": 2000,
            "timeout": 0,
            "graceful_timeout": 1,
            "keepalive": 30,
            "loglevel": "warning",
            "control_socket_disable": True,
            "proc_name": "valuetopup-simulator",
            "post_fork": _die_with_parent,
            "worker_exit": _leave,
            "when_ready": _one_worker_only,
        }
        for name, value in settings.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Application:
        return Application(Engine(self.simulator_options))
