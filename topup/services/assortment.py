"""What a shop may sell: kinds, operators and SKUs that are switched on or off in its branch.

SKU beats operator beats kind; among equals the nearest shop wins. What nobody has
switched is on.
"""

from dataclasses import dataclass, field

from django.db.models import Q
from django.utils.translation import gettext as _

from catalog.models import Operator, Sku
from topup.errors import NotSellableError
from topup.kinds import BY_CATEGORY, KINDS
from topup.models import Shop, ShopSwitch


@dataclass(frozen=True)
class Assortment:
    """The switches that hold at one shop, loaded once for a page of goods."""

    kinds: dict[str, bool] = field(default_factory=dict)
    operators: dict[int, bool] = field(default_factory=dict)
    skus: dict[int, bool] = field(default_factory=dict)

    def sells(self, sku: Sku) -> bool:
        """True if the SKU is on; asks nobody."""
        kind = BY_CATEGORY.get(sku.category, "")
        by_operator = self.operators.get(sku.operator_id or 0, self.kinds.get(kind, True))
        return self.skus.get(sku.pk, by_operator)

    @property
    def switched_off(self) -> Q:
        """The SKUs that are off, for a query; empty where nothing is switched off."""
        off_kinds = [KINDS[kind].CATEGORY for kind in _keys(self.kinds, False) if kind in KINDS]
        off_operators, off_skus = _keys(self.operators, False), _keys(self.skus, False)
        if not off_kinds and not off_operators and not off_skus:
            return Q()
        by_kind = Q(category__in=off_kinds) & ~Q(operator__in=_keys(self.operators, True))
        by_either = by_kind | Q(operator__in=off_operators)
        return (by_either & ~Q(pk__in=_keys(self.skus, True))) | Q(pk__in=off_skus)


def _keys[Key](switches: dict[Key, bool], is_on: bool) -> list[Key]:
    return [key for key, value in switches.items() if value == is_on]


def assortment_of(
    shop: Shop, *, operator: Operator | None = None, sku: Sku | None = None
) -> Assortment:
    """The switches of a shop and all above it; one query.

    With an operator, or with a SKU, only those that may concern its goods.
    """
    found = ShopSwitch.objects.filter(shop__in=shop.line)
    if operator:
        found = found.filter(~Q(kind="") | Q(operator=operator) | Q(sku__operator=operator))
    if sku:
        found = found.filter(~Q(kind="") | Q(operator=sku.operator_id) | Q(sku=sku.pk))
    made = Assortment()
    rows = found.values_list("shop_id", "kind", "operator_id", "sku_id", "is_on")
    for _shop, kind, operator_id, sku_id, is_on in sorted(
        rows, key=lambda row: shop.line.index(row[0])
    ):  # the nearest first; what is further up does not change it
        if kind:
            made.kinds.setdefault(kind, is_on)
        elif operator_id:
            made.operators.setdefault(operator_id, is_on)
        else:
            made.skus.setdefault(sku_id, is_on)
    return made


def check_goods(*, shop: Shop, sku: Sku) -> None:
    """Error: `NotSellableError` for a SKU that is switched off at the shop or above it."""
    if not assortment_of(shop, sku=sku).sells(sku):
        raise NotSellableError(
            _("Your shop does not sell this product. Choose another one, or call your distributor.")
        )
