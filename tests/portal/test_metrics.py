"""What Prometheus is told: who is let in, figures that are what was made, and what they cost."""

import re
from datetime import timedelta
from pathlib import Path

import promql_parser
import pytest
import yaml
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from catalog.enums import SyncState
from catalog.models import Sku, SyncRun
from ledger import services as ledger
from ledger.models import AccountKind
from portal import broker, heartbeats
from portal.celery import app
from portal.kiosk import COOKIE
from tests.portal.conftest import AIRTIME, PIN
from tests.topup.plans import only_indexes
from topup.models import Kiosk, Person, Role, Sale, Shop
from topup.services import kiosks, offers, provider, sales, weather
from topup.states import SaleState
from topup.tasks import poll_sale_task, sweep_sessions_task, sweep_task

ADDRESS = "/health/metrics/"
TOKEN = "not-a-secret-of-anybody-0123456789-abcdef"
ROOT = Path(__file__).parents[2]
PARTS = {
    "database", "sales", "outcomes", "operators", "alarms", "floats", "kiosks", "catalogue",
    "provider", "tasks", "broker",
}  # fmt: skip


@pytest.fixture
def ask(client, settings):
    """Ask with the token, or with another header."""
    settings.METRICS_TOKEN = TOKEN

    def answer(authorization=f"Bearer {TOKEN}", **options):
        headers = {"Authorization": authorization} if authorization else {}
        return client.get(ADDRESS, headers=headers, **options)

    return answer


@pytest.fixture
def scrape(ask):
    """Values by metric and label values, such as ("sales_open", "in_doubt")."""

    def run():
        answer = ask()
        assert answer.status_code == 200
        found = {}
        for family in text_string_to_metric_families(answer.content.decode()):
            assert family.documentation
            for sample in family.samples:
                labels = [value for _name, value in sorted(sample.labels.items())]
                found[(sample.name.removeprefix("topnet_"), *labels)] = sample.value
        return found

    return run


def ok(found):
    return {part: found["scrape_ok", part] for part in PARTS}


def only(found, *names):
    """Of these metrics what is not zero."""
    return {key: value for key, value in found.items() if key[0] in names and value}


# --- who is let in -----------------------------------------------------------


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer", "Bearer None", f"Bearer {TOKEN}"])
def test_without_a_token_in_the_settings_there_is_no_such_page(db, ask, settings, header):
    settings.METRICS_TOKEN = ""
    assert ask(header).status_code == 404


@pytest.mark.parametrize(
    "header",
    ["", "Bearer ", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", f"Bearer {TOKEN.upper()}", TOKEN,
     f"Basic {TOKEN}", f"Token {TOKEN}", "Bearer \xe9\xe9", f"Bearer x {TOKEN}"],
)  # fmt: skip
def test_who_has_not_the_token_is_told_what_is_told_of_a_page_that_is_not_there(
    db, client, ask, header
):
    answer, nothing = ask(header), client.get("/health/nothing/")
    assert (answer.status_code, nothing.status_code) == (404, 404)
    assert answer.content.replace(b"metrics", b"nothing") == nothing.content
    assert answer.headers.keys() == nothing.headers.keys()


def test_the_token_counts_in_its_header_alone(db, client, ask, settings):
    assert client.get(ADDRESS, {"token": TOKEN, "access_token": TOKEN}).status_code == 404
    client.cookies["token"] = TOKEN
    assert client.get(ADDRESS).status_code == 404
    assert ask(f"bearer {TOKEN}").status_code == 200, "the name of the scheme has no case"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_only_reading_is_there(db, ask, method):
    strict = Client(enforce_csrf_checks=True)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert getattr(strict, method)(ADDRESS, headers=headers).status_code == 404
    assert strict.head(ADDRESS, headers=headers).status_code == 200


def test_the_answer_is_plain_kept_by_nobody_and_knows_no_session(counter, owner, ask, client):
    client.force_login(owner)
    with CaptureQueriesContext(connection) as asked:
        answer = ask()
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies
    assert [row["sql"] for row in asked if "session" in row["sql"] or "person" in row["sql"]] == []


def test_a_person_with_every_right_has_no_more(db, client, ask):
    rights = {"role": Role.ADMIN, "is_staff": True, "is_superuser": True}
    client.force_login(Person.objects.create_user("boss", **rights))
    assert ask("").status_code == 404


def test_a_kiosk_finds_nothing_there(counter, owner, ask, client):
    _kiosk, code = kiosks.create(shop=counter.shop, name="Door", by=owner)
    client.cookies[COOKIE] = kiosks.swap(code)[1]
    assert ask().status_code == 404


# --- figures -----------------------------------------------------------------


