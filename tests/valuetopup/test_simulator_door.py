"""The simulator's HTTP: who gets in, what is readable, and that every POST is counted."""

from typing import Any

import pytest
import requests

from tests.valuetopup.simulating import (
    BILL,
    CARD,
    ESIM,
    FIXED,
    LOGIN,
    MSISDN,
    PIN,
    RANGE,
    SIM,
    charged,
    get,
    journal_row,
    new_id,
    post,
    sku_id,
)
from valuetopup.simulator.testing import SimulatorProcess

ENVELOPE = {"responseCode", "responseMessage", "payLoad"}
PATHS = {
    "/transaction/topup": {"skuId": sku_id(FIXED), "amount": 10, "mobile": MSISDN},
    "/transaction/pin": {"skuId": sku_id(PIN)},
    "/transaction/billpay": {"skuId": sku_id(BILL), "amount": 5, "accountNumber": "0412"},
    "/transaction/giftcard/order": {"skuId": sku_id(CARD), "amount": 5},
    "/esim/order": {"skuId": sku_id(ESIM)},
}
TOPUP = PATHS["/transaction/topup"]


@pytest.mark.parametrize("login", [None, ("simulator", "wrong"), ("", ""), ("other", "simulator")])
def test_nobody_reads_without_the_right_password(simulator: SimulatorProcess, login: Any) -> None:
    answer = requests.get(simulator.url + "/account/balance", auth=login, timeout=5)
    assert (answer.status_code, list(answer.json())) == (401, ["message"])
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


def test_another_login_can_be_set() -> None:
    with SimulatorProcess(user="agent-7", password="pass:word") as simulator:
        url = simulator.url + "/account/balance"
        statuses = [
            requests.get(url, auth=login, timeout=5).status_code
            for login in [("agent-7", "pass:word"), LOGIN]
        ]
    assert statuses == [200, 401]


@pytest.mark.parametrize("path", PATHS)
def test_an_order_turned_away_is_counted_and_not_carried_out(
    simulator: SimulatorProcess, path: str
) -> None:
    """401, 400 and 415 alike; then the same id is free to be used."""
    correlation_id = new_id()
    body = PATHS[path] | {"correlationId": correlation_id}
    bad = [
        post(simulator, path, body, auth=None),
        post(simulator, path, {k: v for k, v in body.items() if k != "skuId"}),
        post(simulator, path, None, data=b"no json", headers={"Content-Type": "text/plain"}),
        requests.post(simulator.url + path, auth=LOGIN, timeout=5, json=body,
                      headers={"Content-Type": "application/xml"}),
    ]  # fmt: skip
    assert [answer.status_code for answer in bad] == [401, 400, 415, 415]
    assert journal_row(simulator, correlation_id) == {
        "correlationId": correlation_id,
        "path": path,
        "posts": 3,
        "executed": 0,
        "charged": 0,
        "outcome": "http 401",
    }
    assert simulator.control("summary")["posts"] == 4
    assert post(simulator, path, body).json()["responseCode"] == "000"
    assert journal_row(simulator, correlation_id)["posts"] == 4


def test_a_refused_duplicate_is_counted_and_costs_nothing(simulator: SimulatorProcess) -> None:
    body = TOPUP | {"correlationId": new_id()}
    codes = [post(simulator, "/transaction/topup", body).json()["responseCode"] for _ in range(3)]
    assert codes == ["000", "899", "899"]
    row = journal_row(simulator, body["correlationId"])
    assert (row["posts"], row["executed"], row["outcome"]) == (3, 1, "000")
    assert charged(simulator) == "9.300"
    assert simulator.control("summary")["maxPosts"] == 3


def test_a_duplicate_is_executed_if_told_so() -> None:
    with SimulatorProcess(duplicates="execute") as simulator:
        body = TOPUP | {"correlationId": new_id()}
        answers = [post(simulator, "/transaction/topup", body).json() for _ in range(2)]
        row = journal_row(simulator, body["correlationId"])
        status = get(simulator, f"/transaction/status/{body['correlationId']}")
        assert charged(simulator) == "18.600"
    assert [answer["responseCode"] for answer in answers] == ["000", "000"]
    first, second = (answer["payLoad"]["transactionId"] for answer in answers)
    assert first != second
    assert status["payLoad"]["transactionId"] == first
    assert (row["posts"], row["executed"], str(row["charged"])) == (2, 2, "18.600")


def test_an_order_that_failed_keeps_its_id(simulator: SimulatorProcess) -> None:
    body = TOPUP | {"correlationId": new_id(), "mobile": "18765550501"}
    codes = [post(simulator, "/transaction/topup", body).json()["responseCode"] for _ in range(2)]
    assert codes == ["501", "899"]


def test_orders_without_an_id_are_counted_one_by_one(simulator: SimulatorProcess) -> None:
    for _ in range(2):
        assert post(simulator, "/transaction/topup", TOPUP).json()["responseCode"] == "000"
    rows = simulator.control("journal?correlationId=")
    assert [(row["posts"], row["executed"]) for row in rows] == [(1, 1), (1, 1)]
    assert charged(simulator) == "18.600"


