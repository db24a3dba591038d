"""What goes over the wire: paths, bodies to the digit, headers, connections."""

import base64
import threading
from decimal import Decimal
from typing import Any

import pytest

from tests.valuetopup.conftest import Server, answer, envelope
from valuetopup import Client

ORDER = {"sku_id": 7, "correlation_id": "c-1"}
MONEY = {"amount": Decimal("798.00"), "currency": "INR"}
MSISDN = "911234567890"

READS = [
    ("balance", (), {}, "account/balance"),
    ("countries", (), {}, "catalog/countries"),
    ("operators", (), {}, "catalog/operators"),
    (
        "operators",
        (),
        {"operator_id": 2, "country_code": "IN"},
        "catalog/operators?operatorId=2&countryCode=IN",
    ),
    ("products", (), {"category_id": 2}, "catalog/getproducts?categoryId=2"),
    ("skus", (), {}, "catalog/skus"),
    ("skus", (), {"product_id": 1, "sku_id": 3}, "catalog/skus?productId=1&skuId=3"),
    ("exchange_rate", (7,), {}, "catalog/sku/exchangeRate/7"),
    ("error_codes", (), {}, "catalog/errors"),
    ("bundles", (114, MSISDN), {}, f"catalog/bundles/114/{MSISDN}"),
    ("lookup_mobile", (MSISDN,), {}, f"lookup/mobile/{MSISDN}"),
    (
        "fetch_account",
        (7, "04 1/2"),
        {},
        "lookup/billpay/fetch-account-detail?skuId=7&accountNumber=04+1%2F2",
    ),
    ("current_promotions", (), {}, "promotion/current"),
    ("upcoming_promotions", (), {}, "promotion/upcoming"),
    ("fetch_gift_card", (129064031,), {}, "transaction/giftcard/fetch/129064031"),
    ("esim_status", ("8900000000000000001",), {}, "esim/status/8900000000000000001"),
    ("status", ("c-1",), {}, "transaction/status/c-1"),
]
OBJECTS = {"exchange_rate", "fetch_account", "fetch_gift_card", "status"}


def payload_for(call: str) -> str:
    return "-250.5" if call == "balance" else '{"a":1}' if call in OBJECTS else "[]"


@pytest.mark.parametrize(("call", "args", "options", "target"), READS)
def test_a_read_call_asks_for_its_path(
    server: Server, client: Client, call: str, args: tuple[Any, ...], options: Any, target: str
) -> None:
    server.behave(envelope(payload_for(call)))
    getattr(client, call)(*args, **options)
    (request,) = server.received
    assert (request.method, request.target, request.body) == ("GET", f"/api/v2/{target}", "")
    assert "accept-language" not in request.headers
    assert request.headers["accept"] == "application/json"
    user = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
    assert user == "someone:secret-word"


def test_three_calls_pass_a_language(server: Server, client: Client) -> None:
    server.behave(envelope("[]"))
    client.skus(language="ar")
    client.lookup_mobile(MSISDN, language="ar")
    list(client.gift_card_skus(language="ar"))
    assert [request.headers["accept-language"] for request in server.received] == ["ar"] * 3


ORDERS = [
    (
        "topup",
        {**ORDER, **MONEY, "msisdn": MSISDN},
        "transaction/topup",
        (
            '{"skuId":7,"correlationId":"c-1","amount":798.00,"transactionCurrencyCode":"INR",'
            f'"mobile":"{MSISDN}"}}'
        ),
    ),
    (
        "topup",
        {
            **ORDER,
            "amount": Decimal("0.0125"),
            "currency": "eur",
            "msisdn": MSISDN,
            "sender_msisdn": "18761234567",
            "boost_pin": "1234",
            "plan_months": 3,
            "additional_infos": [("Plan", 'A "b"')],
        },
        "transaction/topup",
        (
            '{"skuId":7,"correlationId":"c-1","amount":0.0125,"transactionCurrencyCode":"EUR",'
            f'"mobile":"{MSISDN}","senderMobile":"18761234567","boostPin":"1234",'
            '"numberOfPlanMonths":3,"additionalInfos":[{"name":"Plan","value":"A \\"b\\""}]}'
        ),
    ),
    ("pin", ORDER, "transaction/pin", '{"skuId":7,"correlationId":"c-1"}'),
    (
        "pin",
        {**ORDER, "recipient": "393123456789"},
        "transaction/pin",
        '{"skuId":7,"correlationId":"c-1","recipient":"393123456789"}',
    ),
    (
        "bill",
        {**ORDER, **MONEY, "account_number": "04123", "check_digits": "9", "sender_name": "N"},
        "transaction/billpay",
        (
            '{"skuId":7,"correlationId":"c-1","amount":798.00,"transactionCurrencyCode":"INR",'
            '"accountNumber":"04123","checkDigits":"9","senderName":"N"}'
        ),
    ),
    (
        "gift_card",
        {**ORDER, "amount": Decimal("1E+2"), "currency": "USD", "first_name": "F"},
        "transaction/giftcard/order",
        (
            '{"skuId":7,"correlationId":"c-1","amount":100,"transactionCurrencyCode":"USD",'
            '"firstName":"F"}'
        ),
    ),
    ("esim", ORDER, "esim/order", '{"skuId":7,"correlationId":"c-1"}'),
]


