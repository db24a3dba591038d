"""The catalogue's rows as plain values, before they take the provider's JSON shape."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class CountrySpec:
    """`lengths`: accepted lengths of a local number, the published one first."""

    no: int
    code: str
    name: str
    region: str
    dial_codes: tuple[str, ...]
    lengths: tuple[int, ...]
    currency: str
    area_codes: tuple[str, ...] = ()
    tax: Decimal = Decimal(0)


@dataclass(frozen=True)
class OperatorSpec:
    """A network, biller or brand in one country; `id` may recur in another country."""

    id: int
    line: int
    name: str
    country: CountrySpec
    prefixes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ProductSpec:
    id: int
    name: str
    category: str
    operator: OperatorSpec
    requires_bundle: bool = False

    @property
    def country(self) -> CountrySpec:
        return self.operator.country


@dataclass(frozen=True)
class SkuSpec:
    """One denomination (`low` equals `high`) or range; `discount` in percent of face value."""

    id: int
    name: str
    product: ProductSpec
    low: Decimal
    high: Decimal
    currency: str
    delivered_currency: str
    discount: Decimal
    fee: Decimal = Decimal("0.00")
    allow_decimal: bool = True
    validity: str | None = None
    description: str | None = None
    benefit: str | None = None

    @property
    def is_fixed(self) -> bool:
        return self.low == self.high

    @property
    def category(self) -> str:
        return self.product.category

    @property
    def country(self) -> CountrySpec:
        return self.product.country
