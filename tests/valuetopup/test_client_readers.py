"""Readers: the sample rows to the digit, and nothing odd makes one fall over."""

import json
import pickle
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.valuetopup import samples
from tests.valuetopup.conftest import Server, answer, envelope
from valuetopup import Client, _json, types
from valuetopup._rows import Row, rows, to_decimal, to_int

READERS: dict[type, str] = {
    types.Country: samples.COUNTRY,
    types.Operator: samples.OPERATOR,
    types.Product: samples.PRODUCT,
    types.Sku: samples.SKU_FIXED,
    types.Bundle: samples.BUNDLE,
    types.LookupRow: samples.LOOKUP,
    types.Promotion: samples.PROMOTION,
    types.AccountDetail: samples.ACCOUNT,
    types.ErrorCode: '{"errorCode":"001","errorMessage":"No"}',
    types.ExchangeRate: samples.RATE,
    types.Estimate: samples.ESTIMATE,
    types.GiftCard: samples.GIFT_CARD,
    types.EsimBundle: samples.ESIM_BUNDLE,
    types.Transaction: samples.TOPUP,
}


def read(kind: Any, text: str) -> Any:
    return kind.read(Row(_json.loads(text.encode())))


def text_of(value: Decimal | None) -> str:
    return str(value)


def test_a_fixed_sku() -> None:
    sku = read(types.Sku, samples.SKU_FIXED)
    assert (sku.sku_id, sku.name, sku.category) == (1210, "Airtel India Bundles 798.00 INR", "Rtr")
    assert sku.min == sku.max
    assert text_of(sku.min.face_value) == "798.00"
    assert text_of(sku.min.face_value_in_wallet_currency) == "10.92"
    assert (sku.min.face_currency, sku.min.delivered_currency) == ("INR", "INR")
    assert (sku.min.cost, sku.min.cost_currency) == (None, "")
    assert (sku.validity, sku.dial_codes, sku.local_number_length) == ("5D", ("91",), 10)
    assert (sku.discount, sku.exchange_rate) == (7, Decimal("73.0769"))
    assert sku.description.endswith("20 SMS\n5 Days validity")
    assert (sku.image_url, sku.region, sku.additional_information) == ("", "", "")
    assert sku.raw["benefitType"] == "Data"


def test_a_range_sku() -> None:
    sku = read(types.Sku, samples.SKU_RANGE)
    assert (text_of(sku.min.face_value), text_of(sku.max.face_value)) == ("1.00", "50.00")
    assert (text_of(sku.min.cost), text_of(sku.max.cost)) == ("0.84", "42.00")
    assert sku.min.cost_currency == "EUR"
    assert sku.allow_decimal is True
    assert (sku.operator_id, sku.operator_name) == (None, "")


def test_a_flat_sku_of_version_1() -> None:
    sku = read(types.Sku, samples.SKU_FLAT)
    assert (text_of(sku.min.face_value), text_of(sku.max.face_value)) == ("1.50", "20")
    assert (sku.max.face_currency, sku.max.delivered_currency) == ("USD", "JMD")
    assert (sku.operator_name, sku.discount) == ("Digicel", Decimal("4.5"))


def test_places_and_products() -> None:
    assert read(types.Country, samples.COUNTRY) == types.Country(
        code="JM",
        name="Jamaica",
        region="Caribbean",
        dial_codes=("1876",),
        area_codes=(),
        number_length=7,
    )
    assert read(types.Operator, samples.OPERATOR) == types.Operator(
        operator_id=2, name="Airtel", image_url=""
    )
    product = read(types.Product, samples.PRODUCT)
    assert (product.product_id, product.name, product.operator_id) == (8, "AT&T PIN US", 6)


def test_a_topup() -> None:
    got = read(types.Transaction, samples.TOPUP)
    assert (got.transaction_id, got.transaction_date) == (128959196, "12/9/2021 05:09")
    assert (text_of(got.invoice_amount), text_of(got.face_value)) == ("1.680", "2.00")
    assert (got.product.sku_id, got.product.name, got.product.instructions) == (
        3612,
        "Robi-Bangladesh",
        "",
    )
    assert got.topup.destination_currency == "BDT"
    assert text_of(got.topup.local_currency_amount_excluding_tax) == "144.32"
    assert got.topup.operator_transaction_id == ""
    assert (got.pins, got.gift_card, got.sim, got.bill, got.esim) == ((), None, None, None, None)


def test_a_pin() -> None:
    got = read(types.Transaction, samples.PIN)
    assert got.topup is None
    assert got.pins == (
        types.Pin(
            number="000 0000 001",
            control_number="10000001",
            delivered_amount=Decimal("2.00"),
            delivered_currency="EUR",
            expiration_date="",
        ),
    )


