"""The whole product as real processes on the test database, for tests that need it.

    with running_stack(web=True, simulator_options={"time_scale": 0.1}) as stack:
        page.goto(stack.web_url)

Starts a simulator, a broker of its own, the three workers, beat and, with `web`, the
web server on a free port: the commands are those of `manage.py up`. The database is
the one pytest-django made, so a test writes with the ORM and the processes see it:
mark it `django_db(transaction=True)`, which also empties the tables afterwards.
Inside the block this process talks to the same simulator and publishes to the same
broker. Starting takes about 5 s, so share one per module; between two tests
`stack.reset()` gives the simulator a fresh journal and wallet.
"""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import redis
from django.conf import settings
from django.db import connection
from django.test import override_settings

from portal import stack as product
from portal.celery import app
from portal.embedded import Broker
from portal.embedded.machine import socket_folder
from portal.supervisor import Log, Service, Supervisor
from valuetopup.simulator.testing import SimulatorProcess, keep_a_port

BROKER = "CELERY_BROKER_URL"  # Celery looks here first
COUNTED = ("pace", "brake", "lookup")  # in the cache
GRACE = 0.5  # seconds: nothing here is worth a long farewell


@dataclass
class RunningStack:
    """What runs, and where. `web_url` ends in a slash and is empty without `web`."""

    folder: Path
    simulator: SimulatorProcess
    broker_url: str
    web_url: str = ""
    supervisor: Supervisor = field(repr=False, default_factory=Supervisor)

    @property
    def log(self) -> str:
        """What all processes have printed, `name | line`."""
        return (self.folder / "log").read_text(errors="replace")

    def kill(self, *names: str, number: int = signal.SIGKILL) -> None:
        """Send a signal to processes by name: submit, poll, catalogue, beat, web, broker."""
        for name in names:
            os.killpg(self.supervisor.pids()[name], number)

    def start(self, name: str) -> None:
        """Start a killed process again and wait for it, where it tells."""
        child = self.supervisor.children[name]
        if child.process:
            child.process.wait(60)
        child.start()
        ready = child.service.ready
        if ready:
            wait_for(ready, f"{name} to start", seconds=90)

    def wait_for_workers(self) -> None:
        """Until every worker takes messages."""
        wanted = {name for name in product.WORKERS if name in self.supervisor.children}

        def told() -> bool:
            answers = app.control.ping(timeout=0.3)
            return wanted <= {name.split("@")[0] for answer in answers for name in answer}

        wait_for(told, "the workers", seconds=90)

    def reset(self, **given: Any) -> None:
        """A fresh journal, wallet and menu of faults; `wallet=` sets the money in it.

        All tests come from one address: how often it tried something is forgotten, too, and
        what a lookup found.
        """
        self.simulator.control("reset", "POST", given)
        with redis.from_url(self.broker_url.replace("redis+socket://", "unix://")) as kept:
            for names in COUNTED:
                for name in kept.scan_iter(f":1:{names}:*"):
                    kept.delete(name)

    def posts(self) -> dict[str, int]:
        """How many orders the provider was sent, by correlation id."""
        return {row["correlationId"]: row["posts"] for row in self.simulator.control("journal")}


@contextmanager
def running_stack(
    *,
    web: bool = False,
    workers: bool = True,
    beat: bool = True,
    simulator_options: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[RunningStack]:
    """Start it all; stop it all at the end, hanging orders or not.

    `simulator_options` as for `SimulatorProcess`; `environment` goes to the product's
    processes, for example `{"ABSENT_AFTER_SECONDS": "2", "ABSENT_APART_SECONDS": "1"}`.
    """
    folder = Path(tempfile.mkdtemp(prefix="tn-stack-", dir="/tmp"))  # short, for sockets
    supervisor = Supervisor()
    try:
        with ExitStack() as open_things:
            log = open_things.enter_context((folder / "log").open("w"))
            supervisor.log = Log(log)
            open_things.callback(supervisor.stop)
            options = {"lookup": "production"} | dict(simulator_options or {})
            simulator = open_things.enter_context(SimulatorProcess(**options))
            broker = Broker(folder / "broker", keep=False)
            stack = RunningStack(folder, simulator, broker.url, supervisor=supervisor)
            _start_broker(stack, broker)
            open_things.enter_context(_this_process_joins(stack))
            try:
                if web:
                    kept = open_things.enter_context(keep_a_port())
                    stack.web_url = f"http://{product.HOST}:{kept.getsockname()[1]}/"
                _start_product(stack, workers, beat, dict(environment or {}))
                yield stack
            except BaseException:
                print(stack.log)
                raise
    finally:
        shutil.rmtree(socket_folder(folder / "broker"), ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def wait_for(told: Callable[[], Any], what: str, *, seconds: float = 60.0) -> Any:
    """The first true value of `told`; AssertionError naming `what` when none comes in time."""
    end = time.monotonic() + seconds
    while not (value := told()):
        assert time.monotonic() < end, f"waited {seconds:g} s for {what}"
        time.sleep(0.05)
    return value


def _start_broker(stack: RunningStack, broker: Broker) -> None:
    broker.prepare()
    stack.supervisor.start(_brief(product.broker(broker)))


def _start_product(stack: RunningStack, workers: bool, beat: bool, extra: dict[str, str]) -> None:
    environment = environment_for(stack.simulator, broker_url=stack.broker_url)
    environment |= {"DATA_DIR": str(stack.folder)} | extra
    services: list[Service] = []
    if workers:
        services += [product.worker(name, environment=environment) for name in product.WORKERS]
    if beat:
        services.append(product.beat(stack.folder, environment=environment))
    if port := urlsplit(stack.web_url).port:
        services.append(product.web(port, environment=environment))
    stack.supervisor.start(*map(_brief, services))
    if workers:
        stack.wait_for_workers()


def environment_for(simulator: SimulatorProcess, *, broker_url: str = "") -> dict[str, str]:
    """For a process of the product on the test database; the broker is that of the tests."""
    return {
        "DATABASE_URL": _database_url(),
        "DATABASE_POOL": "0",
        "REDIS_URL": broker_url or settings.REDIS_URL,
        "VALUETOPUP_BASE_URL": simulator.url,
        "VALUETOPUP_USER_ID": simulator.user,
        "VALUETOPUP_PASSWORD": simulator.password,
        "SIMULATOR": "1",
        "PLAIN_HTTP": "1",
        "SECRET_KEY": settings.SECRET_KEY,
        "VOUCHER_KEYS": " ".join(settings.VOUCHER_KEYS),
        "LOG_FORMAT": "text",
    }


def _database_url() -> str:
    """The address of the test database."""
    given = connection.settings_dict
    named = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    parts = {name: str(given[key]) for name, key in named.items() if given[key]}
    return f"postgresql:///{quote(given['NAME'])}?{urlencode(parts)}"


@contextmanager
def _this_process_joins(stack: RunningStack) -> Iterator[None]:
    """This process asks the same provider and publishes to the same broker."""
    kept = os.environ.get(BROKER)
    _use_broker(stack.broker_url)
    try:
        with override_settings(
            VALUETOPUP_BASE_URL=stack.simulator.url,
            VALUETOPUP_USER_ID=stack.simulator.user,
            VALUETOPUP_PASSWORD=stack.simulator.password,
        ):
            yield
    finally:
        _use_broker(kept)


def _use_broker(url: str | None) -> None:
    os.environ.pop(BROKER, None)
    if url is not None:
        os.environ[BROKER] = url
    app._pool = app.amqp._producer_pool = None  # both were made for the old address


def _brief(service: Service) -> Service:
    return replace(service, grace=GRACE)
