"""The simulator's wallet, to the digit: who pays what, when, and in which currency."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from tests.valuetopup.simulating import (
    BILL,
    CARD,
    CARD_FETCHED,
    CARD_LATER,
    ESIM,
    FIXED,
    MSISDN,
    PIN,
    RANGE,
    RUPEES,
    charged,
    get,
    journal_row,
    new_id,
    post,
    sku_id,
)
from valuetopup import Client
from valuetopup.simulator.testing import SimulatorProcess

JMD_BUNDLE = "Digicel Jamaica Bundles 250.00 JMD"
INDIAN = "919876543210"


def topup(simulator: SimulatorProcess, name: str = FIXED, **fields: Any) -> Any:
    body = {"skuId": sku_id(name), "amount": 10, "mobile": MSISDN, "correlationId": new_id()}
    return post(simulator, "/transaction/topup", body | fields).json()


def test_available_money_has_a_minus_and_debt_would_not(
    simulator: SimulatorProcess, buyer: Client
) -> None:
    assert str(buyer.balance()) == "-1000.00"
    topup(simulator)
    assert str(buyer.balance()) == "-990.700"
    assert simulator.control("wallet") == {
        "opened": Decimal("1000.00"),
        "balance": Decimal("-990.700"),
        "available": Decimal("990.700"),
        "charged": Decimal("9.300"),
        "currency": "USD",
    }


def test_an_empty_wallet_is_zero_without_a_minus(simulator: SimulatorProcess) -> None:
    simulator.control("reset", "POST", {"wallet": "0.00"})
    assert str(get(simulator, "/account/balance")["payLoad"]) == "0.00"


# kind, SKU, fields: face value less the discount, plus the fee.
INVOICES = [
    ("topup", FIXED, {"amount": 10, "mobile": MSISDN}, "9.300"),  # 7 %
    ("topup", RANGE, {"amount": 33, "mobile": MSISDN}, "30.690"),  # 7 %
    ("topup", RUPEES, {"amount": 798, "mobile": INDIAN, "transactionCurrencyCode": "INR"},
     "9.231"),  # 798 / 80.40, 7 %
    ("pin", PIN, {}, "14.400"),  # 4 %
    ("giftcard/order", CARD, {"amount": 5}, "4.750"),  # 5 %
    ("giftcard/order", CARD_LATER, {"amount": 10}, "9.500"),  # 5 %
    ("giftcard/order", CARD_FETCHED, {"amount": 20}, "19.200"),  # 4 %
    ("billpay", BILL, {"amount": 14800, "accountNumber": "04123456789",
                       "transactionCurrencyCode": "NGN"}, "10.200"),  # 10 USD, 3 %, fee 0.50
    ("/esim/order", ESIM, {}, "3.825"),  # 15 %
]  # fmt: skip


@pytest.mark.parametrize(("kind", "name", "fields", "invoice"), INVOICES)
def test_each_kind_pays_its_invoice_to_the_digit(
    simulator: SimulatorProcess, kind: str, name: str, fields: dict[str, Any], invoice: str
) -> None:
    path = kind if kind.startswith("/") else f"/transaction/{kind}"
    body = fields | {"skuId": sku_id(name), "correlationId": new_id()}
    assert post(simulator, path, body).json()["responseCode"] in ("000", "852")
    assert charged(simulator) == invoice
    status_path = f"/transaction/status/{body['correlationId']}"
    codes = [get(simulator, status_path) for _ in range(2)]
    assert codes[-1]["responseCode"] == "000"
    assert str(codes[-1]["payLoad"]["invoiceAmount"]) == invoice
    row = journal_row(simulator, body["correlationId"])
    assert (row["posts"], row["executed"], str(row["charged"])) == (1, 1, invoice)


@pytest.mark.parametrize(
    ("name", "amount", "currency", "invoice"),
    [
        (FIXED, "10", "USD", "9.300"),
        (RUPEES, "798.00", "INR", "9.231"),
        (PIN, "15", "USD", "14.400"),
    ],
)
def test_an_estimate_is_the_invoice(
    simulator: SimulatorProcess, buyer: Client, name: str, amount: str, currency: str, invoice: str
) -> None:
    estimate = buyer.estimate_cost(sku_id=sku_id(name), amount=Decimal(amount), currency=currency)
    assert str(estimate.invoice_amount) == invoice
    assert (estimate.face_value, estimate.face_currency) == (Decimal(amount), currency)
    assert charged(simulator) == "0.00"


@pytest.mark.parametrize("number", ["0501", "0502", "0510", "0540", "0560", "0853", "0999", "0122"])
def test_what_fails_costs_nothing(simulator: SimulatorProcess, number: str) -> None:
    try:
        topup(simulator, mobile=f"1876555{number}")
    except OSError:
        assert number == "0122"  # dropped before acceptance
    assert charged(simulator) == "0.00"
    assert simulator.control("summary")["executed"] == 0


def test_the_sum_is_that_of_the_invoices(simulator: SimulatorProcess) -> None:
    answers = [topup(simulator) for _ in range(3)]
    answers += [topup(simulator, RANGE, amount=7) for _ in range(2)]
    invoices = [Decimal(str(answer["payLoad"]["invoiceAmount"])) for answer in answers]
    assert simulator.control("wallet")["charged"] == sum(invoices)
    assert charged(simulator) == "40.920"


def test_an_order_dearer_than_the_wallet_is_refused(simulator: SimulatorProcess) -> None:
    simulator.control("reset", "POST", {"wallet": "18.59"})
    codes = [topup(simulator)["responseCode"] for _ in range(2)]
    assert codes == ["000", "003"]
    assert charged(simulator) == "9.300"


def test_the_last_cent_can_be_spent(simulator: SimulatorProcess, buyer: Client) -> None:
    simulator.control("reset", "POST", {"wallet": "18.60"})
    assert [topup(simulator)["responseCode"] for _ in range(2)] == ["000", "000"]
    assert buyer.balance() == 0
    assert topup(simulator)["responseCode"] == "003"


def test_an_amount_without_a_currency_is_in_the_wallets(simulator: SimulatorProcess) -> None:
    """798 of a dollar wallet is no Indian bundle of 798 rupees; its 9.93 dollars are."""
    assert topup(simulator, RUPEES, amount=798, mobile=INDIAN)["responseCode"] == "001"
    bought = topup(simulator, RUPEES, amount=9.93, mobile=INDIAN)
    assert bought["responseCode"] == "000"
    assert bought["payLoad"]["faceValue"] == 798
    assert charged(simulator) == "9.231"


def test_a_range_without_a_currency_spends_wallet_money(simulator: SimulatorProcess) -> None:
    """The dear mistake: 300 for rupees goes out as 300 of the wallet's dollars."""
    name = "Flipkart IN (100.00 - 10000.00 INR)"
    body = {"skuId": sku_id(name), "amount": 100, "correlationId": new_id()}
    post(simulator, "/transaction/giftcard/order", body)
    assert charged(simulator) == "96.000"


