"""A whole product of its own in a temporary folder, beside whatever else runs here.

`lay_out` says in which environment its programs run; nothing of the caller's is
kept but what the machine needs, so a drill can never meet a real provider or database.
"""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.conf import settings

from portal import stack
from portal.embedded import Broker, Postgres
from portal.embedded.machine import socket_folder
from portal.supervisor import Log, Service, Supervisor

KEPT = ("PATH", "HOME", "LANG", "TERM", "TMPDIR", "PG_BIN", "NO_COLOR", "LD_LIBRARY_PATH")
WALLET = "1000000.00"
#: Delays of the misbehaving numbers: an order that hangs, hangs a little over our 30 s.
TIME_SCALE = "0.25"


def lay_out() -> dict[str, str]:
    """A new folder, and the environment of everything that runs in it."""
    folder = Path(tempfile.mkdtemp(prefix="tn-drill-"))
    folder.chmod(0o755)  # the database runs as another user
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | {
        "DATA_DIR": str(folder),
        "DATABASE_URL": Postgres(folder / "postgres").url,
        "DATABASE_POOL": "0",
        "REDIS_URL": Broker(folder / "broker").url,
        "VALUETOPUP_BASE_URL": f"http://{stack.HOST}:{stack.free_port()}/api/v2",
        "VALUETOPUP_USER_ID": "simulator",
        "VALUETOPUP_PASSWORD": "simulator",
        "SIMULATOR": "1",
        "PLAIN_HTTP": "1",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "VOUCHER_KEYS": Fernet.generate_key().decode(),
        "LOG_FORMAT": "text",
        # A provider that does not know an order is believed sooner than in real life.
        "ABSENT_AFTER_SECONDS": "20",
        "ABSENT_APART_SECONDS": "5",
    }


class Place:
    """The product in the folder that the settings name. A context manager."""

    def __init__(self) -> None:
        self.folder = Path(settings.DATA_DIR)
        self.postgres = Postgres(self.folder / "postgres")
        self.broker = Broker(self.folder / "broker")
        provider = urlsplit(settings.VALUETOPUP_BASE_URL)
        self.simulator_port = provider.port or 0
        self.control = f"http://{provider.netloc}/control/"
        self.journal = self.folder / "simulator.journal"
        port = stack.free_port()
        self.address = f"http://{stack.HOST}:{port}/"
        self.password = secrets.token_hex(8)
        self._log = (self.folder / "log").open("w")
        self.supervisor = Supervisor(Log(self._log))
        self._product = [*self._workers(), stack.web(port, environment={})]

    @property
    def log(self) -> Path:
        """What all programs have printed."""
        return self.folder / "log"

    def start_servers(self) -> None:
        """Database, broker and simulator, then tables, catalogue and demo people."""
        self.postgres.prepare()
        self.broker.prepare()
        simulator = stack.simulator(
            self.folder, port=self.simulator_port, currency=settings.VALUETOPUP_WALLET_CURRENCY,
            options=["--duplicates", "execute", "--wallet", WALLET, "--time-scale", TIME_SCALE],
        )  # fmt: skip
        self.supervisor.start(stack.postgres(self.postgres), stack.broker(self.broker), simulator)
        environment = {"DEMO_PASSWORD": self.password}
        self.supervisor.run(stack.manage("prepare", "prepare", "--demo", environment=environment))

    def start_product(self) -> None:
        """Workers, beat and the web server."""
        # Nothing of theirs is worth a long farewell.
        self.supervisor.start(*(replace(service, grace=0.5) for service in self._product))

    def missing(self) -> set[str]:
        """Parts that do not run now."""
        return set(self.supervisor.children) - set(self.supervisor.pids())

    def stop(self) -> None:
        self.supervisor.stop()
        self._log.close()
        for data in (self.postgres.data, self.broker.data):
            shutil.rmtree(socket_folder(data), ignore_errors=True)

    def remove(self) -> None:
        """The folder and the data kept elsewhere for it."""
        if self.postgres.data != self.postgres.asked_for:
            shutil.rmtree(self.postgres.data.parent, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _workers(self) -> Iterator[Service]:
        for queue in stack.WORKERS:
            yield stack.worker(queue, environment={})
        yield stack.beat(self.folder, environment={})
