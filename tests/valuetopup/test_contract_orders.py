"""The contract of the orders. Against the real sandbox only with VALUETOPUP_SANDBOX_ORDERS=1."""

import inspect
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from tests.valuetopup import contract
from tests.valuetopup.contract import MSISDN, Provider, floats_in, is_refusal, or_error
from valuetopup import Answer, Client, Sku, Transaction, codes

FINAL_WITHIN = 150.0  # seconds; the provider's own limit is two minutes


@pytest.fixture
def seller(provider: Provider) -> Provider:
    if not provider.may_order:
        pytest.skip("no orders without VALUETOPUP_SANDBOX_ORDERS=1")
    return provider


def money(sku: Sku) -> dict[str, object]:
    assert sku.min.face_value is not None
    return {"amount": sku.min.face_value, "currency": sku.min.face_currency}


def topup(seller: Provider, correlation_id: str) -> tuple[Sku, Answer]:
    sku = seller.cheapest("rtr", country="JM")
    return sku, seller.client.topup(
        sku_id=sku.sku_id, msisdn=MSISDN, correlation_id=correlation_id, **money(sku)
    )


def pin(seller: Provider, correlation_id: str) -> tuple[Sku, Answer]:
    sku = seller.cheapest("pin")
    return sku, seller.client.pin(sku_id=sku.sku_id, correlation_id=correlation_id)


def bill(seller: Provider, correlation_id: str) -> tuple[Sku, Answer]:
    sku = seller.cheapest("billpay")
    return sku, seller.client.bill(
        sku_id=sku.sku_id,
        account_number="04123456789",
        correlation_id=correlation_id,
        **money(sku),
    )


def gift_card(seller: Provider, correlation_id: str) -> tuple[Sku, Answer]:
    sku = next(seller.client.gift_card_skus())
    return sku, seller.client.gift_card(
        sku_id=sku.sku_id, correlation_id=correlation_id, **money(sku)
    )


def esim(seller: Provider, correlation_id: str) -> tuple[Sku, Answer]:
    sku = seller.cheapest("esim")
    return sku, seller.client.esim(sku_id=sku.sku_id, correlation_id=correlation_id)


ORDERS: dict[str, Callable[[Provider, str], tuple[Sku, Answer]]] = {
    "topup": topup,
    "pin": pin,
    "bill": bill,
    "gift_card": gift_card,
    "esim": esim,
}


def final(seller: Provider, correlation_id: str) -> Answer:
    """The first status that is not pending."""
    until = time.monotonic() + FINAL_WITHIN
    answer = seller.client.status(correlation_id)
    while answer.code in codes.PENDING and time.monotonic() < until:
        assert answer.transaction is None, "a pending order has no payload"
        time.sleep(0.01 if seller.name == "simulator" else 5)
        answer = seller.client.status(correlation_id)
    assert answer.code not in codes.PENDING
    return answer


def has_common_part(transaction: Transaction | None, sku: Sku) -> bool:
    """What every finished order tells, exact and typed."""
    assert transaction is not None
    assert transaction.product is not None
    assert isinstance(transaction.transaction_id, int)
    assert isinstance(transaction.invoice_amount, Decimal)
    assert transaction.invoice_amount > 0
    assert isinstance(transaction.face_value, Decimal)
    assert transaction.transaction_date
    assert floats_in(transaction.raw) == []
    return transaction.product.sku_id == sku.sku_id


@pytest.mark.parametrize("kind", ORDERS)
def test_an_order_is_done_pending_or_refused_and_its_status_says_the_same(
    seller: Provider, kind: str
) -> None:
    correlation_id = seller.new_id()
    sku, answer = ORDERS[kind](seller, correlation_id)
    assert answer.http_status == 200
    if answer.code != codes.SUCCESS:
        assert answer.transaction is None
        assert answer.message
    status = final(seller, correlation_id)
    if seller.name == "simulator":
        assert status.code == codes.SUCCESS
    if answer.code not in codes.PENDING:
        assert status.code == answer.code
    if status.code == codes.SUCCESS:
        assert has_common_part(status.transaction, sku)
        again = final(seller, correlation_id)
        assert again.transaction == status.transaction, "a finished order stays as it is"
    else:
        assert status.transaction is None