UNREADABLE: dict[str, dict[str, Any]] = {
    "no amount": {"amount": None},
    "amount as text": {"amount": "10"},
    "amount as a switch": {"amount": True},
    "no number": {"mobile": ""},
    "number as number": {"mobile": 18765551234},
    "SKU as text": {"skuId": "1"},
    "SKU as a fraction": {"skuId": 1.5},
    "empty id": {"correlationId": ""},
    "long id": {"correlationId": "x" * 51},
    "id as number": {"correlationId": 7},
    "letters as Boost PIN": {"boostPin": "abcd"},
    "long Boost PIN": {"boostPin": "1234567"},
    "infos as object": {"additionalInfos": {}},
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_cannot_be_bound_is_a_400_with_a_message(
    simulator: SimulatorProcess, what: str
) -> None:
    body = TOPUP | {"correlationId": new_id()} | UNREADABLE[what]
    answer = post(simulator, "/transaction/topup", body)
    assert (answer.status_code, list(answer.json())) == (400, ["message"])
    assert simulator.control("summary") == {
        "orders": 1, "posts": 1, "executed": 0, "charged": 0, "maxPosts": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"skuId":NaN}', b"[" * 100_000, b"\xff", b'"text"', b"null"]
)
def test_what_is_no_object_is_a_400_and_counted(simulator: SimulatorProcess, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = post(simulator, "/transaction/pin", None, data=body, headers=headers)
    assert answer.status_code == 400
    assert simulator.control("summary")["posts"] == 1


@pytest.mark.parametrize("amount", ["1E+30", "1e400", "-10", "0", "10" * 100, "1e-30"])
def test_an_absurd_amount_is_refused_in_the_envelope(
    simulator: SimulatorProcess, amount: str
) -> None:
    """In the SKU's currency, the wallet's (JMD goods, USD wallet) and another."""
    headers = {"Content-Type": "application/json"}
    for name, currency in ((RANGE, "USD"), ("Digicel Jamaica Bundles 250.00 JMD", "USD"),
                           (RANGE, "EUR")):  # fmt: skip
        body = (
            f'{{"skuId":{sku_id(name)},"amount":{amount},"transactionCurrencyCode":"{currency}",'
            f'"mobile":"{MSISDN}","correlationId":"{new_id()}"}}'
        )
        answer = post(simulator, "/transaction/topup", None, data=body.encode(), headers=headers)
        assert (answer.status_code, answer.json()["responseCode"]) == (200, "001")
    assert simulator.control("summary")["posts"] == 3
    assert charged(simulator) == "0.00"


def test_names_are_bound_in_any_case(simulator: SimulatorProcess) -> None:
    body = {"SkuId": sku_id(FIXED), "Amount": 10, "MOBILE": MSISDN, "CorrelationId": new_id()}
    answer = post(simulator, "/Transaction/TopUp", body).json()
    assert answer["responseCode"] == "000"
    assert journal_row(simulator, body["CorrelationId"])["executed"] == 1


def test_unknown_fields_are_ignored(simulator: SimulatorProcess) -> None:
    """Also the wrong names that integrators post: the order goes out without an id."""
    body = TOPUP | {"corelationId": "t-misspelt", "additionalInfo": "x", "quantity": 3}
    assert post(simulator, "/transaction/topup", body).json()["responseCode"] == "000"
    assert charged(simulator) == "9.300"
    assert get(simulator, "/transaction/status/t-misspelt")["responseCode"] == "898"


def test_a_failure_has_a_message_and_a_null_payload(simulator: SimulatorProcess) -> None:
    failure = post(simulator, "/transaction/topup", TOPUP | {"mobile": "18765550501"}).json()
    assert failure == {
        "responseCode": "501",
        "responseMessage": "The Subscriber number is not valid",
        "payLoad": None,
    }


def test_a_success_has_no_message_and_only_its_own_detail(simulator: SimulatorProcess) -> None:
    success = post(simulator, "/transaction/topup", TOPUP).json()
    assert set(success) == ENVELOPE
    assert success["responseMessage"] is None
    details = ["pins", "giftCardDetail", "simInfo", "billPaymentDetail", "esimDetail"]
    assert [success["payLoad"][name] for name in details] == [None] * 5
    assert success["payLoad"]["topupDetail"]["destinationCurrency"] == "JMD"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/transaction/pin", FIXED),
        ("/transaction/topup", PIN),
        ("/esim/order", PIN),
        ("/transaction/giftcard/order", FIXED),
        ("/transaction/pin", SIM),
    ],
)
def test_a_sku_of_another_category_is_not_sold(
    simulator: SimulatorProcess, path: str, name: str
) -> None:
    body = PATHS[path] | {"skuId": sku_id(name)}
    assert post(simulator, path, body).json()["responseCode"] == "510"
    assert charged(simulator) == "0.00"


@pytest.mark.parametrize("number", ["1876555123", "187655512345", "911234567890", "1876555123x"])
def test_a_number_of_no_such_country_is_refused(simulator: SimulatorProcess, number: str) -> None:
    body = TOPUP | {"mobile": number}
    assert post(simulator, "/transaction/topup", body).json()["responseCode"] == "033"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing/here", 404),
        ("GET", "/transaction/topup", 404),
        ("POST", "/transaction/refund", 404),
        ("POST", "/account/balance", 405),
        ("GET", "/catalog/skus/giftcards?pageSize=0", 400),
        ("GET", "/catalog/skus/giftcards?pageSize=101", 400),
        ("GET", "/catalog/skus?productId=abc", 400),
    ],
)
def test_a_wrong_path_or_parameter_has_the_status_of_the_platform(
    simulator: SimulatorProcess, method: str, path: str, status: int
) -> None:
    answer = requests.request(method, simulator.url + path, auth=LOGIN, timeout=5)
    assert (answer.status_code, list(answer.json())) == (status, ["message"])


def test_another_version_is_not_served(simulator: SimulatorProcess) -> None:
    answer = requests.get(simulator.root + "/api/v1/account/balance", auth=LOGIN, timeout=5)
    assert answer.status_code == 404
