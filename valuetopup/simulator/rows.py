"""Turns specs into the provider's rows: its field names, its types, its oddities."""

from decimal import Decimal
from typing import Any

from valuetopup.simulator import pictures
from valuetopup.simulator.pricing import price_of
from valuetopup.simulator.rates import mills
from valuetopup.simulator.specs import CountrySpec, OperatorSpec, ProductSpec, SkuSpec

_ZERO = Decimal("0.0")
_INFORMATION = {
    "Pin": "Dial the number printed on the receipt and enter the PIN when asked.",
    "GiftCard": "Redeem the code on the brand's site or in its app.",
    "eSIM": "Scan the code under Settings, Mobile data, Add eSIM.",
}


def country_row(country: CountrySpec) -> dict[str, Any]:
    return {
        "countryCode": country.code,
        "countryName": country.name,
        "region": country.region or None,
        "internationalCountryCode": ",".join(country.dial_codes),
        "areaCodes": ",".join(country.area_codes),
        "numberLength": str(country.lengths[0]),
    }


def operator_row(operator: OperatorSpec) -> dict[str, Any]:
    return {
        "operatorId": operator.id,
        "operatorName": operator.name,
        "imageUrl": _image(operator),
    }


def product_row(product: ProductSpec) -> dict[str, Any]:
    return {
        "productId": product.id,
        "category": product.category,
        "productName": product.name,
        "countryCode": product.country.code,
        "operatorId": product.operator.id,
        "operatorName": product.operator.name,
        "imageUrl": _image(product.operator),
        "description": None,
        "requireFetchBundle": product.requires_bundle,
    }


def sku_row(
    sku: SkuSpec, *, wallet: str, cost_currency: str, factor: Decimal = Decimal(1)
) -> dict[str, Any]:
    """One SKU. Some rows lack the cost, some have it null, some lack the wallet value."""
    country = sku.country
    return {
        "skuId": sku.id,
        "skuName": sku.name,
        "productId": sku.product.id,
        "productName": sku.product.name,
        "category": sku.category,
        "subCategory": None,
        "min": _end(sku, sku.low, wallet, cost_currency, factor),
        "max": _end(sku, sku.high, wallet, cost_currency, factor),
        "discount": sku.discount,
        "exchangeRate": exchange_rate(sku, wallet=wallet),
        "fee": sku.fee,
        "isSalesTaxCharged": country.tax > 0 and sku.category == "Rtr",
        "salesTax": country.tax.quantize(_ZERO) if sku.category == "Rtr" else _ZERO,
        "allowDecimal": sku.allow_decimal,
        "localPhoneNumberLength": country.lengths[0],
        "internationalCountryCode": list(country.dial_codes),
        "countryCode": country.code,
        "operatorId": sku.product.operator.id,
        "operatorName": sku.product.operator.name,
        "imageUrl": _image(sku.product.operator),
        "benefitType": sku.benefit,
        "validity": sku.validity,
        "productDescription": sku.description,
        "additionalInformation": _INFORMATION.get(sku.category),
        "region": None,
        "deliveryAmountType": "Fixed" if sku.currency == sku.delivered_currency else "Estimated",
        "loanAmountInFaceValueCurrency": 0,
        "loanAmountInDeliveryCurrency": 0,
        "loanAmountInWalletCurrency": 0,
        "requireFetchBundle": sku.product.requires_bundle,
    }


def exchange_rate(sku: SkuSpec, *, wallet: str) -> Decimal:
    """What one unit of the wallet delivers."""
    price = price_of(sku, sku.high, wallet=wallet)
    return (price.delivered / price.wallet_value).quantize(Decimal("0.0001"))


def _end(
    sku: SkuSpec, face: Decimal, wallet: str, cost_currency: str, factor: Decimal
) -> dict[str, Any]:
    price = price_of(sku, face, wallet=wallet, factor=factor)
    row: dict[str, Any] = {
        "faceValue": face,
        "faceValueCurrency": sku.currency,
        "deliveredAmount": price.delivered,
        "deliveryCurrencyCode": sku.delivered_currency,
        "cost": mills(price.invoice - price.fee),
        "costCurrency": cost_currency,
        "faceValueInWalletCurrency": price.wallet_value,
    }
    if sku.id % 23 == 7:
        del row["cost"], row["costCurrency"]
    if sku.id % 29 == 9:
        row["cost"] = row["costCurrency"] = None
    if sku.id % 19 == 5:
        del row["faceValueInWalletCurrency"]
    return row


def _image(operator: OperatorSpec) -> str | None:
    """Plain http, as the provider writes it; a few without the id, a few null."""
    if operator.line % 13 == 4:
        return None
    return pictures.HOST if operator.line % 11 == 3 else f"{pictures.HOST}{operator.line}"
