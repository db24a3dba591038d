"""Shops in the admin: terms, freezing, credit, and float that is posted once."""

from decimal import Decimal as D
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry

from ledger.models import Entry, EntryKind
from ledger.services import set_credit_limit
from tests.topup.admin.conftest import act, messages_of, text_of, url
from tests.topup.conftest import float_of
from topup.models import Person, Role, Shop
from topup.services.shops import add_float, open_shop


@pytest.fixture
def form():
    """What the float page posts; each with a key of its own unless told."""

    def make(amount="50", memo="slip 7", key=None):
        return {"amount": amount, "memo": memo, "key": str(key or uuid4())}

    return make


def log_of(shop):
    return list(LogEntry.objects.filter(object_id=shop.pk).values_list("user", "change_message"))


def test_float_is_added_as_a_ledger_entry_in_the_persons_name(desk, boss, shop, form):
    page = desk.get(url("shop_float", shop.pk))
    assert (page.status_code, "Balance 100.00 USD" in text_of(page)) == (200, True)
    key = page.context["form"]["key"].value()
    done = desk.post(url("shop_float", shop.pk), form(key=key), follow=True)
    assert messages_of(done) == ["Posted 50.00. The balance is now 150.00."]
    assert float_of(shop) == (D(150), D(0))
    entry = Entry.objects.get(key=f"deposit:{key}")
    assert (entry.kind, entry.memo, entry.posted_by) == (EntryKind.DEPOSIT, "slip 7", boss)
    assert log_of(shop) == [(boss.pk, "Posted 50.00: slip 7")]


def test_a_second_press_posts_nothing_and_says_so(desk, shop, form):
    once = form()
    desk.post(url("shop_float", shop.pk), once)
    again = desk.post(url("shop_float", shop.pk), once, follow=True)
    assert messages_of(again)[-1] == "It was posted already, once. The balance is 150.00."
    assert float_of(shop) == (D(150), D(0))
    assert len(log_of(shop)) == 1


@pytest.mark.parametrize("which", ["amount", "shop"])
def test_a_form_that_was_changed_after_its_post_posts_nothing(desk, shop, other_shop, form, which):
    key = uuid4()
    desk.post(url("shop_float", shop.pk), form(key=key))
    target, amount = (shop, "70") if which == "amount" else (other_shop, "50")
    again = desk.post(url("shop_float", target.pk), form(amount, key=key))
    assert again.status_code == 422
    assert "posted before with another amount or for another account" in text_of(again)
    assert (float_of(shop), float_of(other_shop)) == ((D(150), D(0)), (D(100), D(0)))


def test_a_minus_sign_takes_money_out_as_a_correction(desk, shop, form):
    desk.post(url("shop_float", shop.pk), form("-30.50", "paid in twice"))
    assert float_of(shop) == (D("69.50"), D(0))
    assert Entry.objects.get(memo="paid in twice").kind == EntryKind.CORRECTION


def test_a_page_that_is_old_does_not_bring_an_old_credit_limit_back(desk, shop):
    page = text_of(desk.get(url("shop_change", shop.pk)))
    assert 'name="initial-credit_limit" value="0.00"' in page
    set_credit_limit(account_id=shop.float_account_id, credit_limit=D(40))
    old = TERMS | {"credit_limit": "0", "initial-credit_limit": "0.0000", "hotline": "555"}
    assert desk.post(url("shop_change", shop.pk), old).status_code == 302
    shop.refresh_from_db()
    shop.float_account.refresh_from_db()
    assert (shop.hotline, shop.float_account.credit_limit) == ("555", D(40))


def test_a_large_deposit_by_hand_would_be_one_persons_word(desk, shop, form, settings):
    settings.SECOND_PERSON_ABOVE = 200
    page = desk.post(url("shop_float", shop.pk), form("200.01"))
    assert (page.status_code, float_of(shop)) == (422, (D(100), D(0)))
    assert "Above 200 two people must approve" in text_of(page)
    once = form("200")
    desk.post(url("shop_float", shop.pk), once)
    again = desk.post(url("shop_float", shop.pk), once, follow=True)
    assert messages_of(again)[-1] == "It was posted already, once. The balance is 300.00."
    page = desk.post(url("shop_float", shop.pk), form("1"))
    assert (page.status_code, float_of(shop)) == (422, (D(300), D(0)))
    assert "With what you have put in within a day this is above 200." in text_of(page)
    desk.post(url("shop_float", shop.pk), form("-250", "paid in twice"))
    assert float_of(shop) == (D(50), D(0))


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "0"}, {"amount": ""}, {"amount": "x"}, {"amount": "1.005"},
        {"amount": "1e30"}, {"amount": "NaN"}, {"memo": " "}, {"key": "mine"}, {"key": ""},
    ],
)  # fmt: skip
def test_a_wrong_form_posts_nothing(desk, shop, form, wrong):
    before = Entry.objects.count()
    page = desk.post(url("shop_float", shop.pk), form() | wrong)
    assert page.status_code == 422
    assert (Entry.objects.count(), float_of(shop)) == (before, (D(100), D(0)))


def test_float_of_a_shop_that_is_not_there(desk, db):
    assert desk.get(url("shop_float", 999999)).status_code == 404


def test_only_those_who_may_post_to_the_ledger_add_float(clerk, shop, form):
    client = clerk("view_shop", "change_shop", "view_entry")
    assert client.get(url("shop_float", shop.pk)).status_code == 403
    assert client.post(url("shop_float", shop.pk), form()).status_code == 403
    assert url("shop_float", shop.pk) not in text_of(client.get(url("shop_changelist")))
    client = clerk("add_entry")
    assert client.post(url("shop_float", shop.pk), form()).status_code == 403
    client = clerk("view_shop", "add_entry")
    assert url("shop_float", shop.pk) in text_of(client.get(url("shop_changelist")))
    assert client.post(url("shop_float", shop.pk), form()).status_code == 302
    assert float_of(shop) == (D(150), D(0))


