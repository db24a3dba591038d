"""Countries, operators and products, as the provider lists them.

`read` gives None for a row without its id. Absent numbers are None, absent text is "".
"""

from dataclasses import dataclass
from typing import Self

from valuetopup._rows import Row
from valuetopup.types.base import Raw


@dataclass(frozen=True, kw_only=True)
class Country(Raw):
    code: str  # ISO 3166 alpha-2
    name: str
    region: str
    dial_codes: tuple[str, ...]
    area_codes: tuple[str, ...]
    number_length: int | None  # of the local number

    @classmethod
    def read(cls, row: Row) -> Self | None:
        code = row.code("countryCode", "code")
        if not code:
            return None
        return cls(
            code=code,
            name=row.text("countryName", "name"),
            region=row.text("region"),
            dial_codes=row.codes("internationalCountryCode", "internationalCountryCodes"),
            area_codes=row.codes("areaCodes", "areaCode"),
            number_length=row.integer("numberLength", "localPhoneNumberLength"),
            raw=row.raw,
        )


@dataclass(frozen=True, kw_only=True)
class Operator(Raw):
    """An operator. The row names no country: the filter of the call is the only link."""

    operator_id: int
    name: str
    image_url: str

    @classmethod
    def read(cls, row: Row) -> Self | None:
        operator_id = row.integer("operatorId", "id")
        if operator_id is None:
            return None
        return cls(
            operator_id=operator_id,
            name=row.text("operatorName", "operator", "name"),
            image_url=row.text("imageUrl"),
            raw=row.raw,
        )


@dataclass(frozen=True, kw_only=True)
class Product(Raw):
    product_id: int
    category: str  # as the provider writes it: "Rtr", "Pin", ...
    name: str
    country_code: str
    operator_id: int | None
    operator_name: str
    image_url: str
    description: str
    require_fetch_bundle: bool

    @classmethod
    def read(cls, row: Row) -> Self | None:
        product_id = row.integer("productId", "id")
        if product_id is None:
            return None
        return cls(
            product_id=product_id,
            category=row.text("category"),
            name=row.text("productName", "name"),
            country_code=row.code("countryCode"),
            operator_id=row.integer("operatorId"),
            operator_name=row.text("operatorName", "operator"),
            image_url=row.text("imageUrl"),
            description=row.text("description", "productDescription"),
            require_fetch_bundle=row.flag("requireFetchBundle"),
            raw=row.raw,
        )
