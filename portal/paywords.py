"""How the counter speaks of paying: what may be chosen, and what is left to collect."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from portal.forms.shift import PaymentForm
from portal.templatetags.counter import money_text, number_text
from topup.models import Owed, Shop
from topup.services import owed
from topup.services.opening import OpenedSale
from topup.services.pricing import Quote

MOST_OWED = 10  # to choose from, the newest; older money is given back in cash


def choices(shop: Shop, quote: Quote) -> dict[str, Any]:
    """The prices a customer may pay, one for each currency, and what is owed to customers."""
    prices = {quote.currency: quote.price}
    if quote.second_price is not None:
        prices[quote.second_currency] = quote.second_price
    rows = owed.owed_at(shop.pk).filter(currency__in=prices)[:MOST_OWED]
    return {
        "prices": [(currency, money_text(price, currency)) for currency, price in prices.items()],
        "owed_choices": [(row.pk, _choice(row, prices[row.currency])) for row in rows],
    }


def _choice(row: Owed, price: Decimal) -> str:
    whose = number_text(row.sale.recipient) or row.sale.sku_name
    amount = money_text(row.amount, row.currency)
    return f"{amount} · {whose} · {left(price - row.amount, row.currency)}"


def left(amount: Decimal, currency: str) -> str:
    """What is still to collect, or to give back."""
    if amount > 0:
        return _("collect %(amount)s") % {"amount": money_text(amount, currency)}
    if amount < 0:
        return _("give back %(amount)s") % {"amount": money_text(-amount, currency)}
    return _("nothing to collect")


def after(opened: OpenedSale, pay: PaymentForm) -> str:
    """What must be said when a sale was made with money owed, or was made before otherwise."""
    sale = opened.sale
    if opened.is_new and pay.owed_id is not None and opened.left is not None:
        told = _("The money owed was used: %(rest)s.")
        return told % {"rest": left(opened.left, sale.collected_currency)}
    chosen = pay.tender, pay.currency or sale.currency
    if not opened.is_new and chosen != (sale.tender, sale.collected_currency):
        told = _("This sale was made before, and paid so: %(tender)s, %(currency)s.")
        values = {"tender": sale.get_tender_display(), "currency": sale.collected_currency}
        return told % values
    return ""
