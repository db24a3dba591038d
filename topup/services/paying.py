"""How a customer pays for a sale: tender, currency, and money the shop still owes him."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from topup.errors import NoShiftError, TenderError
from topup.models import Owed, Person, Sale, Shift, Shop, Tender
from topup.services import owed, shifts
from topup.services.pricing import Quote


@dataclass(frozen=True)
class Payment:
    """What is collected for a sale. `amount` is the whole price in `currency`, what is owed too."""

    tender: str
    amount: Decimal
    currency: str
    shift: Shift | None
    owed: Owed | None

    @property
    def columns(self) -> dict[str, Any]:
        """The fixed terms of the sale."""
        return {
            "tender": self.tender, "collected_amount": self.amount,
            "collected_currency": self.currency, "shift": self.shift,
        }  # fmt: skip

    def settle(self, sale: Sale, by: Person) -> Decimal:
        """What is left to collect; negative when the customer gets some back.

        Inside the sale's transaction: what is owed is used up with the sale, or not at all.
        """
        return owed.use(owed=self.owed, sale=sale, by=by) if self.owed else self.amount


def price_in(quote: Quote, currency: str) -> Decimal:
    """The price of a quote in a currency the shop takes. Error: `TenderError`."""
    if currency in ("", quote.currency):
        return quote.price
    if quote.second_price is None or currency != quote.second_currency:
        raise TenderError
    return quote.second_price


def prepare(
    *, agent: Person, shop: Shop, quote: Quote, tender: str, currency: str, shift: Shift | None,
    owed_id: int | None, code: str, at_till: bool = True,
) -> Payment:  # fmt: skip
    """How this sale will be paid. Errors: `TenderError`, `NoShiftError`, `ShiftOverError`,
    `OwedError`.

    Outside the sale's transaction: a wrong code stays counted.
    """
    if tender not in Tender.values:
        raise TenderError
    amount = price_in(quote, currency)
    currency = currency or quote.currency
    if not at_till:  # no drawer is answerable for it, whether the agent has one open or not
        return Payment(tender, amount, currency, None, None)
    shift = shift or shifts.shift_for_sale(agent, shop)
    if owed_id is None:
        return Payment(tender, amount, currency, shift, None)
    if shift is None:
        raise NoShiftError
    used = owed.check_use(owed_id=owed_id, by=agent, code=code, currency=currency)
    if used.amount > amount and tender != Tender.CASH:  # else the change is missing in the drawer
        raise TenderError(
            _("The money owed is more than the price: choose cash, the rest is given back in cash.")
        )
    return Payment(tender, amount, currency, shift, used)
