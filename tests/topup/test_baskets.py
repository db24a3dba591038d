"""Baskets that two sell at once: one sale for each item, and nothing blocks."""

import threading

import pytest
from django.db import OperationalError, connection, transaction

from ledger import services as ledger
from tests.stack import wait_for
from tests.topup.counter import make_counter
from topup.errors import TopupError
from topup.models import Basket, BasketItem, Sale
from topup.services import basketlines, baskets, opening
from topup.services.baskets import Payment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def counter(transactional_db, simulator):
    return make_counter(simulator)


@pytest.fixture
def filled(counter):
    """A basket of three, and its quotes."""
    quotes = []
    for number in range(3):
        quotes.append(counter.quote(f"1876555000{number}"))
        baskets.add(agent=counter.agent, shop=counter.shop, quote=quotes[-1])
    return baskets.open_of(counter.agent), quotes


def press(counter, basket):
    """What the button of the basket's page does."""
    lines = basketlines.lines_of(basket, agent=counter.agent, shop=counter.shop, errors={})
    payment = Payment(seen=basketlines.fingerprint(lines))

    def sell():
        return baskets.sell(
            basket_key=basket.key, agent=counter.agent, shop=counter.shop, payment=payment
        )  # fmt: skip

    return sell


def together(*deeds):
    """What each of them came to, begun in the same moment."""
    start, found = threading.Barrier(len(deeds), timeout=60), {}

    def work(number, deed):
        start.wait()
        try:
            found[number] = deed()
        except TopupError as error:
            found[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=one) for one in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == len(deeds), "one of them broke"
    return [found[number] for number in range(len(deeds))]


def test_four_presses_at_once_are_one(counter, filled):
    basket, _quotes = filled
    sell = press(counter, basket)
    found = together(*[sell] * 4)
    assert {one.key for one in found} == {basket.key}
    assert Sale.objects.count() == 3
    counter.assert_right(wallet_agrees=False)


def test_the_same_quote_added_by_four_at_once_is_there_once(counter):
    quote = counter.quote()
    together(*[lambda: baskets.add(agent=counter.agent, shop=counter.shop, quote=quote)] * 4)
    assert (Basket.objects.count(), BasketItem.objects.count()) == (1, 1)


@pytest.mark.parametrize("_time", range(3))
def test_a_basket_and_the_check_page_of_one_item_sell_it_once(counter, filled, _time):
    basket, quotes = filled
    sell = press(counter, basket)
    alone, sold = together(
        lambda: opening.open_sale(agent=counter.agent, quote=quotes[2]), sell
    )  # fmt: skip
    assert alone.sale.correlation_id == quotes[2].correlation_id
    if isinstance(sold, TopupError):  # the check page was first: nothing else was sold
        assert (alone.is_new, Sale.objects.count()) == (True, 1)
    else:
        assert (alone.is_new, Sale.objects.count()) == (False, 3)
    counter.assert_right(wallet_agrees=False)


def test_a_single_sale_that_waits_for_the_float_blocks_no_basket(counter, filled, monkeypatch):
    """It has written its hold and waits for the float, which the basket has: a circle."""
    basket, quotes = filled
    real, is_locked = opening.open_sale, threading.Event()

    def slow(**given):
        opened = real(**given)
        if given["quote"].correlation_id == quotes[0].correlation_id:
            is_locked.set()
            wait_for(somebody_waits, "the single sale to wait for the float")
        return opened

    def alone():
        is_locked.wait(60)
        run("SET deadlock_timeout = '60s'")  # however slow the basket is: it gives up first
        return real(agent=counter.agent, quote=quotes[2])

    monkeypatch.setattr(opening, "open_sale", slow)
    single, sold = together(alone, press(counter, basket))
    assert single.is_new
    assert str(sold) == "This is being sold elsewhere now. Press again."
    assert [*Sale.objects.all()] == [single.sale]
    monkeypatch.undo()
    basketlines.renew(basket, shop=counter.shop)
    press(counter, basket)()
    assert Sale.objects.count() == 3


def run(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone() if cursor.description else None


def somebody_waits():
    return run("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")[0]


def test_a_single_sale_that_the_database_sends_away_for_a_basket_comes_again(counter, monkeypatch):
    """So it does with one of two that wait for each other, if the basket was slow to give up."""
    quote, real, tries = counter.quote(), ledger.place_hold, []

    def in_a_circle(**given):
        tries.append(real(**given))
        if len(tries) == 1:
            run("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'deadlock_detected'; END $$")
        return tries[-1]

    monkeypatch.setattr(ledger, "place_hold", in_a_circle)
    assert opening.open_sale(agent=counter.agent, quote=quote).is_new
    assert (len(tries), Sale.objects.count()) == (2, 1)
    counter.assert_right(wallet_agrees=False)
    tries.clear()
    other = counter.quote()
    with pytest.raises(OperationalError), transaction.atomic():  # whose deeds are undone with it
        opening.open_sale(agent=counter.agent, quote=other)
    assert (len(tries), Sale.objects.count()) == (1, 1)


def test_a_basket_that_is_sold_is_not_thrown_away(counter, filled):
    basket, _quotes = filled
    press(counter, basket)()
    for rows in (Basket.objects.all(), BasketItem.objects.all()):
        with pytest.raises(Exception, match="Cannot delete rows"):
            rows.delete()
    with pytest.raises(Exception, match="Invalid transition"):
        Basket.objects.update(state="open")
