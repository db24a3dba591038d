"""The catalogue in the admin: looked at by those who may, synced and confirmed by name."""

import json
from decimal import Decimal as D

import pytest
import redis
from django.conf import settings as live_settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse
from kombu import pools

from catalog.enums import Category, SyncState
from catalog.models import Country, Operator, Product, Sku, SyncRun
from catalog.pausing import pause_skus
from catalog.sync import sync_catalog
from catalog.tasks import sync_catalog_task
from portal.celery import app
from topup.services.shops import open_shop

LISTS = ("country", "operator", "product", "sku", "syncrun")


@pytest.fixture
def boss(django_user_model, db):
    return django_user_model.objects.create_superuser("boss", role="admin")


@pytest.fixture
def desk(client, boss):
    client.force_login(boss)
    return client


@pytest.fixture
def staff(client, django_user_model, db):
    """A client of a person of the distributor with these permissions and no others."""

    def sign_in(*codenames):
        person = django_user_model.objects.create_user("clerk", role="admin", is_staff=True)
        person.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        assert person.user_permissions.count() == len(codenames)
        client.force_login(person)
        return client

    return sign_in


@pytest.fixture
def rows(make_country):
    """Three rows of each list."""

    def make(count=3):
        for number in range(1, count + 1):
            country = make_country(f"X{number}", f"Country {number}", str(number))
            operator = Operator.objects.create(
                provider_id=number, name=f"Operator {number}", country=country
            )
            product = Product.objects.create(
                provider_id=number, name=f"Product {number}", category=Category.RTR,
                operator=operator, country=country,
            )  # fmt: skip
            Sku.objects.create(
                provider_id=number, name=f"Sku {number}", category=Category.RTR, product=product,
                operator=operator, country=country, min_face_value=D(number),
                max_face_value=D(10), face_currency="USD", min_cost=D("0.9"), cost_currency="USD",
                raw={"skuId": number, "skuName": "<b>odd</b>"},
            )  # fmt: skip
            SyncRun.objects.create(
                state=SyncState.APPLIED, counts={"skus": {"seen": 3, "added": 3}},
                differences="3 SKUs added: <i>A</i>", cost_currency="USD",
            )  # fmt: skip

    return make


@pytest.fixture
def synced(unfilled):
    """The simulator's catalogue, for one test."""
    return sync_catalog()


def url(name, *arguments):
    return reverse(f"admin:catalog_{name}", args=arguments)


def text_of(response):
    return response.content.decode()


def tasks_waiting():
    """The syncs on the catalogue's queue, newest first."""
    with redis.from_url(live_settings.REDIS_URL.replace("redis+socket://", "unix://")) as link:
        waiting = [json.loads(message)["headers"] for message in link.lrange("catalogue", 0, -1)]
    return [task for task in waiting if task["task"] == "catalog.sync_catalog_task"]


@pytest.fixture
def queue(db):
    """The catalogue's queue, empty at first and at last."""
    app.control.purge()
    yield tasks_waiting
    with redis.from_url(live_settings.REDIS_URL.replace("redis+socket://", "unix://")) as link:
        link.delete("catalogue")


@pytest.fixture
def broker_down():
    """Messages go to a port where nobody listens."""
    kept = app.conf.broker_url
    _reconnect(app, "redis://127.0.0.1:9/0")
    yield
    _reconnect(app, kept)
    app.conf.broker_write_url = app.conf.broker_read_url = None  # as before: they follow the first


def _reconnect(app, address):
    pools.reset()
    app._pool = app.amqp._producer_pool = None
    app.conf.broker_url = app.conf.broker_write_url = app.conf.broker_read_url = address


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("count", [1, 3])
def test_a_list_costs_the_same_queries_for_one_row_and_for_three(
    desk, rows, django_assert_num_queries, name, count
):
    rows(count)
    desk.get(url(f"{name}_changelist"))
    filters = {"country": 1, "operator": 1, "product": 1, "sku": 1, "syncrun": 1}
    with django_assert_num_queries(4 + filters[name]):
        page = desk.get(url(f"{name}_changelist"))
    assert page.status_code == 200
    assert page.context["cl"].result_count == count


@pytest.mark.parametrize("name", LISTS)
def test_nobody_adds_changes_or_removes_a_row(desk, rows, name):
    rows(1)
    pk = {"country": Country, "operator": Operator, "product": Product, "sku": Sku,
          "syncrun": SyncRun}[name].objects.get().pk  # fmt: skip
    detail = url(f"{name}_change", pk)
    assert desk.get(url(f"{name}_add")).status_code == 403
    assert desk.get(url(f"{name}_delete", pk)).status_code == 403
    assert desk.post(url(f"{name}_delete", pk), {"post": "yes"}).status_code == 403
    page = desk.get(detail)
    assert page.status_code == 200
    assert 'name="_save"' not in text_of(page)
    assert desk.post(detail, {"name": "mine"}).status_code == 403
    listed = text_of(desk.get(url(f"{name}_changelist")))
    assert "delete_selected" not in listed


