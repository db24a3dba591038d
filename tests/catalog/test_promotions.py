"""Promotions: kept, ended, placed in time by the destination's clock, and found for an amount."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog import promotions
from catalog.models import Operator, Promotion, Sku
from catalog.provider import client
from catalog.sync.promotions import refresh
from catalog.tasks import refresh_promotions_task
from valuetopup._rows import Row
from valuetopup.types import Promotion as Told

RANGE = "Digicel-Jamaica 3.00 - 100.00 USD"
FIXED = "Digicel Jamaica 10.00 USD"


class Lists:
    """A provider that has these promotions."""

    def __init__(self, current=(), upcoming=()):
        self.current, self.upcoming = list(current), list(upcoming)

    def current_promotions(self):
        return [Told.read(Row(row)) for row in self.current]

    def upcoming_promotions(self):
        return [Told.read(Row(row)) for row in self.upcoming]


def told(product_id=None, **changes):
    row = {
        "promotionName": "Digicel 3X", "description": "Triple credit",
        "startDate": "2026-03-01T00:00:00", "endDate": "2199-03-03T23:59:00",
        "product": {"countryCode": "JM", "operatorName": " digicel "},
    }  # fmt: skip
    if product_id:
        row["product"]["productId"] = product_id
    return row | changes


@pytest.fixture
def digicel(filled):
    Promotion.objects.all().delete()
    return Operator.objects.get(name="Digicel", country="JM")


def test_the_sync_brings_current_and_upcoming_ones_with_their_links(filled):
    kept = list(Promotion.objects.select_related("product", "operator", "country"))
    assert len(kept) > 10
    assert {row.is_upcoming for row in kept} == {True, False}
    assert all(row.product and row.operator and row.country and row.ranges for row in kept)
    row = next(row for row in kept if row.product.name == "Digicel-Jamaica")
    assert (row.operator.name, row.country.code) == ("Digicel", "JM")
    local = row.local_end
    assert row.ends_at == row.ends_at.replace(
        year=local.year, month=local.month, day=local.day
    ) + timedelta(days=1), "23:59 in Jamaica is the next day in UTC"
    assert row.end_text.startswith(f"{local:%Y-%m-%d}")


def test_every_sync_of_the_same_lists_keeps_the_same_rows(filled):
    refresh(client())  # the simulator's are of a day, and it may have ended by now
    before = dict(Promotion.objects.values_list("fingerprint", "pk"))
    refresh(client())
    assert dict(Promotion.objects.values_list("fingerprint", "pk")) == before


def test_what_is_in_no_list_any_more_is_kept_as_ended_and_may_come_back(digicel):
    refresh(Lists([told()]))
    (row,) = promotions.of_operator(digicel)
    refresh(Lists())
    assert promotions.of_operator(digicel) == []
    row.refresh_from_db()
    ended = row.gone_at
    assert ended is not None
    refresh(Lists())
    row.refresh_from_db()
    assert row.gone_at == ended, "the time of its end stays"
    refresh(Lists([told()]))
    assert [found.pk for found in promotions.of_operator(digicel)] == [row.pk]


def test_one_that_was_to_come_begins_as_the_same_row(digicel):
    refresh(Lists(upcoming=[told(startDate="2198-01-01T00:00:00")]))
    (row,) = promotions.of_operator(digicel)
    assert not row.has_begun(timezone.now())
    refresh(Lists([told(startDate="2198-01-01T00:00:00")]))
    (now,) = promotions.of_operator(digicel)
    assert (now.pk, now.has_begun(timezone.now())) == (row.pk, True)


def test_one_in_both_lists_runs(digicel):
    refresh(Lists([told()], [told()]))
    (row,) = promotions.of_operator(digicel)
    assert row.has_begun(timezone.now())


def test_the_end_counts_even_when_the_provider_still_lists_it(digicel):
    refresh(Lists([told(endDate="2026-03-03T23:59:00")]))
    assert Promotion.objects.get().gone_at is None
    assert promotions.of_operator(digicel) == []


def test_one_without_a_readable_end_is_shown_while_it_is_told(digicel):
    refresh(Lists([told(endDate="until stock ends")]))
    (row,) = promotions.of_operator(digicel)
    assert (row.ends_at, row.local_end, row.end_text) == (None, None, "until stock ends")
    Promotion.objects.update(seen_at=timezone.now() - promotions.ENDLESS_FOR)
    assert promotions.of_operator(digicel) == []


@pytest.mark.parametrize(
    "odd",
    [
        {"product": None}, {"product": {"productId": 424242}}, {"product": "x"},
        {"promotionName": "x" * 900, "description": "\x00" + "y" * 900},
        {"startDate": None, "endDate": 12}, {"promotionMinMax": [{"minAmount": "a"}, 7, None]},
        {"product": {"countryCode": "ZZZ", "operatorName": "Nobody"}},
    ],
)  # fmt: skip
def test_odd_rows_are_kept_as_far_as_they_can_be_read(digicel, odd):
    refresh(Lists([told(**odd), told()]))
    assert Promotion.objects.count() == 2
    assert promotions.of_operator(digicel)


def test_one_query_for_an_operator_however_many_it_has(digicel):
    for count in (1, 3, 30):
        refresh(Lists([told(description=f"No {number}") for number in range(count)]))
        with CaptureQueriesContext(connection) as captured:
            found = promotions.of_operator(digicel)
            assert {row.country.name for row in found} == {"Jamaica"}
        assert (len(captured), len(found)) == (1, min(count, promotions.MOST))


def spans(*ends, currency="USD"):
    return {"promotionMinMax": [
        {"currencyCode": currency, "minAmount": low, "maxAmount": high} for low, high in ends
    ]}  # fmt: skip


@pytest.mark.parametrize(
    ("given", "amount", "concerned"),
    [
        (spans((10, 50)), "10", True), (spans((10, 50)), "50", True),
        (spans((10, 50)), "9.99", False), (spans((10, 50)), "50.01", False),
        (spans((5, 5), (20, 30)), "25", True), (spans((5, 5), (20, 30)), "10", False),
        (spans((10, None)), "90", True), (spans((10, 0)), "90", True),
        (spans((None, 20)), "5", True), (spans((None, 20)), "25", False),
        (spans((1500, 3000), currency="JMD"), "10", True),  # it delivers 1,512
        (spans((1500, 3000), currency="JMD"), "5", False),
        (spans((1, 100), currency="EUR"), "10", False), ({}, "4", True),
    ],
)  # fmt: skip
def test_an_amount_is_concerned_or_not(digicel, given, amount, concerned):
    sku = Sku.objects.get(name=RANGE)
    refresh(Lists([told(sku.product.provider_id, **given)]))
    assert bool(promotions.for_amount(sku, D(amount))) is concerned


def test_a_promotion_of_one_product_is_not_of_another(digicel):
    fixed, ranged = Sku.objects.get(name=FIXED), Sku.objects.get(name=RANGE)
    refresh(Lists([told(fixed.product.provider_id, **spans((10, 50)))]))
    assert promotions.for_amount(fixed, D(10))
    assert promotions.for_amount(ranged, D(10)) == []
    (row,) = promotions.of_operator(digicel)
    five = Sku.objects.get(name="Digicel Jamaica 5.00 USD")
    assert (row.concerns(fixed), row.concerns(five), row.concerns(ranged)) == (True, False, False)


def test_the_check_page_is_told_nothing_of_what_is_to_come(digicel):
    refresh(Lists(upcoming=[told(startDate="2198-01-01T00:00:00")]))
    assert promotions.for_amount(Sku.objects.get(name=RANGE), D(10)) == []


def test_the_hourly_task_keeps_what_is_there_when_the_provider_is_silent(digicel, simulator):
    refresh_promotions_task()
    kept = Promotion.objects.filter(gone_at=None).count()
    assert kept > 10
    simulator.fault("http", status=503, kind="promotions")
    refresh_promotions_task()
    assert Promotion.objects.filter(gone_at=None).count() == kept


def test_beat_looks_for_promotions_every_hour():
    from portal.celery import app

    entry = app.conf.beat_schedule["promotions"]
    assert (entry["task"], entry["schedule"]) == ("catalog.refresh_promotions_task", 3600)
    assert entry["task"] in app.tasks
