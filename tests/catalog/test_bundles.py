"""Bundles of one number: whose row they are, and what a sync does with them."""

import pytest

from catalog import queries
from catalog.bundles import skus_of
from catalog.models import Product, Sku
from catalog.provider import client
from catalog.sync import sync_catalog
from valuetopup._rows import Row

NUMBER = "917012345678"


@pytest.fixture
def jio(filled):
    """A product with bundles by number; the catalogue has lost one that the number may buy."""
    product = Product.objects.get(require_fetch_bundle=True, operator__name="Jio")
    told = client().bundles(product.provider_id, NUMBER)
    lost = Sku.objects.get(provider_id=told[0].sku_id)
    lost.delete()
    product.lost_id = lost.provider_id
    return product


def test_a_bundle_that_the_catalogue_lacks_becomes_a_row_of_its_own(jio):
    told = client().bundles(jio.provider_id, NUMBER)
    found = skus_of(jio, told)
    assert [sku.provider_id for sku in found] == [bundle.sku_id for bundle in told]
    assert [sku.provider_id for sku in found if sku.is_dynamic] == [jio.lost_id]
    made = found[0]
    assert (made.product, made.operator, made.country_id) == (jio, jio.operator, "IN")
    assert (made.is_fixed, made.face_currency, made.dial_codes) == (True, "INR", ["91"])


def test_looking_again_writes_nothing(jio, django_assert_num_queries):
    told = client().bundles(jio.provider_id, NUMBER)
    skus_of(jio, told)
    with django_assert_num_queries(1):
        skus_of(jio, told)


def test_a_bundle_that_costs_otherwise_now_makes_old_prices_void(jio):
    told = client().bundles(jio.provider_id, NUMBER)
    before = skus_of(jio, told)[0]
    dearer = type(told[0]).read(_row(told[0], faceValue=1))
    [after] = skus_of(jio, [dearer])
    assert (after.pk, after.min_face_value) == (before.pk, 1)
    assert after.row_hash != before.row_hash


def _row(bundle, **end):
    return Row({**bundle.raw, "min": {**bundle.raw["min"], **end},
                "max": {**bundle.raw["max"], **end}})  # fmt: skip


def test_no_list_and_no_search_shows_it(jio):
    skus_of(jio, client().bundles(jio.provider_id, NUMBER))
    made = Sku.objects.get(provider_id=jio.lost_id)
    assert made not in queries.sellable_skus(jio.operator)
    assert made not in queries.search(made.name)


def test_a_sync_neither_counts_nor_retires_it_and_takes_it_over_when_the_list_has_it(jio):
    skus_of(jio, client().bundles(jio.provider_id, NUMBER))
    strange = Sku.objects.get(provider_id=jio.lost_id)
    strange.pk, strange.provider_id = None, 987654321
    strange.save()
    run = sync_catalog()
    counted = run.counts["skus"]
    assert (counted["added"], counted["changed"], counted["retired"]) == (1, 0, 0)
    assert counted["seen"] + run.counts["gift_cards"]["seen"] == Sku.objects.count() - 1
    strange.refresh_from_db()
    assert (strange.is_dynamic, strange.retired_at) == (True, None)
    assert not Sku.objects.get(provider_id=jio.lost_id).is_dynamic, "it is in the list now"
    assert sync_catalog().counts["skus"]["added"] == 0


def test_a_row_of_the_catalogue_is_never_written_over(jio):
    told = client().bundles(jio.provider_id, NUMBER)[1:]
    before = list(Sku.objects.values("pk", "row_hash", "is_dynamic", "name"))
    skus_of(jio, told)
    assert list(Sku.objects.values("pk", "row_hash", "is_dynamic", "name")) == before


def test_a_bundle_of_another_product_is_left_out(jio):
    other = Product.objects.exclude(pk=jio.pk).filter(skus__isnull=False).first()
    told = client().bundles(jio.provider_id, NUMBER)[1:]
    assert skus_of(other, told) == []


def test_a_retired_sku_that_a_list_names_is_on_sale_to_that_number_alone(jio):
    told = client().bundles(jio.provider_id, NUMBER)[1:2]
    Sku.objects.filter(provider_id=told[0].sku_id).update(retired_at="2026-01-01T00:00Z")
    [back] = skus_of(jio, told)
    assert (back.is_dynamic, back.is_sellable) == (True, True)
    assert back not in queries.sellable_skus(jio.operator)
