"""Favourites and what was sold last, a press away."""

from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import Sku
from tests.portal.conftest import AIRTIME, PIN, RANGE, Visitor
from topup.models import AuditEntry, Favourite, What
from topup.services.favourites import often_sold, set_star

pytestmark = pytest.mark.django_db


def sku_of(number):
    return Sku.objects.get(provider_id=number)


def shown(counter, person=None):
    rows = often_sold(person=person or counter.agent, shop=counter.shop)
    return [(row.sku.provider_id, row.face_value, row.is_starred) for row in rows]


def test_the_last_goods_stand_on_the_sell_page_once_each(visitor, counter):
    assert "Sold often" not in visitor.get("/sell/").text
    for face in (D(25), D(30), D(25)):
        counter.sell(sku=RANGE, face=face)
    assert shown(counter) == [(RANGE, D(25), False), (RANGE, D(30), False)]
    page, sku = visitor.get("/sell/"), sku_of(RANGE)
    address = f"?operator={sku.operator_id}&amp;sku={sku.pk}&amp;amount-{sku.pk}=25"
    assert address in page.html
    assert 'value="25"' in visitor.get("/sell/", operator=sku.operator_id, sku=sku.pk,
                                       **{f"amount-{sku.pk}": "25"}).html  # fmt: skip


def test_a_star_is_put_and_taken_away_and_counts_for_the_shop(visitor, counter, colleague, rival):
    counter.sell(sku=RANGE, face=D(25))
    sku = sku_of(RANGE)
    star = {"sku": sku.pk, f"amount-{sku.pk}": "25"}
    for _ in range(2):
        assert visitor.post("/sell/star/", star="1", **star).leads_to == "/sell/"
    assert Favourite.objects.count() == 1
    assert shown(counter) == [(RANGE, D(25), True)]
    assert shown(counter, colleague) == [(RANGE, D(25), False)]
    assert often_sold(person=rival, shop=rival.shop) == []
    assert 'aria-pressed="true"' in visitor.get("/sell/").html
    visitor.post("/sell/star/", star="0", **star)
    assert Favourite.objects.count() == 0


def test_a_star_is_in_the_audit_log_with_who_gave_it(visitor, counter):
    sku = sku_of(RANGE)
    for wish in ("1", "1", "0"):
        visitor.post("/sell/star/", star=wish, sku=sku.pk, **{f"amount-{sku.pk}": "25"})
    given, taken = AuditEntry.objects.filter(subject="topup_favourite").order_by("pk")
    assert (given.what, taken.what) == (What.CREATED, What.REMOVED)
    for row in (given, taken):
        agent = counter.agent
        assert (row.actor_id, row.person_id, row.shop_id) == (agent.pk, agent.pk, agent.shop_id)
    assert (given.changes["sku_id"], given.changes["face_value"]) == ([None, sku.pk], [None, 25.0])
    assert "at" not in given.changes


def test_most_stars_come_first_and_what_is_off_sale_is_not_there(counter, colleague):
    for person, number in ((counter.agent, AIRTIME), (counter.agent, PIN), (colleague, PIN)):
        sku = sku_of(number)
        set_star(
            person=person, shop=counter.shop, sku=sku, face_value=sku.min_face_value, is_on=True
        )
    assert [row[0] for row in shown(counter)] == [PIN, AIRTIME]
    Sku.objects.filter(provider_id=PIN).update(retired_at=timezone.now())
    assert [row[0] for row in shown(counter)] == [AIRTIME]


def test_a_star_of_nothing_is_not_there(visitor, counter):
    assert visitor.post("/sell/star/", star="1", sku="999999").status == 404
    assert Visitor().post("/sell/star/", star="1").leads_to.startswith("/session/sign-in/")


def test_the_page_costs_the_same_however_much_was_sold(visitor, counter):
    counts = []
    visitor.get("/sell/")  # what is kept for a while is asked once
    for number in (1, 2, 3):
        counter.sell(sku=RANGE, face=D(20 + number))
        with CaptureQueriesContext(connection) as asked:
            visitor.get("/sell/")
        counts.append(len(asked))
    assert len(set(counts)) == 1, counts


def test_a_sale_is_repeated_from_its_page_and_from_the_list(visitor, counter):
    sale = counter.sell(sku=RANGE, face=D(25))
    again = f"/sell/?number=%2B{sale.recipient}&amp;again={sale.correlation_id}"
    page = visitor.get(f"/sales/{sale.correlation_id}/")
    assert again in page.html
    assert "the same again is a second sale, and costs again" in page.text
    assert again in visitor.get("/sales/").html
    check = visitor.get(again.replace("&amp;", "&"))
    assert check.leads_to.startswith("/sell/check/")
