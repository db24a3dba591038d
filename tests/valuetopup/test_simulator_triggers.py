"""The numbers that misbehave, row by row: what the order gets, what the status says, who pays.

These numbers are the simulator's own and not the provider's.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.valuetopup.simulating import (
    BILL,
    CARD,
    FIXED,
    PIN,
    charged,
    client_of,
    get,
    journal_row,
    new_id,
    post,
    sku_id,
)
from valuetopup import Client
from valuetopup.errors import NoAnswerError
from valuetopup.simulator.engine import Engine
from valuetopup.simulator.faults import TRIGGERS
from valuetopup.simulator.options import Options
from valuetopup.simulator.reply import Reply
from valuetopup.simulator.testing import SimulatorProcess

NONE = "no answer"
PAID, FREE = "9.300", "0.00"

# number: what the POST gives, what the next status calls give, what the wallet pays
TABLE: dict[str, tuple[str, list[str], str]] = {
    "0501": ("501", ["501", "501"], FREE),
    "0502": ("502", ["502", "502"], FREE),
    "0510": ("510", ["510", "510"], FREE),
    "0540": ("540", ["540", "540"], FREE),
    "0560": ("560", ["560", "560"], FREE),
    "0852": ("852", ["852", "852", "000", "000"], PAID),
    "0853": ("852", ["852", "852", "502", "502"], FREE),
    "0851": ("851", ["000", "000"], PAID),
    "0120": (NONE, ["852"], PAID),
    "0121": (NONE, ["000", "000"], PAID),
    "0122": (NONE, ["898", "898"], FREE),
    "0503": ("HTTP 503", ["000", "000"], PAID),
    "0999": ("999", ["999", "999"], FREE),
    "0123": (NONE, ["898"], PAID),
    "0124": (NONE, ["898"], PAID),
    "1234": ("000", ["000", "000"], PAID),
}
# number: what the status says after the first word, and seconds until then (at 1:1)
LATER = {"0120": (["000", "000"], 130), "0123": (["852", "000"], 90), "0124": (["000"], 600)}
SCALE = 0.003


@pytest.fixture
def hasty(simulator: SimulatorProcess, half_a_minute_later: None) -> Iterator[Client]:
    """A client that does not wait for the answer of 0120, which takes 0.39 s here."""
    with client_of(simulator, order_deadline=30.15, deadline=90) as client:
        yield client


def topped_up(client: Client, ending: str, name: str) -> str:
    """The code, or what came instead of one."""
    try:
        answer = client.topup(
            sku_id=sku_id(FIXED),
            amount=Decimal(10),
            currency="USD",
            msisdn=f"1876555{ending}",
            correlation_id=name,
        )
    except NoAnswerError as error:
        return f"HTTP {error.http_status}" if error.http_status else NONE
    return answer.code


def test_every_trigger_is_in_this_table() -> None:
    assert set(TRIGGERS) == set(TABLE) - {"1234"}


@pytest.mark.parametrize("ending", TABLE)
def test_a_row_of_the_table(
    simulator: SimulatorProcess, request: pytest.FixtureRequest, ending: str
) -> None:
    first, statuses, paid = TABLE[ending]
    name = new_id()
    begun = time.monotonic()
    client = request.getfixturevalue("hasty" if ending == "0120" else "buyer")
    assert topped_up(client, ending, name) == first
    told = [client.status(name).code for _ in statuses]
    then, seconds = LATER.get(ending, ([], 0))
    if not then or time.monotonic() - begun < seconds * SCALE:
        assert told == statuses
    assert charged(simulator) == paid
    row = journal_row(simulator, name)
    assert (row["posts"], row["executed"], str(row["charged"])) == (1, int(paid == PAID), paid)
    if then:
        told = [code for code in told if code != statuses[-1]]
        while len(told) < len(then):
            code = client.status(name).code
            told += [code] if told or code != statuses[-1] else []
            time.sleep(0.02)
        assert told == then
        assert seconds * SCALE <= time.monotonic() - begun < seconds * SCALE + 15
    assert charged(simulator) == paid
    assert simulator.control("summary")["posts"] == 1


def test_a_slow_answer_comes_whole_to_who_waits(simulator: SimulatorProcess, buyer: Client) -> None:
    begun = time.monotonic()
    assert topped_up(buyer, "0120", new_id()) == "000"
    assert 130 * SCALE <= time.monotonic() - begun < 130 * SCALE + 15


def test_a_503_is_no_envelope(simulator: SimulatorProcess) -> None:
    body = {"skuId": sku_id(FIXED), "amount": 10, "mobile": "18765550503"}
    answer = post(simulator, "/transaction/topup", body)
    assert (answer.status_code, answer.json()) == (503, {"message": "Service Unavailable"})


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/transaction/billpay",
         {"skuId": sku_id(BILL), "amount": 5, "accountNumber": "04120502"}),
        ("/transaction/pin", {"skuId": sku_id(PIN), "recipient": "12125550502"}),
        ("/transaction/giftcard/order",
         {"skuId": sku_id(CARD), "amount": 5, "recipient": "12125550502"}),
    ],
)  # fmt: skip
def test_account_and_recipient_trigger_as_well(
    simulator: SimulatorProcess, path: str, body: dict[str, Any]
) -> None:
    answer = post(simulator, path, body | {"correlationId": new_id()}).json()
    assert (answer["responseCode"], charged(simulator)) == ("502", "0.00")


def test_a_refusal_of_the_order_itself_comes_before_its_trigger(
    simulator: SimulatorProcess,
) -> None:
    """Out of range stays out of range, whatever the number would have done."""
    body = {"skuId": sku_id(FIXED), "amount": 11, "mobile": "18765550852",
            "correlationId": new_id(), "transactionCurrencyCode": "USD"}  # fmt: skip
    assert post(simulator, "/transaction/topup", body).json()["responseCode"] == "001"
    status = get(simulator, f"/transaction/status/{body['correlationId']}")
    assert status["responseCode"] == "001"


# The same seconds to the second, on the state machine with a clock of the test.


@dataclass
class Clock:
    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("ending", "until", "before", "after"),
    [
        ("0120", 130, "852", ["000", "000"]),
        ("0123", 90, "898", ["852", "000", "000"]),
        ("0124", 600, "898", ["000", "000"]),
    ],
)
def test_a_delay_ends_at_its_second(
    tmp_path: Path, ending: str, until: float, before: str, after: list[str]
) -> None:
    clock = Clock()
    engine = Engine(Options(tmp_path / "journal"), clock=clock)
    body = {"skuid": sku_id(FIXED), "amount": 10, "mobile": f"1876555{ending}",
            "correlationid": "t"}  # fmt: skip
    answer = engine.place("topup", "/transaction/topup", body)
    assert isinstance(answer.said, Reply)
    assert answer.wire.delay == (130 if ending == "0120" else 0)
    clock.now += until - 0.001
    assert [engine.status("t").code for _ in range(3)] == [before] * 3
    clock.now += 0.001
    assert [engine.status("t").code for _ in after] == after
    assert str(engine.book.charged) == PAID
    engine.journal.close()
