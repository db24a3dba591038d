"""Serves the simulator: one gunicorn worker with many threads.

One worker, because the engine lives in its memory; many threads, because an
order may hang for minutes and must hold nobody else up. Stops within two
seconds, hanging orders or not.
"""

import os
from typing import Any

from gunicorn.app.base import BaseApplication

from valuetopup.simulator.engine import Engine
from valuetopup.simulator.options import Options
from valuetopup.simulator.wire import stopping
from valuetopup.simulator.wsgi import Application

THREADS = 64


def _leave(arbiter: Any, worker: Any) -> None:
    """Leave at once: the interpreter would wait for every hanging thread."""
    stopping.set()
    os._exit(0)


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn with the settings the simulator needs."""

    def __init__(self, options: Options, *, bind: str, port: int) -> None:
        self.simulator_options = options
        self.address = f"{bind}:{port}"
        super().__init__()

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
            "worker_exit": _leave,
        }
        for name, value in settings.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Application:
        return Application(Engine(self.simulator_options))
