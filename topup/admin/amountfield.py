"""An amount in a form of the admin, read as every other page reads it: `topup.amounts`."""

from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings

from ledger.admin import figure
from topup import amounts

_DIGITS = 16  # before the decimals: as many as the columns have
_MINUS = ("-", "\N{MINUS SIGN}")


class AmountField(forms.DecimalField):
    """What may be a thousand or a part is asked about, never guessed: 1.550, 1,550.

    A line of text: a browser's own field for numbers would guess.
    """

    widget = forms.TextInput

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "autocomplete": "off"}

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        if isinstance(value, Decimal):
            return value
        if value in self.empty_values:
            return None
        text = str(value).strip()
        is_minus = text.startswith(_MINUS)
        currency = settings.VALUETOPUP_WALLET_CURRENCY
        try:
            amount = amounts.read(text[is_minus:], currency, digits=_DIGITS)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None
        return -amount if is_minus else amount

    def prepare_value(self, value: Any) -> Any:
        """As the language writes it, and never with three decimals, which would be asked about."""
        if not isinstance(value, (Decimal, int)):
            return value
        text = figure(Decimal(value))
        padded = f"{text}0" if text[-4:-3] == "." else text
        return padded.replace(".", amounts.decimal_sign())
