"""The control port: scripted faults, delays, what it reads out, the catalogue's changes."""

import time
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
import requests

from tests.valuetopup.simulating import (
    CARD,
    ESIM,
    FIXED,
    MSISDN,
    PIN,
    charged,
    get,
    journal_row,
    new_id,
    post,
    sku_id,
)
from valuetopup import Client
from valuetopup.errors import NoAnswerError, RefusedError
from valuetopup.simulator.testing import SimulatorProcess


def order_pin(client: Client, correlation_id: str = "") -> str:
    name = correlation_id or new_id()
    return client.pin(sku_id=sku_id(PIN), correlation_id=name).code


def topup(client: Client, name: str = FIXED, msisdn: str = MSISDN, number: str = "") -> Any:
    return client.topup(
        sku_id=sku_id(name),
        amount=Decimal(10),
        currency="USD",
        msisdn=msisdn,
        correlation_id=number or new_id(),
    )


# Which request meets a fault


def test_a_fault_is_for_the_next_so_many(simulator: SimulatorProcess, buyer: Client) -> None:
    simulator.fault("code", code="510", count=2)
    assert [order_pin(buyer) for _ in range(3)] == ["510", "510", "000"]
    assert [fault["left"] for fault in simulator.control("faults")] == [0]


def test_a_fault_without_a_count_stays_until_cleared(
    simulator: SimulatorProcess, buyer: Client
) -> None:
    simulator.fault("code", code="510")
    assert [order_pin(buyer) for _ in range(3)] == ["510"] * 3
    assert simulator.control("faults", "DELETE") == []
    assert order_pin(buyer) == "000"


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("pin", ["510", "000", "000"]),
        ("topup", ["000", "510", "000"]),
        ("esim", ["000", "000", "510"]),
        ("orders", ["510", "510", "510"]),
        ("*", ["510", "510", "510"]),
        ("reads", ["000", "000", "000"]),
    ],
)
def test_a_fault_is_for_a_kind(
    simulator: SimulatorProcess, buyer: Client, kind: str, codes: list[str]
) -> None:
    simulator.fault("code", code="510", kind=kind)
    esim = buyer.esim(sku_id=sku_id(ESIM), correlation_id=new_id())
    assert [order_pin(buyer), topup(buyer).code, esim.code] == codes


def test_a_fault_is_for_a_sku(simulator: SimulatorProcess, buyer: Client) -> None:
    simulator.fault("code", code="510", skuId=sku_id(PIN))
    assert (order_pin(buyer), topup(buyer).code) == ("510", "000")


def test_a_fault_is_for_the_end_of_a_number(simulator: SimulatorProcess, buyer: Client) -> None:
    simulator.fault("code", code="570", mobile="1234")
    codes = [topup(buyer, msisdn=number).code for number in ("18765551234", "18765551235")]
    assert codes == ["570", "000"]


def test_a_fault_is_for_a_path(simulator: SimulatorProcess, buyer: Client) -> None:
    simulator.fault("http", status=503, path="/catalog/skus/giftcards")
    assert buyer.skus(sku_id=sku_id(PIN))[0].sku_id == sku_id(PIN)
    with pytest.raises(NoAnswerError) as caught:
        next(buyer.gift_card_skus())
    assert caught.value.http_status == 503


def test_a_probability_repeats_itself_under_a_seed(
    simulator: SimulatorProcess, buyer: Client
) -> None:
    runs = []
    for seed in (7, 7, 8):
        simulator.control("faults", "DELETE")
        simulator.fault("code", code="510", probability=0.5, seed=seed)
        runs.append([order_pin(buyer) for _ in range(30)])
    assert runs[0] == runs[1] != runs[2]
    assert set(Counter(runs[0])) == {"000", "510"}
    assert 5 <= runs[0].count("510") <= 25


def test_the_first_fault_that_fits_is_met(simulator: SimulatorProcess, buyer: Client) -> None:
    simulator.fault("code", code="510", count=1)
    simulator.fault("code", code="570", count=1)
    assert [order_pin(buyer) for _ in range(3)] == ["510", "570", "000"]


def test_a_scripted_fault_comes_before_the_numbers_own(
    simulator: SimulatorProcess, buyer: Client
) -> None:
    simulator.fault("code", code="570", count=1)
    assert topup(buyer, msisdn="18765550501").code == "570"


# What the faults do to an order


def ordered(client: Client, correlation_id: str) -> str:
    try:
        return order_pin(client, correlation_id)
    except NoAnswerError as error:
        return str(error.http_status)


