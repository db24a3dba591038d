"""Any order of adding, removing, pressing twice and crashing sells each item of a basket once."""

import random
from decimal import Decimal as D
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.portal.shopper import Shopper
from topup.models import Basket, BasketItem, Sale
from topup.services import opening
from topup.services.pricing import Quote
from topup.services.shops import add_float

pytestmark = pytest.mark.django_db
STEPS = ["put", "put", "put_again", "remove", "sell", "press_again", "crash", "sell_alone"]


class CrashError(Exception):
    """The process ends in the middle."""


@settings(
    max_examples=12, deadline=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(seed=st.integers(0, 2**32))
def test_any_order_of_presses_sells_each_item_once_and_collects_its_price(
    counter, monkeypatch, seed
):
    dice, shopper = random.Random(seed), Shopper(counter.agent)
    add_float(shop=counter.shop, amount=D(200), by=None, memo="more", key=uuid4().hex)
    tokens, forms = [], [{}]
    for step in dice.choices(STEPS, k=12):
        act(shopper, step, dice, tokens, forms, monkeypatch)
    keys = {Quote.from_token(token, shop=counter.shop).correlation_id for token in tokens}
    sales = Sale.objects.filter(correlation_id__in=keys)
    assert sales.count() == len({*sales.values_list("correlation_id", flat=True)})
    for basket in Basket.objects.filter(state="sold"):
        items = basket.items.select_related("sale")
        assert [item.key for item in items] == [item.sale.correlation_id for item in items]
        assert sum(item.sale.collected_amount for item in items) == sum(i.price for i in items)
    sold_here = BasketItem.objects.exclude(sale=None).values("sale")
    alone = Sale.objects.exclude(pk__in=sold_here)
    assert alone.count() + sold_here.count() == Sale.objects.count()
    waiting = BasketItem.objects.filter(sale=None, basket__state="open")
    assert waiting.count() == BasketItem.objects.filter(sale=None).count()


def act(shopper, step, dice, tokens, forms, monkeypatch):
    if step == "put":
        _page, token = shopper.to_check(number=f"+1 876 555 00{dice.randrange(10, 99)}")
        tokens.append(token)
        shopper.add(token)
    elif step == "put_again" and tokens:
        shopper.add(dice.choice(tokens))
    elif step == "remove" and (items := [*BasketItem.objects.values_list("pk", flat=True)]):
        shopper.post(f"/basket/items/{dice.choice(items)}/remove/")
    elif step == "sell_alone" and tokens:
        shopper.post("/sell/confirm/", quote=dice.choice(tokens))
    elif step == "press_again" and forms[-1]:
        shopper.post("/basket/sell/", **dice.choice(forms[1:]))
    elif step == "sell":
        press(shopper, forms)
    elif step == "crash":
        left, real = [dice.randrange(3)], opening.open_sale

        def open_sale(**given):
            if left[0] == 0:
                raise CrashError
            left[0] -= 1
            return real(**given)

        before = Sale.objects.count()
        with monkeypatch.context() as patch:
            patch.setattr(opening, "open_sale", open_sale)
            try:
                press(shopper, forms)
            except CrashError:
                assert Sale.objects.count() == before, "all or none"


def press(shopper, forms):
    form = shopper.form()
    if "basket" in form:
        forms.append(form)
        shopper.post("/basket/sell/", **form)
