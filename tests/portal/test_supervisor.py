"""The supervisor with small real programs: starting, watching, stopping, being killed."""

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from portal import supervisor as module
from portal.supervisor import Log, Service, StartError, Supervisor

ROOT = Path(__file__).parents[2]
SLEEP = "import time; print('up', flush=True); time.sleep(60)"


def service(name, code, **rest):
    return Service(name, [sys.executable, "-S", "-c", code], **rest)


def alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def until(told, seconds=60.0):
    end = time.monotonic() + seconds
    while not (value := told()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return value


@pytest.fixture
def run():
    run = Supervisor(Log(io.StringIO()))
    yield run
    run.stop()


def said(run):
    return run.log.out.getvalue()


def watched(run, until_told):
    """Watch in this thread until something is so."""
    end = time.monotonic() + 60

    def look():
        assert time.monotonic() < end, said(run)
        if until_told():
            run.stopping.set()

    run.watch(look)


def test_a_service_is_ready_when_it_says_so(run, tmp_path):
    flag = tmp_path / "flag"
    code = (
        f"import time, pathlib; time.sleep(.2); pathlib.Path({str(flag)!r}).touch(); time.sleep(60)"
    )
    run.start(service("one", code, ready=flag.exists))
    assert flag.exists()
    assert set(run.pids()) == {"one"}


def test_a_service_that_ends_while_starting_is_told_with_its_words(run):
    with pytest.raises(StartError, match="one ended while starting"):
        run.start(service("one", "import sys; sys.exit('no room')", ready=lambda: False))
    run.stop()
    assert "one       | no room\n" in said(run)


def test_a_service_that_is_never_ready_is_given_up(run):
    with pytest.raises(StartError, match=r"one was not ready within 0\.2 s"):
        run.start(service("one", SLEEP, ready=lambda: False, start_within=0.2))


def test_a_program_that_does_not_exist_is_told(run):
    with pytest.raises(StartError, match="ended while starting"):
        run.start(Service("one", ["/nowhere/program"], ready=lambda: False))
    run.stop()
    assert "/nowhere/program: No such file or directory" in said(run)


def test_a_command_is_run_to_its_end_and_its_failure_told(run):
    run.run(service("once", "print('done')"))
    assert run.children == {}
    assert "once      | done" in said(run)
    with pytest.raises(StartError, match=r"once failed \(exit code 3\)"):
        run.run(service("once", "raise SystemExit(3)"))


def test_a_killed_service_is_started_again_with_a_word(run):
    run.start(service("one", SLEEP))
    run.children["one"].pause = 0.1
    first = run.pids()["one"]
    os.kill(first, signal.SIGKILL)
    watched(run, lambda: run.pids().get("one", first) != first)
    assert "one ended (killed by SIGKILL); starting it again in 0.1 s" in said(run)


def test_one_that_keeps_dying_is_started_later_each_time(run):
    run.start(service("one", "pass"))
    run.children["one"].pause = 0.1
    watched(run, lambda: said(run).count("starting it again") == 3)
    pauses = [line.rpartition(" in ")[2] for line in said(run).splitlines() if "again" in line]
    assert pauses == ["0.1 s", "0.2 s", "0.4 s"]


def test_the_pause_has_an_end_and_is_forgotten_after_a_steady_run(run, monkeypatch):
    run.start(service("one", "pass"))
    child = run.children["one"]
    child.pause = module.LONGEST_PAUSE
    until(lambda: not child.alive)
    child.watch()
    assert child.pause == module.LONGEST_PAUSE
    child.restart_at, child.started = None, time.monotonic() - module.STEADY_AFTER - 1
    child.watch()
    assert "again in 0.5 s" in said(run).splitlines()[-1]


def test_what_a_dead_service_left_in_its_session_is_killed(run):
    code = (
        "import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', "
        "'import time; time.sleep(60)']); print(p.pid, flush=True)"
    )
    run.start(service("one", code))
    left = int(until(lambda: said(run).rpartition("| ")[2].strip()))
    run.children["one"].process.wait(60)
    assert alive(left)
    run.children["one"].watch()
    until(lambda: not alive(left))


def test_stages_are_stopped_the_last_first(run):
    code = (
        "import signal, sys, time\n"
        "def end(*_):\n    time.sleep(.2); print('ends', flush=True); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end); print('up', flush=True)\ntime.sleep(60)"
    )
    for name in ("database", "web"):
        up = f"{name:<9} | up"
        run.start(service(name, code, grace=60, ready=lambda up=up: up in said(run)))
    run.stop()
    ends = [line.split()[0] for line in said(run).splitlines() if line.endswith("ends")]
    assert ends == ["web", "database"]


def test_one_that_does_not_stop_is_killed_after_its_grace(run):
    code = f"import signal; signal.signal(15, signal.SIG_IGN); {SLEEP}"
    run.start(service("one", code, grace=0.2, ready=lambda: "| up" in said(run)))
    pid = run.pids()["one"]
    begun = time.monotonic()
    run.stop()
    assert time.monotonic() - begun < 20
    assert not alive(pid)
    assert "one did not stop in time and was killed" in said(run)


def test_nothing_is_started_once_asked_to_stop(run):
    run.stopping.set()
    run.start(service("one", SLEEP))
    run.run(service("two", "print('never')"))
    assert run.pids() == {}
    assert said(run) == ""


def test_kill_9_of_the_supervisor_ends_its_children(tmp_path):
    code = f"""
import sys, time
sys.path.insert(0, {str(ROOT)!r})
from portal.supervisor import Log, Service, Supervisor
run = Supervisor(Log())
run.start(*[Service(n, [sys.executable, "-S", "-c", {SLEEP!r}]) for n in ("one", "two")])
print(*run.pids().values(), flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        line = next(line for line in parent.stdout if line[0].isdigit())
        children = [int(word) for word in line.split()]
        assert all(alive(pid) for pid in children)
        parent.kill()
        until(lambda: not any(alive(pid) for pid in children))
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()


def test_lines_are_whole_and_a_closed_terminal_is_no_error(run):
    run.start(service("one", "import sys; sys.stdout.write('half'); sys.stdout.flush()"))
    until(lambda: "one       | half\n" in said(run))
    closed = io.StringIO()
    log = Log(closed)
    closed.close()
    log.line("up", "nobody reads this")
