"""Sends SIGKILL to parts of the product, as planned, and sees them come back.

The supervisor starts them again; nothing here does.
"""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from portal.drill.plan import Kill
from portal.supervisor import Supervisor

TICK = 0.02


@dataclass
class Done:
    """A kill that was made; `back_after` seconds later the part ran again."""

    part: str
    manner: str
    at: float
    pid: int
    back_after: float | None = None


class Killer:
    """Works in a thread of its own; when all planned kills are made, it only watches."""

    def __init__(
        self, supervisor: Supervisor, plan: list[Kill], *, progress: Callable[[], int]
    ) -> None:
        self.supervisor, self.plan, self.progress = supervisor, plan, progress
        self.done: list[Done] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="killer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def finish(self) -> None:
        """Make no more kills."""
        self._over.set()
        self._thread.join()

    def back(self) -> bool:
        """True if everything that was killed runs again."""
        pids = self.supervisor.pids()
        for kill in self.done:
            now = pids.get(kill.part)
            if kill.back_after is None and now and (now != kill.pid or kill.manner == "one"):
                kill.back_after = time.monotonic() - kill.at
        return all(kill.back_after is not None for kill in self.done)

    def is_due(self) -> bool:
        """True if a kill whose time has come is still to be made."""
        made, pressed = len(self.done), self.progress()
        return any(kill.after <= pressed for kill in self.plan[made:])

    def _run(self) -> None:
        for kill in self.plan:
            while self.progress() < kill.after:
                if self._waited():
                    return
            if self._over.wait(kill.wait):
                return
            self._kill(kill)
        while not self._waited():
            pass

    def _waited(self) -> bool:
        """Let a moment pass; True if all is over."""
        self.back()
        return self._over.wait(TICK)

    def _kill(self, kill: Kill) -> None:
        while (pid := self.supervisor.pids().get(kill.part)) is None:  # still down: wait
            if self._waited():
                return
        manner = kill.manner
        with contextlib.suppress(ProcessLookupError):  # it ended by itself just now
            young = children(pid) if manner == "one" else []
            if young:
                os.kill(young[pid % len(young)], signal.SIGKILL)
            elif manner == "all":
                os.killpg(pid, signal.SIGKILL)
            else:
                manner = "first"
                os.kill(pid, signal.SIGKILL)
        self.done.append(Done(kill.part, manner, time.monotonic(), pid))


def children(pid: int) -> list[int]:
    """Processes that this one started; none where there is no /proc."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
    return sorted(found)