def done(seller: Provider, kind: str) -> Transaction:
    """An order that went through. Skips the test if the sandbox refuses ours."""
    correlation_id = seller.new_id()
    ORDERS[kind](seller, correlation_id)
    status = final(seller, correlation_id)
    if status.code != codes.SUCCESS and seller.name != "simulator":
        pytest.skip(f"refused here: {status.code} {status.message}")
    assert status.transaction is not None
    return status.transaction


def test_a_topup_tells_what_the_phone_received(seller: Provider) -> None:
    detail = done(seller, "topup").topup
    assert detail is not None
    assert isinstance(detail.local_currency_amount, Decimal)
    assert len(detail.destination_currency) == 3


def test_a_pin_is_in_the_status_as_well(seller: Provider) -> None:
    pins = done(seller, "pin").pins
    assert pins
    assert all(pin.number for pin in pins)
    assert [pin for pin in pins if pin.number in repr(pin)] == []


def test_a_gift_card_is_fetched_by_the_providers_id(seller: Provider) -> None:
    transaction = done(seller, "gift_card")
    assert transaction.transaction_id is not None
    card = seller.client.fetch_gift_card(transaction.transaction_id)
    assert card.number or card.pin or card.certificate_link
    assert card.number not in repr(card) or not card.number


def test_an_esim_has_an_iccid_whose_bundles_can_be_asked_for(seller: Provider) -> None:
    profile = done(seller, "esim").esim
    assert profile is not None
    assert profile.iccid
    bundles = or_error(lambda: seller.client.esim_status(profile.iccid))
    assert is_refusal(bundles) or floats_in([bundle.raw for bundle in bundles]) == []


def test_an_amount_far_out_of_range_is_refused(seller: Provider) -> None:
    sku = seller.cheapest("rtr", country="JM")
    assert sku.max.face_value is not None
    answer = seller.client.topup(
        sku_id=sku.sku_id,
        amount=sku.max.face_value + 1000,
        currency=sku.min.face_currency,
        msisdn=MSISDN,
        correlation_id=seller.new_id(),
    )
    assert answer.code not in {codes.SUCCESS, *codes.PENDING}
    assert answer.transaction is None


def test_every_call_of_the_client_is_in_the_contract() -> None:
    here = Path(__file__).parent
    text = "".join(path.read_text() for path in here.glob("test_contract_*.py"))
    calls = {
        name
        for name, value in inspect.getmembers(Client, callable)
        if not name.startswith("_") and name != "close"
    }
    assert len(calls) == 22
    assert {
        name for name in calls if f"client.{name}(" not in text and f'"{name}"' not in text
    } == set()


@pytest.mark.parametrize(
    ("environ", "names", "may_order"),
    [
        ({}, ["simulator"], None),
        ({"USER_ID": "u"}, ["simulator"], None),
        ({"USER_ID": "u", "PASSWORD": ""}, ["simulator"], None),
        ({"USER_ID": "u", "PASSWORD": "p"}, ["simulator", "sandbox"], False),
        ({"USER_ID": "u", "PASSWORD": "p", "ORDERS": "0"}, ["simulator", "sandbox"], False),
        ({"USER_ID": "u", "PASSWORD": "p", "ORDERS": "1"}, ["simulator", "sandbox"], True),
    ],
)
def test_the_sandbox_is_asked_with_credentials_and_ordered_from_with_a_switch(
    environ: dict[str, str], names: list[str], may_order: bool | None
) -> None:
    given = {f"VALUETOPUP_SANDBOX_{name}": value for name, value in environ.items()}
    assert contract.names(given) == names
    if may_order is not None:
        assert contract.sandbox(given).may_order is may_order
