"""The journal on disk: one JSON line per event, only ever appended.

Each line is one write, flushed to the kernel: it survives `kill -9`. A line
torn by the machine's own crash is cut off when the journal is opened again.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from valuetopup.simulator.exact_json import dumps, loads


class Journal:
    """An append-only file of events. Not thread-safe: the engine's lock guards it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._cut_torn_line()
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def append(self, event: dict[str, Any]) -> None:
        """Write one event; when this returns, killing the process loses nothing."""
        line = (dumps(event) + "\n").encode()
        while line:
            line = line[os.write(self._file, line) :]

    def events(self) -> Iterator[dict[str, Any]]:
        """All events, oldest first."""
        with self.path.open("rb") as lines:
            for line in lines:
                yield loads(line)

    def close(self) -> None:
        os.close(self._file)

    def _cut_torn_line(self) -> None:
        if not self.path.exists():
            return
        content = self.path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole != len(content):
            os.truncate(self.path, whole)