@pytest.mark.parametrize("name", LISTS)
def test_staff_without_permission_see_nothing(staff, rows, name):
    rows(1)
    assert staff().get(url(f"{name}_changelist")).status_code == 403


def test_staff_who_may_look_may_not_act(staff, rows, queue):
    rows(1)
    clerk = staff("view_sku", "view_syncrun")
    sku = Sku.objects.get()
    page = text_of(clerk.get(url("sku_changelist")))
    assert "Sku 1" in page
    assert 'value="pause"' not in page
    clerk.post(
        url("sku_changelist"), {"action": "pause", "reason": "x", "_selected_action": [sku.pk]}
    )
    assert Sku.objects.get().paused_at is None
    assert "Sync now" not in text_of(clerk.get(url("syncrun_changelist")))
    assert clerk.post(url("syncrun_sync")).status_code == 403
    assert clerk.post(url("syncrun_confirm", SyncRun.objects.get().pk)).status_code == 403
    assert queue() == []


def test_a_sku_shows_the_providers_row_readable_and_harmless(desk, rows):
    rows(1)
    page = text_of(desk.get(url("sku_change", Sku.objects.get().pk)))
    assert "<pre>{\n  &quot;skuId&quot;: 1,\n" in page
    assert "&lt;b&gt;odd&lt;/b&gt;" in page
    assert "<b>odd" not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=Sku+2", ["Sku 2"]),
        ("?q=2", ["Sku 2"]),
        ("?q=operator+3", ["Sku 3"]),
        ("?q=country+1", ["Sku 1"]),
        ("?q=nothing", []),
        ("?q=99999999999999999999999", []),
        ("?is=paused", ["Sku 3"]),
        ("?is=on_sale", ["Sku 1", "Sku 2"]),
        ("?is=retired", []),
        ("?category__exact=pin", []),
        ("?country__code__exact=X2", ["Sku 2"]),
    ],
)
def test_skus_are_searched_and_filtered(desk, rows, query, found):
    rows(3)
    pause_skus(sku_ids=[Sku.objects.get(name="Sku 3").pk], reason="fraud")
    page = desk.get(url("sku_changelist") + query)
    assert [row.name for row in page.context["cl"].result_list] == found


def test_a_sku_is_paused_with_a_reason_and_put_back(desk, rows, boss):
    rows(3)
    first, second, third = Sku.objects.order_by("pk")
    chosen = {"_selected_action": [first.pk, second.pk]}
    asked = desk.post(url("sku_changelist"), {"action": "pause", **chosen})
    assert (asked.status_code, "Take SKUs off sale" in text_of(asked)) == (200, True)
    assert not Sku.objects.exclude(paused_at=None).exists()

    empty = desk.post(url("sku_changelist"), {"action": "pause", "reason": " ", **chosen})
    assert empty.status_code == 422

    done = desk.post(
        url("sku_changelist"), {"action": "pause", "reason": "fraud", **chosen}, follow=True
    )
    assert "2 SKUs are off sale now." in text_of(done)
    assert set(Sku.objects.exclude(paused_at=None).values_list("pk", "pause_reason")) == {
        (first.pk, "fraud"), (second.pk, "fraud"),
    }  # fmt: skip
    assert "paused: fraud" in text_of(desk.get(url("sku_changelist")))
    assert set(LogEntry.objects.values_list("user", "object_id", "change_message")) == {
        (boss.pk, str(pk), "Paused: fraud") for pk in (first.pk, second.pk)
    }

    desk.post(
        url("sku_changelist"),
        {"action": "pause", "reason": "again", "_selected_action": [first.pk]},
    )
    assert Sku.objects.get(pk=first.pk).pause_reason == "fraud"  # the first reason stays

    desk.post(
        url("sku_changelist"), {"action": "unpause", "_selected_action": [first.pk, third.pk]}
    )
    first.refresh_from_db()
    assert (first.paused_at, first.pause_reason) == (None, "")
    history = text_of(desk.get(url("sku_history", first.pk)))
    assert "Paused: fraud" in history
    assert "Unpaused" in history
    assert LogEntry.objects.filter(object_id=third.pk).count() == 0  # it was on sale


def test_every_sku_of_a_filter_is_paused_at_once(desk, rows):
    rows(3)
    query = "?q=sku"
    form = {"action": "pause", "select_across": "1", "_selected_action": [Sku.objects.first().pk]}
    page = desk.post(url("sku_changelist") + query, form)
    assert page.context["count"] == 3
    desk.post(url("sku_changelist") + query, {**form, "reason": "all"})
    assert Sku.objects.filter(pause_reason="all").count() == 3


