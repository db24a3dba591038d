"""The journal on disk: one JSON line per event, only ever appended.

Each line is one write, flushed to the kernel: it survives `kill -9`. A line
torn by the machine's own crash is cut off when the journal is opened again.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from valuetopup.simulator.exact_json import dumps, loads

_START = b'{"event":'


class JournalError(ValueError):
    """The file is no journal, or not one of this wallet."""


class Journal:
    """An append-only file of events. Not thread-safe: the engine's lock guards it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self.fileno = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        self._cut_torn_line()

    def append(self, event: dict[str, Any]) -> None:
        """Write one event; when this returns, killing the process loses nothing."""
        line = (dumps(event) + "\n").encode()
        while line:
            line = line[os.write(self.fileno, line) :]

    def events(self) -> Iterator[dict[str, Any]]:
        """All events, oldest first. Raises JournalError."""
        with self.path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                yield _event(line, number)

    def close(self) -> None:
        os.close(self.fileno)

    def _cut_torn_line(self) -> None:
        content = self.path.read_bytes()
        whole = content.rfind(b"\n") + 1
        is_ours = _START.startswith(content[: len(_START)])
        if is_ours and whole != len(content):
            os.truncate(self.path, whole)


def _event(line: bytes, number: int) -> dict[str, Any]:
    try:
        event = loads(line)
    except ValueError:
        event = None
    if not isinstance(event, dict) or "event" not in event:
        raise JournalError(f"line {number} is no event")
    return event
