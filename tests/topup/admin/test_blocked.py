"""Blocklists in the admin."""

import pytest

from catalog.models import Sku
from tests.topup.admin.conftest import text_of, url
from topup.errors import BlockedNumberError
from topup.models import BlockedNumber
from topup.services.limits import check_number

ANY = Sku()  # only the account of a bill is looked at by it


def values(prefix="+1 (876) 123-4567", **changes):
    return {"prefix": prefix, "is_whole": "on", "shop": "", "reason": "fraud"} | changes


@pytest.mark.parametrize(
    ("typed", "is_whole", "kept"),
    [
        ("+1 (876) 123-4567", "on", "18761234567"),
        ("0018761234567", "on", "18761234567"),
        ("+1 876", "", "1876"),
        ("9", "", "9"),
    ],
)
def test_a_number_in_any_spelling_is_blocked(desk, boss, shop, typed, is_whole, kept):
    done = desk.post(url("blockednumber_add"), values(typed, is_whole=is_whole))
    assert done.status_code == 302
    row = BlockedNumber.objects.get()
    assert (row.prefix, row.is_whole, row.made_by) == (kept, bool(is_whole), boss)
    with pytest.raises(BlockedNumberError):
        check_number(shop=shop, sku=ANY, recipient=kept if is_whole else kept + "1234567")


@pytest.mark.parametrize(
    ("typed", "is_whole", "told"),
    [
        ("876-CALL", "on", "A phone number has no letters."),
        ("0876", "", "Begin with the country code, not with 0."),
        ("", "on", "This field is required."),
        ("123", "on", "This number is too short."),
        ("1" * 17, "on", "This number is too long."),
    ],
)
def test_what_is_no_number_is_told(desk, typed, is_whole, told):
    page = desk.post(url("blockednumber_add"), values(typed, is_whole=is_whole))
    assert (page.status_code, told in text_of(page)) == (200, True)
    assert not BlockedNumber.objects.exists()


def test_a_number_is_blocked_once_in_any_spelling(desk):
    desk.post(url("blockednumber_add"), values())
    page = desk.post(url("blockednumber_add"), values("18761234567"))
    assert page.status_code == 200
    assert page.context["errors"]
    assert BlockedNumber.objects.count() == 1


def test_only_those_who_may_block_and_lift(clerk, shop):
    row = BlockedNumber.objects.create(prefix="1876", is_whole=False, reason="x")
    client = clerk("view_blockednumber")
    assert client.post(url("blockednumber_add"), values()).status_code == 403
    assert client.post(url("blockednumber_delete", row.pk), {"post": "yes"}).status_code == 403
    client = clerk("view_blockednumber", "delete_blockednumber")
    assert client.post(url("blockednumber_delete", row.pk), {"post": "yes"}).status_code == 302
    check_number(shop=shop, sku=ANY, recipient="18761234567")


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_costs_the_same_queries_for_one_number_and_for_three(
    desk, boss, shop, django_assert_num_queries, count
):
    for number in range(count):
        BlockedNumber.objects.create(prefix=f"187{number}", reason="x", shop=shop, made_by=boss)
    desk.get(url("blockednumber_changelist"))
    with django_assert_num_queries(4):
        page = desk.get(url("blockednumber_changelist"))
    assert page.context["cl"].result_count == count
