"""The tree and the switches of a shop in the admin."""

import pytest
from django.contrib.admin.models import LogEntry

from tests.topup.admin.conftest import act, messages_of, text_of, url
from tests.topup.admin.test_shops import TERMS
from tests.topup.conftest import float_of
from topup.models import Level, Shop, ShopSwitch
from topup.services.shops import is_frozen, open_shop

SUB = {"level": Level.SUB_DISTRIBUTOR}


@pytest.fixture
def north(db):
    return open_shop(name="North", **SUB)


@pytest.fixture
def east(north):
    return open_shop(name="East", parent=north, **SUB)


def of(shop, **changes):
    """What the change page of a shop posts."""
    return (
        TERMS | {"name": shop.name, "level": shop.level, "parent": shop.parent_id or ""} | changes
    )


def switch(number, **values):
    empty = {"id": "", "kind": "", "operator": "", "sku": ""}
    return {f"switches-{number}-{name}": value for name, value in (empty | values).items()}


def test_a_shop_is_opened_in_its_branch(desk, north, east):
    done = desk.post(url("shop_add"), TERMS | {"name": "New", "parent": east.pk})
    assert done.status_code == 302
    shop = Shop.objects.get(name="New")
    assert (shop.parent, shop.ancestors) == (east, [north.pk, east.pk])
    assert "North › East" in text_of(desk.get(url("shop_change", shop.pk)))


def test_a_branch_moves_whole_and_is_logged(desk, boss, north, east, shop):
    desk.post(url("shop_change", shop.pk), of(shop, parent=east.pk))
    desk.post(url("shop_change", east.pk), of(east, parent=""))
    shop.refresh_from_db()
    assert (shop.ancestors, float_of(shop)[0]) == ([east.pk], 100)
    assert "Under" in LogEntry.objects.filter(object_id=east.pk).get().get_change_message()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"parent": "under"}, "A shop cannot lie under itself."),
        ({"parent": "beside"}, "Shops lie under a sub-distributor, not under another shop."),
        ({"level": "shop"}, "Shops lie under it. Move them first; then it can become a shop."),
    ],
)
def test_a_place_that_cannot_be_is_told_at_its_field(desk, north, east, shop, change, told):
    rows = {"under": east.pk, "beside": shop.pk}
    page = desk.post(
        url("shop_change", north.pk),
        of(north, name="Renamed", **{key: rows.get(value, value) for key, value in change.items()}),
    )
    assert (page.status_code, told in text_of(page)) == (200, True)
    north.refresh_from_db()
    assert (north.name, north.parent, north.level) == ("North", None, Level.SUB_DISTRIBUTOR)


def test_a_branch_is_filtered_by_its_top(desk, north, east, shop):
    open_shop(name="Under", parent=east)
    for top, names in ((north, ["East", "North", "Under"]), (east, ["East", "Under"])):
        page = desk.get(url("shop_changelist", query=f"?branch={top.pk}"))
        assert [row.name for row in page.context["cl"].result_list] == names
    for odd in ("x", "9" * 40, "１"):
        assert desk.get(url("shop_changelist", query=f"?branch={odd}")).status_code == 200


def test_a_sub_distributor_is_frozen_with_all_below(desk, north, east):
    shop = open_shop(name="Under", parent=east)
    assert messages_of(act(desk, "shop", "freeze", north)) == ["1 shop is frozen now."]
    assert is_frozen(shop)
    assert "(frozen: North)" in text_of(desk.get(url("shop_change", shop.pk)))
    act(desk, "shop", "unfreeze", north)
    assert not is_frozen(shop)


def test_goods_are_switched_on_the_page_of_a_shop(desk, shop, sku):
    counted = {"switches-TOTAL_FORMS": "3"}
    rows = switch(0, kind="pin") | switch(1, operator=sku.operator_id)
    rows |= switch(2, sku=sku.pk, is_on="on")
    assert desk.post(url("shop_change", shop.pk), of(shop) | counted | rows).status_code == 302
    found = {(s.kind, s.operator_id, s.sku_id, s.is_on) for s in ShopSwitch.objects.all()}
    assert found == {
        ("pin", None, None, False), ("", sku.operator_id, None, False), ("", None, sku.pk, True),
    }  # fmt: skip
    page = text_of(desk.get(url("shop_change", shop.pk)))
    assert "admin-autocomplete" in page


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (switch(0) | {"switches-0-is_on": "on"}, "Choose one of kind, operator and SKU"),
        (switch(0, kind="pin", sku="sku"), "Choose one of kind, operator and SKU"),
        (switch(0, kind="pin") | switch(1, kind="pin"), "The same goods are switched twice."),
        (switch(0, kind="sim"), "Select a valid choice."),
    ],
)
def test_a_switch_that_cannot_be_is_told(desk, shop, sku, rows, told):
    sent = {name: sku.pk if value == "sku" else value for name, value in rows.items()}
    counted = {"switches-TOTAL_FORMS": str(len({name.split("-")[1] for name in rows}))}
    page = desk.post(url("shop_change", shop.pk), of(shop) | counted | sent)
    assert (page.status_code, told in text_of(page)) == (200, True)
    assert not ShopSwitch.objects.exists()
