"""A shop with float, an agent and a SKU, and sales in any state the rules allow."""

from datetime import timedelta
from decimal import Decimal as D
from uuid import uuid4

import pytest
from django.conf import settings as live_settings
from django.core.cache import cache
from django.test import override_settings
from django.utils import timezone

from catalog.enums import Category
from catalog.models import Country, Operator, Product, Sku
from ledger.models import AccountKind
from ledger.queries import house_balance
from tests.brand import branded, no_brand  # noqa: F401
from tests.topup.counter import Clock, make_counter
from tests.topup.prices import just
from tests.valuetopup.conftest import server  # noqa: F401  a provider whose every byte is chosen
from topup.evidence import Outcome, Verdict
from topup.models import Person, ProviderCall, Role
from topup.services import opening, safety
from topup.services.moves import move
from topup.services.pricing import Quote, version_of
from topup.services.settling import apply_outcome
from topup.services.shops import add_float, open_shop
from topup.states import SaleState
from valuetopup import Answer
from valuetopup._rows import Row
from valuetopup.simulator.testing import SimulatorProcess
from valuetopup.types import Transaction


@pytest.fixture(scope="package", autouse=True)
def quick_passwords():
    """To hash one as slowly as for real takes a third of a second."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="package", autouse=True)
def patient_cache():
    """A cache that rests for a second is waited for: the product would go on without it."""
    patience = {"OPTIONS": {"socket_timeout": 60, "socket_connect_timeout": 60}}
    with override_settings(CACHES={"default": live_settings.CACHES["default"] | patience}):
        yield


@pytest.fixture(scope="session")
def simulator_process():
    with SimulatorProcess(lookup="production", time_scale=Clock.SCALE) as process:
        yield process


@pytest.fixture
def simulator(simulator_process, settings):
    """A real provider with a fresh journal; delays of its triggers go by `Clock.SCALE`."""
    settings.VALUETOPUP_BASE_URL = simulator_process.url
    simulator_process.control("reset", "POST", {})
    cache.clear()
    return simulator_process


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


@pytest.fixture
def noon(monkeypatch):
    """It is noon of tomorrow, and goes on from there: no day ends while a test is about it."""
    real = timezone.now
    wanted = (real() + timedelta(days=1)).replace(hour=12, minute=0)
    apart = wanted - real()
    monkeypatch.setattr(timezone, "now", lambda: real() + apart)


@pytest.fixture
def counter(db, simulator):
    """A shop that sells through the simulator; see `tests.topup.counter`."""
    return make_counter(simulator)


@pytest.fixture
def shop(db):
    safety.switch_off()  # questions and pauses are tested by themselves
    shop = open_shop(name="Corner")
    add_float(shop=shop, amount=D(100), by=None, memo="start", key="start")
    return shop


@pytest.fixture
def other_shop(db):
    shop = open_shop(name="Harbour")
    add_float(shop=shop, amount=D(100), by=None, memo="start", key="start-other")
    return shop


@pytest.fixture
def agent(shop):
    return Person.objects.create_user("agent", role=Role.CASHIER, shop=shop)


@pytest.fixture
def other_agent(other_shop):
    return Person.objects.create_user("rival", role=Role.CASHIER, shop=other_shop)


@pytest.fixture
def boss(db):
    """One of the distributor's people; `second` is another, for what takes two."""
    return Person.objects.create_user("boss", role=Role.ADMIN, is_staff=True)


@pytest.fixture
def second(db):
    return Person.objects.create_user("second", role=Role.ADMIN, is_staff=True)


@pytest.fixture
def sku(db):
    jamaica = Country.objects.create(code="JM", name="Jamaica", dial_codes=["1876"])
    digicel = Operator.objects.create(provider_id=1, name="Digicel", country=jamaica)
    product = Product.objects.create(
        provider_id=1, name="Digicel Jamaica", category=Category.RTR, operator=digicel
    )
    return Sku.objects.create(
        provider_id=11, name="Digicel 10 USD", product=product, operator=digicel, country=jamaica,
        category=Category.RTR, min_face_value=D(10), max_face_value=D(10), face_currency="USD",
        min_delivered=D(1550), max_delivered=D(1550), delivered_currency="JMD",
        min_cost=D("9.20"), max_cost=D("9.20"), cost_currency="USD", dial_codes=["1876"],
        row_hash="one",
    )  # fmt: skip


