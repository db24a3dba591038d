"""Starts a real simulator process for tests and drills."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import requests

from valuetopup.simulator.exact_json import dumps, loads
from valuetopup.simulator.options import BASE_PATH


class SimulatorProcess:
    """`python -m valuetopup.simulator` on a free loopback port with a journal of its own.

    Options are those of the command line, with underscores: `lookup="production"`,
    `time_scale=0.01`. A context manager; `url` is the base URL for the client.
    """

    program = "valuetopup.simulator"

    def __init__(self, **options: Any) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="simulator-"))
        self.journal = Path(options.pop("journal", self._folder / "journal.jsonl"))
        self.user = str(options.get("user", "simulator"))
        self.password = str(options.get("password", "simulator"))
        self._kept = keep_a_port(int(options.pop("port", 0)))
        self.port = int(self._kept.getsockname()[1])
        self.options = options
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The base URL, including `/api/v2`."""
        return self.root + BASE_PATH

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> Self:
        """Start and wait until it answers. Raises RuntimeError if it does not in 60 s."""
        command = [sys.executable, "-m", self.program]
        command += ["--port", str(self.port), "--journal", str(self.journal)]
        for name, value in self.options.items():
            command += [f"--{name.replace('_', '-')}", str(value)]
        root = Path(__file__).parents[2]
        environment = {**os.environ, "PYTHONPATH": str(root)}
        with (self._folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=root, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        self._wait()
        return self

    def stop(self) -> None:
        """Stop as a service manager would: SIGTERM, then wait."""
        if self.process:
            self.process.terminate()
            self._ended()

    def kill(self) -> None:
        """SIGKILL to the whole group: nothing gets to tidy up."""
        if self.process:
            with suppress(ProcessLookupError):  # it has ended by itself
                os.killpg(self.process.pid, signal.SIGKILL)
            self._ended()

    def restart(self) -> Self:
        """Stop if running and start again on the same port with the same journal."""
        self.stop()
        return self.start()

    def close(self) -> None:
        """Stop and remove the temporary folder."""
        self.stop()
        self._kept.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def control(self, path: str, method: str = "GET", json: Any = None) -> Any:
        """Call `/control/<path>`; numbers come back as Decimals. Raises on an HTTP error."""
        url = f"{self.root}/control/{path.removeprefix('/control/').lstrip('/')}"
        body = None if json is None else dumps(json)
        answer = requests.request(method, url, data=body, timeout=60)
        if not answer.ok:
            raise RuntimeError(f"{answer.status_code}: {answer.text}")
        return loads(answer.content)

    def fault(self, name: str, **given: Any) -> Any:
        """Switch a fault on."""
        return self.control("faults", "POST", {"fault": name, **given})

    def log(self) -> str:
        """What the process has printed."""
        return (self._folder / "log").read_text(errors="replace")

    def _ended(self) -> None:
        """Wait for the process, and for its worker, which keeps the journal for a moment more."""
        if self.process:
            self.process.wait(60)
            self.process = None
        self.wait_for_journal()

    def wait_for_journal(self) -> None:
        """Return when no process has the journal; RuntimeError if one does after a minute."""
        until = time.monotonic() + 60
        with self.journal.open("ab") as journal:
            while time.monotonic() < until:
                with suppress(BlockingIOError):
                    fcntl.flock(journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return
                time.sleep(0.01)
        raise RuntimeError(f"a process keeps {self.journal}")

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                break
            try:
                health = self.control("health")
            except requests.ConnectionError:
                time.sleep(0.05)
            else:
                # Another simulator may answer on this port.
                if health["journal"] == str(self.journal):
                    return
                time.sleep(0.05)
        self.kill()
        raise RuntimeError(f"the simulator did not start: {self.log()}")


def keep_a_port(port: int = 0) -> socket.socket:
    """A socket that keeps a free port, and leaves it to who asks for it by number.

    It does not listen: a connection is refused as long as nobody else does.
    """
    kept = socket.socket()
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind(("127.0.0.1", port))
    return kept
