"""Confirm: one sale per key, made whole or not at all."""

import threading
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from catalog.models import SyncRun
from ledger import services as ledger
from ledger.models import Hold, HoldState
from tests.topup.conftest import float_of
from tests.topup.prices import markup, publish, share
from topup import books
from topup.errors import (
    BadQuoteError,
    InsufficientFloatError,
    NotSellableError,
    PriceChangedError,
    QuoteExpiredError,
    SaleConflictError,
    SellingStoppedError,
    ShopFrozenError,
)
from topup.models import Person, Role, Sale, SaleEvent
from topup.models.alarm import StopKind
from topup.services import alarms, opening, sales
from topup.services.pricing import Quote
from topup.states import SaleState

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def right_books(db):
    yield
    assert list(books.problems()) == []


@pytest.fixture
def expired(quoted):
    return quoted(expires_at=timezone.now() - timedelta(seconds=1))


def open_sale(agent, quote):
    return sales.open_sale(agent=agent, quote=quote)


def nothing_sold(shop):
    return not Sale.objects.exists() and not Hold.objects.exists() and float_of(shop)[1] == 0


def test_a_sale_is_opened_with_its_hold_and_its_first_event(shop, agent, quoted):
    quote = quoted()
    opened = open_sale(agent, quote)
    sale = Sale.objects.get()
    assert (opened.sale, opened.is_new) == (sale, True)
    assert (sale.state, sale.correlation_id) == (SaleState.CREATED, quote.correlation_id)
    assert (sale.hold.key, sale.hold.amount) == (quote.correlation_id, D("9.60"))
    assert float_of(shop) == (D(100), D("9.60"))
    event = SaleEvent.objects.get()
    assert (event.from_state, event.to_state, event.by) == ("", SaleState.CREATED, agent)


@pytest.mark.parametrize("broken", ["Sale", "SaleEvent"])
def test_what_fails_half_way_leaves_neither_hold_nor_sale(shop, agent, quoted, monkeypatch, broken):
    def fail(**values):
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(getattr(opening, broken).objects, "create", fail)
    with pytest.raises(DatabaseError, match="disk"):
        open_sale(agent, quoted())
    assert nothing_sold(shop)


def test_the_same_key_leads_to_the_same_sale(shop, agent, quoted):
    quote = quoted()
    first, second = open_sale(agent, quote), open_sale(agent, quote)
    assert (second.sale, second.is_new) == (first.sale, False)
    assert float_of(shop) == (D(100), D("9.60"))


def expire(quote, **world):
    return replace(quote, expires_at=timezone.now() - timedelta(hours=1))


def reprice(quote, *, sku, **world):
    type(sku).objects.filter(pk=sku.pk).update(row_hash="other")
    return quote


def retire(quote, *, sku, **world):
    type(sku).objects.filter(pk=sku.pk).update(retired_at=timezone.now())
    return quote


def spend(quote, *, shop, **world):
    ledger.deposit(account=shop.float_account, amount=D("-90.40"), key="spent")
    return quote


def freeze(quote, *, shop, **world):
    type(shop).objects.filter(pk=shop.pk).update(is_frozen=True)
    return quote


def stop(quote, **world):
    alarms.stop(StopKind.SELLING, "tried")
    return quote


OBSTACLES = {
    expire: QuoteExpiredError,
    reprice: PriceChangedError,
    retire: NotSellableError,
    spend: InsufficientFloatError,
    freeze: ShopFrozenError,
    stop: SellingStoppedError,
}


@pytest.mark.parametrize(("obstacle", "error"), OBSTACLES.items())
def test_the_key_is_looked_for_before_every_other_check(
    shop, agent, sku, quoted, obstacle, error, monkeypatch
):
    quote = quoted()
    made = open_sale(agent, quote).sale
    quote = obstacle(quote, shop=shop, sku=sku)
    found = open_sale(agent, quote)
    assert (found.sale, found.is_new) == (made, False)
    with pytest.raises(error):
        open_sale(agent, replace(quote, correlation_id=str(uuid4())))
    assert Sale.objects.count() == 1