PAID, FREE = "14.400", "0.00"
# fault, parameters: the POST, the next status calls, what the wallet pays
FAULTS: dict[str, tuple[dict[str, Any], str, list[str], str]] = {
    "0852": ({}, "852", ["852", "852", "000"], PAID),
    "0502": ({}, "502", ["502"], FREE),
    "0999": ({}, "999", ["999"], FREE),
    "code": ({"code": "590"}, "590", ["590"], FREE),
    "code, later done": ({"code": "560", "final": "000"}, "560", ["000"], PAID),
    "code, later failed": ({"code": "000", "final": "502"}, "000", ["502"], FREE),
    "pending": ({"times": 3}, "852", ["852", "852", "852", "000"], PAID),
    "pending, failed": ({"code": "851", "times": 1, "final": "502"}, "851", ["851", "502"], FREE),
    "http": ({}, "503", ["000"], PAID),
    "http, accepted": ({"status": 404, "accepted": True}, "404", ["000"], PAID),
    "http, not accepted": ({"status": 500, "accepted": False}, "500", ["898"], FREE),
    "drop": ({}, "None", ["000"], PAID),
    "drop_before": ({}, "None", ["898"], FREE),
    "garbage": ({}, "200", ["000"], PAID),
    "garbage, not accepted": ({"accepted": False}, "200", ["898"], FREE),
    "late": ({"seconds": 600}, "None", ["898"], PAID),
    "no_payload": ({}, "000", ["000"], PAID),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_does_what_it_says(
    simulator: SimulatorProcess, buyer: Client, name: str
) -> None:
    given, first, statuses, paid = FAULTS[name]
    simulator.fault(name.split(",")[0], count=1, **given)
    order = new_id()
    if given.get("status") == 404:
        with pytest.raises(Exception, match="address"):
            ordered(buyer, order)
    else:
        assert ordered(buyer, order) == first
    assert [buyer.status(order).code for _ in statuses] == statuses
    assert charged(simulator) == paid
    assert journal_row(simulator, order)["posts"] == 1


def test_a_hanging_answer_hangs_as_long_as_told(simulator: SimulatorProcess, buyer: Client) -> None:
    simulator.fault("hang", seconds=0.4, count=1)
    begun = time.monotonic()
    assert order_pin(buyer) == "000"
    assert 0.4 <= time.monotonic() - begun < 15


def test_a_hanging_order_holds_nobody_up(simulator: SimulatorProcess, buyer: Client) -> None:
    simulator.fault("hang", seconds=60, kind="pin")
    address = simulator.url + "/transaction/pin"
    bodies = [{"skuId": sku_id(PIN), "correlationId": new_id()} for _ in range(40)]
    sessions = [requests.Session() for _ in bodies]
    for session, body in zip(sessions, bodies, strict=True):
        with session, pytest.raises(requests.ReadTimeout):
            session.post(address, json=body, auth=("simulator",) * 2, timeout=(5, 0.01))
    begun = time.monotonic()
    assert topup(buyer).code == "000"
    assert time.monotonic() - begun < 30
    while simulator.control("summary")["posts"] <= len(bodies):  # none is left for the next test
        time.sleep(0.02)


def test_a_dripping_answer_is_whole_in_the_end(simulator: SimulatorProcess, buyer: Client) -> None:
    simulator.fault("drip", seconds=0.4, count=2)
    begun = time.monotonic()
    assert topup(buyer).transaction.invoice_amount == Decimal("9.300")
    assert 0.35 < time.monotonic() - begun < 15


@pytest.mark.parametrize("name", ["no_payload", "no_invoice", "pins_later"])
def test_a_detail_can_be_held_back(simulator: SimulatorProcess, buyer: Client, name: str) -> None:
    """From the answer to the order and from the next `times` status calls."""
    simulator.fault(name, times=2, count=1)
    order = new_id()
    answers = [buyer.pin(sku_id=sku_id(PIN), correlation_id=order)]
    answers += [buyer.status(order) for _ in range(3)]
    assert [answer.code for answer in answers] == ["000"] * 4
    whole = answers.pop().transaction
    assert whole is not None
    assert (str(whole.invoice_amount), len(whole.pins)) == (PAID, 1)
    for answer in answers:
        if name == "no_payload":
            assert answer.transaction is None
        elif name == "no_invoice":
            assert (answer.transaction.invoice_amount, len(answer.transaction.pins)) == (None, 1)
        else:
            assert (str(answer.transaction.invoice_amount), answer.transaction.pins) == (PAID, ())
    assert charged(simulator) == PAID


def test_an_invoice_can_differ_from_the_estimate(
    simulator: SimulatorProcess, buyer: Client
) -> None:
    simulator.fault("invoice_factor", factor=Decimal("1.05"), kind="orders")
    estimate = buyer.estimate_cost(sku_id=sku_id(FIXED), amount=Decimal(10), currency="USD")
    answer = topup(buyer)
    assert (str(estimate.invoice_amount), str(answer.transaction.invoice_amount)) == (
        "9.300",
        "9.76500",
    )
    assert charged(simulator) == "9.76500"


# What they do to reads


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        ("status", lambda client: client.status("t-none").code),
        ("lookup", lambda client: client.lookup_mobile(MSISDN)),
        ("balance", lambda client: client.balance()),
        ("skus", lambda client: client.skus()),
        ("bill_fetch", lambda client: client.fetch_account(1, "2")),
        ("estimate", lambda client: client.estimate_cost(
            sku_id=sku_id(FIXED), amount=Decimal(10), currency="USD")),
        ("promotions", lambda client: client.current_promotions()),
    ],
)  # fmt: skip
def test_a_read_can_fail_as_well(
    simulator: SimulatorProcess, buyer: Client, kind: str, call: Any
) -> None:
    def said() -> str:
        try:
            return str(call(buyer))
        except RefusedError as error:
            return error.code
        except NoAnswerError as error:
            return f"HTTP {error.http_status}"

    faults = [("code", {"code": "998"}), ("0999", {}), ("http", {"status": 502}), ("garbage", {}),
              ("drop", {})]  # fmt: skip
    for name, given in faults:
        simulator.fault(name, kind=kind, count=1, **given)
    assert [said() for _ in faults] == ["998", "999", "HTTP 502", "HTTP 200", "HTTP None"]
    assert order_pin(buyer) == "000"