def test_sync_now_puts_a_task_on_the_queue_in_the_persons_name(desk, boss, queue):
    assert desk.get(url("syncrun_sync")).status_code == 405
    done = desk.post(url("syncrun_sync"), follow=True)
    assert "The sync was asked for." in text_of(done)
    (task,) = queue()
    assert task["task"] == sync_catalog_task.name
    assert task["kwargsrepr"] == repr({"asked_by_id": boss.pk})
    assert task["expires"] is not None


def test_sync_now_says_that_one_is_running(desk, queue):
    SyncRun.objects.create()
    done = desk.post(url("syncrun_sync"), follow=True)
    assert "A sync is running already" in text_of(done)


def test_a_broker_that_is_down_is_told_plainly(desk, broker_down):
    done = desk.post(url("syncrun_sync"), follow=True)
    assert done.status_code == 200
    assert "The queue does not answer: no sync was started." in text_of(done)
    assert "was asked for" not in text_of(done)


def test_a_held_sync_is_looked_at_confirmed_and_applied(desk, boss, synced, simulator, queue):
    simulator.fault("catalogue_shrink", share=0.4)
    held = sync_catalog()
    detail = text_of(desk.get(url("syncrun_change", held.pk)))
    assert url("syncrun_confirm", held.pk) in detail

    page = text_of(desk.get(url("syncrun_confirm", held.pk)))
    assert held.reason in page
    assert "SKUs (" in page
    held.refresh_from_db()
    assert held.confirmed_at is None

    done = desk.post(url("syncrun_confirm", held.pk), follow=True)
    assert "Confirmed. A sync was asked for" in text_of(done)
    held.refresh_from_db()
    assert (held.confirmed_by, len(queue())) == (boss, 1)
    assert LogEntry.objects.get().change_message.startswith("Confirmed: ")

    sync_catalog_task(asked_by_id=boss.pk)
    run = SyncRun.objects.first()
    assert (run.state, run.confirms, run.asked_by) == (SyncState.APPLIED, held, boss)

    again = desk.post(url("syncrun_confirm", held.pk), follow=True)
    assert "does not wait for a confirmation" in text_of(again)
    assert len(queue()) == 1


def test_a_confirmation_is_kept_when_the_broker_is_down(desk, boss, broker_down):
    held = SyncRun.objects.create(
        state=SyncState.HELD, suspicions={"gone:skus": 0.5}, reason="Half is gone."
    )
    done = desk.post(url("syncrun_confirm", held.pk), follow=True)
    assert "The queue does not answer" in text_of(done)
    held.refresh_from_db()
    assert held.confirmed_by == boss


@pytest.mark.parametrize("state", [SyncState.APPLIED, SyncState.FAILED, SyncState.RUNNING])
def test_a_sync_that_does_not_wait_cannot_be_confirmed(desk, state, queue):
    run = SyncRun.objects.create(state=state)
    assert url("syncrun_confirm", run.pk) not in text_of(desk.get(url("syncrun_change", run.pk)))
    done = desk.post(url("syncrun_confirm", run.pk), follow=True)
    assert "does not wait for a confirmation" in text_of(done)
    assert queue() == []


def test_a_wrong_currency_is_said_and_cannot_be_confirmed(desk, synced, simulator):
    assert "errornote" not in text_of(desk.get(url("syncrun_changelist")))
    simulator.fault("cost_currency", currency="EUR")
    run = sync_catalog()
    listed = text_of(desk.get(url("syncrun_changelist")))
    assert '<p class="errornote">The provider&#x27;s costs are in EUR' in listed
    assert url("syncrun_confirm", run.pk) not in text_of(desk.get(url("syncrun_change", run.pk)))
    done = desk.get(url("syncrun_confirm", run.pk), follow=True)
    assert "does not wait for a confirmation" in text_of(done)


def test_a_sync_shows_its_counts_and_differences_in_words(desk, rows):
    rows(1)
    run = SyncRun.objects.get()
    page = text_of(desk.get(url("syncrun_change", run.pk)))
    assert "<li>3 SKUs added: &lt;i&gt;A&lt;/i&gt;</li>" in page
    assert '<th scope="row">SKUs</th><td>3</td><td>3</td><td>0</td>' in page
    assert "3 added" in text_of(desk.get(url("syncrun_changelist")))


def test_an_agent_does_not_reach_the_catalogues_admin(client, django_user_model, rows):
    rows(1)
    client.force_login(django_user_model.objects.create_user("agent", shop=open_shop(name="Shop")))
    for name in LISTS:
        page = client.get(url(f"{name}_changelist"))
        assert (page.status_code, page.url.startswith("/admin/login/")) == (302, True)
    assert client.post(url("syncrun_sync")).status_code == 302
