"""SKUs and what is shaped like them. Amounts are Decimals in the currency named beside them.

`read` gives None for a row that names nothing. Absent numbers are None, absent text is "".
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from valuetopup._rows import Row
from valuetopup.types.base import Raw


@dataclass(frozen=True, kw_only=True)
class Denomination:
    """One end of what a SKU allows. `cost` is the catalogue's and may be missing."""

    face_value: Decimal | None = None
    face_currency: str = ""
    delivered_amount: Decimal | None = None
    delivered_currency: str = ""
    cost: Decimal | None = None
    cost_currency: str = ""
    face_value_in_wallet_currency: Decimal | None = None

    @classmethod
    def read(cls, row: Row, flat: Row, *, flat_name: str) -> Self:
        """From the nested object, or from the flat fields of version 1."""
        source = row or flat
        amounts = ("faceValue",) if row else (flat_name, "faceValue", "amount")
        return cls(
            face_value=source.decimal(*amounts),
            face_currency=source.code("faceValueCurrency", "faceValueCurrencyCode", "currencyCode"),
            delivered_amount=source.decimal("deliveredAmount", "localCurrencyAmount"),
            delivered_currency=source.code(
                "deliveryCurrencyCode", "deliveredCurrencyCode", "localCurrencyCode"
            ),
            cost=source.decimal("cost"),
            cost_currency=source.code("costCurrency", "costCurrencyCode"),
            face_value_in_wallet_currency=source.decimal("faceValueInWalletCurrency"),
        )


def read_range(row: Row) -> tuple[Denomination, Denomination]:
    """`min` and `max` of a SKU row; equal for a fixed SKU."""
    return (
        Denomination.read(row.row("min"), row, flat_name="minAmount"),
        Denomination.read(row.row("max"), row, flat_name="maxAmount"),
    )


@dataclass(frozen=True, kw_only=True)
class Sku(Raw):
    """One thing that can be ordered: a fixed denomination (min equals max) or a range."""

    sku_id: int
    name: str
    category: str
    sub_category: str
    product_id: int | None
    product_name: str
    operator_id: int | None
    operator_name: str
    country_code: str
    min: Denomination
    max: Denomination
    exchange_rate: Decimal | None
    discount: Decimal | None  # percent; for display only
    fee: Decimal | None
    is_sales_tax_charged: bool
    sales_tax: Decimal | None  # percent
    allow_decimal: bool
    local_number_length: int | None
    dial_codes: tuple[str, ...]
    validity: str
    benefit_type: str
    description: str
    additional_information: str
    image_url: str
    region: str
    delivery_amount_type: str
    require_fetch_bundle: bool

    @classmethod
    def read(cls, row: Row) -> Self | None:
        sku_id = row.integer("skuId", "id")
        if sku_id is None:
            return None
        low, high = read_range(row)
        return cls(
            sku_id=sku_id,
            name=row.text("skuName", "name"),
            category=row.text("category"),
            sub_category=row.text("subCategory"),
            product_id=row.integer("productId"),
            product_name=row.text("productName"),
            operator_id=row.integer("operatorId"),
            operator_name=row.text("operatorName", "operator", "carrierName"),
            country_code=row.code("countryCode"),
            min=low,
            max=high,
            exchange_rate=row.decimal("exchangeRate"),
            discount=row.decimal("discount"),
            fee=row.decimal("fee"),
            is_sales_tax_charged=row.flag("isSalesTaxCharged"),
            sales_tax=row.decimal("salesTax"),
            allow_decimal=row.flag("allowDecimal"),
            local_number_length=row.integer("localPhoneNumberLength"),
            dial_codes=row.codes("internationalCountryCode", "internationalCountryCodes"),
            validity=row.text("validity"),
            benefit_type=row.text("benefitType"),
            description=row.text("productDescription", "description"),
            additional_information=row.text("additionalInformation"),
            image_url=row.text("imageUrl"),
            region=row.text("region"),
            delivery_amount_type=row.text("deliveryAmountType"),
            require_fetch_bundle=row.flag("requireFetchBundle"),
            raw=row.raw,
        )


@dataclass(frozen=True, kw_only=True)
class Bundle(Raw):
    """An offer for one number. Without `sku_id` it can be shown but not ordered."""

    sku_id: int | None
    name: str
    product_id: int | None
    description: str
    validity: str
    category: str
    min: Denomination
    max: Denomination

    @classmethod
    def read(cls, row: Row) -> Self | None:
        low, high = read_range(row)
        sku_id, name = row.integer("skuId"), row.text("skuName", "bundleName", "name")
        description = row.text("productDescription", "description", "talkTime")
        if sku_id is None and not (name or description):
            return None
        return cls(
            sku_id=sku_id,
            name=name,
            product_id=row.integer("productId"),
            description=description,
            validity=row.text("validity"),
            category=row.text("categoryName", "category"),
            min=low,
            max=high,
            raw=row.raw,
        )


@dataclass(frozen=True, kw_only=True)
class LookupRow(Raw):
    """A product that fits a number. Trust the ids; read SKUs from the catalogue."""

    product_id: int | None
    product_name: str
    category: str
    country_code: str
    operator_id: int | None
    operator_name: str
    denomination_type: str
    skus: tuple[Sku, ...]

    @classmethod
    def read(cls, row: Row) -> Self | None:
        product_id, operator_id = row.integer("productId"), row.integer("operatorId")
        if product_id is None and operator_id is None:
            return None
        return cls(
            product_id=product_id,
            product_name=row.text("productName"),
            category=row.text("category"),
            country_code=row.code("countryCode"),
            operator_id=operator_id,
            operator_name=row.text("operator", "operatorName"),
            denomination_type=row.text("denominationType"),
            skus=tuple(sku for item in row.rows("skus") if (sku := Sku.read(item))),
            raw=row.raw,
        )
