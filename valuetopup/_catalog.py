"""The provider's lists: what can be sold, where, and at which rate."""

from collections.abc import Callable, Iterator
from typing import Any

from valuetopup import _check
from valuetopup._answers import Envelope
from valuetopup._calls import Calls, given, read_list, read_loose_list, read_object
from valuetopup._rows import Row
from valuetopup.types import (
    Bundle,
    Country,
    ErrorCode,
    ExchangeRate,
    Operator,
    Product,
    Promotion,
    Sku,
)

MAX_PAGE_SIZE = 100


class CatalogCalls(Calls):
    """Every call here may be repeated freely. A row that names nothing is left out."""

    def countries(self) -> list[Country]:
        return read_list(self._list("catalog/countries"), Country.read)

    def operators(
        self, *, operator_id: int | None = None, country_code: str | None = None
    ) -> list[Operator]:
        """Operators; their rows name no country, so filter by `country_code` to learn it."""
        return self._filtered(
            "catalog/operators", Operator.read, operatorId=operator_id, countryCode=country_code
        )

    def products(
        self,
        *,
        operator_id: int | None = None,
        category_id: int | None = None,
        country_code: str | None = None,
    ) -> list[Product]:
        """Products. Category ids: 1 Pin, 2 Rtr, 4 Bill Pay, 5 Sim, 6 Gift Card, 7 eSim."""
        return self._filtered(
            "catalog/getproducts",
            Product.read,
            operatorId=operator_id,
            categoryId=category_id,
            countryCode=country_code,
        )

    def skus(
        self,
        *,
        product_id: int | None = None,
        sku_id: int | None = None,
        language: str | None = None,
    ) -> list[Sku]:
        """All SKUs but gift cards, in one answer. `language` translates names ("ar")."""
        return self._filtered(
            "catalog/skus", Sku.read, language, productId=product_id, skuId=sku_id
        )

    def gift_card_skus(
        self,
        *,
        page_size: int = MAX_PAGE_SIZE,
        country_code: str | None = None,
        product_id: int | None = None,
        sku_id: int | None = None,
        language: str | None = None,
    ) -> Iterator[Sku]:
        """Gift card SKUs, each once, page by page as they are asked for.

        Raises ValueError for a page size outside 1..100. An error on a later page is raised
        in the middle of the iteration: take nothing for complete before it ends.
        """
        if not 1 <= page_size <= MAX_PAGE_SIZE:
            raise ValueError(f"a page holds 1 to {MAX_PAGE_SIZE} SKUs")
        filters = given(countryCode=country_code, productId=product_id, skuId=sku_id)
        return self._gift_card_pages(page_size, filters, language)

    def _gift_card_pages(
        self, page_size: int, filters: dict[str, Any], language: str | None
    ) -> Iterator[Sku]:
        cursor: int | None = 0
        seen: set[int] = set()
        while cursor is not None:
            params = filters | given(pageSize=page_size, cursor=cursor or None)
            page = self._list("catalog/skus/giftcards", params=params, language=language)
            # The cursor is inclusive, so pages may overlap by a row.
            new = [sku for sku in read_list(page, Sku.read) if sku.sku_id not in seen]
            seen.update(sku.sku_id for sku in new)
            yield from new
            cursor = _next_cursor(page, cursor, page_size) if new else None

    def exchange_rate(self, sku_id: int) -> ExchangeRate:
        _check.number(sku_id, "a SKU id")
        self._catalogue_pace.wait()
        return read_object(self._get(f"catalog/sku/exchangeRate/{sku_id}"), ExchangeRate.read)

    def error_codes(self) -> list[ErrorCode]:
        return read_list(self._list("catalog/errors"), ErrorCode.read)

    def bundles(
        self, product_id: int, msisdn: str, *, deadline: float | None = None
    ) -> list[Bundle]:
        """What is on offer for one number, for products with `require_fetch_bundle`."""
        _check.number(product_id, "a product id")
        path = f"catalog/bundles/{product_id}/{_check.msisdn(msisdn)}"
        return read_loose_list(self._get(path, deadline=deadline), Bundle.read)

    def current_promotions(self) -> list[Promotion]:
        return read_loose_list(self._list("promotion/current"), Promotion.read)

    def upcoming_promotions(self) -> list[Promotion]:
        return read_loose_list(self._list("promotion/upcoming"), Promotion.read)

    def _filtered[T](
        self,
        path: str,
        read: Callable[[Row], T | None],
        language: str | None = None,
        **filters: Any,
    ) -> list[T]:
        params = given(**filters)
        page = self._list(path, params=params, language=language)
        return read_list(page, read, may_be_null=bool(params))


def _next_cursor(page: Envelope, cursor: int, page_size: int) -> int | None:
    """The SKU id the next page starts at, or None at the end or if it leads nowhere."""
    following = Row(page.raw).integer("next_cursor") or 0
    is_full = len(page.payload) >= page_size
    return following if is_full and following > cursor else None