@pytest.mark.parametrize(
    "other", [{"recipient": "18767654321"}, {"face_value": D(20)}, {"price": D("10.01")},
              {"sku_id": 0}],
)  # fmt: skip
def test_the_same_key_with_other_content_is_a_conflict(shop, agent, quoted, other):
    quote = quoted()
    open_sale(agent, quote)
    with pytest.raises(SaleConflictError):
        open_sale(agent, replace(quote, **other))
    assert float_of(shop) == (D(100), D("9.60"))


def test_a_quote_of_another_shop_opens_nothing(shop, other_shop, other_agent, quoted):
    quote = quoted()
    with pytest.raises(BadQuoteError):
        Quote.from_token(quote.token, shop=other_shop)
    with pytest.raises(BadQuoteError):
        open_sale(other_agent, quote)
    assert nothing_sold(shop)
    assert float_of(other_shop) == (D(100), D(0))


def test_a_sale_is_not_shown_to_another_shop_with_its_token(agent, other_agent, quoted):
    quote = quoted()
    open_sale(agent, quote)
    with pytest.raises(BadQuoteError):
        open_sale(other_agent, quote)


def test_a_colleague_with_the_same_form_is_led_to_the_one_sale(shop, agent, quoted):
    colleague = type(agent).objects.create_user("colleague", shop=shop)
    quote = quoted()
    made = open_sale(agent, quote).sale
    assert open_sale(colleague, quote).sale == made


def test_the_float_is_not_overdrawn_and_the_refusal_has_figures(shop, agent, quoted):
    with pytest.raises(InsufficientFloatError) as refusal:
        open_sale(agent, quoted(price=D("100.41"), cost=D("99")))
    assert (refusal.value.available, refusal.value.needed) == (D(100), D("100.01"))
    assert "100.01 USD" in refusal.value.message
    assert nothing_sold(shop)
    open_sale(agent, quoted(price=D("100.40"), cost=D("99")))
    assert float_of(shop) == (D(100), D(100))


def test_a_person_without_a_shop_sells_nothing(shop, quoted):
    admin = Person.objects.create_user("boss", role=Role.ADMIN)
    with pytest.raises(BadQuoteError):
        open_sale(admin, quoted())
    assert nothing_sold(shop)


@pytest.mark.parametrize("change", [{"paused_at": timezone.now()}, {"retired_at": timezone.now()}])
def test_a_sku_retired_or_paused_since_the_quote_is_not_sold(shop, agent, sku, quoted, change):
    quote = quoted()
    type(sku).objects.filter(pk=sku.pk).update(**change)
    with pytest.raises(NotSellableError):
        open_sale(agent, quote)
    assert nothing_sold(shop)


def test_an_unknown_sku_is_not_sold(shop, agent, quoted):
    with pytest.raises(NotSellableError):
        open_sale(agent, quoted(sku_id=999_999))
    assert nothing_sold(shop)


@pytest.mark.parametrize("terms", [("8.01", "50"), ("8", "49")])
def test_other_rules_change_the_price(shop, agent, quoted, terms):
    quote = quoted()
    publish(markup(terms[0]), share(terms[1]))
    with pytest.raises(PriceChangedError):
        open_sale(agent, quote)
    assert nothing_sold(shop)


def test_costs_in_another_currency_than_the_wallet_stop_selling(shop, agent, quoted):
    quote = quoted()
    SyncRun.objects.create(cost_currency="EUR", state="applied")
    with pytest.raises(SellingStoppedError):
        open_sale(agent, quote)
    assert nothing_sold(shop)