def test_a_fault_on_the_status_finds_the_order_by_its_number(
    simulator: SimulatorProcess, buyer: Client
) -> None:
    orders = {number: new_id() for number in ("18765551111", "18765552222")}
    for number, name in orders.items():
        topup(buyer, msisdn=number, number=name)
    simulator.fault("code", code="852", kind="status", mobile="1111")
    assert [buyer.status(name).code for name in orders.values()] == ["852", "000"]


@pytest.mark.parametrize(("kind", "slow"), [("balance", "balance"), ("catalogue", "countries")])
def test_a_kind_or_group_can_be_slow(
    simulator: SimulatorProcess, buyer: Client, kind: str, slow: str
) -> None:
    delays = simulator.control("delay", "POST", {"kind": kind, "seconds": 0.5})
    assert delays[slow] == Decimal("0.5")
    begun = time.monotonic()
    getattr(buyer, slow)()
    assert 0.5 <= time.monotonic() - begun < 15
    simulator.control("delay", "POST", {"kind": kind, "seconds": 600})
    assert order_pin(buyer) == "000"  # the client does not wait so long
    simulator.control("delay", "POST", {"kind": kind, "seconds": 0})
    getattr(buyer, slow)()


# The catalogue


def catalogue(client: Client) -> dict[int, Any]:
    return {sku.sku_id: sku for sku in [*client.skus(), *client.gift_card_skus()]}


def test_a_retired_sku_is_gone_and_not_sold(simulator: SimulatorProcess, buyer: Client) -> None:
    simulator.fault("retire_sku", skuId=sku_id(PIN))
    assert sku_id(PIN) not in catalogue(buyer)
    assert sku_id(FIXED) in catalogue(buyer)
    assert order_pin(buyer) == "510"


def test_a_price_can_change(simulator: SimulatorProcess, buyer: Client) -> None:
    before = catalogue(buyer)
    simulator.fault("price_change", skuId=sku_id(FIXED), factor=Decimal("1.1"))
    after = catalogue(buyer)
    changed = {number for number, sku in after.items() if sku != before[number]}
    assert changed == {sku_id(FIXED)}
    assert str(after[sku_id(FIXED)].min.cost) == "10.230"
    assert str(topup(buyer).transaction.invoice_amount) == "10.230"


def test_the_catalogue_can_be_empty_or_shrink(simulator: SimulatorProcess, buyer: Client) -> None:
    whole = len(catalogue(buyer))
    simulator.fault("catalogue_shrink", share=0.5)
    assert 0.4 * whole < len(catalogue(buyer)) < 0.6 * whole
    simulator.fault("catalogue_empty")
    assert (catalogue(buyer), buyer.countries(), buyer.operators(), buyer.products()) == (
        {}, [], [], [],
    )  # fmt: skip
    simulator.control("faults", "DELETE")
    assert len(catalogue(buyer)) == whole


