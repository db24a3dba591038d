"""What a sale costs: the provider's estimate, the shop's terms, and a form that may lie."""

import base64
import json
import time
from dataclasses import asdict, fields, replace
from datetime import timedelta
from decimal import Decimal as D

import pytest
from cryptography.fernet import Fernet
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from catalog.models import Sku
from ledger.money import unit
from tests.topup.counter import AIRTIME, PIN, RANGE
from tests.topup.prices import estimate, markup, publish
from tests.topup.prices import share as rule_of_share
from tests.valuetopup.conftest import envelope
from topup import gateway, sealing
from topup.errors import (
    AmountError,
    BadQuoteError,
    NotSellableError,
    PriceChangedError,
    QuoteExpiredError,
    RecipientError,
)
from topup.models import Shop
from topup.services import pricing, sales
from topup.services.pricing import Quote, version_of
from topup.services.shops import open_shop

pytestmark = pytest.mark.django_db
NUMBER = "18765550000"


@pytest.fixture
def quoted_by(counter):
    """A quote of the counter's shop, asked of the simulator."""

    def make(sku=AIRTIME, face=None, recipient=NUMBER, shop=None):
        chosen = Sku.objects.get(provider_id=sku)
        return pricing.quote(
            shop=shop or counter.shop, sku=chosen, face_value=face or chosen.min_face_value,
            recipient=recipient,
        )  # fmt: skip

    return make


def change(sku=AIRTIME, **columns):
    Sku.objects.filter(provider_id=sku).update(**columns)


def test_the_estimate_is_the_cost_and_the_terms_make_the_price(quoted_by):
    quote = quoted_by()
    assert (quote.cost, quote.currency) == (D("9.300"), "USD")
    assert quote.price == D("10.05"), "9.30 and 8 percent, 10.044, rounded up"
    assert quote.commission == D("0.37"), "half of 0.75, rounded down"
    assert quote.charge == D("9.68")
    assert (quote.face_value, quote.face_currency) == (D(10), "USD")


def test_the_estimate_overrules_the_catalogue(quoted_by):
    change(min_cost=D("5"), max_cost=D("5"))
    assert quoted_by().cost == D("9.3")


def test_a_range_is_priced_for_its_amount(quoted_by):
    assert quoted_by(RANGE, D("12.50")).cost == D("11.625")


def estimate_fault(simulator, name, **given):
    simulator.fault(name, kind="estimate", **given)


@pytest.mark.parametrize(
    "fault",
    [
        *[(name, {}) for name in ("no_invoice", "no_payload", "garbage", "drop")],
        *[("http", {"status": status}) for status in (400, 401, 404, 503)],
        *[("code", {"code": code}) for code in ("999", "998", "852")],
        ("invoice_factor", {"factor": "0.000001"}),
    ],
)
def test_without_a_usable_estimate_the_catalogue_s_cost_counts(simulator, quoted_by, fault):
    name, given = fault
    estimate_fault(simulator, name, **given)
    change(min_cost=D("9.10"), max_cost=D("9.10"))
    assert quoted_by().cost == D("9.10")
    change(cost_currency="EUR")
    with pytest.raises(NotSellableError):
        quoted_by()
    change(cost_currency="USD", min_cost=None, max_cost=None)
    with pytest.raises(NotSellableError):
        quoted_by()


@pytest.mark.parametrize(
    "figure", ["null", "0", "-9.25", '"much"', "1e20", "9e999999999", "0.00001", "true", "[]"]
)
def test_an_absurd_estimate_is_not_believed(server, settings, shop, sku, figure):
    settings.VALUETOPUP_BASE_URL = server.url
    cache.clear()
    server.behave(envelope(f'{{"invoiceAmount": {figure}}}'))
    quote = pricing.quote(shop=shop, sku=sku, face_value=D(10), recipient="18761234567")
    assert (quote.cost, server.posts) == (D("9.20"), 1)
    sku.cost_currency = "EUR"
    with pytest.raises(NotSellableError):
        pricing.quote(shop=shop, sku=sku, face_value=D(10), recipient="18761234567")


