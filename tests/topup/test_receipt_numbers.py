"""The number of a receipt: the shop's own day, kept for good, and found by its parts."""

from datetime import UTC, date, datetime, timedelta

import pgtrigger
import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.topup.plans import only_indexes
from topup import queries
from topup.models import Sale
from topup.services import receipts
from topup.states import SaleState

pytestmark = pytest.mark.django_db
S = SaleState


@pytest.fixture
def far(shop, clock):
    """The shop, in a zone where it is another day than in UTC."""
    clock.stop()
    zone = "Pacific/Kiritimati" if timezone.now().hour >= 10 else "Etc/GMT+12"
    type(shop).objects.filter(pk=shop.pk).update(time_zone=zone)
    shop.refresh_from_db()
    return shop


@pgtrigger.ignore("topup.Sale:sale_terms_fixed")
def put(sale, at, day=None):
    """The sale at another time; without a day, as those of before have none."""
    Sale.objects.filter(pk=sale.pk).update(receipt_day=day, created_at=at)
    sale.refresh_from_db()
    return sale


def found(person, text):
    return queries.search_sales(person, text=text).sales


def test_a_number_has_the_day_of_the_shop_and_keeps_it(far, sold):
    sale = sold(S.COMPLETED)
    there = timezone.localdate(timezone=far.zone)
    assert there != timezone.now().date()
    number = f"{there:%y%m%d}-{sale.pk:06d}"
    assert receipts.number_of(sale) == number
    type(far).objects.filter(pk=far.pk).update(time_zone="UTC")
    assert receipts.number_of(Sale.objects.get(pk=sale.pk)) == number
    with pytest.raises(DatabaseError, match="terms of a sale"), transaction.atomic():
        Sale.objects.filter(pk=sale.pk).update(receipt_day=date(2026, 1, 1))


def test_a_number_of_before_stays_what_it_was(far, agent, sold):
    sale = put(sold(S.COMPLETED), datetime(2026, 11, 28, 22, 15, tzinfo=UTC))
    assert receipts.number_of(sale) == f"261128-{sale.pk:06d}"
    assert found(agent, "261128") == [sale]
    assert found(agent, "261129") == []


@pytest.mark.parametrize("searched", [1000, 1])
def test_a_sale_is_found_by_each_part_of_its_number(agent, sold, monkeypatch, searched):
    monkeypatch.setattr(queries, "SEARCHED", searched)
    day, at = date(2025, 3, 9), datetime(2025, 3, 8, 11, tzinfo=UTC)
    sale, other = put(sold(S.COMPLETED), at, day), put(sold(S.COMPLETED), at, day)
    sold(S.COMPLETED)
    for text in ("250309", "250309-", f"250309-{sale.pk:06d}"[:9]):
        assert found(agent, text) == [other, sale], text
    for text in (f"{sale.pk:06d}", f"250309-{sale.pk:06d}"):
        assert found(agent, text) == [sale], text
    for text in ("250308", "250310", "250399", "000000", "9" * 18):
        assert found(agent, text) == [], text


def test_the_parts_are_found_along_indexes_with_as_many_questions(agent, sold, monkeypatch):
    at, counts = timezone.now() - timedelta(days=40), []
    for many in (1, 3):
        for _ in range(many):
            put(sold(S.COMPLETED), at, at.date())
        sold(S.COMPLETED)
        monkeypatch.setattr(queries, "SEARCHED", 1)
        with CaptureQueriesContext(connection) as asked:
            assert found(agent, f"{at:%y%m%d}")
        counts.append(len(asked))
    assert counts == [4, 4]
    names = [row["name"] for row in _indexes() if row["columns"] in (
        ["provider_reference"], ["recipient"], ["shop_id", "created_at"])]  # fmt: skip
    only_indexes("topup_sale", *names)
    plan = queries.sales_for(agent).filter(queries._whole(f"{at:%y%m%d}")).explain()
    assert "sale_of_shop_by_time" in plan
    assert "Seq Scan" not in plan


def _indexes():
    with connection.cursor() as cursor:
        told = connection.introspection.get_constraints(cursor, "topup_sale")
    return [{"name": name, **row} for name, row in told.items() if row["index"]]
