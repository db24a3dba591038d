"""Money sent to the provider, recorded once, in the name of who recorded it."""

from decimal import Decimal as D
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry

from ledger.models import Entry, EntryKind
from tests.topup.admin.conftest import text_of, url
from tests.topup.conftest import house
from topup import books
from topup.services.provider import check_identity

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def identity(db):
    return check_identity()


def form(amount="250.00", **changes):
    return {"amount": amount, "memo": "bank transfer 4711", "key": str(uuid4())} | changes


def test_money_sent_is_an_entry_in_the_persons_name(desk, boss):
    assert url("provider_fund") in text_of(desk.get(url("provideridentity_changelist")))
    page = desk.get(url("provider_fund"))
    assert "By the books 0.00 USD lie at the provider." in text_of(page)
    assert desk.post(url("provider_fund"), form()).status_code == 302
    entry = Entry.objects.get()
    assert (entry.kind, entry.memo, entry.posted_by) == (
        EntryKind.FUNDING, "bank transfer 4711", boss,
    )  # fmt: skip
    assert (house("provider"), house("bank")) == (D(250), D(-250))
    assert LogEntry.objects.get().change_message == "Posted 250.00: bank transfer 4711"
    assert "250.00" in text_of(desk.get(url("provider_fund")))
    assert list(books.problems()) == []


def test_a_second_press_posts_nothing_and_another_amount_is_refused(desk):
    once = form()
    desk.post(url("provider_fund"), once)
    desk.post(url("provider_fund"), once)
    assert house("provider") == D(250)
    page = desk.post(url("provider_fund"), once | {"amount": "300"})
    assert (page.status_code, "Nothing was posted now" in text_of(page)) == (422, True)
    assert house("provider") == D(250)


def test_a_minus_sign_corrects(desk):
    desk.post(url("provider_fund"), form())
    desk.post(url("provider_fund"), form("-50"))
    assert house("provider") == D(200)
    assert Entry.objects.last().kind == EntryKind.CORRECTION


def test_only_those_who_may_post_to_the_ledger_do(clerk):
    client = clerk("view_provideridentity")
    assert url("provider_fund") not in text_of(client.get(url("provideridentity_changelist")))
    assert client.post(url("provider_fund"), form()).status_code == 403
    client = clerk("view_provideridentity", "add_entry")
    assert client.post(url("provider_fund"), form()).status_code == 302
