"""Starts the real parts tests stand on: Postgres and a broker, before Django loads.

A pytest plugin named in pyproject (`-p tests.services`). With `DATABASE_URL` or
`REDIS_URL` in the environment those are used instead.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

_children: list[subprocess.Popen[bytes]] = []
_folder: Path | None = None


def pytest_load_initial_conftests() -> None:
    """Nothing to do here: the import of this module started the servers."""


def _start() -> None:
    global _folder
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    os.environ.setdefault("SECRET_KEY", "tests-only-" + "x" * 50)
    os.environ.setdefault("VOUCHER_KEYS", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
    os.environ.setdefault("PLAIN_HTTP", "1")
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    from portal.embedded import Broker, Postgres, server_user, wait_until

    _folder = Path(tempfile.mkdtemp(prefix="tn-", dir="/tmp"))  # noqa: S108  short, for sockets
    _folder.chmod(0o755)
    if "DATABASE_URL" not in os.environ:
        postgres = Postgres(_folder / "postgres", fast=True)
        postgres.prepare()
        with (_folder / "postgres.log").open("wb") as log:
            _children.append(
                subprocess.Popen(  # type: ignore[call-overload]
                    postgres.command(), stdout=log, stderr=log, cwd="/", **server_user()
                )
            )
        wait_until(postgres.ready, 30, "Postgres")
        postgres.create_database()
        os.environ["DATABASE_URL"] = postgres.url
    if "REDIS_URL" not in os.environ:
        broker = Broker(_folder / "broker", keep=False)
        broker.prepare()
        _children.append(subprocess.Popen(broker.command(), stdout=subprocess.DEVNULL))
        wait_until(broker.ready, 10, "the broker")
        os.environ["REDIS_URL"] = broker.url


def pytest_unconfigure() -> None:
    for child in reversed(_children):
        child.terminate()
    for child in _children:
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
    _children.clear()
    if _folder:
        shutil.rmtree(_folder, ignore_errors=True)


_start()
