"""Bundles that the provider names for one number, as SKUs.

What the catalogue has is its own row. What it lacks gets a row marked `is_dynamic`: no
list of ours shows it and no sync touches it, until the provider's lists name it too;
then it is a SKU like any other. Who may buy one is not decided here.
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.utils import timezone

from catalog.models import Product, Sku
from catalog.sync import fields
from catalog.texts import in_language
from valuetopup.types import Bundle, Denomination


def skus_of(product: Product, bundles: Sequence[Bundle]) -> list[Sku]:
    """The SKUs of a product that these bundles are, in their order, with product and country.

    Rows are made or mended where they differ. A bundle without a SKU id cannot be
    ordered and is left out, and so is one that is another product's in the catalogue.
    """
    named = {bundle.sku_id: bundle for bundle in bundles if bundle.sku_id is not None}
    known = {sku.provider_id: sku for sku in _rows(named)}
    wanted = {
        sku_id: _values(product, bundle)
        for sku_id, bundle in named.items()
        if sku_id not in known or _is_ours(known[sku_id])
    }
    stale = {
        sku_id: values for sku_id, values in wanted.items()
        if sku_id not in known or known[sku_id].row_hash != values["row_hash"]
        or not known[sku_id].is_dynamic
    }  # fmt: skip
    if stale:
        _write(stale)
        known = {sku.provider_id: sku for sku in _rows(named)}
    found = [known[sku_id] for sku_id in named if sku_id in known]
    return [sku for sku in found if sku.product_id == product.pk and sku.is_sellable]


def is_told_so(sku: Sku, bundle: Bundle) -> bool:
    """False if the row has the terms of another number, whose list was read meanwhile.

    A row of the catalogue has terms of its own.
    """
    if not sku.is_dynamic or sku.product is None:
        return True
    return bool(sku.row_hash == _values(sku.product, bundle)["row_hash"])


def _rows(named: dict[int, Bundle]) -> list[Sku]:
    rows = in_language(Sku.objects.filter(provider_id__in=list(named)))
    return list(rows.select_related("product", "operator", "country").defer("raw"))


def _is_ours(sku: Sku) -> bool:
    """A row that the lists of the catalogue do not hold (any more)."""
    return sku.is_dynamic or sku.retired_at is not None


def _write(wanted: dict[int, dict[str, Any]]) -> None:
    """Two visitors at once, or a sync meanwhile: a row of the catalogue is never written over."""
    Sku.objects.bulk_create(
        [Sku(provider_id=sku_id, **values) for sku_id, values in wanted.items()],
        ignore_conflicts=True,
    )
    for sku_id, values in wanted.items():
        ours = Sku.objects.filter(Q(is_dynamic=True) | Q(retired_at__isnull=False))
        ours.filter(provider_id=sku_id).exclude(
            row_hash=values["row_hash"], is_dynamic=True
        ).update(**values, retired_at=None, changed_at=timezone.now())


def _values(product: Product, bundle: Bundle) -> dict[str, Any]:
    values = {
        "category": product.category,
        "name": fields.text(bundle.name or bundle.description, 250) or f"#{bundle.sku_id}",
        "description": fields.text(bundle.description),
        "validity": fields.text(bundle.validity, 60),
        "product_id": product.pk,
        "operator_id": product.operator_id,
        "country_id": product.country_id,
        "dial_codes": list(product.country.dial_codes) if product.country else [],
        **_amounts(bundle.min, bundle.max),
    }
    return values | {
        "is_dynamic": True,
        "require_fetch_bundle": True,
        "row_hash": fields.fingerprint(values),
        "raw": fields.plain(bundle.raw),
    }


def _amounts(low: Denomination, high: Denomination) -> dict[str, Any]:
    high = high if high.face_value is not None else low
    return {
        "min_face_value": fields.amount(low.face_value),
        "max_face_value": fields.amount(high.face_value),
        "face_currency": fields.currency(low.face_currency),
        "min_delivered": fields.amount(low.delivered_amount),
        "max_delivered": fields.amount(high.delivered_amount),
        "delivered_currency": fields.currency(low.delivered_currency),
        "min_cost": fields.amount(low.cost),
        "max_cost": fields.amount(high.cost),
        "cost_currency": fields.currency(low.cost_currency),
    }