@pytest.fixture
def pin_sku(sku):
    return Sku.objects.create(
        provider_id=12, name="AT&T PIN 15 USD", product=sku.product, operator=sku.operator,
        country=sku.country, category=Category.PIN, min_face_value=D(15), max_face_value=D(15),
        face_currency="USD", min_cost=D("14"), max_cost=D("14"), cost_currency="USD",
        row_hash="two",
    )  # fmt: skip


@pytest.fixture
def quoted(shop, sku):
    """A quote as the issue's example: price 10.00, cost 9.20, commission 0.40."""

    def make(**changes):
        chosen = changes.pop("sku", sku)
        values = {
            "sku_id": chosen.pk, "shop_id": shop.pk, "recipient": "18761234567",
            "face_value": chosen.min_face_value, "face_currency": "USD",
            "delivered_amount": D(1550), "delivered_currency": "JMD", "price": D("10.00"),
            "cost": D("9.20"), "commission": D("0.40"), "currency": "USD",
            "second_price": None, "second_currency": "",
            "expires_at": timezone.now() + timedelta(minutes=3),
            "correlation_id": str(uuid4()), "version": version_of(shop, chosen),
        }  # fmt: skip
        values |= changes
        price_rule, commission_rule = just(values["price"], values["commission"])
        rules = {"price_rule_id": price_rule, "commission_rule_id": commission_rule}
        return Quote(**(rules | values))

    return make


@pytest.fixture
def sold(agent, quoted, monkeypatch):
    """A sale brought to a state by the same functions the product uses."""
    monkeypatch.setattr(opening, "nudge", lambda sale_id: None)

    def make(state=SaleState.SUBMITTED, *, age=0, **changes):
        sale = opening.open_sale(agent=agent, quote=quoted(**changes)).sale
        if state == SaleState.CREATED:
            return sale
        then = timezone.now() - timedelta(seconds=age)
        move(
            sale, SaleState.SUBMITTED,
            submitted_at=then, send_before=then + timedelta(seconds=20),
        )  # fmt: skip
        ProviderCall.objects.create(sale=sale, call="order", started_at=then)
        if state != SaleState.SUBMITTED:
            reach = {
                SaleState.PENDING: outcome(Verdict.PENDING, "852"),
                SaleState.IN_DOUBT: outcome(Verdict.UNKNOWN),
                SaleState.COMPLETED: success(),
                SaleState.DECLINED: outcome(Verdict.DECLINED, "501"),
            }
            apply_outcome(sale_id=sale.pk, outcome=reach[state])
        sale.refresh_from_db()
        assert sale.state == state
        return sale

    return make


def outcome(verdict, code="", **rest):
    return Outcome(verdict=verdict, code=code, **rest)


def answer(code="000", payload=None, message=""):
    """An answer as the client reads it from the wire."""
    body = {"responseCode": code, "responseMessage": message or None, "payLoad": payload}
    transaction = Transaction.read(Row(payload)) if payload else None
    return Answer(http_status=200, code=code, message=message, transaction=transaction, raw=body)


def topup_payload(invoice="9.25", **changes):
    return {
        "transactionId": 128959196, "transactionDate": "12/9/2021 05:09",
        "invoiceAmount": D(invoice) if invoice else None, "faceValue": D("10.00"),
        "discount": D("0.0"), "fee": D("0.0"),
        "product": {"skuId": 11, "productName": "Digicel", "faceValue": D(10), "instructions": ""},
        "topupDetail": {"localCurrencyAmount": D("1550.00"), "salesTaxAmount": D("0.00"),
                        "destinationCurrency": "JMD", "operatorTransactionId": "OP-1"},
        "pins": None,
    } | changes  # fmt: skip


def pin_payload(invoice="14.00", pins=("000 0000 001",)):
    rest = {"controlNumber": "10000001", "deliveredAmount": D(15),
            "deliveredCurrencyCode": "USD", "expirationDate": "1/1/2030"}  # fmt: skip
    rows = [{"pinNumber": pin, **rest} for pin in pins]
    return topup_payload(invoice, topupDetail=None, pins=rows or None)


def success(payload=None):
    from topup.evidence import judge_status

    return judge_status(answer("000", topup_payload() if payload is None else payload))


def float_of(shop):
    account = type(shop.float_account).objects.get(pk=shop.float_account_id)
    return account.balance, account.held


def house(kind):
    return house_balance(AccountKind(kind), "USD")