def test_the_other_details() -> None:
    got = read(types.Transaction, samples.OTHER_DETAILS)
    assert (got.gift_card.number, got.gift_card.pin) == ("XXXX-0000-0001", "0000")
    assert got.gift_card.certificate_link == "https://example.invalid/claim/1"
    assert (got.bill.token, got.bill.unit) == ("1234-5678-9012-3456-7890", "31.4 kWh")
    assert got.esim.iccid == "8900000000000000001"
    assert got.esim.activation_code == "LPA:1$smdp.example.invalid$TEST-1"
    assert (got.sim.sim_number, got.sim.msisdn) == ("8901", "13055550100")


def test_the_other_rows() -> None:
    promotion = read(types.Promotion, samples.PROMOTION)
    assert (promotion.product_id, promotion.operator_name) == (9101, "Digicel")
    assert promotion.ranges == (
        types.AmountRange(currency="USD", min=Decimal(10), max=Decimal(50)),
    )
    lookup = read(types.LookupRow, samples.LOOKUP)
    assert (lookup.operator_id, lookup.operator_name, lookup.skus) == (2, "Airtel", ())
    bundle = read(types.Bundle, samples.BUNDLE)
    assert (bundle.sku_id, bundle.description) == (9201, "2 GB, 28 days")
    assert bundle.min.face_value == Decimal(299)
    account = read(types.AccountDetail, samples.ACCOUNT)
    assert (account.customer_name, account.amount_due) == ("A. Customer", Decimal("1520.00"))
    assert ("billAmount", "1520.00") in account.pairs
    rate = read(types.ExchangeRate, samples.RATE)
    assert (rate.currency, text_of(rate.rate)) == ("INR", "73.0769")
    esim = read(types.EsimBundle, samples.ESIM_BUNDLE)
    assert (esim.total, esim.remaining, esim.used, esim.unit) == (1024, 512, None, "MB")
    estimate = read(types.Estimate, samples.ESTIMATE)
    assert (text_of(estimate.invoice_amount), estimate.destination_currency) == ("1.68", "BDT")


@pytest.mark.parametrize(
    "text",
    [
        '{"promotionName":"P","promotionMinMax":[{"minAmount":1},{"minAmount":2}]}',
        '{"promotionName":"P","promotionMinMax":[{"minAmount":1},null,"x",{"minAmount":2}]}',
    ],
)
def test_ranges_may_be_a_list(text: str) -> None:
    assert [item.min for item in read(types.Promotion, text).ranges] == [1, 2]


def test_names_are_compared_without_case() -> None:
    assert read(types.Operator, '{"OperatorId":"2","OPERATOR_NAME":" A "}').name == "A"


@pytest.mark.parametrize(
    ("text", "left"),
    [('[{"skuId":1},{"skuName":"x"},null,7,"x",[],{"skuId":"2"},{"skuId":1.5}]', [1, 2])],
)
def test_rows_that_cannot_be_read_are_left_out(
    server: Server, client: Client, text: str, left: list[int]
) -> None:
    server.behave(envelope(text))
    assert [sku.sku_id for sku in client.skus()] == left


def test_a_pin_without_any_number_is_no_pin() -> None:
    assert read(types.Transaction, '{"pins":[{"pinNumber":null,"deliveredAmount":2}]}').pins == ()


SECRETS = [
    "000 0000 001",
    "10000001",
    "XXXX-0000-0001",
    '"0000"',
    "'0000'",
    "claim/1",
    "1234-5678",
    "8900000000000000001",
    "TEST-1",
    "8901",
]


@pytest.mark.parametrize("sample", [samples.PIN, samples.OTHER_DETAILS])
def test_no_secret_is_printed(server: Server, client: Client, sample: str) -> None:
    server.behave(envelope(sample))
    got = client.status("c-1")
    printed = f"{got!r} {got} {got.transaction!r} {got.transaction!s}"
    assert "Transaction(" in printed
    assert [secret for secret in SECRETS if secret in printed] == []


def test_no_secret_is_printed_by_other_rows_or_errors(server: Server, client: Client) -> None:
    card, bundle = (
        read(types.GiftCard, samples.GIFT_CARD),
        read(types.EsimBundle, samples.ESIM_BUNDLE),
    )
    server.behave(answer(samples.PIN, 500))
    with pytest.raises(Exception, match="proves nothing") as caught:
        client.status("c-1")
    assert caught.value.raw["transactionId"] == 129064031  # type: ignore[attr-defined]
    printed = f"{card!r} {bundle!r} {caught.value!r} {caught.value!s} {caught.value.args}"
    assert [secret for secret in SECRETS if secret in printed] == []


