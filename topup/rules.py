"""Which rule wins, and what it makes of a cost. Pure: no database, no clock.

The order in which rules win, the first difference deciding:

1. the goods: SKU, product, operator, country, all; with a kind before without;
2. who sells: shop, the nearest branch above it, tier, all;
3. the one that says more about both;
4. of two equals the one that was written last.

A fee and a share of the face value stand on the *base*: the face value where it is
in the wallet's currency, else the cost. docs/prices.md has it with examples.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, localcontext
from enum import StrEnum

from ledger.money import ABSURD, unit
from topup.models.price import Method, Rounding, Use

#: Room for the largest cost times the largest rule: nothing is lost before the rounding.
_EXACT = Context(prec=60)
type Place = tuple[str | None, int | None]
#: The columns of goods, the narrowest first.
GOODS = ("sku_id", "product_id", "operator_id", "country_id")


@dataclass(frozen=True)
class Goods:
    """What is sold."""

    kind: str
    sku_id: int | None
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


class Refusal(StrEnum):
    """Why a sale is not made at these amounts."""

    NO_COST = "no_cost"  # a cost of nothing, or one that is no cost of a sale
    NO_CHARGE = "no_charge"  # customer or shop would pay nothing
    ABSURD = "absurd"  # no figure of a sale
    LOSS = "loss"


def refusal(terms: Terms, made: Amounts) -> Refusal | None:
    """Why these amounts are refused; None if they may be sold.

    The shop always pays more than nothing, and at least the cost unless a rule may lose.
    """
    if not 0 < made.cost < ABSURD:
        return Refusal.NO_COST
    if made.price >= ABSURD:
        return Refusal.ABSURD
    if made.price <= 0 or made.charge <= 0:
        return Refusal.NO_CHARGE
    return Refusal.LOSS if made.loses and not terms.may_lose else None


class Rulebook:
    """The rules of one book, laid out so that choosing looks at few of them."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._places: dict[tuple[object, ...], list[Rule]] = defaultdict(list)
        self._named: set[tuple[str, object]] = set()  # goods that any rule names, by use
        for rule in rules:
            place = _place_of(rule)
            self._places[rule.use, *place].append(rule)
            self._named.add((rule.use, place[0]))

    def __iter__(self) -> Iterator[Rule]:
        return (rule for rules in self._places.values() for rule in rules)

    def terms(self, goods: Goods, seller: Seller) -> Terms | None:
        """Price and commission rule of one sale; None where no rule gives a price."""
        price = self.choose(use=Use.PRICE, goods=goods, seller=seller)
        if price is None:
            return None
        return Terms(price, self.choose(use=Use.COMMISSION, goods=goods, seller=seller))

    def choose(self, *, use: str, goods: Goods, seller: Seller) -> Rule | None:
        """The rule that wins for this use, if any fits."""
        sellers = seller_places(seller)
        for name in (*GOODS, None):
            value = getattr(goods, name) if name else None
            if (use, name) not in self._named or (name and value is None):
                continue
            fitting = [
                rule
                for place in sellers
                for rule in self._places.get((use, name, value, *place), ())
                if fits(rule, goods, seller)
            ]
            if fitting:
                return max(fitting, key=lambda rule: rank(rule, seller))
        return None


def _place_of(rule: Rule) -> tuple[object, ...]:
    """The narrowest goods and the narrowest seller that a rule names."""
    goods = next((name for name in GOODS if getattr(rule, name) is not None), None)
    return (goods, getattr(rule, goods) if goods else None, *seller_place(rule))


def seller_place(rule: Rule) -> Place:
    """The narrowest seller that a rule names, as column and value."""
    names = ("shop_id", "branch_id", "tier_id")
    name = next((name for name in names if getattr(rule, name) is not None), None)
    return (name, getattr(rule, name) if name else None)


def seller_places(seller: Seller) -> list[Place]:
    """Where rules for a seller may lie."""
    branches: list[Place] = [("branch_id", at) for at in seller.branches]
    return [("shop_id", seller.shop_id), *branches, ("tier_id", seller.tier_id), (None, None)]


def scope_of(rule: Rule) -> tuple[object, ...]:
    """What a rule is for; two with the same are twins."""
    goods = tuple(getattr(rule, name) for name in GOODS)
    return (rule.use, rule.kind, *goods, rule.shop_id, rule.branch_id, rule.tier_id)