@pytest.mark.parametrize(("call", "options", "target", "body"), ORDERS)
def test_an_order_is_written_to_the_digit(
    server: Server, client: Client, call: str, options: Any, target: str, body: str
) -> None:
    server.behave(envelope("null", "852"))
    assert getattr(client, call)(**options).code == "852"
    (request,) = server.received
    assert (request.method, request.target) == ("POST", f"/api/v2/{target}")
    assert request.body == body
    assert request.headers["content-type"] == "application/json"


def test_an_estimate_names_amount_and_currency(server: Server, client: Client) -> None:
    server.behave(envelope('{"invoiceAmount":1.680,"faceValueCurrency":"eur"}'))
    estimate = client.estimate_cost(sku_id=7, amount=Decimal("2.00"), currency="eur")
    assert server.received[0].target == "/api/v2/transaction/estimatecost"
    assert server.received[0].body == ('{"skuId":7,"amount":2.00,"transactionCurrencyCode":"EUR"}')
    assert (str(estimate.invoice_amount), estimate.face_currency) == ("1.680", "EUR")


def test_the_path_of_the_estimate_is_a_setting(server: Server) -> None:
    server.behave(envelope('{"invoiceAmount":1}'))
    with Client(base_url=server.url, user_id="u", password="p", estimate_path="cost") as client:
        client.estimate_cost(sku_id=7, amount=Decimal(2), currency="EUR")
    assert server.received[0].target == "/api/v2/cost"


TOPUP = {**ORDER, **MONEY, "msisdn": MSISDN}
BAD_ORDERS = [
    ("topup", TOPUP | {"correlation_id": ""}),
    ("topup", TOPUP | {"correlation_id": None}),
    ("topup", TOPUP | {"correlation_id": "a/b"}),
    ("topup", TOPUP | {"correlation_id": "a" * 51}),
    ("topup", TOPUP | {"correlation_id": "a\n"}),
    ("topup", TOPUP | {"currency": ""}),
    ("topup", TOPUP | {"currency": None}),
    ("topup", TOPUP | {"currency": "EURO"}),
    ("topup", TOPUP | {"amount": 798.0}),
    ("topup", TOPUP | {"amount": "798"}),
    ("topup", TOPUP | {"amount": Decimal(0)}),
    ("topup", TOPUP | {"amount": Decimal(-1)}),
    ("topup", TOPUP | {"amount": Decimal("NaN")}),
    ("topup", TOPUP | {"amount": Decimal("Infinity")}),
    ("topup", TOPUP | {"msisdn": "+1 876"}),
    ("topup", TOPUP | {"msisdn": ""}),
    ("topup", TOPUP | {"sku_id": "7"}),
    ("topup", TOPUP | {"boost_pin": "12345678"}),
    ("topup", TOPUP | {"plan_months": 0}),
    ("topup", TOPUP | {"additional_infos": [("months", 3)]}),
    ("bill", {**ORDER, **MONEY, "account_number": " "}),
    ("bill", {**ORDER, **MONEY, "account_number": "1", "check_digits": 9}),
    ("gift_card", ORDER | {"amount": 1.5, "currency": "USD"}),
    ("pin", ORDER | {"correlation_id": "ü"}),
    ("pin", ORDER | {"recipient": "abc"}),
    ("esim", ORDER | {"sku_id": 0}),
    ("status", {"correlation_id": "../balance"}),
    ("lookup_mobile", {"msisdn": "1876/../.."}),
    ("esim_status", {"iccid": "89/1"}),
    ("gift_card_skus", {"page_size": 101}),
    ("estimate_cost", {"sku_id": 1, "amount": Decimal(1), "currency": ""}),
]


@pytest.mark.parametrize(("call", "options"), BAD_ORDERS)
def test_what_must_not_be_sent_is_a_value_error(
    server: Server, client: Client, call: str, options: Any
) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        getattr(client, call)(**options)
    assert (server.connections, server.received) == (0, [])


@pytest.mark.parametrize("call", ["pin", "esim"])
@pytest.mark.parametrize("extra", ["amount", "currency"])
def test_pin_and_esim_take_no_amount(client: Client, call: str, extra: str) -> None:
    with pytest.raises(TypeError, match=extra):
        getattr(client, call)(**ORDER, **{extra: MONEY[extra]})


def test_reads_share_a_connection_and_orders_never(server: Server, client: Client) -> None:
    server.behave(envelope("[]"))
    for _ in range(3):
        client.countries()
    assert server.connections == 1
    for number in range(2):
        client.pin(sku_id=7, correlation_id=f"c-{number}")
    assert server.connections == 3


def test_each_thread_has_its_own_connection(server: Server, client: Client) -> None:
    server.behave(envelope("[]"))
    client.countries()
    thread = threading.Thread(target=client.countries)
    thread.start()
    thread.join()
    assert server.connections == 2


def test_neither_proxy_nor_netrc_of_the_environment_counts(
    server: Server, client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server.behave(envelope("[]"))
    client.countries()
    user = server.received[0].headers["authorization"].removeprefix("Basic ")
    assert base64.b64decode(user) == b"someone:secret-word"


def test_cookies_are_not_kept(server: Server, client: Client) -> None:
    body = '{"responseCode":"000","payLoad":[]}'
    server.behave(answer(body, Set_Cookie="session=1; Path=/"))
    client.countries()
    client.countries()
    assert [request.headers.get("cookie") for request in server.received] == [None, None]