def test_a_dead_broker_leaves_a_saved_sale_and_no_error(
    agent, quoted, monkeypatch, caplog, django_capture_on_commit_callbacks
):
    def fail(name, arguments):
        raise ConnectionError("no broker")

    monkeypatch.setattr(opening.current_app, "send_task", fail)
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        opened = open_sale(agent, quoted())
    assert len(callbacks) == 1
    assert Sale.objects.get() == opened.sale
    assert "no broker" in caplog.text


def test_the_message_is_published_only_after_the_commit(agent, quoted, monkeypatch):
    published = []
    monkeypatch.setattr(opening, "nudge", published.append)
    with transaction.atomic():
        open_sale(agent, quoted())
    assert published == [], "the transaction of the test is not committed"


def test_a_sale_that_nobody_claimed_can_be_cancelled_once(shop, agent, sold):
    sale = sold(SaleState.CREATED)
    assert sales.cancel_sale(sale_id=sale.pk, by=agent) is True
    assert sales.cancel_sale(sale_id=sale.pk, by=agent) is False
    sale.refresh_from_db()
    assert (sale.state, float_of(shop)) == (SaleState.CANCELLED, (D(100), D(0)))
    assert sale.events.last().by == agent


def test_a_sale_on_its_way_cannot_be_cancelled(shop, agent, sold):
    sale = sold(SaleState.SUBMITTED)
    assert sales.cancel_sale(sale_id=sale.pk, by=agent) is False
    assert float_of(shop) == (D(100), D("9.60"))


def in_threads(count, work):
    """Run `work(number)` at once in threads; what each returned or raised."""
    gate, results = threading.Barrier(count), [None] * count

    def run(number):
        try:
            gate.wait()
            results[number] = work(number)
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_are_one_sale(shop, agent, quoted, monkeypatch):
    monkeypatch.setattr(opening, "nudge", lambda sale_id: None)
    for _ in range(5):
        quote = quoted()
        results = in_threads(4, lambda number, quote=quote: open_sale(agent, quote))
        assert len({opened.sale.pk for opened in results}) == 1
        assert sorted(opened.is_new for opened in results) == [False, False, False, True]
    assert float_of(shop) == (D(100), D(48))


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_with_other_content_are_one_sale_and_a_conflict(
    shop, agent, quoted, monkeypatch
):
    monkeypatch.setattr(opening, "nudge", lambda sale_id: None)
    quote = quoted()
    forms = [quote, replace(quote, recipient="18767654321")]
    results = in_threads(2, lambda number: open_sale(agent, forms[number]))
    assert sorted(type(result).__name__ for result in results) == [
        "OpenedSale", "SaleConflictError",
    ]  # fmt: skip
    assert float_of(shop) == (D(100), D("9.60"))


@pytest.mark.django_db(transaction=True)
def test_eight_sales_at_once_spend_a_float_for_five(shop, agent, quoted, monkeypatch):
    monkeypatch.setattr(opening, "nudge", lambda sale_id: None)
    quotes = [quoted(price=D("20.40"), cost=D("19")) for _ in range(8)]
    results = in_threads(8, lambda number: open_sale(agent, quotes[number]))
    assert sum(isinstance(result, InsufficientFloatError) for result in results) == 3
    assert float_of(shop) == (D(100), D(100))


@pytest.mark.django_db(transaction=True)
def test_a_sale_is_either_cancelled_or_sent(shop, agent, sold):
    from topup.services.submitting import _claim

    for _ in range(10):
        sale = sold(SaleState.CREATED)
        work = [lambda pk=sale.pk: _claim(pk), lambda pk=sale.pk: sales.cancel_sale(sale_id=pk)]
        claimed, cancelled = in_threads(2, lambda number, work=work: work[number]())
        assert bool(claimed) != bool(cancelled)
        sale.refresh_from_db()
        assert sale.state == (SaleState.SUBMITTED if claimed else SaleState.CANCELLED)
        assert sale.hold.state == (HoldState.OPEN if claimed else HoldState.RELEASED)