def test_sales_are_counted_by_state_kind_and_outcome(counter, scrape):
    counter.sell()
    counter.sell(sku=PIN)
    counter.sell("18765550501")
    counter.sell("18765550852")
    doubtful = counter.sell("18765550503")
    Sale.objects.update(next_poll_at=None)
    Sale.objects.filter(pk=doubtful.pk).update(
        created_at=timezone.now() - timedelta(hours=1),
        next_poll_at=timezone.now() - timedelta(minutes=3),
    )
    waiting = counter.confirm()
    found = scrape()
    assert only(found, "sales_open") == {
        ("sales_open", "created"): 1, ("sales_open", "pending"): 1, ("sales_open", "in_doubt"): 1,
    }  # fmt: skip
    assert {key[1] for key in found if key[0] == "sales_open"} == {
        "created", "submitted", "pending", "in_doubt", "in_review"
    }  # fmt: skip
    assert found["sale_open_oldest_seconds", "in_doubt"] == pytest.approx(3600, abs=60)
    assert 0 < found["sale_open_oldest_seconds", "pending"] < 60
    assert found["sale_open_oldest_seconds", "in_review"] == 0
    assert found["sales_poll_due",] == 1
    assert found["sale_poll_late_seconds",] == pytest.approx(180, abs=60)
    assert found["sales_started_total",] == waiting.pk
    assert only(found, "recent_sales") == {
        ("recent_sales", "airtime", "completed"): 1,
        ("recent_sales", "pin", "completed"): 1,
        ("recent_sales", "airtime", "declined"): 1,
    }  # fmt: skip
    assert len([key for key in found if key[0] == "recent_sales"]) == 5 * 7


def test_the_time_to_deliver_is_of_what_was_completed_lately(counter, scrape):
    for seconds in (2, 4, 60):
        sale = counter.sell()
        Sale.objects.filter(pk=sale.pk).update(
            submitted_at=sale.settled_at - timedelta(seconds=seconds)
        )
    old, ago = counter.sell(), timezone.now() - timedelta(minutes=6)
    Sale.objects.filter(pk=old.pk).update(settled_at=ago, submitted_at=ago)
    counter.sell("18765550501")
    found = scrape()
    assert only(found, "recent_delivery_seconds") == {
        ("recent_delivery_seconds", "airtime", "0.5"): 4,
        ("recent_delivery_seconds", "airtime", "0.9"): pytest.approx(48.8),
        ("recent_delivery_seconds", "airtime", "0.99"): pytest.approx(58.88),
    }  # fmt: skip
    assert found["recent_sales", "airtime", "completed"] == 3


def test_an_order_that_never_left_us_stops_selling_and_is_seen(counter, simulator, scrape):
    counter.sell()
    assert sales.cancel_sale(sale_id=counter.confirm().pk)
    simulator.control("faults", "POST", {"fault": "http", "status": 401})
    assert counter.sell().state == SaleState.CANCELLED
    simulator.control("faults", "DELETE")
    found = scrape()
    assert only(found, "recent_sales", "stopped", "alarms_open") == {
        ("recent_sales", "airtime", "completed"): 1,
        ("recent_sales", "airtime", "not_sent"): 1,
        ("recent_sales", "airtime", "cancelled"): 1,
        ("stopped", "selling"): 1,
        ("alarms_open", "configuration"): 1,
    }  # fmt: skip
    assert found["stopped", "absence"] == 0
    assert found["alarms_open", "books"] == 0


def test_operators_are_told_by_number_and_only_those_with_traffic(counter, scrape):
    assert only(scrape(), "operator_recent_sales") == {}
    counter.sell()
    counter.sell()
    counter.sell("18765550503")
    weather.count_weather()
    found = scrape()
    assert only(found, "operator_recent_sales", "operators_closed") == {
        ("operator_recent_sales", "21", "delivered"): 2,
        ("operator_recent_sales", "21", "failed"): 1,
    }  # fmt: skip
    shut = {"hold": "closed", "hold_reason": "they told us", "counted_at": None}
    weather.OperatorWeather.objects.update(**shut)
    assert only(scrape(), "operator_recent_sales", "operators_closed") == {("operators_closed",): 1}


def test_floats_are_summed_by_currency(counter, rival, scrape):
    counter.sell()
    balance, held = counter.float()
    counter.sell("18765550852")
    hold = counter.float()[1]
    assert (held, hold > 0) == (0, True)
    found = scrape()
    assert found["float_promised", "USD"] == float(balance + 100)
    assert found["float_held", "USD"] == float(hold)
    bank = ledger.house(AccountKind.BANK, "USD")
    rival.shop.float_account.credit_limit = 1000
    rival.shop.float_account.save(update_fields=["credit_limit"])
    ledger.post(
        kind="correction", key="below", lines=[(rival.shop.float_account, -300), (bank, 300)]
    )
    assert scrape()["float_promised", "USD"] == float(balance), "one that is below owes us"


