"""The whole product with its simulator and demo shops in a folder of its own, for one run."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from portal.embedded.machine import socket_folder
from portal.stack import HOST, ROOT, answers, free_port

#: What would make it another product than that of the box.
_ELSEWHERE = ("DATABASE_URL", "REDIS_URL", "VALUETOPUP_BASE_URL", "DATA_DIR", "PUBLIC_URL")
_SECONDS = 240  # a busy machine starts slowly


@dataclass(frozen=True)
class Product:
    """Where it answers, the password of the demo people, the code of the demo kiosk."""

    url: str
    password: str
    kiosk_code: str


@contextmanager
def one_product(**more: str) -> Iterator[Product]:
    """Runs as `./dev up` runs it, and ends with the block. `more` goes to its environment."""
    folder = Path(tempfile.mkdtemp(prefix="tn-", dir="/tmp"))  # short, for sockets
    folder.chmod(0o755)
    port, simulator_port = free_port(), free_port()
    environment = {name: told for name, told in os.environ.items() if name not in _ELSEWHERE}
    environment |= {"DATA_DIR": str(folder / "data"), "PYTHONUNBUFFERED": "1"} | more
    command = [
        sys.executable, "manage.py", "up", "--port", str(port), "--simulator-port",
        str(simulator_port), "--simulator-options", "--time-scale 0.05",
    ]  # fmt: skip
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        url = f"http://{HOST}:{port}"
        _wait(process, url, folder / "log")
        secrets = json.loads((folder / "data/embedded.json").read_text())
        told = json.loads((folder / "data/prepared.json").read_text())
        yield Product(url, secrets["demo_password"], told["demo_kiosk"])
    finally:
        process.terminate()
        process.wait(60)
        for part in ("postgres", "broker"):
            shutil.rmtree(socket_folder(folder / "data" / part), ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + _SECONDS
    while not answers(f"{url}/health/ready/"):
        if process.poll() is not None or time.monotonic() > end:
            raise SystemExit(f"The product did not start:\n{log.read_text()[-3000:]}")
        time.sleep(0.3)
