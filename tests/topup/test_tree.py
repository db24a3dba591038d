"""The tree of shops: where a shop may lie, whole branches that move, and what freezing one does."""

import random
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.topup.test_opening import in_threads
from topup.errors import LevelError, ShopFrozenError, TreeError
from topup.models import Level, Shop
from topup.services import opening, shops
from topup.services.shops import branch_of, is_frozen, open_shop, place, set_frozen

pytestmark = pytest.mark.django_db
SUB = {"level": Level.SUB_DISTRIBUTOR}


def chain(*names):
    """Sub-distributors, each under the one before."""
    made = []
    for name in names:
        made.append(open_shop(name=name, parent=made[-1] if made else None, **SUB))
    return made


def line(shop):
    """The names above a shop, the top first, as its row says; and its parent agrees."""
    shop.refresh_from_db()
    names = dict(Shop.objects.values_list("pk", "name"))
    assert (shop.ancestors[-1:] or [None]) == [shop.parent_id]
    return [names[pk] for pk in shop.ancestors]


def assert_whole():
    """Every row's line is that of its parent and the parent; so there is no ring."""
    rows = {shop.pk: shop for shop in Shop.objects.all()}
    for shop in rows.values():
        above = rows[shop.parent_id] if shop.parent_id else None
        assert shop.ancestors == ([*above.ancestors, above.pk] if above else []), shop
        assert shop.pk not in shop.ancestors
        assert len(shop.ancestors) <= shops.MOST_ABOVE


def test_a_shop_is_opened_under_a_sub_distributor(db):
    north, east = chain("North", "East")
    corner = open_shop(name="Corner", parent=east)
    assert line(corner) == ["North", "East"]
    assert corner.line == [corner.pk, east.pk, north.pk]
    assert set(branch_of(north)) == {north, east, corner}
    assert set(branch_of(corner)) == {corner}


def test_a_shop_lies_under_no_other_shop(db):
    corner = open_shop(name="Corner")
    with pytest.raises(TreeError, match="under a sub-distributor"):
        open_shop(name="Harbour", parent=corner)
    harbour = open_shop(name="Harbour")
    with pytest.raises(TreeError, match="under a sub-distributor"):
        place(shop=harbour, parent=corner)
    assert line(harbour) == []


def test_a_branch_moves_with_all_below_it(db):
    north, east, far = chain("North", "East", "Far")
    corner = open_shop(name="Corner", parent=far)
    (south,) = chain("South")
    place(shop=east, parent=south)
    assert line(corner) == ["South", "East", "Far"]
    assert line(far) == ["South", "East"]
    place(shop=far, parent=None)
    assert (line(corner), line(far)) == (["Far"], [])
    assert set(branch_of(north)) == {north}
    assert_whole()


def test_no_shop_lies_under_itself(db):
    north, east, far = chain("North", "East", "Far")
    for parent in (north, east, far):
        with pytest.raises(TreeError, match="under itself"):
            place(shop=north, parent=parent)
    assert line(far) == ["North", "East"]


def test_a_stale_object_makes_no_ring(db):
    north, east = (open_shop(name=name, **SUB) for name in ("North", "East"))
    old_north = Shop.objects.get(pk=north.pk)
    place(shop=north, parent=east)
    with pytest.raises(TreeError, match="under itself"):
        place(shop=east, parent=old_north)
    assert_whole()


def test_the_tree_is_four_deep_and_a_branch_counts_whole(db):
    deep = chain("1", "2", "3", "4")
    corner = open_shop(name="Corner", parent=deep[-1])
    assert line(corner) == ["1", "2", "3", "4"]
    fifth = open_shop(name="5", parent=deep[-1], **SUB)
    with pytest.raises(TreeError, match="too deep"):
        open_shop(name="Six", parent=fifth)
    (top,) = chain("Top")
    with pytest.raises(TreeError, match="too deep"):
        place(shop=deep[0], parent=top)
    assert line(corner) == ["1", "2", "3", "4"]
    assert_whole()


def test_what_has_shops_below_stays_a_sub_distributor(db):
    north, east = chain("North", "East")
    with pytest.raises(LevelError, match="Move them first"):
        place(shop=north, parent=None, level=Level.SHOP)
    assert line(east) == ["North"]
    place(shop=east, parent=north, level=Level.SHOP)
    east.refresh_from_db()
    assert east.level == Level.SHOP


def test_a_move_costs_the_same_however_large_the_branch(db):
    north, east = chain("North", "East")
    (south,) = chain("South")
    costs = set()
    for number in range(4):
        open_shop(name=f"Shop {number}", parent=east)
        with CaptureQueriesContext(connection) as queries:
            place(shop=east, parent=north if number % 2 else south)
        costs.add(len(queries))
    assert len(costs) == 1, costs


def test_random_moves_leave_a_whole_tree(db):
    chance = random.Random(3)
    made = [open_shop(name=str(n), level=chance.choice(Level.values)) for n in range(9)]
    moved = 0
    for _ in range(40):
        try:
            place(shop=chance.choice(made), parent=chance.choice([*made, None]))
            moved += 1
        except TreeError:
            continue
    assert moved > 10
    assert_whole()


@pytest.mark.django_db(transaction=True)
def test_two_moves_at_once_make_no_ring(db):
    for _ in range(3):
        north, east = (open_shop(name=name, **SUB) for name in ("North", "East"))
        pairs = [(north, east), (east, north)]
        results = in_threads(
            2, lambda number, pairs=pairs: place(shop=pairs[number][0], parent=pairs[number][1])
        )
        assert sorted(type(result).__name__ for result in results) == ["NoneType", "TreeError"]
        assert_whole()
        Shop.objects.update(parent=None, ancestors=[])
        Shop.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_a_shop_that_is_opened_while_its_branch_moves_lies_right(db):
    for round_ in range(3):
        north, east = (open_shop(name=f"{name} {round_}", **SUB) for name in ("N", "E"))
        work = [
            lambda north=north, east=east: place(shop=east, parent=north),
            lambda east=east, name=f"S {round_}": open_shop(name=name, parent=east),
        ]
        in_threads(2, lambda number, work=work: work[number]())
        assert_whole()


def test_freezing_a_branch_stops_all_below_and_keeps_their_own_marks(shop, agent, quoted):
    north, east = chain("North", "East")
    place(shop=shop, parent=east)
    assert not is_frozen(shop)
    assert set_frozen(shop=north, is_frozen=True) is True
    assert set_frozen(shop=north, is_frozen=True) is False
    shop.refresh_from_db()
    assert (shop.is_frozen, is_frozen(shop), is_frozen(east)) == (False, True, True)
    with pytest.raises(ShopFrozenError):
        opening.open_sale(agent=agent, quote=quoted())
    set_frozen(shop=shop, is_frozen=True)
    set_frozen(shop=north, is_frozen=False)
    shop.refresh_from_db()
    assert (is_frozen(shop), is_frozen(east)) == (True, False)
    set_frozen(shop=shop, is_frozen=False)
    assert opening.open_sale(agent=agent, quote=quoted()).sale.price == D(10)