def test_the_provider_is_told_as_it_was_last_compared(counter, simulator, scrape):
    provider.cache.clear()
    assert not [key for key in scrape() if key[0].startswith("provider_")]
    provider.check_balance()
    assert only(scrape(), "provider_balance", "provider_balance_explained") == {
        ("provider_balance", "USD"): 10000, ("provider_balance_explained",): 1,
    }  # fmt: skip
    house = [ledger.house(kind, "USD") for kind in (AccountKind.PROVIDER, AccountKind.BANK)]
    ledger.post(kind="correction", key="gone", lines=[(house[0], 7), (house[1], -7)])
    provider.check_balance()
    found = scrape()
    assert found["provider_balance_difference", "USD"] == 7
    assert found["provider_balance_explained",] == 0
    assert found["alarms_open", "balance"] == 1
    told_at = found["provider_balance_timestamp_seconds",]
    assert told_at == pytest.approx(timezone.now().timestamp(), abs=60)


def test_kiosks_and_what_their_customers_wait_for(counter, owner, scrape):
    quote = counter.quote()
    for name, seen in (("Door", timedelta(0)), ("Hall", timedelta(minutes=6))):
        kiosk, code = kiosks.create(shop=counter.shop, name=name, by=owner)
        kiosks.swap(code)
        Kiosk.objects.filter(pk=kiosk.pk).update(last_seen_at=timezone.now() - seen)
    kiosks.create(shop=counter.shop, name="in its box", by=owner)
    offers.make(
        kiosk=kiosk, sku=Sku.objects.get(pk=quote.sku_id), face_value=quote.face_value,
        recipient=quote.recipient, language="en",
    )  # fmt: skip
    assert only(scrape(), "kiosks_enrolled", "kiosks_seen", "kiosk_offers_waiting") == {
        ("kiosks_enrolled",): 2, ("kiosks_seen",): 1, ("kiosk_offers_waiting",): 1,
    }  # fmt: skip


def test_the_catalogue_is_as_old_as_its_last_sync_and_says_who_waits(db, scrape):
    assert ("catalogue_synced_timestamp_seconds",) not in scrape()
    then = timezone.now() - timedelta(hours=7)
    SyncRun.objects.create(state=SyncState.APPLIED, finished_at=then)
    held = {"suspicions": {"gone": 0.4}, "finished_at": timezone.now()}
    SyncRun.objects.create(state=SyncState.HELD, **held)
    found = scrape()
    assert found["catalogue_synced_timestamp_seconds",] == pytest.approx(then.timestamp())
    assert found["catalogue_sync_held",] == 1


def test_a_task_of_beat_leaves_its_time_and_no_other_does(counter, scrape):
    provider.cache.clear()
    assert heartbeats.last(app) == {}
    sale = counter.sell()
    poll_sale_task.apply([sale.pk])
    sweep_sessions_task.apply()
    with pytest.raises(Sale.DoesNotExist):
        poll_sale_task.apply([0], throw=True)
    stamps = {key: at for key, at in scrape().items() if key[0] == "task_success_timestamp_seconds"}
    assert stamps == {
        ("task_success_timestamp_seconds", "sessions"): pytest.approx(
            timezone.now().timestamp(), abs=60
        )
    }


def test_messages_that_wait_are_counted_at_the_broker(db, scrape):
    queues = [queue.name for queue in app.conf.task_queues]
    with broker.link() as link:
        link.delete(*queues)
        for _ in range(2):
            sweep_task.apply_async()
        found = scrape()
        link.delete(*queues)
    assert {key: value for key, value in found.items() if key[0] == "queue_messages"} == {
        ("queue_messages", "submit"): 0, ("queue_messages", "poll"): 2,
        ("queue_messages", "catalogue"): 0,
    }  # fmt: skip


# --- what cannot be read -----------------------------------------------------


def test_everything_can_be_read(db, scrape):
    assert ok(scrape()) == dict.fromkeys(PARTS, 1)


