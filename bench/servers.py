"""A Postgres and a broker for one run, unless the environment names others; ended with it."""

import os
import shutil
import tempfile
from pathlib import Path

from portal.embedded import Broker, Postgres, server_user
from portal.embedded.machine import socket_folder
from portal.supervisor import Log, Service, Supervisor

ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "portal.settings",
    "SECRET_KEY": "scratch-only-" + "x" * 50,
    "VOUCHER_KEYS": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "VALUETOPUP_BASE_URL": "http://127.0.0.1:8099/api/v2",  # asked for nothing
    "PLAIN_HTTP": "1",
    "ADMIN_SECOND_FACTOR": "0",
    "LOG_LEVEL": "ERROR",
}


class Servers:
    """Started before Django reads its settings; what lies in `folder` goes with them."""

    def __init__(self) -> None:
        for name, value in ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        self.folder = Path(tempfile.mkdtemp(prefix="tn-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.log = (self.folder / "servers.log").open("w")
        self.supervisor = Supervisor(Log(self.log))
        os.environ.setdefault("DATA_DIR", str(self.folder / "data"))
        if "DATABASE_URL" not in os.environ:
            self._start_postgres()
        if "REDIS_URL" not in os.environ:
            self._start_broker()

    def _start_postgres(self) -> None:
        postgres = Postgres(self.folder / "postgres", fast=True)
        postgres.prepare()
        self.supervisor.start(
            Service("postgres", postgres.command(), postgres.ready_with_database,
                    user=server_user(), folder="/", stop_signal=2, death_signal=2)
        )  # fmt: skip
        os.environ["DATABASE_URL"] = postgres.url

    def _start_broker(self) -> None:
        broker = Broker(self.folder / "broker", keep=False)
        broker.prepare()
        self.supervisor.start(Service("broker", broker.command(), broker.ready))
        os.environ["REDIS_URL"] = broker.url

    def stop(self) -> None:
        self.supervisor.stop()
        self.log.close()
        for part in ("postgres", "broker"):
            shutil.rmtree(socket_folder(self.folder / part), ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)