@pytest.mark.parametrize(("currency", "code"), [("USD", "000"), ("JMD", "001"), ("usd", "001")])
def test_the_currency_is_the_skus_or_the_wallets_in_capitals(
    simulator: SimulatorProcess, currency: str, code: str
) -> None:
    assert topup(simulator, transactionCurrencyCode=currency)["responseCode"] == code


@pytest.mark.parametrize(
    ("name", "amount", "code"),
    [
        (FIXED, 10, "000"),
        (FIXED, 10.01, "001"),
        (FIXED, 9, "001"),
        (RANGE, 3, "000"),
        (RANGE, 100, "000"),
        (RANGE, 2.99, "001"),
        (RANGE, 100.01, "001"),
    ],
)
def test_an_amount_outside_the_denomination_is_refused(
    simulator: SimulatorProcess, name: str, amount: float, code: str
) -> None:
    answer = topup(simulator, name, amount=amount, transactionCurrencyCode="USD")
    assert answer["responseCode"] == code
    if code == "001":
        assert "should be between" in answer["responseMessage"]


def test_decimals_only_where_the_sku_allows_them(simulator: SimulatorProcess) -> None:
    rows = get(simulator, "/catalog/skus")["payLoad"]
    ranges = [row for row in rows if row["category"] == "Rtr" and row["min"] != row["max"]]
    for is_allowed, code in ((True, "000"), (False, "001")):
        row = next(row for row in ranges if row["allowDecimal"] is is_allowed)
        number = row["internationalCountryCode"][0] + "8" * row["localPhoneNumberLength"]
        body = {
            "skuId": row["skuId"],
            "amount": 5.55,
            "mobile": number,
            "transactionCurrencyCode": row["min"]["faceValueCurrency"],
        }
        assert post(simulator, "/transaction/topup", body).json()["responseCode"] == code


def test_trailing_zeros_are_kept_as_numbers(simulator: SimulatorProcess) -> None:
    body = {"skuId": sku_id(FIXED), "amount": 10, "mobile": MSISDN, "correlationId": new_id()}
    text = post(simulator, "/transaction/topup", body).text
    assert '"invoiceAmount":9.300,' in text
    assert '"faceValue":10.00,' in text
    assert '"fee":0.00,' in text
    payload = get(simulator, f"/transaction/status/{body['correlationId']}")["payLoad"]
    assert str(payload["topupDetail"]["localCurrencyAmount"]) == "1512.00"


def test_another_wallet_pays_in_its_own_currency() -> None:
    with SimulatorProcess(currency="EUR", wallet="50") as simulator:
        rupees = topup(simulator, RUPEES, amount=798, mobile=INDIAN, transactionCurrencyCode="INR")
        dollars = topup(simulator, FIXED, amount=10, transactionCurrencyCode="USD")
        paid = [answer["payLoad"]["invoiceAmount"] for answer in (rupees, dollars)]
        rows = get(simulator, f"/catalog/skus?skuId={sku_id(FIXED)}")["payLoad"]
        wallet = simulator.control("wallet")
    assert paid == [8.400, 8.463]  # 798 / 80.40 * 0.91 * 0.93; 10 * 0.91 * 0.93
    assert (str(wallet["charged"]), str(wallet["available"]), wallet["currency"]) == (
        "16.863", "33.137", "EUR",
    )  # fmt: skip
    assert (rows[0]["min"]["cost"], rows[0]["min"]["costCurrency"]) == (Decimal("8.463"), "EUR")


def at_once(number: int, work: Callable[[int], str]) -> Counter[str]:
    """The answers of so many calls made together."""
    with ThreadPoolExecutor(number) as pool:
        return Counter(pool.map(work, range(number)))


def test_many_orders_at_once_are_charged_once_each(simulator: SimulatorProcess) -> None:
    simulator.control("reset", "POST", {"wallet": "93.00"})
    codes = at_once(24, lambda _: topup(simulator)["responseCode"])
    assert codes == {"000": 10, "003": 14}
    assert str(simulator.control("wallet")["available"]) == "0.000"


def test_one_id_posted_many_times_at_once_is_executed_once(simulator: SimulatorProcess) -> None:
    name = new_id()
    codes = at_once(24, lambda _: topup(simulator, correlationId=name)["responseCode"])
    assert codes == {"000": 1, "899": 23}
    row = journal_row(simulator, name)
    assert (row["posts"], row["executed"], str(row["charged"])) == (24, 1, "9.300")