def test_a_slow_estimate_is_waited_for_once_and_not_for_long(simulator, quoted_by, monkeypatch):
    monkeypatch.setattr(gateway, "ESTIMATE_SECONDS", 0.4)
    simulator.control("delay", "POST", {"kind": "estimate", "seconds": 60})
    started = time.monotonic()
    assert quoted_by().cost == D("9.30")
    assert 0.4 <= time.monotonic() - started < 30
    monkeypatch.setattr(gateway, "ESTIMATE_SECONDS", 60)
    started = time.monotonic()
    assert quoted_by().cost == D("9.30")
    assert time.monotonic() - started < 30, "it is not asked again for half a minute"


def test_one_strange_sku_does_not_switch_off_the_estimates_of_all(simulator, quoted_by):
    simulator.fault("http", kind="estimate", status=400, count=1)
    change(min_cost=D("5"), max_cost=D("5"))
    assert quoted_by().cost == D(5)
    assert quoted_by().cost == D("9.3")


@pytest.mark.parametrize(
    ("code", "error"), [("001", AmountError), ("510", NotSellableError)]
)  # fmt: skip
def test_an_estimate_that_is_refused_stops_the_sale(simulator, quoted_by, code, error):
    estimate_fault(simulator, "code", code=code)
    with pytest.raises(error) as refusal:
        quoted_by()
    assert refusal.value.message


def test_the_provider_is_not_asked_inside_a_transaction(quoted_by):
    with transaction.atomic(), pytest.raises(gateway.ProviderCallInTransactionError):
        quoted_by()


@pytest.mark.parametrize(
    ("wallet", "cost", "price", "commission"),
    [
        ("USD", "9.2001", "9.94", "0.36"),  # 9.936108 up; half of 0.7399 down
        ("JPY", "920.25", "994", "36"),  # no sen: 993.87 up; half of 73.75 down
        ("KWD", "2.7131", "2.931", "0.108"),  # fils: 2.930148 up; half of 0.2179 down
        ("USD", "0.0001", "0.01", "0.00"),
    ],
)
def test_prices_are_rounded_to_what_people_pay_in(db, sku, settings, monkeypatch, wallet, cost,
                                                  price, commission):  # fmt: skip
    settings.VALUETOPUP_WALLET_CURRENCY = wallet
    monkeypatch.setattr(gateway, "estimate", lambda sku, face_value: estimate(cost))
    shop = open_shop(name="Rounding")
    quote = pricing.quote(shop=shop, sku=sku, face_value=D(10), recipient="18761234567")
    assert (quote.price, quote.commission) == (D(price), D(commission))
    assert quote.price % unit(wallet) == 0
    assert quote.charge >= quote.cost, "a sale at its quote never loses money"


@pytest.mark.parametrize(("share", "commission"), [(D(0), D(0)), (D(100), D("0.75"))])
def test_the_share_may_be_nothing_or_everything(counter, quoted_by, share, commission):
    publish(markup(8), rule_of_share(share))
    assert quoted_by(shop=Shop.objects.get()).commission == commission


def test_a_shop_whose_float_is_not_in_the_wallet_s_currency_cannot_sell(quoted_by):
    stranger = open_shop(name="Stranger", currency="EUR")
    with pytest.raises(NotSellableError):
        quoted_by(shop=stranger)


@pytest.mark.parametrize(
    ("face", "sku"),
    [("9.99", AIRTIME), ("10.01", AIRTIME), ("2.99", RANGE), ("100.01", RANGE), ("-5", RANGE),
     ("0.00001", RANGE), ("NaN", RANGE), ("sNaN", RANGE), ("Infinity", RANGE), ("12.505", RANGE),
     ("1E+30", RANGE)],
)  # fmt: skip
def test_an_amount_that_does_not_fit_is_refused_with_a_sentence(quoted_by, face, sku):
    with pytest.raises(AmountError) as refusal:
        quoted_by(sku, D(face))
    assert refusal.value.field == "amount"
    assert "USD" in refusal.value.message or "decimals" in refusal.value.message


@pytest.mark.parametrize(
    ("currency", "allow_decimal", "good", "bad", "words"),
    [
        ("USD", True, "12.50", "12.505", "two decimals"),
        ("KWD", True, "12.505", "12.5055", "three decimals"),
        ("JPY", True, "13", "12.5", "without decimals"),
        ("USD", False, "13", "12.5", "without decimals"),
    ],
)
def test_decimals_are_those_of_the_currency(db, currency, allow_decimal, good, bad, words):
    sku = Sku(
        min_face_value=D(3), max_face_value=D(100), face_currency=currency,
        allow_decimal=allow_decimal,
    )  # fmt: skip
    pricing.check_face_value(sku, D(good))
    with pytest.raises(AmountError, match=words):
        pricing.check_face_value(sku, D(bad))


