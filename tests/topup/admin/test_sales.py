"""Sales in the admin: the whole story, a question to the provider, and no secret."""

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.topup.admin.conftest import act, messages_of, text_of, url
from topup.models import Sale, SaleEvent
from topup.services.opening import open_sale
from topup.states import SaleState


def found(response):
    return [sale.pk for sale in response.context["cl"].result_list]


def test_a_sale_shows_every_step_call_and_ledger_line_in_order(desk, counter):
    sale = counter.sell()
    page = desk.get(url("sale_change", sale.pk))
    told = [moment.what for moment in page.context["timeline"]]
    steps = ["not sent", "not sent → sending", "order sent", "sending → done"]
    assert [step for step in told if step in steps] == steps
    assert told.count("sale") == 4  # float, provider, income, commission
    moments = [moment.at for moment in page.context["timeline"]]
    assert moments == sorted(moments)
    text = text_of(page)
    assert f"shop float -{sale.charge:.2f}" in text
    assert "<td>counter</td>" in text
    assert sale.correlation_id in text


def test_nobody_edits_adds_or_removes_a_sale(desk, sold):
    sale = sold(SaleState.COMPLETED)
    assert desk.get(url("sale_add")).status_code == 403
    assert desk.post(url("sale_delete", sale.pk), {"post": "yes"}).status_code == 403
    assert desk.post(url("sale_change", sale.pk), {"state": "declined"}).status_code == 403
    assert 'name="_save"' not in text_of(desk.get(url("sale_change", sale.pk)))


def test_poll_now_makes_the_sale_due_and_names_the_person(desk, boss, sold):
    sale = sold(SaleState.PENDING)
    Sale.objects.filter(pk=sale.pk).update(next_poll_at=None)
    assert url("sale_poll", sale.pk) in text_of(desk.get(url("sale_change", sale.pk)))
    done = desk.post(url("sale_poll", sale.pk), follow=True)
    assert messages_of(done) == ["The provider will be asked now."]
    sale.refresh_from_db()
    assert sale.next_poll_at <= timezone.now()
    event = SaleEvent.objects.filter(sale=sale).last()
    assert (event.by, event.note) == (boss, "asked by hand")
    assert LogEntry.objects.get(object_id=sale.pk).user == boss


def test_poll_now_of_a_sale_that_was_never_sent_asks_nothing(desk, sold):
    sale = sold(SaleState.CREATED)
    done = desk.post(url("sale_poll", sale.pk), follow=True)
    assert messages_of(done)[0].startswith("There is nothing to ask")
    sale.refresh_from_db()
    assert (sale.next_poll_at, LogEntry.objects.count()) == (None, 0)


def test_many_sales_are_asked_about_at_once(desk, sold):
    sales = [sold(SaleState.PENDING), sold(SaleState.IN_DOUBT), sold(SaleState.CREATED)]
    Sale.objects.update(next_poll_at=None)
    done = act(desk, "sale", "poll", *sales)
    assert messages_of(done) == ["2 sales are asked about now."]
    assert Sale.objects.exclude(next_poll_at=None).count() == 2


def test_those_who_may_only_look_ask_nothing(clerk, sold):
    sale = sold(SaleState.PENDING)
    Sale.objects.update(next_poll_at=None)
    client = clerk("view_sale")
    assert url("sale_poll", sale.pk) not in text_of(client.get(url("sale_change", sale.pk)))
    assert client.post(url("sale_poll", sale.pk)).status_code == 403
    act(client, "sale", "poll", sale)
    sale.refresh_from_db()
    assert sale.next_poll_at is None
    assert clerk("view_shop").get(url("sale_changelist")).status_code == 403
    assert clerk("view_shop").get(url("sale_change", sale.pk)).status_code == 403


def test_poll_now_is_no_link(desk, sold):
    sale = sold(SaleState.PENDING)
    assert desk.get(url("sale_poll", sale.pk)).status_code == 405
    assert desk.post(url("sale_poll", 999999)).status_code == 404


@pytest.mark.parametrize(
    "text",
    ["18761234567", "+1 876 123-4567", "1876123", "(1876) 123 4567", "128959196"],
)
def test_a_sale_is_found_by_number_and_reference(desk, sold, text):
    sale = sold(SaleState.COMPLETED)
    assert found(desk.get(url("sale_changelist"), {"q": text})) == [sale.pk]


def test_a_sale_is_found_by_its_id_and_by_nothing_else(desk, sold):
    sale, other = sold(SaleState.PENDING), sold(SaleState.CREATED)
    assert found(desk.get(url("sale_changelist"), {"q": sale.correlation_id})) == [sale.pk]
    assert found(desk.get(url("sale_changelist"), {"q": "nobody"})) == []
    assert found(desk.get(url("sale_changelist"), {"q": "1876"})) == [other.pk, sale.pk]


def test_states_that_share_a_word_are_told_apart(desk, sold, quoted, agent):
    created = sold(SaleState.CREATED)
    pending = sold(SaleState.PENDING)
    page = desk.get(url("sale_changelist"))
    assert "not sent (created)" in text_of(page)
    assert "not sent (cancelled)" in text_of(page)
    assert found(desk.get(url("sale_changelist", query="?state=created"))) == [created.pk]
    assert found(desk.get(url("sale_changelist", query="?state=pending"))) == [pending.pk]


def test_flagged_sales_are_found(desk, sold):
    sold(SaleState.PENDING)
    flagged = sold(SaleState.PENDING)
    Sale.objects.filter(pk=flagged.pk).update(flag="look at it")
    assert found(desk.get(url("sale_changelist", query="?flagged=yes"))) == [flagged.pk]


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_costs_the_same_queries_for_one_sale_and_for_three(
    desk, agent, quoted, django_assert_num_queries, count
):
    for _number in range(count):
        open_sale(agent=agent, quote=quoted())
    desk.get(url("sale_changelist"))
    with django_assert_num_queries(5):  # session, person, count, sales, shops of the filter
        page = desk.get(url("sale_changelist"))
    assert page.context["cl"].result_count == count


def test_sales_are_not_counted_to_the_end(desk, sold):
    sold(SaleState.PENDING)
    with CaptureQueriesContext(connection) as captured:
        desk.get(url("sale_changelist"))
    counts = [query["sql"] for query in captured if "COUNT(" in query["sql"]]
    assert [("LIMIT" in sql, "topup_sale" in sql) for sql in counts] == [(True, True)]


def test_a_sale_costs_few_queries(desk, sold, django_assert_max_num_queries):
    sale = sold(SaleState.COMPLETED)
    desk.get(url("sale_change", sale.pk))
    with django_assert_max_num_queries(14):
        desk.get(url("sale_change", sale.pk))