def test_answers_survive_pickling(server: Server, client: Client) -> None:
    server.behave(envelope(samples.PIN))
    got = client.status("c-1")
    again = pickle.loads(pickle.dumps(got))
    assert (again, again.raw) == (got, got.raw)


@pytest.mark.parametrize(
    "text", ["0.0125", "798.00", "1.680", "-250.5", "12", "0.1", "99999999999999.9999"]
)
def test_a_number_goes_both_ways_to_the_digit(text: str) -> None:
    number = _json.loads(text.encode())
    assert (str(number), _json.dumps(number), str(to_decimal(number))) == (text, text, text)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_a_written_decimal_is_its_value(value: Decimal) -> None:
    assert json.loads(_json.dumps({"a": value}), parse_float=Decimal, parse_int=Decimal) == {
        "a": value
    }


@pytest.mark.parametrize("value", [1.5, {"a": [1.5]}, Decimal("NaN"), {1: "a"}, object(), {1}])
def test_what_is_not_exact_is_not_written(value: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        _json.dumps(value)


@pytest.mark.parametrize(
    "value", [True, None, "", "x", "1,5", "1e5", "NaN", [], {}, Decimal("1E+99"), Decimal("NaN")]
)
def test_what_is_no_number(value: Any) -> None:
    assert (to_decimal(value), to_int(value)) == (None, None)


def test_text_is_made_storable() -> None:
    got = _json.loads(rb'{"a\u0000":["b\u0000c","\ud800d","\ud83d\ude00"]}')
    assert got == {"a": ["bc", "d", "\U0001f600"]}


def test_no_text_turns_what_stands_beside_it_around() -> None:
    """A name with these could show an amount beside it backwards, or leave its own element."""
    turning = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    text = '{"na%sme": ["Digicel %s05.1", "شركة\u200f الاتصالات", "\U0001f468\u200d\U0001f469"]}'
    for ascii_only in (True, False):
        name, value = (json.dumps(turning, ensure_ascii=ascii_only)[1:-1] for _ in range(2))
        got = _json.loads((text % (name, value)).encode())
        marks = ["شركة\u200f الاتصالات", "\U0001f468\u200d\U0001f469"]
        assert got == {"name": ["Digicel 05.1", *marks]}


KEYS = sorted({key for text in READERS.values() for key in Row(json.loads(text)).raw})
DETAIL_KEYS = ["min", "max", "product", "topupDetail", "pins", "giftCardDetail", "simInfo"]
DETAIL_KEYS += ["billPaymentDetail", "esimDetail", "promotionMinMax", "skus", "faceValue"]
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.decimals(),
    st.text(max_size=8),
    st.from_regex(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?", fullmatch=True),
    st.sampled_from([Decimal("1E+999999"), Decimal("0E-999999"), Decimal("1E-999999"), 10**4000]),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(KEYS + DETAIL_KEYS), inner, max_size=6),
    ),
    max_leaves=12,
)
payloads = st.dictionaries(st.sampled_from(KEYS + DETAIL_KEYS) | st.text(max_size=4), values)


@given(payloads)
def test_no_reader_ever_raises(payload: dict[str, Any]) -> None:
    for kind in READERS:
        got = kind.read(Row(payload))  # type: ignore[attr-defined]
        assert got is None or all_readable(got)


@given(values)
def test_no_list_ever_raises(payload: Any) -> None:
    assert all(row.raw for row in rows(payload))


def all_readable(value: Any) -> bool:
    """Every number is finite, and repr() and comparing work."""
    assert repr(value)
    assert value == value
    if isinstance(value, Decimal):
        return value.is_finite() and abs(value.adjusted()) <= 60
    if isinstance(value, tuple):
        return all(all_readable(item) for item in value)
    if is_dataclass(value):
        return all(
            all_readable(getattr(value, field.name))
            for field in fields(value)
            if field.name != "raw"
        )
    return value is None or isinstance(value, str | int)


def test_every_reader_is_tried() -> None:
    tried = {kind.__name__ for kind in READERS}
    readers: dict[str, Callable[..., Any]] = {
        name: kind for name, kind in vars(types).items() if hasattr(kind, "read")
    }
    inner = {"AmountRange", "Denomination", "Pin", "TransactionProduct", "TopupDetail"}
    inner |= {"BillDetail", "SimDetail", "EsimDetail"}
    assert set(readers) - inner == tried