TERMS = {
    "name": "Corner", "address": "", "hotline": "", "level": "shop",
    "sale_limit": "", "lock_minutes": "10", "credit_limit": "0", "initial-credit_limit": "0",
    "switches-TOTAL_FORMS": "0", "switches-INITIAL_FORMS": "0",
}  # fmt: skip


def test_a_shop_is_opened_with_its_float_account(desk, boss):
    done = desk.post(url("shop_add"), TERMS | {"name": "New", "credit_limit": "25"}, follow=True)
    assert done.status_code == 200
    shop = Shop.objects.get(name="New")
    assert shop.float_account.credit_limit == D(25)
    assert (shop.lock_minutes, float_of(shop)) == (10, (D(0), D(0)))
    assert [user for user, _message in log_of(shop)] == [boss.pk]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""}, {"name": "Corner"}, {"level": "x"}, {"sale_limit": "-1"},
        {"credit_limit": "-1"}, {"credit_limit": ""},
    ],
)  # fmt: skip
def test_a_shop_with_wrong_terms_is_not_opened(desk, shop, wrong):
    page = desk.post(url("shop_add"), TERMS | {"name": "New"} | wrong)
    assert (page.status_code, Shop.objects.count()) == (200, 1)
    assert page.context["errors"]


def test_a_credit_limit_is_changed_with_both_figures_in_the_log(desk, boss, shop):
    desk.post(url("shop_change", shop.pk), TERMS | {"credit_limit": "40"})
    shop.refresh_from_db()
    assert shop.float_account.credit_limit == D(40)
    assert (boss.pk, "Credit limit 0.00 → 40.00") in log_of(shop)


def test_terms_change_without_touching_the_money(desk, shop):
    desk.post(url("shop_change", shop.pk), TERMS | {"sale_limit": "9.5", "name": "Corner 2"})
    shop.refresh_from_db()
    assert (shop.name, shop.sale_limit) == ("Corner 2", D("9.5"))
    assert float_of(shop) == (D(100), D(0))
    assert not any("Credit" in message for _user, message in log_of(shop))


def test_only_those_who_may_change_accounts_lend(clerk, shop):
    client = clerk("view_shop", "change_shop", "add_shop")
    page = client.get(url("shop_change", shop.pk))
    assert "credit_limit" not in page.context["adminform"].form.fields
    client.post(url("shop_change", shop.pk), TERMS | {"credit_limit": "1000", "hotline": "1"})
    client.post(url("shop_add"), TERMS | {"name": "New", "credit_limit": "1000"})
    limits = Shop.objects.values_list("hotline", "float_account__credit_limit")
    assert sorted(limits) == [("", D(0)), ("1", D(0))]


def test_shops_are_frozen_and_unfrozen_by_name(desk, boss, shop, other_shop):
    done = act(desk, "shop", "freeze", shop, other_shop)
    assert messages_of(done) == ["2 shops are frozen now."]
    assert set(Shop.objects.values_list("is_frozen", flat=True)) == {True}
    assert messages_of(act(desk, "shop", "freeze", shop)) == ["0 shops are frozen now."]
    act(desk, "shop", "unfreeze", shop)
    shop.refresh_from_db()
    assert shop.is_frozen is False
    assert log_of(shop) == [(boss.pk, "Unfrozen"), (boss.pk, "Frozen")]


def test_those_who_may_only_look_freeze_nothing(clerk, shop):
    client = clerk("view_shop")
    assert 'value="freeze"' not in text_of(client.get(url("shop_changelist")))
    act(client, "shop", "freeze", shop)
    shop.refresh_from_db()
    assert shop.is_frozen is False
    assert client.post(url("shop_change", shop.pk), TERMS | {"name": "Mine"}).status_code == 403


def test_nobody_removes_a_shop(desk, shop):
    assert desk.post(url("shop_delete", shop.pk), {"post": "yes"}).status_code == 403
    assert "delete_selected" not in text_of(desk.get(url("shop_changelist")))


def test_low_floats_are_found_by_a_filter(desk, shop, other_shop, settings):
    settings.LOW_FLOAT = 30
    add_float(shop=shop, amount=D(-80), by=None, memo="x", key="out")
    frozen = open_shop(name="Frozen", is_frozen=True)
    open_shop(name="On credit", credit_limit=D(30))
    page = desk.get(url("shop_changelist", query="?float=low"))
    assert [row.name for row in page.context["cl"].result_list] == ["Corner"]
    assert frozen not in page.context["cl"].result_list


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_costs_the_same_queries_for_one_shop_and_for_three(
    desk, db, django_assert_num_queries, count
):
    for number in range(count):
        open_shop(name=f"Shop {number}")
    desk.get(url("shop_changelist"))
    with django_assert_num_queries(6):  # two for the filters of branch and tier
        page = desk.get(url("shop_changelist"))
    assert page.context["cl"].result_count == count


def test_agents_and_owners_do_not_reach_the_admin(client, shop):
    for role in (Role.CASHIER, Role.OWNER):
        client.force_login(Person.objects.create_user(f"{role}", role=role, shop=shop))
        for address in (url("shop_changelist"), url("shop_float", shop.pk), "/admin/"):
            answer = client.get(address)
            assert (answer.status_code, answer.url.split("?")[0]) == (302, "/admin/login/")
