"""The catalogue: every spec by id, the overlays of the day, and the lists as JSON rows."""

from collections.abc import Iterable
from decimal import Decimal
from functools import cached_property
from typing import Any
from zlib import crc32

from valuetopup.simulator import rows
from valuetopup.simulator.pricing import Price, price_of
from valuetopup.simulator.specs import CountrySpec, OperatorSpec, ProductSpec, SkuSpec
from valuetopup.simulator.tables import OFFERS, read_all

CATEGORY_IDS = {"Pin": 1, "Rtr": 2, "BillPay": 4, "Sim": 5, "GiftCard": 6, "eSIM": 7}
__all__ = ["CATEGORY_IDS", "OFFERS", "Catalogue", "Overlay"]


class Overlay:
    """Today's changes: SKUs gone, costs moved, another currency of cost."""

    def __init__(self) -> None:
        self.empty = False
        self.gone_share = 0.0
        self.retired: set[int] = set()
        self.factors: dict[int, Decimal] = {}
        self.cost_currency = ""

    def hides(self, sku_id: int) -> bool:
        if self.empty or sku_id in self.retired:
            return True
        return crc32(str(sku_id).encode()) % 10_000 < self.gone_share * 10_000


class Catalogue:
    """All that is on sale, in one wallet currency. Never changes; overlays are given."""

    def __init__(self, wallet: str) -> None:
        self.wallet = wallet
        self.countries: dict[str, CountrySpec] = {}
        self.operators: list[OperatorSpec] = []
        self.products: dict[int, ProductSpec] = {}
        self.skus: dict[int, SkuSpec] = {}
        for operator, products in read_all():
            self.countries[operator.country.code] = operator.country
            self.operators.append(operator)
            for product, skus in products:
                self.products[product.id] = product
                self.skus.update((sku.id, sku) for sku in skus)

    @cached_property
    def by_dial_code(self) -> list[tuple[str, CountrySpec]]:
        """Dial codes with their countries, the longest codes first."""
        pairs = [(dial, c) for c in self.countries.values() for dial in c.dial_codes]
        return sorted(pairs, key=lambda pair: (-len(pair[0]), pair[1].no))

    def price(self, sku: SkuSpec, face: Decimal, overlay: Overlay) -> Price:
        factor = overlay.factors.get(sku.id, Decimal(1))
        return price_of(sku, face, wallet=self.wallet, factor=factor)

    def row(self, sku: SkuSpec, overlay: Overlay) -> dict[str, Any]:
        return rows.sku_row(
            sku,
            wallet=self.wallet,
            cost_currency=overlay.cost_currency or self.wallet,
            factor=overlay.factors.get(sku.id, Decimal(1)),
        )

    def sku_rows(self, skus: Iterable[SkuSpec], overlay: Overlay) -> list[dict[str, Any]]:
        return [self.row(sku, overlay) for sku in skus if not overlay.hides(sku.id)]
