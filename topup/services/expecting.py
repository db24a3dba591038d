"""What a SKU will probably cost at an amount, by catalogue and rules; asks the provider nothing."""

from decimal import Decimal

from catalog.models import Sku
from ledger.money import plausible
from topup import rules
from topup.rules import Amounts
from topup.services.pricebooks import ShopRules


def expected_at(
    *, known: ShopRules, sku: Sku, face_value: Decimal, currency: str
) -> Amounts | None:
    """The amounts of one sale of a SKU, fixed or range; None where they are not known.

    None also for what will not be sold at these terms. The quote decides.
    """
    cost = plausible(sku.cost_for(face_value)) if sku.cost_currency == currency else None
    terms = known.terms(sku)
    if cost is None or terms is None:
        return None
    made = rules.amounts(
        terms, cost=cost + (plausible(sku.fee) or 0), face_value=face_value,
        face_currency=sku.face_currency, currency=currency,
    )  # fmt: skip
    return made if rules.refusal(terms, made) is None else None
