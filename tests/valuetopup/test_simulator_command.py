"""The command: its help, one clear line for what is wrong, a quick stop."""

import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import requests

from tests.valuetopup.simulating import FIXED, MSISDN, post, sku_id
from valuetopup.simulator.command import given
from valuetopup.simulator.options import Options
from valuetopup.simulator.testing import SimulatorProcess

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "valuetopup.simulator", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_help_tells_every_option_and_its_default() -> None:
    done = run("--help")
    assert (done.returncode, done.stderr) == (0, "")
    for words in ("--journal FILE", "(8099)", "(127.0.0.1)", "(10000.00)", "(USD)", "(simulator)",
                  "{sandbox,production}", "{refuse,execute}", "/api/v2", "/control/"):  # fmt: skip
        assert words in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


BAD = {
    "no journal": ([], "--journal"),
    "unknown option": (["--journal", "j", "--colour"], "--colour"),
    "port": (["--journal", "j", "--port", "99999"], "99999"),
    "wallet": (["--journal", "j", "--wallet", "much"], "much"),
    "negative wallet": (["--journal", "j", "--wallet=-5"], "-5"),
    "endless wallet": (["--journal", "j", "--wallet", "inf"], "inf"),
    "currency": (["--journal", "j", "--currency", "XYZ"], "XYZ"),
    "lookup": (["--journal", "j", "--lookup", "all"], "all"),
    "duplicates": (["--journal", "j", "--duplicates", "no"], "no"),
    "time scale": (["--journal", "j", "--time-scale", "nan"], "nan"),
    "user": (["--journal", "j", "--user", "a:b"], "colon"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_option_is_one_line(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, named = BAD[what]
    with pytest.raises(SystemExit) as caught:
        given(arguments)
    printed = capsys.readouterr()
    assert (caught.value.code, printed.out) == (2, "")
    assert printed.err.startswith("simulator: ")
    assert printed.err.count("\n") == 1
    assert named in printed.err


def test_a_bad_option_ends_the_process_with_two() -> None:
    done = run("--journal", "j", "--wallet", "much")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_the_options_are_typed_and_have_defaults() -> None:
    options, bind, port = given(["--journal", "j", "--currency", "eur", "--time-scale", "0"])
    assert (bind, port) == ("127.0.0.1", 8099)
    assert options == Options(Path("j"), currency="EUR", time_scale=0.0)


def one_line(done: subprocess.CompletedProcess[str], words: str) -> None:
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert words in done.stderr


def test_a_used_port_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = run("--journal", str(tmp_path / "j"), "--port", port)
    one_line(done, f"port {port} is used by another program")


def test_an_address_of_another_machine_is_one_line(tmp_path: Path) -> None:
    done = run("--journal", str(tmp_path / "j"), "--port", "0", "--bind", "192.0.2.1")
    one_line(done, "cannot listen on 192.0.2.1:0")


def test_a_file_that_is_no_journal_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes"
    path.write_text("milk\nbread")
    one_line(run("--journal", str(path), "--port", "0"), "line 1 is no event")
    assert path.read_text() == "milk\nbread"


@pytest.mark.parametrize(
    "line", ['{"event":"party"}', '{"event":"post"}', "{}", "[1]", '{"event":1}']
)
def test_a_line_of_something_else_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "j"
    path.write_text('{"event":"opened","wallet":5.00,"currency":"USD"}\n' + line + "\n")
    one_line(run("--journal", str(path), "--port", "0"), "line 2 is no event")


def test_a_folder_is_no_journal(tmp_path: Path) -> None:
    one_line(run("--journal", str(tmp_path), "--port", "0"), "Is a directory")


def test_a_journal_of_another_currency_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.write_text('{"event":"opened","wallet":5.00,"currency":"EUR"}\n')
    done = run("--journal", str(path), "--port", "0", "--currency", "usd")
    one_line(done, "its wallet is in EUR, not in USD")


def test_a_journal_has_one_simulator(simulator: SimulatorProcess) -> None:
    done = run("--journal", str(simulator.journal), "--port", "0")
    one_line(done, "is the journal of a running simulator")
    assert simulator.control("health")["status"] == "ok"


def test_port_zero_takes_a_free_one_and_prints_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "valuetopup.simulator", "--port", "0"]
    with subprocess.Popen(
        [*command, "--journal", str(tmp_path / "j")], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        url = process.stdout.readline().removeprefix("simulator: ").strip()
        answer = requests.get(f"{url}/account/balance", auth=("simulator",) * 2, timeout=60)
        process.terminate()
    assert (answer.status_code, process.returncode) == (200, 0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_stops_at_once_though_orders_hang(number: signal.Signals) -> None:
    with SimulatorProcess() as simulator:
        simulator.fault("hang", seconds=600)
        simulator.control("delay", "POST", {"kind": "balance", "seconds": 600})
        threads = [threading.Thread(target=_hang, args=(simulator, name)) for name in range(5)]
        for thread in threads:
            thread.start()
        while simulator.control("summary")["posts"] < 5:
            time.sleep(0.02)
        begun = time.monotonic()
        assert simulator.process
        simulator.process.send_signal(number)
        assert simulator.process.wait(20) == 0
        assert time.monotonic() - begun < 20
        for thread in threads:
            thread.join(60)
        assert "Traceback" not in simulator.log()


def _hang(simulator: SimulatorProcess, name: int) -> None:
    body = {"skuId": sku_id(FIXED), "amount": 10, "mobile": MSISDN, "correlationId": f"h-{name}"}
    with pytest.raises(requests.ConnectionError):
        post(simulator, "/transaction/topup", body)


def test_no_signal_starts_a_second_worker_with_a_book_of_its_own(
    simulator: SimulatorProcess,
) -> None:
    assert simulator.process
    pid = simulator.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children")
    before = children.read_text()
    for number in (signal.SIGTTIN, signal.SIGUSR2, signal.SIGTTOU):
        simulator.process.send_signal(number)
    time.sleep(0.3)
    assert children.read_text() == before
    assert len(before.split()) == 1
