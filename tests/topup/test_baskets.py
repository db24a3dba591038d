"""Baskets that two sell at once: one sale for each item, and nothing blocks."""

import threading

import pytest
from django.db import connection

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
    start, found = threading.Barrier(len(deeds), timeout=10), {}

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
        thread.join(20)
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
    real, is_locked, go_on = opening.open_sale, threading.Event(), threading.Event()

    def slow(**given):
        opened = real(**given)
        if given["quote"].correlation_id == quotes[0].correlation_id:
            is_locked.set()
            go_on.wait(5)
        return opened

    def alone():
        is_locked.wait(5)
        threading.Timer(0.2, go_on.set).start()  # until then it has written its hold, and waits
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


def test_a_basket_that_is_sold_is_not_thrown_away(counter, filled):
    basket, _quotes = filled
    press(counter, basket)()
    for rows in (Basket.objects.all(), BasketItem.objects.all()):
        with pytest.raises(Exception, match="Cannot delete rows"):
            rows.delete()
    with pytest.raises(Exception, match="Invalid transition"):
        Basket.objects.update(state="open")