def test_the_currency_of_cost_can_be_wrong(simulator: SimulatorProcess, buyer: Client) -> None:
    simulator.fault("cost_currency", currency="GBP")
    assert {sku.min.cost_currency for sku in catalogue(buyer).values()} == {"GBP", ""}


# Reading out, starting afresh, bad input


def test_the_account_has_a_line_for_each_id(simulator: SimulatorProcess, buyer: Client) -> None:
    names = [new_id(), new_id()]
    for name in names:
        order_pin(buyer, name)
    rows = simulator.control("journal")
    assert [row["correlationId"] for row in rows] == names
    assert rows[0]["at"].endswith("+00:00")
    assert simulator.control("journal?correlationId=nobody") == []
    assert simulator.control("summary") == {
        "orders": 2,
        "posts": 2,
        "executed": 2,
        "charged": Decimal("28.800"),
        "maxPosts": 1,
    }


def test_a_reset_forgets_orders_faults_and_delays(
    simulator: SimulatorProcess, buyer: Client
) -> None:
    name = new_id()
    order_pin(buyer, name)
    simulator.fault("pending")
    simulator.control("delay", "POST", {"seconds": 600})
    simulator.control("reset", "POST", {"wallet": "12.34"})
    assert simulator.control("faults") == []
    assert str(buyer.balance()) == "-12.34"  # the client does not wait so long
    assert buyer.status(name).code == "898"
    assert simulator.control("journal") == []


def test_the_menu_lists_what_can_be_asked_for(simulator: SimulatorProcess) -> None:
    menu = simulator.control("menu")
    assert {"0501", "0852", "0124"} <= set(menu["triggers"])
    assert set(menu["named"]) == {name.split(",")[0] for name in FAULTS if name[0] != "0"} | {
        "hang", "drip", "no_invoice", "pins_later", "invoice_factor",
    }  # fmt: skip
    assert menu["catalogue"][0] == "catalogue_shrink"
    assert set(menu["kinds"]) == {"orders", "reads", "catalogue", "*"}
    assert "gift_card_fetch" in menu["kinds"]["reads"]


BAD: list[tuple[str, Any]] = [
    ("faults", {}),
    ("faults", {"fault": "party"}),
    ("faults", {"fault": "code", "kind": "party"}),
    ("faults", {"fault": "code", "count": "many"}),
    ("faults", {"fault": "hang", "seconds": -1}),
    ("faults", {"fault": "hang", "seconds": "nan"}),
    ("faults", {"fault": "invoice_factor"}),
    ("faults", {"fault": "invoice_factor", "factor": "NaN"}),
    ("faults", {"fault": "price_change", "skuId": 1, "factor": 0}),
    ("faults", {"fault": "catalogue_shrink", "share": 2}),
    ("faults", {"fault": "retire_sku"}),
    ("delay", {}),
    ("delay", {"kind": "party", "seconds": 1}),
    ("delay", {"seconds": -1}),
    ("reset", {"wallet": "much"}),
    ("reset", {"wallet": "NaN"}),
    ("reset", {"wallet": "-1"}),
    ("reset", []),
]


@pytest.mark.parametrize(("path", "body"), BAD)
def test_a_bad_request_changes_nothing(simulator: SimulatorProcess, path: str, body: Any) -> None:
    answer = requests.post(f"{simulator.root}/control/{path}", json=body, timeout=5)
    assert (answer.status_code, list(answer.json())) == (400, ["message"])
    assert simulator.control("faults") == []
    assert str(simulator.control("wallet")["available"]) == "1000.00"


def test_an_unknown_control_is_a_404(simulator: SimulatorProcess) -> None:
    assert requests.get(f"{simulator.root}/control/party", timeout=5).status_code == 404


def test_a_card_can_be_made_to_wait(simulator: SimulatorProcess, buyer: Client) -> None:
    simulator.fault("pending", kind="gift_card", times=1, count=1)
    body = {"skuId": sku_id(CARD), "amount": 5, "correlationId": new_id()}
    answer = post(simulator, "/transaction/giftcard/order", body).json()
    assert answer["responseMessage"] == "Gift Card processing is in progress."
    statuses = [get(simulator, f"/transaction/status/{body['correlationId']}") for _ in range(2)]
    assert [status["responseCode"] for status in statuses] == ["852", "000"]
