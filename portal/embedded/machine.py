"""What the embedded servers ask of the machine: users, folders, running programs."""

import contextlib
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict


class EmbeddedError(Exception):
    """A server of the embedded default cannot be had; the text says what to do."""


class RunAs(TypedDict, total=False):
    """Options of Popen that choose the user."""

    user: int
    group: int
    extra_groups: list[int]


def server_user() -> tuple[int, int] | None:
    """User and group for Postgres, which refuses to run as root; None for our own."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    raise EmbeddedError("Running as root, and there is no user postgres or nobody.")


def run_as() -> RunAs:
    user = server_user()
    return {"user": user[0], "group": user[1], "extra_groups": []} if user else {}


def socket_folder(data: Path) -> Path:
    """A short folder for unix sockets (their paths end at 107 bytes)."""
    digest = hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:10]
    return Path(tempfile.gettempdir()) / f"topnet-{os.geteuid()}-{digest}"


def make_socket_folder(data: Path) -> Path:
    """The folder of `socket_folder`, ours alone to write."""
    folder = socket_folder(data)
    folder.mkdir(mode=0o755, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise EmbeddedError(f"{folder} belongs to somebody else; set TMPDIR to another folder.")
    return folder


def reachable(path: Path) -> bool:
    """True if the server's user can enter the folder that will hold the data."""
    probe = ["test", "-x", str(path)]
    return subprocess.run(probe, check=False, **run_as()).returncode == 0


def program_of(pid: str) -> str:
    """Name of a running program, or nothing."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{int(pid)}/comm").read_text().strip()
    if not shutil.which("ps"):
        return ""
    command = ["ps", "-o", "comm=", "-p", pid]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    return Path(told.stdout.strip()).name


def wait_until(ready: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for a server; `EmbeddedError` when it does not come."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise EmbeddedError(f"{what} did not start within {seconds:g} s")
        time.sleep(0.05)
