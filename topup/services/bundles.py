"""What one number may buy of products whose bundles depend on the number.

The provider is asked for the list of a number, and the answer kept for two minutes.
A SKU that demands it is sold only to a number whose list names it.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from catalog.bundles import is_told_so, skus_of
from catalog.models import Operator, Product, Sku
from topup import gateway
from topup.errors import NotSellableError, RecipientError
from valuetopup._rows import Row
from valuetopup.errors import RefusedError, ValueTopupError
from valuetopup.types import Bundle

KEPT_FOR = 120  # seconds
_FAILED_FOR = 20
_NO = ":no"
SECONDS = 8.0  # for all products of a page together
MOST_PRODUCTS = 4


@dataclass(frozen=True)
class BundleList:
    """The SKUs on offer for one number. `failed`: products whose list could not be had."""

    skus: tuple[Sku, ...] = ()
    asked: frozenset[int] = frozenset()  # keys of the products whose SKUs these are
    failed: frozenset[int] = frozenset()


def demands(sku: Sku) -> bool:
    """True if it may be sold only by the list of its number."""
    return sku.is_dynamic or sku.require_fetch_bundle


def products_of(operator: Operator) -> list[Product]:
    """The products of an operator whose bundles depend on the number."""
    by_sku = Sku.objects.filter(
        product=OuterRef("pk"), require_fetch_bundle=True, is_dynamic=False, retired_at=None
    )
    live = Product.objects.filter(operator=operator, retired_at=None)
    found = live.filter(Q(require_fetch_bundle=True) | Exists(by_sku))
    return list(found.select_related("country").defer("raw")[:MOST_PRODUCTS])


def bundles_for(*, products: Iterable[Product], msisdn: str) -> BundleList:
    """The bundles of these products for a number. Calls the provider; never raises for it."""
    until = time.monotonic() + SECONDS
    skus: list[Sku] = []
    asked, failed = set(), set()
    for product in products:
        found = _listed(product, msisdn, until - time.monotonic())
        if found is None:
            failed.add(product.pk)
        else:
            asked.add(product.pk)
            skus += skus_of(product, found)
    return BundleList(tuple(skus), frozenset(asked), frozenset(failed))


def check_offered(*, sku: Sku, msisdn: str) -> None:
    """Whether this number may buy the SKU; asks nobody for a product of no lists.

    Errors: `RecipientError`, `NotSellableError`.
    """
    product = sku.product
    if product is None:
        if demands(sku):
            raise NotSellableError
        return
    if not demands(sku) and not product.require_fetch_bundle:
        return
    if not msisdn:
        raise RecipientError(_("Type the number: its bundles depend on it."))
    found = _listed(product, msisdn, gateway.BUNDLES_SECONDS)
    if found is None and demands(sku):
        raise NotSellableError(
            _("The bundles of this number cannot be asked for now. Try again in a minute.")
        )
    named = [bundle for bundle in found or () if bundle.sku_id == sku.provider_id]
    if found is not None and not named:
        raise NotSellableError(_("This bundle is not on offer for this number. Choose another."))
    if named and not is_told_so(sku, named[-1]):
        raise NotSellableError(_("This bundle is another one for this number. Choose it again."))


def _listed(product: Product, msisdn: str, seconds: float) -> list[Bundle] | None:
    """The list of a number, kept or asked for; None where it cannot be had."""
    key = f"bundles:{product.pk}:{msisdn}"
    kept = _kept(key)
    if kept is not None:
        return [bundle for raw in kept if (bundle := Bundle.read(Row(raw)))]
    down = f"bundles-down:{product.pk}"
    if seconds <= 0 or _kept(key + _NO) or _kept(down):
        return None
    try:
        found = gateway.bundles(product, msisdn, deadline=seconds)
    except (RefusedError, ValueError):  # about this number
        _keep(key + _NO, True, _FAILED_FOR)
        return None
    except ValueTopupError:  # about the provider: the next customer need not wait for it
        _keep(down, True, _FAILED_FOR)
        return None
    _keep(key, [bundle.raw for bundle in found], KEPT_FOR)
    return found


def _kept(key: str) -> Any:
    try:
        return cache.get(key)
    except Exception:
        return None


def _keep(key: str, value: object, seconds: int) -> None:
    try:
        cache.set(key, value, seconds)
    except Exception:
        return
