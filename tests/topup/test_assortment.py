"""What a shop sells: switches by kind, operator and SKU, from the nearest of its branch."""

import random
from itertools import product

import pytest

from catalog.models import Sku
from catalog.queries import countries, operators, search
from topup.errors import NotSellableError
from topup.models import Level, ShopSwitch
from topup.services import assortment, opening
from topup.services.assortment import assortment_of
from topup.services.shops import open_shop, place

pytestmark = pytest.mark.django_db


@pytest.fixture
def branch(shop):
    above = open_shop(name="North", level=Level.SUB_DISTRIBUTOR)
    place(shop=shop, parent=above)
    return above


def switch(shop, is_on=False, **what):
    return ShopSwitch.objects.create(shop=shop, is_on=is_on, **what)


def sells(shop, sku):
    """What the shop says of a SKU: by itself, by a query, and when asked for this one alone."""
    everything = assortment_of(shop)
    told = {
        everything.sells(sku),
        assortment_of(shop, sku=sku).sells(sku),
        assortment_of(shop, operator=sku.operator).sells(sku),
        Sku.objects.exclude(everything.switched_off).filter(pk=sku.pk).exists(),
    }
    assert len(told) == 1, "every way of asking has the same answer"
    return told.pop()


def test_what_nobody_switched_is_on(shop, sku, pin_sku):
    assert sells(shop, sku)
    assert sells(shop, pin_sku)
    assert not assortment_of(shop).switched_off


def test_a_kind_is_switched_off_and_another_is_not(shop, sku, pin_sku):
    switch(shop, kind="pin")
    assert (sells(shop, sku), sells(shop, pin_sku)) == (True, False)


def test_a_switch_holds_below_and_nowhere_else(shop, other_shop, branch, sku):
    switch(branch, operator=sku.operator)
    assert (sells(shop, sku), sells(branch, sku), sells(other_shop, sku)) == (False, False, True)


MIXTURES = random.Random(7).sample(list(product([None, True, False], repeat=6)), 30)


@pytest.mark.parametrize("values", MIXTURES, ids=str)
def test_sku_beats_operator_beats_kind_and_the_nearest_wins(shop, branch, sku, values):
    """Mixtures of switches at the shop (the first three) and above it."""
    whats = [{"sku": sku}, {"operator": sku.operator}, {"kind": "airtime"}]
    for (at, what), is_on in zip(product((shop, branch), whats), values, strict=True):
        if is_on is not None:
            switch(at, is_on, **what)
    ranked = (values[0], values[3], values[1], values[4], values[2], values[5])
    expected = next((is_on for is_on in ranked if is_on is not None), True)
    assert sells(shop, sku) is expected


def test_a_sku_without_an_operator_is_switched_by_its_kind(shop, pin_sku):
    Sku.objects.filter(pk=pin_sku.pk).update(operator=None)
    pin_sku.refresh_from_db()
    everything = assortment_of(shop)
    assert everything.sells(pin_sku)
    switch(shop, kind="pin")
    off = assortment_of(shop).switched_off
    assert not assortment_of(shop, sku=pin_sku).sells(pin_sku)
    assert not Sku.objects.exclude(off).filter(pk=pin_sku.pk).exists()


def test_what_was_switched_off_since_the_quote_is_not_sold(shop, agent, sku, quoted):
    quote = quoted()
    switch(shop, sku=sku)
    with pytest.raises(NotSellableError) as error:
        opening.open_sale(agent=agent, quote=quote)
    assert error.value.message == (
        "Your shop does not sell this product. Choose another one, or call your distributor."
    )


def test_lists_leave_out_what_is_off(shop, sku, pin_sku):
    def lists():
        off = assortment_of(shop).switched_off
        found = (
            countries(apart=off),
            operators(sku.country, apart=off),
            search("10 usd", apart=off),
        )
        return [len(rows) for rows in found]

    assert lists() == [1, 1, 1]
    switch(shop, sku=sku)
    assert lists() == [1, 1, 0], "its PIN is still on sale"
    switch(shop, kind="pin")
    assert lists() == [0, 0, 0]


def test_the_switches_of_a_shop_are_one_query(shop, branch, sku, django_assert_num_queries):
    for number in range(3):
        other = Sku.objects.create(provider_id=70 + number, name="x", category=sku.category)
        switch(branch, sku=other)
    with django_assert_num_queries(1):
        assortment.check_goods(shop=shop, sku=sku)
