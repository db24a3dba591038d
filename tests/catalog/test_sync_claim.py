"""One sync at a time, also when a process dies or freezes in the middle of one."""

import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.conf import settings as live_settings
from django.db import connection, connections
from django.utils import timezone
from psycopg.conninfo import make_conninfo

from catalog.enums import SyncState
from catalog.errors import SyncLostError, SyncRunningError
from catalog.models import Sku, SyncRun
from catalog.sync import apply, claim, run, sync_catalog
from catalog.tasks import sync_catalog_task
from tests.catalog.test_sync_command import Ran

SKU = 1001104  # any of the simulator's

pytestmark = pytest.mark.django_db(transaction=True)


class Background(threading.Thread):
    """A sync in a thread of its own, with what became of it. It stands still at `until`."""

    def __init__(self, until="Reading", may_go_on=None):
        super().__init__()
        self.result = self.error = None
        self.until, self.reached = until, threading.Event()
        self.may_go_on = may_go_on or threading.Event()
        self.start()

    def progress(self, text):
        if text.startswith(self.until):
            self.reached.set()
            self.may_go_on.wait(60)

    def run(self):
        try:
            self.result = sync_catalog(progress=self.progress)
        except Exception as error:
            self.error = error
        finally:
            connections.close_all()

    def end(self):
        self.may_go_on.set()
        self.join(60)
        assert not self.is_alive()
        return self


def until(told):
    deadline = time.monotonic() + 60
    while not (found := told()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def lock_is_free():
    """Postgres has noticed by now that a process is dead."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid::bigint = %s", [claim._LOCK]
        )
        return not cursor.rowcount


@contextmanager
def lock_held_elsewhere():
    """Another process that holds the lock of a live sync."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [claim._LOCK])
        yield
    finally:
        claim._unlock(other)
        other.close()


def test_two_at_once_are_one_sync(simulator):
    first = Background()
    assert first.reached.wait(60)
    began = claim.running()
    try:
        with pytest.raises(SyncRunningError) as refusal:
            sync_catalog()
    finally:
        first.end()
    assert refusal.value.run == began
    assert first.result.state == SyncState.APPLIED
    assert SyncRun.objects.count() == 1


def test_a_second_command_exits_with_2_and_says_since_when(simulator):
    run = SyncRun.objects.create()
    with lock_held_elsewhere():
        ran = Ran()
        sync_catalog_task()
    assert ran.code == 2
    assert f"Another sync is running since {run.started_at:%H:%M:%S}." in ran.error
    assert SyncRun.objects.get().state == SyncState.RUNNING


def test_many_at_once_are_one_sync(simulator):
    """The one that is first goes on when the others have ended."""
    may_go_on = threading.Event()
    threads = [Background(may_go_on=may_go_on) for _number in range(5)]
    try:
        until(lambda: sum(thread.is_alive() for thread in threads) == 1)
    finally:
        ends = [thread.end() for thread in threads]
    states = [str(end.result.state) if end.result else type(end.error).__name__ for end in ends]
    assert sorted(states) == ["SyncRunningError"] * 4 + ["applied"]
    assert SyncRun.objects.get().state == SyncState.APPLIED


def test_a_killed_process_is_taken_over_at_once(simulator):
    simulator.control("delay", "POST", {"kind": "skus", "seconds": 50})
    child = subprocess.Popen(
        [sys.executable, "manage.py", "sync_catalog"],
        cwd=live_settings.BASE_DIR,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={
            **os.environ,
            "DATABASE_URL": make_conninfo(
                os.environ["DATABASE_URL"], dbname=connection.settings_dict["NAME"]
            ),
            "VALUETOPUP_BASE_URL": simulator.url,
        },
    )
    try:
        dead = until(claim.running)
    finally:
        child.kill()
        child.wait(60)
        simulator.control("delay", "POST", {"kind": "*", "seconds": 0})
    until(lock_is_free)
    assert sync_catalog().state == SyncState.APPLIED
    dead.refresh_from_db()
    assert dead.state == SyncState.FAILED
    assert dead.reason.startswith("The process that ran this sync ended before it was done.")


def test_a_frozen_claimant_is_taken_over_when_its_heart_has_stopped(simulator):
    frozen = SyncRun.objects.create()
    with lock_held_elsewhere():
        with pytest.raises(SyncRunningError):
            sync_catalog()
        SyncRun.objects.update(
            heartbeat_at=timezone.now() - claim.DEAD_AFTER - timedelta(seconds=1)
        )
        assert sync_catalog().state == SyncState.APPLIED
    frozen.refresh_from_db()
    assert (frozen.state, frozen.finished_at is not None) == (SyncState.FAILED, True)


def test_a_frozen_claimant_that_wakes_up_writes_nothing(simulator):
    """It has read an old price; the sync that took over wrote the new one."""
    sleeper = Background(until="Read SKUs")
    try:
        assert sleeper.reached.wait(60)
        lost = claim.running()
        simulator.fault("price_change", skuId=SKU, factor="2")
        long_ago = timezone.now() - claim.DEAD_AFTER - timedelta(seconds=1)
        SyncRun.objects.update(heartbeat_at=long_ago)
        assert sync_catalog().state == SyncState.APPLIED
        price = Sku.objects.get(provider_id=SKU).min_cost
    finally:
        sleeper.end()
    assert isinstance(sleeper.error, SyncLostError)
    assert Sku.objects.get(provider_id=SKU).min_cost == price
    lost.refresh_from_db()
    assert (lost.state, lost.counts) == (SyncState.FAILED, {})


def test_a_live_sync_beats(simulator, monkeypatch):
    monkeypatch.setattr(run, "_BEAT_EVERY", 0)
    beats = []

    def watch(_text):
        beats.append(SyncRun.objects.get().heartbeat_at)

    sync_catalog(progress=watch)
    assert len(set(beats)) > 3


def test_an_error_in_the_program_ends_the_sync_and_frees_the_next(simulator, monkeypatch):
    monkeypatch.setattr(run, "make_plan", lambda _rows: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        sync_catalog()
    monkeypatch.undo()
    failed = SyncRun.objects.get()
    assert failed.state == SyncState.FAILED
    assert "ZeroDivisionError" in failed.reason
    assert sync_catalog().state == SyncState.APPLIED


def test_an_error_while_writing_takes_everything_back(simulator, monkeypatch):
    monkeypatch.setattr(apply, "_retire", lambda plan, _now: 1 / (plan.table.name != "skus"))
    with pytest.raises(ZeroDivisionError):
        sync_catalog()
    assert (SyncRun.objects.get().state, Sku.objects.count()) == (SyncState.FAILED, 0)


@pytest.fixture
def pooled(monkeypatch):
    """New connections come from a pool; it is closed at the end."""
    pool = {"min_size": 1, "max_size": 2, "timeout": 5}
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "pool", pool)
    yield
    connection.close_pool()


def test_a_pooled_connection_does_not_keep_the_lock_after_an_error(pooled):
    """A pool hands connections back alive, and the lock of a session with them."""
    with pytest.raises(ZeroDivisionError), claim.claimed():
        1 / 0  # noqa: B018
    with connection.cursor() as cursor:  # a session outside the pool
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [claim._LOCK])
        assert cursor.fetchone() == (True,)
        cursor.execute("SELECT pg_advisory_unlock(%s)", [claim._LOCK])
