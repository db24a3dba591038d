"""The journal: nothing that was answered is forgotten, however the simulator ends."""

import json
import os
import signal
import stat
import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.valuetopup.simulating import (
    ESIM,
    FIXED,
    MSISDN,
    PIN,
    charged,
    get,
    journal_row,
    post,
    sku_id,
)
from valuetopup.simulator.testing import SimulatorProcess


@pytest.fixture
def fresh() -> Iterator[SimulatorProcess]:
    with SimulatorProcess(wallet="100.00", time_scale=0.01) as process:
        yield process


def topup(simulator: SimulatorProcess, name: str, number: str = MSISDN) -> Any:
    body = {"skuId": sku_id(FIXED), "amount": 10, "mobile": number, "correlationId": name}
    return post(simulator, "/transaction/topup", body)


def everything(simulator: SimulatorProcess) -> Any:
    """What must be the same after any end: account, wallet, PINs, cards, states."""
    return (
        simulator.control("journal"),
        simulator.control("wallet"),
        simulator.control("summary"),
        [get(simulator, f"/transaction/status/{name}") for name in ("t", "pin", "esim")],
    )


def _worker(simulator: SimulatorProcess) -> int:
    assert simulator.process
    pid = simulator.process.pid
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def _stop(simulator: SimulatorProcess) -> None:
    simulator.restart()


def _kill(simulator: SimulatorProcess) -> None:
    simulator.kill()
    simulator.start()


def _kill_main(simulator: SimulatorProcess) -> None:
    """The worker must not keep port and journal from the next one."""
    assert simulator.process
    simulator.process.kill()
    simulator.process.wait(60)
    simulator.wait_for_journal()
    simulator.start()


def _kill_worker(simulator: SimulatorProcess) -> None:
    before = _worker(simulator)
    os.kill(before, signal.SIGKILL)
    until = time.monotonic() + 60
    while Path(f"/proc/{before}").exists() and time.monotonic() < until:
        time.sleep(0.02)
    simulator.control("health")  # waits in the queue of the socket for the next worker
    assert _worker(simulator) != before


@pytest.mark.parametrize("end", [_stop, _kill, _kill_main, _kill_worker])
def test_orders_and_wallet_survive(
    fresh: SimulatorProcess, end: Callable[[SimulatorProcess], None]
) -> None:
    topup(fresh, "t")
    topup(fresh, "t")
    topup(fresh, "refused", "18765550502")
    post(fresh, "/transaction/pin", {"skuId": sku_id(PIN), "correlationId": "pin"})
    post(fresh, "/esim/order", {"skuId": sku_id(ESIM), "correlationId": "esim"})
    before = everything(fresh)
    end(fresh)
    assert everything(fresh) == before
    assert charged(fresh) == "27.525"
    assert journal_row(fresh, "t")["posts"] == 2
    assert topup(fresh, "t").json()["responseCode"] == "899"
    assert str(before[3][0]["payLoad"]["invoiceAmount"]) == "9.300"


def test_a_pending_order_goes_on_where_it_was(fresh: SimulatorProcess) -> None:
    topup(fresh, "t", "18765550852")
    assert get(fresh, "/transaction/status/t")["responseCode"] == "852"
    fresh.kill()
    fresh.start()
    codes = [get(fresh, "/transaction/status/t")["responseCode"] for _ in range(2)]
    assert codes == ["852", "000"]


def test_an_order_is_on_disk_before_it_is_answered(fresh: SimulatorProcess) -> None:
    """The answer hangs, the process is killed: the order happened all the same."""
    fresh.fault("hang", seconds=60)

    def kill_when_it_is_taken() -> None:
        until = time.monotonic() + 30
        while not fresh.control("summary")["posts"] and time.monotonic() < until:
            time.sleep(0.02)
        fresh.kill()

    killer = threading.Thread(target=kill_when_it_is_taken)
    killer.start()
    with pytest.raises(requests.ConnectionError):
        topup(fresh, "t")
    killer.join()
    fresh.start()
    assert journal_row(fresh, "t")["executed"] == 1
    assert charged(fresh) == "9.300"