def is_for_all(rule: Rule) -> bool:
    """True if it names neither goods nor sellers."""
    return not any(scope_of(rule)[1:])


def concerns(rule: Rule, seller: Seller) -> bool:
    """True if the rule may decide about something at this shop."""
    return (
        rule.shop_id in (None, seller.shop_id)
        and (rule.branch_id is None or rule.branch_id in seller.branches)
        and rule.tier_id in (None, seller.tier_id)
    )


def fits(rule: Rule, goods: Goods, seller: Seller) -> bool:
    """True if the rule speaks of these goods at this shop."""
    return (
        rule.kind in ("", goods.kind)
        and rule.country_id in (None, goods.country_id)
        and rule.operator_id in (None, goods.operator_id)
        and rule.product_id in (None, goods.product_id)
        and rule.sku_id in (None, goods.sku_id)
        and concerns(rule, seller)
    )


def rank(rule: Rule, seller: Seller) -> tuple[int, bool, int, int, int]:
    """How narrowly a fitting rule speaks; the greatest wins."""
    named = [getattr(rule, name) is not None for name in reversed(GOODS)]
    narrowest = max((at for at, is_named in enumerate(named, 1) if is_named), default=0)
    sellers = (rule.shop_id, rule.branch_id, rule.tier_id)
    said = sum(named) + sum(value is not None for value in sellers)
    return (narrowest, bool(rule.kind), _rank_of_seller(rule, seller), said, rule.id)


def _rank_of_seller(rule: Rule, seller: Seller) -> int:
    if rule.shop_id is not None:
        return 2 + len(seller.branches)
    if rule.branch_id is not None:
        return 2 + seller.branches.index(rule.branch_id)
    return int(rule.tier_id is not None)


def amounts(
    terms: Terms, *, cost: Decimal, face_value: Decimal, face_currency: str, currency: str,
    months: int = 1,
) -> Amounts:  # fmt: skip
    """Price and commission by the rules, in `currency`; `refusal` judges them.

    Of a plan of several months `cost` is for all of them, `face_value` for one: one month
    is priced, and the amounts are so many times that.

    A price is rounded up and a commission down where the rule says nothing, and
    rounding alone never makes a loss: what would fall below the cost goes up, what
    would rise above the margin goes down.
    """
    with localcontext(_EXACT):
        one = cost / months
        base = face_value if face_currency == currency else one
        price = _price(terms.price, one, base, currency)
        commission = _commission(terms.commission, price - one, base, currency)
    return Amounts(cost, price * months, commission * months)


def _price(rule: Rule, cost: Decimal, base: Decimal, currency: str) -> Decimal:
    exact, smallest = _exact_price(rule, cost, base), unit(currency)
    step = rule.step or smallest
    if step % smallest:  # nobody could pay it
        step = smallest
    rounded = _round(exact, step, rule.rounding or Rounding.UP)
    return rounded if rounded >= cost or exact < cost else _round(exact, step, Rounding.UP)


def _commission(rule: Rule | None, margin: Decimal, base: Decimal, currency: str) -> Decimal:
    if rule is None:
        return Decimal(0)
    exact = max(_exact_commission(rule, margin, base), Decimal(0))
    step = rule.step or unit(currency)
    rounded = _round(exact, step, rule.rounding or Rounding.DOWN)
    return rounded if rounded <= margin or exact > margin else _round(exact, step, Rounding.DOWN)


def _exact_price(rule: Rule, cost: Decimal, base: Decimal) -> Decimal:
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


def _exact_commission(rule: Rule, margin: Decimal, base: Decimal) -> Decimal:
    match rule.method:
        case Method.SHARE_OF_MARGIN:
            return margin * rule.value / 100
        case Method.SHARE_OF_FACE:
            return base * rule.value / 100
        case Method.FIXED_COMMISSION:
            return rule.value
    raise ValueError(f"{rule.method} makes no commission")


_ROUNDINGS: dict[str, str] = {
    Rounding.UP: ROUND_CEILING, Rounding.NEAREST: ROUND_HALF_UP, Rounding.DOWN: ROUND_FLOOR,
}  # fmt: skip


def _round(amount: Decimal, step: Decimal, way: str) -> Decimal:
    whole, rest = divmod(amount, step)  # the quotient might not end
    steps = whole + (rest / step).quantize(Decimal(1), rounding=_ROUNDINGS[way])
    return steps * step
