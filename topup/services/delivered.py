"""What a sale brings: what arrived, what will, and both against what the check page promised."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from topup.models import Sale
from topup.services.moves import remember
from topup.states import GIVEN_BACK

ROUNDING = Decimal("0.01")  # of what was promised
NOTE = "delivered differs from promised"


@dataclass(frozen=True)
class Arrival:
    """What a sale brings. `has_come`: the customer has it; else it is still to come."""

    amount: Decimal
    currency: str
    has_come: bool


def arrival_of(sale: Sale, *, is_code_awaited: bool = False) -> Arrival | None:
    """What arrived or will arrive; None once the sale came to nothing, or where nobody knows."""
    if sale.state in GIVEN_BACK:
        return None
    amount, currency = sale.promised_amount, sale.promised_currency
    if sale.is_delivered and sale.delivered_amount is not None:
        amount, currency = sale.delivered_amount, sale.delivered_currency
    has_come = sale.is_delivered and not is_code_awaited
    return Arrival(amount, currency, has_come) if amount else None


def as_promised(sale: Sale) -> dict[str, Any]:
    """The columns of a sale that is delivered now, as long as nobody says what arrived."""
    if sale.delivered_amount is not None or sale.promised_amount is None:
        return {}
    return {
        "delivered_amount": sale.promised_amount, "delivered_currency": sale.promised_currency,
    }  # fmt: skip


def differs(sale: Sale) -> bool:
    """True if a delivered sale brought another currency or amount, beyond rounding."""
    promised, came = sale.promised_amount, sale.delivered_amount
    if not sale.is_delivered or promised is None or came is None:
        return False
    if sale.promised_currency != sale.delivered_currency:
        return True
    return bool(abs(came - promised) > promised * ROUNDING)


def judge(sale: Sale) -> None:
    """Flag a delivered sale that brought something else, once. Under the sale's row lock."""
    if not differs(sale):
        return
    came = f"{sale.delivered_amount.normalize():f} {sale.delivered_currency}"  # type: ignore[union-attr]
    told = f"{sale.promised_amount.normalize():f} {sale.promised_currency}"  # type: ignore[union-attr]
    if not sale.events.filter(note=NOTE).exists():
        remember(sale, NOTE, evidence={"delivered": came, "promised": told})
    if not sale.flag:
        sale.flag = f"delivered {came}, promised {told}"
        Sale.objects.filter(pk=sale.pk).update(flag=sale.flag)
