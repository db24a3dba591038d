"""What keeps a program from starting: bad settings, or a database of another provider."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal import start
from topup.models import ProviderIdentity

ROOT = Path(__file__).parents[2]
MANAGE = [sys.executable, "manage.py"]
GUNICORN = [sys.executable, "-m", "gunicorn", "-c", "python:portal.gunicorn_conf",
            "--bind", "127.0.0.1:0", "portal.wsgi"]  # fmt: skip
CELERY = [sys.executable, "-m", "celery", "-q", "-A", "portal"]
OTHER = {
    "VALUETOPUP_BASE_URL": "https://provider.example/api/v2",
    "VALUETOPUP_USER_ID": "distributor",
    "VALUETOPUP_PASSWORD": "a-long-password",
}


def run(command, **environment):
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture
def test_database(transactional_db):
    """Environment that leads a process to the database of this test."""
    host = connection.settings_dict["HOST"]
    name = connection.settings_dict["NAME"]
    return {"DATABASE_URL": f"postgresql:///{name}?host={host}&user=postgres"}


@pytest.mark.parametrize(
    "command", [[*MANAGE, "migrate"], [*MANAGE, "up"], GUNICORN], ids=["django", "ours", "web"]
)
def test_a_bad_setting_is_one_line_and_exit_code_1(command):
    done = run(command, LOG_LEVEL="LOUD")
    assert done.returncode == 1
    assert done.stdout + done.stderr == (
        "Cannot start: LOG_LEVEL must be DEBUG or INFO or WARNING or ERROR, not 'LOUD'.\n"
    )


def test_a_worker_with_a_bad_setting_ends_with_the_reason():
    done = run([*CELERY, "worker"], LOG_LEVEL="LOUD")
    assert done.returncode == 1
    assert "LOG_LEVEL must be" in done.stderr.splitlines()[-1]


def test_a_key_can_be_made_while_the_settings_still_ask_for_it():
    made = run([*MANAGE, "make_voucher_key"], VOUCHER_KEYS="")
    assert (made.returncode, made.stderr) == (0, "")
    done = run([*MANAGE, "check"], VOUCHER_KEYS=made.stdout.strip())
    assert "no issues" in done.stdout


@pytest.mark.parametrize(
    "command",
    [
        GUNICORN,
        [*CELERY, "worker", "-P", "threads", "-Q", "nobody"],
        [*CELERY, "beat", "-s", "SCHEDULE", "--pidfile="],
        [*MANAGE, "sync_catalog"],
        [*MANAGE, "setup", "--noinput", "--admin", "boss"],
    ],
    ids=["web", "worker", "beat", "sync", "setup"],
)
def test_the_database_of_another_provider_is_refused(test_database, command, tmp_path):
    command = [str(tmp_path / "schedule") if word == "SCHEDULE" else word for word in command]
    ProviderIdentity.objects.create(
        base_url="http://127.0.0.1:8099/api/v2", user_id="simulator", wallet_currency="USD"
    )
    done = run(command, **test_database, **OTHER)
    assert done.returncode == 1
    line = (done.stdout + done.stderr).splitlines()
    assert len(line) == 1
    assert "belongs to the provider simulator at http://127.0.0.1:8099/api/v2, USD" in line[0]
    assert OTHER["VALUETOPUP_PASSWORD"] not in line[0]


@pytest.fixture(autouse=True)
def not_looked_yet():
    start.require_provider.cache_clear()
    yield
    start.require_provider.cache_clear()


def test_the_first_start_records_the_provider_and_later_ones_look_once(transactional_db, settings):
    start.require_provider()
    assert ProviderIdentity.objects.get().base_url == settings.VALUETOPUP_BASE_URL
    start.require_provider.cache_clear()
    with CaptureQueriesContext(connection) as told:
        start.require_provider()
        start.require_provider()
    assert [query["sql"].split()[0] for query in told] == ["BEGIN", "SELECT", "COMMIT"]


def test_a_database_without_tables_may_start():
    host = connection.settings_dict["HOST"]
    empty = {"DATABASE_URL": f"postgresql:///postgres?host={host}&user=postgres"}
    done = run([*GUNICORN[:-1], "--check-config", "portal.wsgi"], **empty)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_database_that_does_not_answer_is_waited_for_and_then_refused(
    transactional_db, capsys, monkeypatch
):
    monkeypatch.setattr(start, "PATIENCE", 0.6)
    connection.close()
    with monkeypatch.context() as gone:
        gone.setitem(connection.settings_dict, "HOST", "/nowhere")
        with pytest.raises(SystemExit) as told:
            start.require_provider()
    assert told.value.code == 1
    line = capsys.readouterr().err
    assert line.startswith("Cannot start: the database does not answer: ")
    assert line.count("\n") == 1