@pytest.mark.parametrize(
    "number",
    ["", "1876", "18", "919876543210", "+18765550000", "1876555000x", "187655500001234567890"],
)
def test_a_number_that_cannot_be_sent_is_refused_before_the_sale(quoted_by, number):
    with pytest.raises(RecipientError):
        quoted_by(recipient=number)


@pytest.mark.parametrize("number", ["1876", "919876543210", "1876555000x"])
def test_a_pin_needs_no_number_but_one_that_can_be_sent(quoted_by, number):
    assert quoted_by(PIN, recipient="").recipient == ""
    with pytest.raises(RecipientError):
        quoted_by(PIN, recipient=number)


@pytest.mark.parametrize(
    "columns",
    [{"retired_at": timezone.now()}, {"paused_at": timezone.now()}, {"face_currency": ""},
     {"min_face_value": None}, {"category": "sim"}],
)  # fmt: skip
def test_what_is_not_on_sale_gets_no_price(quoted_by, columns):
    change(**columns)
    with pytest.raises(NotSellableError):
        quoted_by(face=D(10))


def test_a_token_carries_the_whole_quote(counter, quoted_by):
    quote = quoted_by()
    assert Quote.from_token(quote.token, shop=counter.shop) == quote


def test_an_expired_token_is_still_read_but_not_sold(counter, quoted_by):
    quote = replace(quoted_by(), expires_at=timezone.now())
    read = Quote.from_token(quote.token, shop=counter.shop)
    with pytest.raises(QuoteExpiredError):
        sales.open_sale(agent=counter.agent, quote=read)


def test_a_quote_lives_as_long_as_the_settings_say(settings, quoted_by):
    settings.QUOTE_SECONDS = 30
    asked = timezone.now()
    made = quoted_by().expires_at - timedelta(seconds=30)
    assert asked <= made <= timezone.now()


def forged(quote):
    body = {"sku_id": quote.sku_id}
    yield ""
    yield "x"
    yield "a:b:c"
    yield "é:ü:ß"
    yield "\x00"
    yield quote.token[:-1]
    yield quote.token[1:]
    yield quote.token + "x"
    yield Fernet(Fernet.generate_key()).encrypt(json.dumps({"quote": body}).encode()).decode()
    yield sealing.seal(asdict(quote)).decode()  # another sealed thing
    for value in (None, [], "text", {}, body, {f.name: None for f in fields(Quote)}):
        yield sealing.seal({"quote": value}).decode()


def test_a_token_tells_the_shop_nothing_of_the_cost(quoted_by):
    quote = quoted_by()
    body = base64.urlsafe_b64decode(quote.token)
    for told in (b"cost", f'"{quote.cost}"'.encode(), b"sku_id", NUMBER.encode()):
        assert told not in body


def test_a_forged_token_is_no_quote(counter, quoted_by):
    for token in forged(quoted_by()):
        with pytest.raises(BadQuoteError):
            Quote.from_token(token, shop=counter.shop)


def test_a_changed_row_of_the_catalogue_changes_the_price(counter, quoted_by):
    quote = quoted_by()
    change(row_hash="tomorrow")
    with pytest.raises(PriceChangedError):
        sales.open_sale(agent=counter.agent, quote=quote)
    change(row_hash="Digicel Jamaica 10.00 USD")
    assert sales.open_sale(agent=counter.agent, quote=quote).is_new


def test_the_version_depends_on_every_term(shop, sku):
    def versions():
        yield version_of(shop, sku)
        sku.row_hash = "b"
        yield version_of(shop, sku)
        publish(markup("8.01"), rule_of_share(50))
        yield version_of(shop, sku)
        publish(markup("8.01"), rule_of_share("50.01"))
        yield version_of(shop, sku)
        shop.second_currency, shop.second_rate = "JMD", D(155)
        yield version_of(shop, sku)

    assert len(set(versions())) == 5
