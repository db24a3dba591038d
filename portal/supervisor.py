"""Runs several programs in one terminal, with one log, and stops them in order.

A child that dies is started again, later each time it dies soon. Knows nothing
about Django or about which programs these are; that is `portal/stack.py`.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

LEASH = Path(__file__).with_name("leash.py")
FIRST_PAUSE, LONGEST_PAUSE, STEADY_AFTER = 0.5, 30.0, 20.0  # seconds
COLOURS = (36, 32, 33, 35, 34, 96, 92, 93, 95, 94)


class StartError(Exception):
    """A program did not come up; the text says which and what to do."""


@dataclass(frozen=True)
class Service:
    """One program: how to start it, when it is ready, how to end it."""

    name: str
    command: Sequence[str]
    ready: Callable[[], bool] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    user: tuple[int, int] | None = None
    folder: str | None = None
    stop_signal: int = signal.SIGTERM
    grace: float = 4.0  # seconds between the stop signal and SIGKILL
    death_signal: int = signal.SIGTERM  # what it gets when the supervisor is killed
    start_within: float = 60.0


class Log:
    """`name | line`, whole lines only, in colour on a terminal."""

    def __init__(self, out: IO[str] | None = None) -> None:
        self.out = out or sys.stdout
        self.colour = self.out.isatty() and "NO_COLOR" not in os.environ
        self.width = 9
        self._lock = threading.Lock()
        self._names: dict[str, int] = {}

    def line(self, name: str, text: str) -> None:
        label = f"{name:<{self.width}} |"
        with self._lock:
            if self.colour:
                shade = self._names.setdefault(name, COLOURS[len(self._names) % len(COLOURS)])
                label = f"\x1b[{shade}m{label}\x1b[0m"
            try:
                self.out.write(f"{label} {text}\n")
                self.out.flush()
            except (OSError, ValueError):
                pass  # the terminal is gone; stopping is somebody else's work

    def follow(self, name: str, stream: IO[bytes]) -> threading.Thread:
        """Copy a child's output line by line in a thread of its own."""

        def copy() -> None:
            with stream:
                for raw in stream:
                    self.line(name, raw.decode(errors="replace").rstrip())

        thread = threading.Thread(target=copy, name=f"log-{name}", daemon=True)
        thread.start()
        return thread


class Child:
    """One service and its running process, if any."""

    def __init__(self, service: Service, log: Log) -> None:
        self.service, self.log = service, log
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.deadline = 0.0
        self.pause = FIRST_PAUSE
        self.restart_at: float | None = None
        self._reader: threading.Thread | None = None

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start the process; only from the main thread, whose end ends the child."""
        service = self.service
        uid, gid = map(str, service.user or ("-", "-"))
        leash = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid())]
        self.process = subprocess.Popen(
            [*leash, str(int(service.death_signal)), uid, gid, *service.command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **service.environment},
            cwd=service.folder, start_new_session=True,  # Ctrl-C is for the supervisor alone
        )  # fmt: skip
        self.started, self.restart_at = time.monotonic(), None
        assert self.process.stdout is not None
        self._reader = self.log.follow(service.name, self.process.stdout)

    def ask_to_stop(self) -> None:
        """Send the stop signal and let the grace begin."""
        self.restart_at, self.deadline = None, time.monotonic() + self.service.grace
        if self.alive and self.process:
            self.process.send_signal(self.service.stop_signal)

    def finish(self) -> None:
        """Wait for a process that was asked to stop; SIGKILL after its grace."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, self.deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.log.line("up", f"{self.service.name} did not stop in time and was killed")
        self._kill_group()
        self.process.wait()
        if self._reader:
            self._reader.join(10)  # its last lines are still to come
        self.process = None

    def watch(self) -> None:
        """Start it again if it died, after a pause that doubles up to half a minute."""
        now = time.monotonic()
        if self.restart_at is not None:
            if now >= self.restart_at:
                self.start()
        elif self.process is not None and not self.alive:
            if now - self.started > STEADY_AFTER:
                self.pause = FIRST_PAUSE
            self._kill_group()
            self.restart_at = now + self.pause
            name, how = self.service.name, _how(self.process.returncode)
            self.log.line("up", f"{name} ended ({how}); starting it again in {self.pause:g} s")
            self.pause = min(self.pause * 2, LONGEST_PAUSE)

    def _kill_group(self) -> None:
        """SIGKILL for the process and what it left behind in its session."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)


class Supervisor:
    """The children by name, and the stages in which they were started."""

    def __init__(self, log: Log | None = None) -> None:
        self.log = log or Log()
        self.children: dict[str, Child] = {}
        self.stages: list[list[Child]] = []
        self.stopping = threading.Event()

    def catch_signals(self) -> None:
        """SIGINT, SIGTERM and SIGHUP ask for an orderly stop; asked twice is once."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self.stopping.set())

    def start(self, *services: Service) -> None:
        """Start services as one stage and wait until all are ready. Error: `StartError`.

        Once asked to stop it starts nothing any more.
        """
        if self.stopping.is_set():
            return
        stage = self._add(*services)
        for child in stage:
            child.start()
        for child in stage:
            self._wait(child)

    def run(self, service: Service) -> None:
        """Run one program to its end. Error: `StartError` if it fails."""
        if self.stopping.is_set():
            return
        child = self._add(service)[0]
        child.start()
        assert child.process is not None
        while child.alive and not self.stopping.is_set():
            time.sleep(0.05)
        if not self.stopping.is_set():
            code = child.process.returncode
            child.finish()
            del self.children[service.name]
            self.stages.pop()
            if code:
                raise StartError(f"{service.name} failed ({_how(code)}); its lines above say why.")

    def watch(self, each: Callable[[], None] = lambda: None) -> None:
        """Keep everything running until asked to stop."""
        while not self.stopping.wait(0.2):
            for child in self.children.values():
                child.watch()
            each()

    def stop(self) -> None:
        """Stop stage by stage, the last started first."""
        for stage in reversed(self.stages):
            for child in stage:
                child.ask_to_stop()
            for child in stage:
                child.finish()
        self.stages.clear()
        self.children.clear()

    def pids(self) -> dict[str, int]:
        """Process ids by name, of those that run now."""
        return {n: c.process.pid for n, c in self.children.items() if c.process and c.alive}

    def _add(self, *services: Service) -> list[Child]:
        stage = [Child(service, self.log) for service in services]
        self.stages.append(stage)
        self.children |= {child.service.name: child for child in stage}
        return stage

    def _wait(self, child: Child) -> None:
        service = child.service
        end = time.monotonic() + service.start_within
        while service.ready is not None and not self.stopping.is_set():
            if not child.alive:
                raise StartError(f"{service.name} ended while starting; its lines above say why.")
            if service.ready():
                return
            if time.monotonic() > end:
                raise StartError(f"{service.name} was not ready within {service.start_within:g} s.")
            time.sleep(0.05)


def _how(code: int | None) -> str:
    if code is not None and code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"
