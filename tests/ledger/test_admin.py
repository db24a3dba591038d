"""The books in the admin: read by those who may, changed by nobody."""

from decimal import Decimal as D

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ledger import services
from ledger.admin import BoundedPaginator, figure
from ledger.models import Account, AccountKind, Entry, EntryKind, Hold
from topup.services.shops import add_float, open_shop

pytestmark = pytest.mark.django_db
MODELS = {"account": Account, "entry": Entry, "hold": Hold}


@pytest.fixture
def boss(django_user_model):
    return django_user_model.objects.create_superuser("boss", role="admin")


@pytest.fixture
def desk(client, boss):
    client.force_login(boss)
    return client


@pytest.fixture
def shops(boss):
    """Shops with money in and some of it held."""

    def make(count=1):
        made = [open_shop(name=f"Shop {number}") for number in range(1, count + 1)]
        for shop in made:
            add_float(shop=shop, amount=D("100.5"), by=boss, memo="slip 7", key=shop.name)
            services.place_hold(account=shop.float_account, amount=D(40), key=shop.name)
        return made

    return make


def url(name, *arguments):
    return reverse(f"admin:ledger_{name}", args=arguments)


def text_of(response):
    return response.content.decode()


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("name", "queries"), [("account", 5), ("entry", 7), ("hold", 4)])
def test_a_list_costs_the_same_queries_for_one_row_and_for_three(
    desk, shops, django_assert_num_queries, name, queries, count
):
    shops(count)
    desk.get(url(f"{name}_changelist"))
    with django_assert_num_queries(queries):
        page = desk.get(url(f"{name}_changelist"))
    assert page.context["cl"].result_count >= count


@pytest.mark.parametrize("name", MODELS)
def test_nobody_adds_changes_or_removes_a_row(desk, shops, name):
    shops()
    pk = MODELS[name].objects.first().pk
    assert desk.get(url(f"{name}_add")).status_code == 403
    assert desk.post(url(f"{name}_delete", pk), {"post": "yes"}).status_code == 403
    page = desk.get(url(f"{name}_change", pk))
    assert page.status_code == 200
    assert 'name="_save"' not in text_of(page)
    assert desk.post(url(f"{name}_change", pk), {"memo": "mine"}).status_code == 403
    assert "delete_selected" not in text_of(desk.get(url(f"{name}_changelist")))
    assert MODELS[name].objects.filter(pk=pk).exists()


@pytest.mark.parametrize("name", MODELS)
def test_staff_see_only_what_they_may(client, django_user_model, shops, name):
    shops()
    clerk = django_user_model.objects.create_user("clerk", role="admin", is_staff=True)
    client.force_login(clerk)
    assert client.get(url(f"{name}_changelist")).status_code == 403
    clerk.user_permissions.set(Permission.objects.filter(codename=f"view_{name}"))
    assert client.get(url(f"{name}_changelist")).status_code == 200
    others = set(MODELS) - {name}
    assert {client.get(url(f"{other}_changelist")).status_code for other in others} == {403}


def test_balances_are_shown_in_their_natural_sign(desk, shops):
    (shop,) = shops()
    page = text_of(desk.get(url("account_changelist")))
    bank = Account.objects.get(kind=AccountKind.BANK)
    assert '<td class="field-balance_shown">100.50</td>' in page
    assert '<td class="field-spendable">60.50</td>' in page
    assert "Shop 1" in page
    services.post(
        kind=EntryKind.FUNDING, key="funding", by_id=None,
        lines=[(services.house(AccountKind.PROVIDER, "USD"), D("-30")), (bank, D("30"))],
    )  # fmt: skip
    listed = desk.get(url("account_changelist")).context["cl"].result_list
    admin_of = {account.kind: account.total * account.natural_sign for account in listed}
    assert admin_of == {"float": D("100.5"), "bank": D("70.5"), "provider": D("30")}
    assert text_of(desk.get(url("account_change", shop.float_account_id))).count("100.50") >= 1


def test_an_entry_names_the_accounts_it_moved(desk, shops, boss):
    shops()
    page = text_of(desk.get(url("entry_changelist")))
    assert "Shop 1 +100.50 USD" in page
    assert "deposits received +100.50 USD" in page
    assert "slip 7" in page
    assert "boss" in page


def test_the_entries_of_one_account_are_one_click_away(desk, shops):
    first, _second = shops(2)
    link = f"{url('entry_changelist')}?lines__account={first.float_account_id}"
    assert link in text_of(desk.get(url("account_changelist")))
    page = desk.get(link)
    assert [entry.key for entry in page.context["cl"].result_list] == ["deposit:Shop 1"]


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("entry", "deposit:Shop", 0),
        ("entry", "slip", 2),
        ("entry", "nothing", 0),
        ("account", "shop", 2),
        ("account", "bank", 1),
        ("hold", "elsewhere", 0),
    ],
)
def test_rows_are_found_by_key_reference_and_memo(desk, shops, name, text, found):
    shops(2)
    page = desk.get(url(f"{name}_changelist"), {"q": text})
    assert page.context["cl"].result_count == found


def test_a_long_list_is_not_counted_to_its_end(desk, shops, monkeypatch):
    shops(3)
    monkeypatch.setattr(BoundedPaginator, "MOST", 2)
    with CaptureQueriesContext(connection) as captured:
        page = desk.get(url("entry_changelist"))
    assert page.context["cl"].result_count == 2
    counts = [query["sql"] for query in captured if "COUNT(" in query["sql"]]
    assert [sql for sql in counts if "ledger_entry" in sql and "LIMIT 2" not in sql] == []
    assert len(counts) == 1


def test_figures_keep_their_digits_and_no_more():
    assert [figure(D(text)) for text in ("9.2000", "0.0125", "-5.0000", "1000", "0E-4")] == [
        "9.20", "0.0125", "-5.00", "1000.00", "0.00",
    ]  # fmt: skip
