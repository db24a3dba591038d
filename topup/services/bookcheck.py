"""Before a price book is published: what of today's catalogue would lose money or have no price.

Bounded: shops are taken together by the rules that can concern them, SKUs by the
rules that can speak of them, so rules are chosen once for each pair; then each SKU's
known cost is put through them.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from django.conf import settings
from django.db.models import QuerySet

from catalog.models import Sku
from catalog.queries import sellable
from topup import rules
from topup.kinds import BY_CATEGORY
from topup.models import PriceBook, Shop
from topup.models.price import Use
from topup.rules import Goods, Rule, Rulebook, Seller, Terms
from topup.services.pricebooks import all_rules, goods_of, seller_of

MOST_LOOKS = 100_000  # pairs of SKU and terms; some seconds
MOST_GROUPS = 2_000  # of shops
EXAMPLES = 3
NO_PRICE = "no_price"


@dataclass
class Finding:
    """SKUs that could not be sold, for one reason and by the same two rules."""

    reason: str  # `NO_PRICE` or a `rules.Refusal`
    price_id: int | None
    commission_id: int | None
    skus: int = 0
    shops: int = 0  # at most at so many
    examples: list[str] = field(default_factory=list)

    def add(self, sku: Sku, shops: int) -> None:
        self.skus += 1
        self.shops = max(self.shops, shops)
        if len(self.examples) < EXAMPLES:
            self.examples.append(sku.name)


@dataclass
class Report:
    """What the check found, and how much it looked at."""

    has_price_for_all: bool
    twins: list[tuple[int, int]]  # ids of rules that say the same; the first never wins
    findings: list[Finding] = field(default_factory=list)
    skus: int = 0
    without_cost: int = 0  # their price is known only at the sale
    is_whole: bool = True  # False: the catalogue is too large to look at every SKU

    @property
    def is_clean(self) -> bool:
        return self.has_price_for_all and not self.twins and not self.findings


def check(book: PriceBook) -> Report:
    """Put today's catalogue through a book. Some seconds at most; changes nothing."""
    known = all_rules(book)
    listed = list(known)
    report = Report(_has_price_for_all(listed), twins(listed))
    sellers = list(_groups(listed).values())
    report.is_whole = len(sellers) <= MOST_GROUPS
    _look(known, listed, sellers[:MOST_GROUPS], report)
    report.findings.sort(key=lambda found: -found.skus)
    return report


def _has_price_for_all(listed: list[Rule]) -> bool:
    return any(rule.use == Use.PRICE and rules.is_for_all(rule) for rule in listed)


def twins(listed: list[Rule]) -> list[tuple[int, int]]:
    """Pairs of rules for the same use, goods and seller; of each the first never wins."""
    seen: dict[tuple[object, ...], int] = {}
    found = []
    for rule in sorted(listed, key=lambda rule: rule.id):
        key = rules.scope_of(rule)
        if key in seen:
            found.append((seen[key], rule.id))
        seen[key] = rule.id
    return found


def _groups(listed: list[Rule]) -> dict[tuple[object, ...], tuple[Seller, int]]:
    """Shops that the same rules can concern: one of them, and how many they are."""
    shops = {rule.shop_id for rule in listed}
    branches = {rule.branch_id for rule in listed}
    tiers = {rule.tier_id for rule in listed}
    found: dict[tuple[object, ...], tuple[Seller, int]] = {}
    for shop in Shop.objects.only("ancestors", "tier").iterator(chunk_size=2000):
        seller = seller_of(shop)
        key = (
            seller.shop_id if seller.shop_id in shops else None,
            tuple(at for at in seller.branches if at in branches),
            seller.tier_id if seller.tier_id in tiers else None,
        )
        first, count = found.get(key, (seller, 0))
        found[key] = (first, count + 1)
    return found


def _look(
    known: Rulebook, listed: list[Rule], sellers: list[tuple[Seller, int]], report: Report
) -> None:
    named = {name: {getattr(rule, name) for rule in listed} for name in rules.GOODS}
    found: dict[tuple[str, int | None, int | None], Finding] = {}
    chosen: dict[Goods, list[tuple[Terms | None, int]]] = {}
    looks = 0
    for sku in _skus().iterator(chunk_size=2000):
        if looks >= MOST_LOOKS:
            report.is_whole = False
            break
        report.skus += 1
        goods = _as_named(goods_of(sku), named)
        if goods not in chosen:
            chosen[goods] = _terms(known, goods, sellers)
            looks += len(sellers)
        looks += len(chosen[goods])
        costs = list(_costs(sku))
        report.without_cost += not costs
        for terms, shops in chosen[goods]:
            if reason := _reason(terms, sku, costs):
                key = (reason, terms.price.id if terms else None,
                       terms.commission_id if terms else None)  # fmt: skip
                found.setdefault(key, Finding(*key)).add(sku, shops)
    report.findings = list(found.values())


def _skus() -> QuerySet[Sku]:
    skus = sellable().filter(category__in=BY_CATEGORY).order_by("pk")
    return skus.only(
        "name", "category", "product", "operator", "country", "min_face_value",
        "max_face_value", "face_currency", "min_cost", "max_cost", "cost_currency",
    )  # fmt: skip


def _as_named(goods: Goods, named: dict[str, set[object]]) -> Goods:
    """The goods without what no rule names: many SKUs become the same."""
    kept = {name: value if (value := getattr(goods, name)) in named[name] else None
            for name in rules.GOODS}  # fmt: skip
    return Goods(goods.kind, **kept)


def _terms(
    known: Rulebook, goods: Goods, sellers: list[tuple[Seller, int]]
) -> list[tuple[Terms | None, int]]:
    """The different terms that shops have for these goods, and how many shops each."""
    counts: Counter[Terms | None] = Counter()
    for seller, shops in sellers:
        counts[known.terms(goods, seller)] += shops
    return list(counts.items())


def _costs(sku: Sku) -> Iterator[tuple[Decimal, Decimal]]:
    """Face value and cost at both ends, as far as the catalogue knows it."""
    if sku.cost_currency != settings.VALUETOPUP_WALLET_CURRENCY:
        return
    for face in dict.fromkeys((sku.min_face_value, sku.max_face_value)):
        if face is not None and (cost := sku.cost_for(face)):
            yield face, cost


def _reason(terms: Terms | None, sku: Sku, costs: list[tuple[Decimal, Decimal]]) -> str | None:
    if terms is None:
        return NO_PRICE
    for face, cost in costs:
        made = rules.amounts(
            terms, cost=cost, face_value=face, face_currency=sku.face_currency,
            currency=settings.VALUETOPUP_WALLET_CURRENCY,
        )  # fmt: skip
        if reason := rules.refusal(terms, made):
            return reason
    return None
