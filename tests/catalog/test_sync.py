"""A sync against the real simulator: what it writes, and what it leaves alone."""

import random
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog import queries
from catalog.enums import Category, SyncState
from catalog.models import Country, Operator, Product, Sku, SyncRun
from catalog.sync import run as sync_run
from catalog.sync import sync_catalog
from topup.services import pricing
from topup.services.opening import open_sale
from topup.services.shops import open_shop
from valuetopup.simulator.testing import SimulatorProcess

LISTS = (Country, Operator, Product, Sku)


def writes(captured):
    """The lists' tables that were written to."""
    verbs = ("INSERT", "UPDATE", "DELETE")
    sqls = [query["sql"] for query in captured if query["sql"].startswith(verbs)]
    tables = {model._meta.db_table: 0 for model in LISTS}
    for sql in sqls:
        for table in tables:
            tables[table] += f'"{table}"' in sql.split("(")[0].split(" SET ")[0]
    return {table: count for table, count in tables.items() if count}


def stamps(model):
    return dict(model.objects.values_list("pk", "changed_at"))


def test_the_first_sync_fills_every_list(unfilled, settings):
    with SimulatorProcess() as whole:
        settings.VALUETOPUP_BASE_URL = whole.url
        filled = sync_catalog()
    assert filled.state == SyncState.APPLIED
    for name, least in {
        "countries": 40, "operators": 120, "products": 120, "skus": 900, "gift_cards": 100
    }.items():  # fmt: skip
        counted = filled.counts[name]
        assert counted["added"] == counted["seen"] >= least
        assert counted["changed"] == counted["retired"] == counted["returned"] == 0
    assert Country.objects.count() == filled.counts["countries"]["seen"]
    assert Operator.objects.count() == filled.counts["operators"]["seen"]
    assert Product.objects.count() == filled.counts["products"]["seen"]
    cards = Sku.objects.filter(category=Category.GIFT_CARD).count()
    assert cards == filled.counts["gift_cards"]["seen"]
    assert Sku.objects.count() - cards == filled.counts["skus"]["seen"]
    assert {sku.category for sku in Sku.objects.only("category")} == set(Category) - {"other"}


def test_a_filled_row_holds_what_the_provider_said(filled):
    sku = Sku.objects.select_related("product", "operator", "country").get(
        name="Digicel Jamaica 10.00 USD"
    )
    assert (sku.country.code, sku.operator.name, sku.product.name) == (
        "JM", "Digicel", "Digicel Jamaica",
    )  # fmt: skip
    assert (sku.min_face_value, sku.max_face_value, sku.face_currency) == (D(10), D(10), "USD")
    assert sku.raw["skuId"] == sku.provider_id
    assert D(sku.raw["min"]["deliveredAmount"]) == sku.min_delivered
    assert D(sku.raw["min"]["cost"]) == sku.min_cost
    assert sku.dial_codes == ["1876"]
    jamaica = sku.country
    assert (jamaica.dial_codes, jamaica.number_length) == (["1876"], 7)
    assert jamaica.raw["internationalCountryCode"] == "1876"
    assert sku.operator.raw["operatorName"].strip() == "Digicel"


def test_every_row_keeps_the_providers_row_beside_its_columns(filled):
    for model in LISTS:
        assert not model.objects.filter(raw={}).exists()
        assert not model.objects.filter(row_hash="").exists()


def test_nothing_is_written_when_nothing_changed(filled, monkeypatch):
    monkeypatch.setattr(sync_run, "_BEAT_EVERY", 3600)  # a beat is a query more
    before = [stamps(model) for model in LISTS]
    with CaptureQueriesContext(
        connection,
    ) as captured:
        run = sync_catalog()
    assert run.state == SyncState.APPLIED
    assert run.differences == ""
    assert writes(captured.captured_queries) == {}
    assert [stamps(model) for model in LISTS] == before
    assert len(captured) <= 26


def test_only_the_changed_row_is_written(filled, simulator):
    sku = Sku.objects.get(name="Digicel Jamaica 10.00 USD")
    before = stamps(Sku)
    simulator.fault("price_change", skuId=sku.provider_id, factor="1.1")
    with CaptureQueriesContext(connection) as captured:
        run = sync_catalog()
    after = stamps(Sku)
    assert {pk for pk in after if after[pk] != before[pk]} == {sku.pk}
    assert writes(captured.captured_queries) == {"catalog_sku": 1}
    assert run.counts["skus"]["changed"] == 1
    old = sku.min_cost
    sku.refresh_from_db()
    assert sku.min_cost == pytest.approx(old * D("1.1"), abs=D("0.01"))
    assert run.differences == (
        f"Price of Digicel Jamaica 10.00 USD changed {old:.2f} USD → {sku.min_cost:.2f} USD"
    )


def test_a_change_keeps_what_is_ours(filled, simulator):
    sku = Sku.objects.get(name="Digicel Jamaica 10.00 USD")
    now = timezone.now()
    Sku.objects.filter(pk=sku.pk).update(paused_at=now, pause_reason="fraud", months_off_at=now)
    simulator.fault("price_change", skuId=sku.provider_id, factor="2")
    sync_catalog()
    after = Sku.objects.get(pk=sku.pk)
    assert after.months_off_at == now
    assert (after.pause_reason, after.seen_at) == ("fraud", sku.seen_at)
    assert after.paused_at is not None
    assert after.min_cost > sku.min_cost


