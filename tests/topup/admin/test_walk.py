"""Every address of the admin, taken from its own map: who gets in, and that no secret gets out."""

import re
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry

from catalog.models import Operator, Product, Sku
from tests.topup.admin.conftest import act, text_of, url
from topup import sealing
from topup.models import (
    Alarm,
    BlockedNumber,
    DepositRequest,
    Device,
    Kiosk,
    Person,
    ProviderIdentity,
    Shop,
)  # fmt: skip
from topup.models.alarm import AlarmKind
from topup.services import alarms, notices

MAY_BE_ADDED = {"auth_group_add", "topup_person_add", "topup_shop_add", "topup_blockednumber_add",
                "topup_pricerule_add", "topup_notice_add", "topup_operatorweather_add",
                "topup_kiosk_add"}  # fmt: skip
EXPECTED = {  # of a superuser's GET; 200 where nothing is said
    "login": 302, "logout": 405, "view_on_site": 404, "auth_group_delete": 200,
    "topup_blockednumber_delete": 200, "topup_shop_invite_make": 405,
    "topup_shop_invite_links": 405,
    "topup_depositrequest_picture": 404,  # it has none
    "topup_pricerule_delete": 200, "topup_pricebook_draft": 405,
    "topup_pricebook_withdraw": 302, "topup_whatif_again": 405,
    "topup_sale_poll": 405, "catalog_syncrun_sync": 405,
    "topup_safetyrules_changelist": 302,  # to the one row there is
    "topup_brand_changelist": 302, "topup_brand_add": 302, "topup_brand_delete": 200,
}  # fmt: skip
OPEN_TO_ALL_STAFF = {
    "index", "login", "logout", "password_change", "password_change_done", "jsi18n",
    "autocomplete", "view_on_site", "app_list",
}  # fmt: skip


def expected(name):
    if name in EXPECTED:
        return EXPECTED[name]
    if name.endswith("_delete") or (name.endswith("_add") and name not in MAY_BE_ADDED):
        return 403
    return 200


def test_an_agent_reaches_no_page(client, counter, addresses):
    client.force_login(counter.agent)
    for name, address in addresses:
        answer = client.get(address)
        if name == "login":
            assert "is_staff" not in text_of(answer)
            continue
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (
            302, "/admin/login/" if name != "logout" else "/admin/",
        ), name  # fmt: skip


def test_staff_without_permission_reach_no_row(clerk, addresses):
    client = clerk()
    reached = [
        name for name, address in addresses
        if name not in OPEN_TO_ALL_STAFF and client.get(address).status_code not in {403, 405}
    ]  # fmt: skip
    assert reached == []
    posted = [
        name for name, address in addresses
        if name not in OPEN_TO_ALL_STAFF and client.post(address).status_code != 403
    ]  # fmt: skip
    assert posted == []


def secrets_of(sale):
    """The code and its control number, as sold and as somebody might print them."""
    content = sealing.unseal(sale.voucher.sealed)
    texts = [pin["number"] for pin in content["pins"]]
    texts += [pin["control_number"] for pin in content["pins"] if pin["control_number"]]
    digits = [re.sub(r"\D", "", text) for text in texts]
    grouped = [" ".join(re.findall(r"\d{1,4}", text)) for text in digits]
    assert min(map(len, digits)) >= 6
    return {*texts, *digits, *grouped}


def test_a_superuser_reaches_every_page_and_none_shows_what_is_secret(desk, pin_sale, addresses):
    """The PIN that was sold, or a sealed column: the voucher, the order, the status."""
    secrets = secrets_of(pin_sale)
    sealed = [bytes(pin_sale.voucher.sealed).decode()]
    sealed += [bytes(call.sealed).decode() for call in pin_sale.calls.all() if call.sealed]
    assert len(sealed) >= 3
    secrets |= {"gAAAAA", *(text[:40] for text in sealed)}
    act(desk, "sale", "poll", pin_sale)
    act(desk, "alarm", "clear", *Alarm.objects.all())
    answers = [(name, address, desk.get(address)) for name, address in addresses]
    statuses = [(name, answer.status_code) for name, _address, answer in answers]
    assert [told for told in statuses if told[1] != expected(told[0])] == []
    pages = {address: text_of(answer) for _name, address, answer in answers}
    assert pin_sale.correlation_id in pages[url("sale_change", pin_sale.pk)]
    lists = [address for name, address in addresses if name.endswith("_changelist")]
    searched = [f"{address}?q={pin_sale.correlation_id}" for address in lists]
    pages |= {address: text_of(desk.get(address)) for address in searched}
    leaks = [(a, s) for a, page in pages.items() for s in secrets if s in page]
    assert leaks == []


ODD = ["\u00b2", "9" * 30, "9" * 5000, "-1", "\x00", "x", "\u0663"]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: ascii(odd)[:9])
def test_an_odd_number_in_an_address_is_no_error_of_ours(desk, pin_sale, odd):
    asked = {"pricerule": "book__id__exact", "shop": "branch", "sale": "shop__id__exact",
             "daytotal": "shop", "auditentry": "person_id", "depositrequest": "p",
             "kioskoffer": "shop__id__exact"}  # fmt: skip
    for model, name in asked.items():
        answer = desk.get(url(f"{model}_changelist"), {name: odd})
        assert answer.status_code in {200, 302, 404, 422}, (model, name)
    for model in ("whatif", "pricebook", "sale", "shop"):
        address = url(f"{model}_change", 1).replace("/1/", f"/{quote(odd)}/")
        assert desk.get(address).status_code in {302, 404}, model


def test_no_name_and_no_word_that_somebody_typed_is_markup(desk, pin_sale, addresses):
    evil = '"><script>x</script><img src=x>'
    Shop.objects.update(name=evil, address=evil)
    Person.objects.exclude(username="boss").update(first_name=evil, last_name=evil, username=evil)
    Device.objects.update(name=evil)
    Kiosk.objects.update(name=evil, message=evil, version=evil)
    BlockedNumber.objects.update(reason=evil)
    DepositRequest.objects.update(bank_reference=evil, note=evil, warning=evil)
    Operator.objects.update(name=evil)
    Sku.objects.update(name=evil)
    Product.objects.update(name=evil)
    alarms.raise_alarm(AlarmKind.SLOW, evil, sale=pin_sale)
    notices.write(text=evil, to=pin_sale.shop)
    seen = 0
    for name, address in addresses:
        searched = [f"{address}?q={quote(evil)}"] if name.endswith("_changelist") else []
        for path in (address, *searched):
            page = text_of(desk.get(path))
            seen += "&lt;script&gt;x" in page
            is_page = name not in {"jsi18n", "autocomplete"}  # data, as which it is sent
            assert not is_page or not re.search("<script>x|<img src=x", page), path
    assert seen > 20


def test_no_admin_is_registered_for_what_holds_secrets():
    names = {model.__name__ for model in admin.site._registry}
    assert names.isdisjoint({"Voucher", "ProviderCall"})
    assert {"Sale", "Shop", "Person", "Alarm", "Stop", "Entry", "Account", "SyncRun"} <= names


def test_the_log_of_actions_names_the_actor_and_no_secret(desk, boss, pin_sale):
    desk.post(url("sale_poll", pin_sale.pk))
    (entry,) = LogEntry.objects.filter(object_id=pin_sale.pk)
    assert (entry.user, entry.object_repr) == (boss, pin_sale.correlation_id)
    assert not any(secret in entry.change_message for secret in secrets_of(pin_sale))
    assert ProviderIdentity.objects.count() == 1