@pytest.mark.parametrize("torn", [b'{"event":"post","corr', b"{", b'{"event":"post"}'])
def test_a_torn_last_line_is_cut_off(fresh: SimulatorProcess, torn: bytes) -> None:
    topup(fresh, "t")
    fresh.kill()
    with fresh.journal.open("ab") as file:
        file.write(torn)
    fresh.start()
    assert charged(fresh) == "9.300"
    topup(fresh, "u")
    fresh.restart()
    assert charged(fresh) == "18.600"
    assert torn not in fresh.journal.read_bytes().splitlines()


@pytest.mark.parametrize("start", [b'{"event":"opened","wal', b'{"ev', b""])
def test_a_journal_torn_in_its_first_line_begins_anew(tmp_path: Path, start: bytes) -> None:
    path = tmp_path / "journal"
    path.write_bytes(start)
    with SimulatorProcess(journal=path, wallet="7.00") as simulator:
        assert simulator.control("wallet")["available"] == 7


def test_transaction_ids_are_never_used_again(fresh: SimulatorProcess) -> None:
    first = topup(fresh, "t").json()["payLoad"]["transactionId"]
    fresh.control("reset", "POST", {})
    second = topup(fresh, "t").json()["payLoad"]["transactionId"]
    fresh.restart()
    third = topup(fresh, "u").json()["payLoad"]["transactionId"]
    assert first < second < third


def test_a_line_of_the_journal_tells_the_whole_post(fresh: SimulatorProcess) -> None:
    topup(fresh, "t")
    topup(fresh, "t")
    lines = [json.loads(line) for line in fresh.journal.read_text().splitlines()]
    assert [line["event"] for line in lines] == ["opened", "post", "post"]
    first, second = lines[1:]
    assert (first["correlationId"], first["path"]) == ("t", "/transaction/topup")
    assert first["order"]["payload"]["invoiceAmount"] == 9.3
    assert (second["outcome"], second["order"]) == ("899", None)
    # PINs are in it: nobody else may read it.
    assert stat.S_IMODE(fresh.journal.stat().st_mode) == 0o600


def test_a_wallet_keeps_the_amount_it_began_with(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with SimulatorProcess(journal=path, wallet="5.00") as simulator:
        assert str(simulator.control("wallet")["available"]) == "5.00"
    with SimulatorProcess(journal=path, wallet="9.00") as simulator:
        assert str(simulator.control("wallet")["available"]) == "5.00"


def order_one(simulator: SimulatorProcess, name: str) -> bool:
    """Whether an answer came."""
    try:
        answer = topup(simulator, name)
    except requests.RequestException:
        return False
    assert answer.json()["responseCode"] == "000"
    return True


def test_whatever_was_answered_before_the_end_is_there_after_it(fresh: SimulatorProcess) -> None:
    """Killed in the middle of a stream of orders; each answered one is kept, and paid once."""
    fresh.control("reset", "POST", {"wallet": "100000"})
    answered: list[str] = []

    def kill_in_the_middle() -> None:
        while len(answered) < 20:
            time.sleep(0.003)
        fresh.kill()

    killer = threading.Thread(target=kill_in_the_middle, daemon=True)
    killer.start()
    while order_one(fresh, f"s-{len(answered)}"):
        answered.append(f"s-{len(answered)}")
    killer.join()
    fresh.start()
    rows = {row["correlationId"]: row for row in fresh.control("journal")}
    assert len(answered) >= 20
    assert set(answered) <= set(rows)
    assert len(rows) - len(answered) in (0, 1), "the last one may be there without its answer"
    assert {(row["posts"], row["executed"]) for row in rows.values()} == {(1, 1)}
    assert fresh.control("wallet")["charged"] == Decimal("9.300") * len(rows)
