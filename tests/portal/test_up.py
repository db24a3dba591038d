"""`manage.py up` for real: one run of the whole product, what ends it, what starts it again.

The tests of this module share one data folder and run in their order.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
import requests

from portal.embedded.machine import socket_folder
from portal.embedded.state import State
from portal.management.commands.up import Run
from portal.stack import WORKERS, free_port

ROOT = Path(__file__).parents[2]
NAMES = {"postgres", "broker", "simulator", "submit", "poll", "catalogue", "beat", "web"}
KEEP = ("PATH", "HOME", "LANG", "TMPDIR", "PG_BIN")
ENVIRONMENT = {name: os.environ[name] for name in KEEP if name in os.environ}


class Up:
    """The product of one data folder, started and ended as a person does it."""

    def __init__(self, folder):
        self.folder, self.log = folder, folder / "log"
        self.port, self.simulator_port = free_port(), free_port()
        self.process = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/"

    def command(self, *options):
        return [sys.executable, "manage.py", "up", "--port", str(self.port),
                "--simulator-port", str(self.simulator_port), *options]  # fmt: skip

    def environment(self, **rest):
        return {**ENVIRONMENT, "DATA_DIR": str(self.folder / "data"), **rest}

    def start(self, *options):
        with self.log.open("w") as out:
            self.process = subprocess.Popen(
                self.command(*options), cwd=ROOT, env=self.environment(), stdout=out, stderr=out,
                start_new_session=True,
            )  # fmt: skip
        self.wait_for(lambda: "Ctrl-C stops everything" in self.said(), 240)
        return self

    def said(self):
        return self.log.read_text(errors="replace")

    def wait_for(self, told, seconds):
        end = time.monotonic() + seconds
        while not told():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < end, self.said()
            time.sleep(0.05)

    def programs(self):
        """Process ids of all children by name."""
        return State(self.folder / "data")._read("up.json").get("processes", {})

    def family(self):
        """Process ids of everything that belongs to the run: the children and theirs."""
        sessions = {self.process.pid, *self.programs().values()}
        found = set()
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) in sessions and fields[0] != "Z":
                found.add(int(stat.parent.name))
        return found

    def workers_ready(self):
        """True if every worker takes messages, also after its last restart."""
        now = {name: self.said().rpartition(f"| {name} ended")[2] for name in WORKERS}
        return all(re.search(rf"{name}@\S+ ready", said) for name, said in now.items())

    def ready(self):
        try:
            return requests.get(self.url + "health/ready/", timeout=30).status_code == 200
        except requests.RequestException:
            return False


def none_left(pids, seconds):
    end = time.monotonic() + seconds
    while left := {pid for pid in pids if _runs(pid)}:
        if time.monotonic() > end:
            return left
        time.sleep(0.05)
    return set()


def _runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture(scope="module")
def up():
    folder = Path(tempfile.mkdtemp(prefix="tn-up-", dir="/tmp"))
    folder.chmod(0o755)
    run = Up(folder)
    try:
        yield run.start()
    finally:
        if run.process.poll() is None:
            run.process.terminate()
            run.process.wait(60)
        for data in ("postgres", "broker"):
            shutil.rmtree(socket_folder(folder / "data" / data), ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def test_it_says_where_it_is_and_who_may_sign_in(up):
    assert f"up        | ready: {up.url}\n" in up.said()
    assert f"the provider is the simulator at http://127.0.0.1:{up.simulator_port}/" in up.said()
    assert "prepare   | Sync 1 applied." in up.said()
    up.wait_for(lambda: set(up.programs()) == NAMES, 60)
    assert up.ready()


def test_a_demo_agent_signs_in_and_sees_the_float(up):
    told = re.search(r"sign in as (.+); password (\w+)", up.said())
    assert told[1] == "admin, owner, agent, agent2"
    browser = requests.Session()
    page = browser.get(up.url, timeout=60)
    form = {"username": "agent", "password": told[2]}
    form["csrfmiddlewaretoken"] = browser.cookies["csrftoken"]
    page = browser.post(page.url, form, timeout=60)
    assert page.status_code == 200
    assert "500.00" in page.text
    style = re.search(r'href="(/static/[^"]+\.css)"', page.text)
    assert browser.get(up.url.rstrip("/") + style[1], timeout=60).status_code == 200


def test_a_second_one_says_that_one_runs(up):
    done = subprocess.run(
        up.command(), cwd=ROOT, env=up.environment(), capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"CommandError: Already running at {up.url} (process {up.process.pid}). "
        "Stop it: ./dev stop\n"
    )


def test_every_killed_program_is_started_again_with_a_word(up):
    before = up.programs()
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    old = set(before.values())
    up.wait_for(lambda: not old & set(up.programs().values()), 60)  # what it tells is of now
    up.wait_for(lambda: up.programs().keys() == NAMES and up.ready(), 120)
    for name in NAMES:
        assert f"up        | {name} ended (killed by SIGKILL); starting it again" in up.said()
    assert not old & set(up.programs().values())


def test_sigterm_stops_everything_in_order(up):
    up.wait_for(up.workers_ready, 60)  # a worker that still starts has nothing to finish
    family = up.family()
    assert len(family) > len(NAMES)
    up.process.terminate()
    assert up.process.wait(60) == 0
    assert none_left(family, 60) == set()
    end = up.said().partition("| stopping\n")[2]
    assert "\nTraceback" not in up.said()  # of `up` itself: lines of others have their name
    assert end.rindex("worker: Warm shutdown") < end.index("postgres  |")
    assert not (up.folder / "data" / "up.json").exists()


def test_kill_9_leaves_nothing_and_the_next_one_starts_over_it(up):
    up.start("--no-demo")
    family = up.family()
    up.process.kill()
    up.process.wait()
    up.start("--no-demo")  # at once: the old ones may still be ending
    assert none_left(family, 60) == set()
    assert up.ready()
    # Nobody is made, and those made before keep their password.
    assert "to make the first admin, shop and agent: ./dev setup" not in up.said()
    assert "Made demo" not in up.said()


def test_ctrl_c_stops_everything_without_a_traceback(up):
    family = up.family()
    os.kill(up.process.pid, signal.SIGINT)
    assert up.process.wait(60) == 0
    assert none_left(family, 60) == set()
    assert "\nTraceback" not in up.said()
    assert not up.ready()


NOTHING = {"port": 1, "simulator_port": 2, "simulator": False, "demo": False, "no_demo": False}


@pytest.mark.parametrize(
    ("embedded", "provider", "options", "has_simulator", "wants_demo"),
    [
        (True, "", {}, True, True),
        (True, "", {"no_demo": True}, True, False),
        (True, "https://provider.example/", {}, False, False),
        (False, "", {}, False, False),
        (False, "", {"simulator": True}, True, False),
        (False, "", {"simulator": True, "demo": True}, True, True),
    ],
)
def test_beside_a_real_database_or_provider_nothing_is_simulated_unless_asked(
    settings, monkeypatch, tmp_path, embedded, provider, options, has_simulator, wants_demo
):
    settings.EMBEDDED = embedded
    monkeypatch.setenv("VALUETOPUP_BASE_URL", provider)
    run = Run(State(tmp_path), NOTHING | options)
    assert (run.has_simulator, run.wants_demo) == (has_simulator, wants_demo)


def test_a_port_that_is_taken_is_one_line(up):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            up.command("--port", str(port)), cwd=ROOT, env=up.environment(), capture_output=True,
            text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == (
        f"CommandError: Port {port} is used by another program. Choose another: --port {port + 1}\n"
    )
