"""Promotions. Dates are text: they are in the destination country's own time."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from valuetopup._rows import Row
from valuetopup.types.base import Raw


@dataclass(frozen=True, kw_only=True)
class AmountRange:
    """The face values a promotion asks for."""

    currency: str
    min: Decimal | None
    max: Decimal | None

    @classmethod
    def read(cls, row: Row) -> Self:
        return cls(
            currency=row.code("currencyCode", "currency"),
            min=row.decimal("minAmount", "min"),
            max=row.decimal("maxAmount", "max"),
        )


@dataclass(frozen=True, kw_only=True)
class Promotion(Raw):
    name: str
    start_date: str
    end_date: str
    description: str
    restriction: str
    ranges: tuple[AmountRange, ...]
    product_id: int | None
    product_name: str
    country_code: str
    operator_name: str

    @classmethod
    def read(cls, row: Row) -> Self | None:
        name, description = row.text("promotionName", "name", "title"), row.text("description")
        if not (name or description):
            return None
        product = row.row("product") or row
        return cls(
            name=name,
            start_date=row.text("startDate"),
            end_date=row.text("endDate"),
            description=description,
            restriction=row.text("restriction", "restrictions"),
            ranges=tuple(AmountRange.read(item) for item in row.rows("promotionMinMax")),
            product_id=product.integer("productId"),
            product_name=product.text("productName"),
            country_code=product.code("countryCode"),
            operator_name=product.text("operatorName", "carrierName", "operator"),
            raw=row.raw,
        )
