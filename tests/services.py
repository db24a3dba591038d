"""Starts the real parts tests stand on: Postgres and a broker, before Django loads.

A pytest plugin named in pyproject (`-p tests.services`). With `DATABASE_URL` or
`REDIS_URL` in the environment those are used instead. The servers end with this
process, even when it is killed. Of several processes that share the tests each has
servers of its own; the one that hands the tests out has none (see tests/parallel.py).
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

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


_ours: list[str] = []  # what this process alone may use


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """All others of this hook, Django's too, find what they need in the environment."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    _folder.chmod(0o755)
    _offer("DATA_DIR", lambda: str(_folder / "data"))
    if hands_out(early_config):
        _offer("DATABASE_URL", lambda: "postgresql:///nobody-connects")
        _offer("REDIS_URL", lambda: "redis://nobody-connects")
    else:
        _offer("DATABASE_URL", _postgres)
        _offer("REDIS_URL", _broker)
    return (yield)


def hands_out(config: pytest.Config) -> bool:
    """True in a process that runs no test itself: others run them for it."""
    asked = getattr(config.known_args_namespace, "numprocesses", None)
    return bool(asked) and "PYTEST_XDIST_WORKER" not in os.environ


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """The others would inherit what is of this process."""
    for name in _ours:
        del os.environ[name]


def _offer(name: str, make: Callable[[], str]) -> None:
    if name not in os.environ:
        os.environ[name] = make()
        _ours.append(name)


def _postgres() -> str:
    postgres = Postgres(_folder / "postgres", fast=True)
    postgres.prepare()
    _servers.start(postgres_service(postgres))
    return postgres.url


def _broker() -> str:
    broker = Broker(_folder / "broker", keep=False)
    broker.prepare()
    _servers.start(broker_service(broker))
    return broker.url


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
