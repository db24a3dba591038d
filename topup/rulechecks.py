"""What is wrong with one rule, in words: values that cannot be, goods and shops that never meet."""

from collections.abc import Iterator
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _

from ledger.money import FINEST, unit
from topup.kinds import BY_CATEGORY
from topup.models import PriceRule
from topup.models.price import (
    MOST_AMOUNT,
    MOST_PERCENT,
    MOST_SHARE,
    MOST_STEP,
    PERCENTS,
    PRICE_METHODS,
    SHARES,
    Method,
    Use,
)


def use_of(method: str) -> Use:
    """What a method makes: a price or a commission."""
    return Use.PRICE if method in PRICE_METHODS else Use.COMMISSION


def problems(rule: PriceRule) -> list[str]:
    """Everything that is wrong with a rule whose related rows are loaded; asks nobody."""
    return [*_of_value(rule), *_of_step(rule), *_of_goods(rule), *_of_seller(rule)]


def _of_value(rule: PriceRule) -> Iterator[str]:
    value = rule.value
    if not value.is_finite() or value < 0:
        yield _("The value is not below zero.")
    elif value != value.quantize(FINEST):
        yield _("The value has at most four decimals.")
    elif rule.method in PERCENTS and value > MOST_PERCENT:
        yield _("A price is at most 1000 % above.")
    elif rule.method in SHARES and value > MOST_SHARE:
        yield _("A commission is at most 100 %.")
    elif value >= MOST_AMOUNT:
        yield _("The amount is too large.")
    elif rule.method == Method.FIXED_PRICE and value == 0:
        yield _("A fixed price is more than zero.")


def _of_step(rule: PriceRule) -> Iterator[str]:
    step = rule.step
    if step is None:
        return
    smallest = unit(settings.VALUETOPUP_WALLET_CURRENCY)
    if not step.is_finite() or not 0 < step < MOST_STEP or step != step.quantize(FINEST):
        yield _("Round to more than zero, or leave it empty.")
    elif use_of(rule.method) == Use.PRICE and step % smallest:
        yield _("A price is rounded to what people can pay: a multiple of %(unit)s.") % {
            "unit": smallest
        }


def _of_goods(rule: PriceRule) -> Iterator[str]:
    """Goods that are not of each other: such a rule would never win."""
    sku, product, operator = rule.sku, rule.product, rule.operator
    if sku and rule.product_id not in (None, sku.product_id):
        yield _("The SKU is not of this product.")
    if sku and rule.operator_id not in (None, sku.operator_id):
        yield _("The SKU is not of this operator.")
    if sku and rule.country_id not in (None, sku.country_id):
        yield _("The SKU is not of this country.")
    if product and rule.operator_id not in (None, product.operator_id):
        yield _("The product is not of this operator.")
    if operator and rule.country_id not in (None, operator.country_id):
        yield _("The operator is not of this country.")
    goods = sku or product
    if goods and rule.kind and BY_CATEGORY.get(goods.category) != rule.kind:
        yield _("The goods are not of this kind.")


def _of_seller(rule: PriceRule) -> Iterator[str]:
    if rule.shop and rule.branch_id not in (None, rule.shop.pk, *rule.shop.ancestors):
        yield _("The shop does not lie in this branch.")
    if rule.shop and rule.tier_id not in (None, rule.shop.tier_id):
        yield _("The shop is not of this tier.")


def decimal_of(text: str) -> Decimal | None:
    """A figure as people write it in files, "8", "0.05", "8 %"; None for anything else."""
    plain = text.replace("%", "").replace("\N{NO-BREAK SPACE}", "").strip()
    try:
        value = Decimal(plain)
    except ArithmeticError:
        return None
    return value if value.is_finite() and abs(value) < Decimal(10) ** 16 else None
