"""Which rule wins, and what it makes of a cost. Pure: no database, no clock.

The order in which rules win, the first difference deciding:

1. the goods: SKU, product, operator, country, all; with a kind before without;
2. who sells: shop, the nearest branch above it, tier, all;
3. of two equals the one that was written last.

A fee and a share of the face value stand on the *base*: the face value where it is
in the wallet's currency, else the quoted cost.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from ledger.money import unit
from topup.models.price import Method, Rounding, Use


@dataclass(frozen=True)
class Goods:
    """What is sold."""

    kind: str
    sku_id: int
    product_id: int | None = None
    operator_id: int | None = None
    country_id: str | None = None


@dataclass(frozen=True)
class Seller:
    """Who sells: a shop, what it lies under (the top first), its tier."""

    shop_id: int
    ancestors: tuple[int, ...] = ()
    tier_id: int | None = None

    @property
    def branches(self) -> tuple[int, ...]:
        return (*self.ancestors, self.shop_id)


@dataclass(frozen=True)
class Rule:
    """One rule as data; None and "" stand for all."""

    id: int
    use: str
    method: str
    value: Decimal
    kind: str = ""
    country_id: str | None = None
    operator_id: int | None = None
    product_id: int | None = None
    sku_id: int | None = None
    shop_id: int | None = None
    branch_id: int | None = None
    tier_id: int | None = None
    rounding: str = ""
    step: Decimal | None = None
    may_lose: bool = False


@dataclass(frozen=True)
class Terms:
    """The two rules that decide about one sale; no commission rule, no commission."""

    price: Rule
    commission: Rule | None

    @property
    def may_lose(self) -> bool:
        return self.price.may_lose or bool(self.commission and self.commission.may_lose)

    @property
    def commission_id(self) -> int | None:
        return self.commission.id if self.commission else None


@dataclass(frozen=True)
class Amounts:
    """What a sale costs and earns, in the wallet's currency."""

    cost: Decimal
    price: Decimal
    commission: Decimal

    @property
    def charge(self) -> Decimal:
        """What the shop's float pays."""
        return self.price - self.commission

    @property
    def loses(self) -> bool:
        """True if the distributor would get less than he pays."""
        return self.charge < self.cost


def fits(rule: Rule, goods: Goods, seller: Seller) -> bool:
    """True if the rule speaks of these goods at this shop."""
    return (
        rule.kind in ("", goods.kind)
        and rule.country_id in (None, goods.country_id)
        and rule.operator_id in (None, goods.operator_id)
        and rule.product_id in (None, goods.product_id)
        and rule.sku_id in (None, goods.sku_id)
        and rule.shop_id in (None, seller.shop_id)
        and (rule.branch_id is None or rule.branch_id in seller.branches)
        and rule.tier_id in (None, seller.tier_id)
    )


def rank(rule: Rule, seller: Seller) -> tuple[int, bool, int, int]:
    """How narrowly a fitting rule speaks; the greatest wins."""
    goods = (rule.country_id, rule.operator_id, rule.product_id, rule.sku_id)
    narrowest = max((at for at, value in enumerate(goods, 1) if value is not None), default=0)
    return (narrowest, bool(rule.kind), _rank_of_seller(rule, seller), rule.id)


def _rank_of_seller(rule: Rule, seller: Seller) -> int:
    if rule.shop_id is not None:
        return 2 + len(seller.branches)
    if rule.branch_id is not None:
        return 2 + seller.branches.index(rule.branch_id)
    return int(rule.tier_id is not None)


def choose(rules: Iterable[Rule], *, use: str, goods: Goods, seller: Seller) -> Rule | None:
    """The rule that wins for this use, if any fits."""
    fitting = [rule for rule in rules if rule.use == use and fits(rule, goods, seller)]
    return max(fitting, key=lambda rule: rank(rule, seller), default=None)


def terms_for(rules: Iterable[Rule], *, goods: Goods, seller: Seller) -> Terms | None:
    """Price and commission rule of one sale; None where no rule gives a price."""
    known = list(rules)
    price = choose(known, use=Use.PRICE, goods=goods, seller=seller)
    if price is None:
        return None
    return Terms(price, choose(known, use=Use.COMMISSION, goods=goods, seller=seller))


def amounts(
    terms: Terms, *, cost: Decimal, face_value: Decimal, face_currency: str, currency: str
) -> Amounts:
    """Price and commission by the rules, each rounded as its rule says.

    A price is rounded up and a commission down where the rule says nothing.
    """
    base = face_value if face_currency == currency else cost
    price = _round(_price(terms.price, cost, base), terms.price, Rounding.UP, currency)
    commission = Decimal(0)
    if rule := terms.commission:
        exact = _commission(rule, price - cost, base)
        commission = _round(max(exact, Decimal(0)), rule, Rounding.DOWN, currency)
    return Amounts(cost, price, commission)


def _price(rule: Rule, cost: Decimal, base: Decimal) -> Decimal:
    match rule.method:
        case Method.MARKUP:
            return cost * (1 + rule.value / 100)
        case Method.FEE:
            return base + rule.value
        case Method.FEE_PERCENT:
            return base * (1 + rule.value / 100)
        case Method.FIXED_PRICE:
            return rule.value
    raise ValueError(f"{rule.method} makes no price")


def _commission(rule: Rule, margin: Decimal, base: Decimal) -> Decimal:
    match rule.method:
        case Method.SHARE_OF_MARGIN:
            return margin * rule.value / 100
        case Method.SHARE_OF_FACE:
            return base * rule.value / 100
        case Method.FIXED_COMMISSION:
            return rule.value
    raise ValueError(f"{rule.method} makes no commission")


_ROUNDINGS = {
    Rounding.UP: ROUND_CEILING, Rounding.NEAREST: ROUND_HALF_UP, Rounding.DOWN: ROUND_FLOOR,
}  # fmt: skip


def _round(amount: Decimal, rule: Rule, default: Rounding, currency: str) -> Decimal:
    step = rule.step or unit(currency)
    steps = (amount / step).quantize(
        Decimal(1), rounding=_ROUNDINGS[Rounding(rule.rounding or default)]
    )
    return steps * step
