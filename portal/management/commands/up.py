"""Runs the whole product in one terminal until Ctrl-C."""

import json
import os
import signal
import time
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal import stack
from portal.embedded import Broker, EmbeddedError, Postgres
from portal.embedded.state import Running, State
from portal.supervisor import Log, StartError, Supervisor

PROVIDER = "VALUETOPUP_BASE_URL"


def _port(text: str) -> int:
    if text.isdigit() and 1 <= int(text) <= 65535:
        return int(text)
    raise ArgumentTypeError(f"must be a number from 1 to 65535, not {text}")


class Command(BaseCommand):
    help = "Runs everything: database, broker, simulator, workers and the web server."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=_port, default=8000, help="of the web server (8000)")
        parser.add_argument("--simulator-port", type=_port, default=8099, help="(8099)")
        parser.add_argument(
            "--simulator",
            action="store_true",
            help="start the simulator although DATABASE_URL is set",
        )
        parser.add_argument(
            "--simulator-options", default="", help="passed on, such as '--time-scale 0.1'"
        )
        parser.add_argument(
            "--demo", action="store_true", help="make demo data although DATABASE_URL is set"
        )
        parser.add_argument("--no-demo", action="store_true", help="make no demo data")
        parser.add_argument("--stop", action="store_true", help="stop the one that runs")

    def handle(self, *args: Any, **options: Any) -> None:
        state = State(Path(settings.DATA_DIR))
        if options["stop"]:
            self._stop(state)
            return
        try:
            state.lock()
        except Running as other:
            raise CommandError(
                f"Already running at {other.address} (process {other.pid}). Stop it: ./dev stop"
            ) from None
        run = Run(state, options)
        try:
            run.everything()
        except (StartError, EmbeddedError) as error:
            raise CommandError(str(error)) from None
        finally:
            run.supervisor.stop()
            state.release()

    def _stop(self, state: State) -> None:
        try:
            state.lock()
        except Running as other:
            os.kill(other.pid, signal.SIGTERM)
        else:
            state.release()
            self.stdout.write("Nothing runs here.")
            return
        for _ in range(600):
            time.sleep(0.1)
            try:
                state.lock()
            except Running:
                continue
            state.release()
            self.stdout.write("Stopped.")
            return
        raise CommandError("It did not stop within a minute.")


class Run:
    """One run of `up`, from the servers to the last worker."""

    def __init__(self, state: State, options: dict[str, Any]) -> None:
        self.state, self.options = state, options
        self.data = state.folder
        self.log = Log()
        self.supervisor = Supervisor(self.log)
        self.address = f"http://{stack.HOST}:{options['port']}/"
        self.has_simulator = options["simulator"] or (
            settings.EMBEDDED and not os.environ.get(PROVIDER)
        )
        self.wants_demo = options["demo"] or (
            self.has_simulator and settings.EMBEDDED and not options["no_demo"]
        )
        self.environment: dict[str, str] = {
            "DATA_DIR": str(self.data.resolve()),
            "DATABASE_POOL": "0",
            "LOG_FORMAT": os.environ.get("LOG_FORMAT", "text"),
            "PLAIN_HTTP": os.environ.get("PLAIN_HTTP", "1"),  # only this machine is listened to
        }

    def say(self, text: str) -> None:
        self.log.line("up", text)

    def everything(self) -> None:
        """Start all, say where, and watch until a signal."""
        self.supervisor.catch_signals()
        self.was_killed = self.state.announced()
        self.state.announce(address=self.address)
        self._require_free("port")
        for step in (self._start_servers, self._prepare, self._start_product, self._say_ready):
            if not self.supervisor.stopping.is_set():
                step()
        self.supervisor.watch(self._announce)
        self.say("stopping")

    def _require_free(self, option: str) -> None:
        # What a killed run left behind needs a moment to end.
        patience = 10.0 if self.was_killed else 0.0
        stack.require_free(self.options[option], "--" + option.replace("_", "-"), patience=patience)

    def _start_servers(self) -> None:
        services, addresses = [], {}
        if settings.EMBEDDED:
            postgres = Postgres(self.data / "postgres")
            postgres.clear_leftover()
            postgres.prepare()
            services.append(stack.postgres(postgres))
            addresses["database_url"] = postgres.url
        if not os.environ.get("REDIS_URL"):
            broker = Broker(self.data / "broker")
            broker.clear_leftover()
            broker.prepare()
            services.append(stack.broker(broker))
            self.environment["REDIS_URL"] = broker.url
        if self.has_simulator:
            services.append(self._simulator())
            addresses["provider_url"] = self.environment[PROVIDER]
        addresses["redis_url"] = self.environment.get("REDIS_URL", settings.REDIS_URL)
        self.secrets = self.state.record(**addresses)
        if services:
            self.say("starting " + ", ".join(service.name for service in services))
        self.supervisor.start(*services)

    def _simulator(self) -> stack.Service:
        port = self.options["simulator_port"]
        self._require_free("simulator_port")
        self.environment |= {
            PROVIDER: f"http://{stack.HOST}:{port}/api/v2",
            "SIMULATOR": "1",
            "VALUETOPUP_USER_ID": "simulator",  # credentials of a real account stay away from it
            "VALUETOPUP_PASSWORD": "simulator",
        }
        return stack.simulator(
            self.data, port=port, currency=settings.VALUETOPUP_WALLET_CURRENCY,
            options=self.options["simulator_options"].split(),
        )  # fmt: skip

    def _prepare(self) -> None:
        arguments = ["prepare", "--report", str(self.data / "prepared.json")]
        if self.wants_demo:
            arguments.append("--demo")
        environment = {**self.environment, "DEMO_PASSWORD": self.secrets["demo_password"]}
        self.supervisor.run(stack.manage("prepare", *arguments, environment=environment))

    def _start_product(self) -> None:
        environment = self.environment
        self.supervisor.start(
            *[stack.worker(queue, environment=environment) for queue in stack.WORKERS],
            stack.beat(self.data, environment=environment),
            stack.web(self.options["port"], environment=environment),
        )

    def _say_ready(self) -> None:
        told = json.loads((self.data / "prepared.json").read_text())
        self.say(f"ready: {self.address}")
        if logins := told["demo_logins"]:
            self.say(f"sign in as {', '.join(logins)}; password {self.secrets['demo_password']}")
            if code := told.get("demo_kiosk"):
                self.say(f"a kiosk: {self.address}kiosk/enrol/ in a private window; code {code}")
        elif not told["has_people"]:
            same = "" if self.has_simulator else " (with the same variables set)"
            self.say(f"to make the first admin, shop and agent: ./dev setup{same}")
        if self.has_simulator:
            self.say(f"the provider is the simulator at {self.environment[PROVIDER]}")
        self.say("Ctrl-C stops everything")

    def _announce(self) -> None:
        """Keep the process ids of `up.json` current."""
        pids = self.supervisor.pids()
        if pids != getattr(self, "_told", None):
            self._told = pids
            self.state.announce(address=self.address, processes=pids)