def test_what_vanished_is_retired_and_comes_back_as_the_same_row(filled, simulator):
    sku = Sku.objects.get(name="Digicel Jamaica 10.00 USD")
    total = Sku.objects.count()
    simulator.fault("retire_sku", skuId=sku.provider_id)
    gone = sync_catalog()
    sku.refresh_from_db()
    assert sku.retired_at is not None
    assert not sku.is_sellable
    assert sku not in queries.sellable_skus(sku.operator)
    assert Sku.objects.count() == total
    assert gone.differences == "Retired: 1 SKU (Digicel Jamaica 10.00 USD)"

    simulator.control("faults", "DELETE")
    back = sync_catalog()
    pk = sku.pk
    sku.refresh_from_db()
    assert (sku.pk, sku.retired_at) == (pk, None)
    assert sku in queries.sellable_skus(sku.operator)
    assert back.differences == "Returned: 1 SKU (Digicel Jamaica 10.00 USD)"
    assert (back.counts["skus"]["returned"], back.counts["skus"]["added"]) == (1, 0)


def test_a_retired_row_is_not_retired_again(filled, simulator):
    sku = Sku.objects.get(name="Digicel Jamaica 10.00 USD")
    simulator.fault("retire_sku", skuId=sku.provider_id)
    sync_catalog()
    retired_at = Sku.objects.get(pk=sku.pk).retired_at
    again = sync_catalog()
    assert again.counts["skus"]["retired"] == 0
    assert Sku.objects.get(pk=sku.pk).retired_at == retired_at


def test_a_share_below_the_limit_is_retired_without_asking(filled, simulator):
    simulator.fault("catalogue_shrink", share=0.1)
    run = sync_catalog()
    assert run.state == SyncState.APPLIED
    gone = run.counts["skus"]["retired"] + run.counts["gift_cards"]["retired"]
    assert gone == Sku.objects.exclude(retired_at=None).count() > 30
    assert Country.objects.exclude(retired_at=None).count() == run.counts["countries"]["retired"]
    first = run.differences.splitlines()[0]
    assert first.startswith(f"Retired: {gone} SKUs (")
    assert first.endswith(f", {gone - 10} more)")


def test_a_sync_says_what_it_does(filled):
    lines = []
    sync_catalog(progress=lines.append)
    assert lines[:2] == ["Reading countries…", f"Read countries: {Country.objects.count()}."]
    assert "Gift cards: 100 read." in lines
    codes = Operator.objects.values("country").distinct().count()
    assert f"Operators: {codes} of {codes} countries." in lines
    own = ["response codes", "promotions", "names in “ar”"]
    assert lines[-6:] == ["Comparing…", "Writing…", *(f"Reading {name}…" for name in own), "Done."]


def test_a_sync_records_who_asked_and_when_it_ended(filled, django_user_model):
    admin = django_user_model.objects.create_superuser("boss", role="admin")
    run = sync_catalog(asked_by=admin)
    run.refresh_from_db()
    assert run.asked_by == admin
    assert run.started_at < run.finished_at
    assert run.cost_currency == "USD"


def test_a_sale_keeps_its_own_copy_of_what_was_sold(filled, simulator, django_user_model):
    sku = Sku.objects.get(name="Digicel Jamaica 10.00 USD")
    shop = open_shop(name="Corner", credit_limit=D(100))
    agent = django_user_model.objects.create_user("agent", shop=shop)
    quote = pricing.quote(shop=shop, sku=sku, face_value=D(10), recipient="18761234567")
    sale = open_sale(agent=agent, quote=quote).sale
    Sku.objects.filter(pk=sku.pk).update(row_hash="", name="Called something else", raw={})
    simulator.fault("retire_sku", skuId=sku.provider_id)
    assert sync_catalog().counts["skus"]["retired"] == 1
    sale.refresh_from_db()
    assert (sale.sku_id, sale.sku_name) == (sku.pk, "Digicel Jamaica 10.00 USD")
    assert (sale.face_value, sale.snapshot["skuId"]) == (D(10), sku.provider_id)


FAILURES = [
    ("countries", "http", {"status": 503}, "countries"),
    ("products", "garbage", {}, "products"),
    ("skus", "drop", {}, "SKUs"),
    ("skus", "no_payload", {}, "SKUs"),
    ("gift_card_skus", "code", {"code": "998"}, "gift cards"),
    ("operators", "http", {"status": 500}, "operators of"),
    ("skus", "http", {"status": 401}, "SKUs"),
]


@pytest.mark.parametrize(("kind", "fault", "given", "named"), FAILURES)
def test_a_failure_in_the_middle_writes_nothing(filled, simulator, kind, fault, given, named):
    sku = Sku.objects.filter(category=Category.RTR).first()
    simulator.fault("price_change", skuId=sku.provider_id, factor="3")
    simulator.fault(fault, kind=kind, **given)
    with CaptureQueriesContext(connection) as captured:
        run = sync_catalog()
    assert run.state == SyncState.FAILED
    assert named in run.reason
    assert "Nothing was changed" in run.reason
    assert writes(captured.captured_queries) == {}
    run.refresh_from_db()
    assert (run.state, run.finished_at is not None) == (SyncState.FAILED, True)


def test_the_second_page_of_gift_cards_may_fail_too(filled, simulator):
    seed = next(
        seed for seed in range(1000)
        if (dice := random.Random(seed)).random() >= 0.5 > dice.random()
    )  # fmt: skip
    simulator.fault("http", status=503, kind="gift_card_skus", probability=0.5, seed=seed)
    lines = []
    run = sync_catalog(progress=lines.append)
    assert "Gift cards: 100 read." in lines
    assert (run.state, Sku.objects.exclude(retired_at=None).count()) == (SyncState.FAILED, 0)


def test_the_next_sync_after_a_failure_works(filled, simulator):
    simulator.fault("http", status=503, kind="skus", count=1)
    assert sync_catalog().state == SyncState.FAILED
    assert sync_catalog().state == SyncState.APPLIED
    assert SyncRun.objects.filter(state=SyncState.RUNNING).count() == 0
