"""Starts the real parts tests stand on: Postgres and a broker, before Django loads.

A pytest plugin named in pyproject (`-p tests.services`). With `DATABASE_URL` or
`REDIS_URL` in the environment those are used instead. The servers end with this
process, even when it is killed.
"""

import os
import shutil
import tempfile
from pathlib import Path

from portal.embedded import Broker, Postgres, server_user
from portal.embedded.machine import socket_folder
from portal.supervisor import Log, Service, Supervisor

ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "portal.settings",
    "SECRET_KEY": "tests-only-" + "x" * 50,
    "VOUCHER_KEYS": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "VALUETOPUP_BASE_URL": "http://127.0.0.1:8099/api/v2",
    "PLAIN_HTTP": "1",
    "ADMIN_SECOND_FACTOR": "0",
    "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
}
_folder = Path(tempfile.mkdtemp(prefix="tn-", dir="/tmp"))  # short, for sockets
_log = (_folder / "servers.log").open("w")
_servers = Supervisor(Log(_log))


def _start() -> None:
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    _folder.chmod(0o755)
    os.environ.setdefault("DATA_DIR", str(_folder / "data"))
    services = []
    if "DATABASE_URL" not in os.environ:
        postgres = Postgres(_folder / "postgres", fast=True)
        postgres.prepare()
        services.append(postgres_service(postgres))
        os.environ["DATABASE_URL"] = postgres.url
    if "REDIS_URL" not in os.environ:
        broker = Broker(_folder / "broker", keep=False)
        broker.prepare()
        services.append(broker_service(broker))
        os.environ["REDIS_URL"] = broker.url
    _servers.start(*services)


def postgres_service(postgres: Postgres) -> Service:
    """The given server, ready when its database is there."""
    return Service("postgres", postgres.command(), postgres.ready_with_database,
                   user=server_user(), folder="/", stop_signal=2, death_signal=2)  # fmt: skip


def broker_service(broker: Broker) -> Service:
    return Service("broker", broker.command(), broker.ready)


def pytest_unconfigure() -> None:
    _servers.stop()
    _log.close()
    for data in ("postgres", "broker"):
        shutil.rmtree(socket_folder(_folder / data), ignore_errors=True)
    shutil.rmtree(_folder, ignore_errors=True)


_start()