def test_a_broker_that_is_away_takes_only_its_own_part(db, scrape, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    found = scrape()
    assert ok(found) == dict.fromkeys(PARTS, 1) | {"broker": 0}
    assert not [key for key in found if key[0] == "queue_messages"]


def test_a_cache_that_is_away_takes_only_its_own_parts(db, scrape, settings):
    away = settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": away}
    assert ok(scrape()) == dict.fromkeys(PARTS, 1) | {"provider": 0, "tasks": 0}


def test_a_part_that_the_database_refuses_takes_only_itself(db, scrape):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE topup_kiosk RENAME TO topup_gone")
    found = scrape()
    assert ok(found) == dict.fromkeys(PARTS, 1) | {"kiosks": 0}
    assert not [key for key in found if key[0].startswith("kiosk")]
    assert found["sales_open", "pending"] == 0


def test_a_database_that_is_away_leaves_what_is_elsewhere(
    transactional_db, scrape, monkeypatch, caplog
):
    connection.close()
    with monkeypatch.context() as gone:
        gone.setitem(connection.settings_dict, "HOST", "/nowhere")
        found = scrape()
    there = dict.fromkeys(("provider", "tasks", "broker"), 1)
    assert ok(found) == dict.fromkeys(PARTS, 0) | there
    assert ("queue_messages", "poll") in found
    assert ("sales_open", "pending") not in found
    tries = [line for line in caplog.messages if "metrics not read" in line]
    assert len(tries) == 1, "each could wait for seconds"


# --- cost, and words ---------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3])
def test_a_scrape_costs_the_same_for_one_sale_and_for_three(
    counter, ask, django_assert_num_queries, count
):
    for _ in range(count):
        counter.sell()
        counter.sell("18765550503")
    weather.count_weather()
    # seven parts with savepoint, limit and release; and their thirteen queries
    with django_assert_num_queries(7 * 3 + 13):
        ask()


def test_no_scrape_reads_all_sales(counter, ask):
    counter.sell()
    only_indexes("topup_sale", "sale_by_end", "sale_unfinished", "sale_due")
    with CaptureQueriesContext(connection) as asked:
        ask()
    found = [row["sql"] for row in asked if "topup_sale" in row["sql"]]
    assert len(found) == 4
    plans = []
    with connection.cursor() as cursor:
        for sql in found:
            cursor.execute(f"EXPLAIN {sql}")
            plans.append("\n".join(row[0] for row in cursor.fetchall()))
    assert [plan for plan in plans if "Seq Scan" in plan] == []
    for index in ("sale_by_end", "sale_unfinished", "sale_due", "topup_sale_pkey"):
        assert sum(index in plan for plan in plans) == 1, index


def test_nothing_of_a_customer_a_person_or_a_shop_is_told(counter, owner, ask):
    counter.sell("18765550503")
    counter.sell(sku=PIN)
    weather.count_weather()
    Shop.objects.update(name="Halcyon")
    Person.objects.filter(pk=counter.agent.pk).update(username="zephyr", first_name="Zephyr")
    told = ask().content.decode().lower()
    names = {"1876555", "halcyon", "zephyr", "digicel", str(AIRTIME), TOKEN}
    assert {name for name in names if name in told} == set()


def test_every_metric_is_described(counter, ask):
    provider.check_balance()
    SyncRun.objects.create(state=SyncState.APPLIED, finished_at=timezone.now())
    told = set(re.findall(r"^# TYPE topnet_(\w+)", ask().content.decode(), re.MULTILINE))
    rows = re.findall(r"^\| ((?:`[a-z_]+`(?:, )?)+) \|", metrics_chapter(), re.MULTILINE)
    described = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(described) == sorted(told)


# --- the alerts that are set on them -----------------------------------------


def metrics_chapter():
    chapter = (ROOT / "docs/operations.md").read_text().partition("\n## Metrics\n")[2]
    return chapter.partition("\n## ")[0]


def alerts():
    (group,) = yaml.safe_load((ROOT / "docs/alerts.yml").read_text())["groups"]
    assert group.keys() == {"name", "rules"}
    return group["rules"]


def selectors(promql):
    """Of an expression what it reads: a name, and labels that it wants or does not want."""
    found = []
    promql_parser.walk(promql_parser.parse(promql), lambda part: found.append(part))
    return [part for part in found if isinstance(part, promql_parser.VectorSelector)]


def fits(labels, matcher):
    is_that = labels.get(matcher.name, "") == matcher.value
    return matcher.name in labels and is_that == (matcher.op == promql_parser.MatchOp.Equal)


def test_every_alert_has_what_prometheus_and_its_reader_want():
    parts = {"alert", "expr", "for", "labels", "annotations"}
    for rule in alerts():
        assert rule.keys() == parts
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert {name for name, text in rule["annotations"].items() if text} == {
            "summary", "description"
        }  # fmt: skip
        assert isinstance(promql_parser.parse(rule["expr"]), promql_parser.BinaryExpr)
    rows = re.findall(r"^\| `(\w+)` \| (\d+m) \|", metrics_chapter(), re.MULTILINE)
    assert rows == [(rule["alert"], rule["for"]) for rule in alerts()]


def test_every_alert_is_of_what_a_scrape_tells(counter, ask):
    provider.check_balance()
    sweep_task.apply()
    scraped = list(text_string_to_metric_families(ask().content.decode()))
    samples = [sample for family in scraped for sample in family.samples]
    missing = [
        selector.prettify()
        for rule in alerts()
        for selector in selectors(rule["expr"])
        if selector.name != "up"
        and not any(
            sample.name == selector.name
            and all(fits(sample.labels, matcher) for matcher in selector.matchers.matchers)
            for sample in samples
        )
    ]
    assert missing == []
