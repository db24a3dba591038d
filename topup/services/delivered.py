"""What arrived against what the check page had promised."""

from decimal import Decimal

from topup.models import Sale
from topup.services.moves import remember

ROUNDING = Decimal("0.01")  # of what was promised
NOTE = "delivered differs from promised"


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
