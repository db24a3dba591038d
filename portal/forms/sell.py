"""What an agent types to sell: a number, and a SKU with its amount."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from catalog.models import Country, Operator, Sku
from catalog.msisdn import MsisdnError, normalize
from portal.forms.details import SHOWN
from topup import amounts
from topup.kinds import BY_CATEGORY, KINDS
from topup.models import Kind

_GONE = gettext_lazy("This is not on sale any more. Choose another country or operator.")


class NumberForm(forms.Form):
    """The customer's number in any spelling, and the operator if one was chosen."""

    number = forms.CharField(
        label=gettext_lazy("Customer’s phone number"),
        required=False,
        max_length=60,
        error_messages={
            "max_length": gettext_lazy(
                "This number is too long. Type one number, country code first."
            )
        },
    )
    operator = forms.ModelChoiceField(
        Operator.objects.select_related("country").defer("raw"),
        required=False,
        error_messages={"invalid_choice": _GONE},
    )
    country = forms.ModelChoiceField(
        Country.objects.defer("raw"), required=False, error_messages={"invalid_choice": _GONE}
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        typed, operator = data.get("number", ""), data.get("operator")
        data["msisdn"] = ""
        if not typed:
            return data
        country = operator.country if operator else data.get("country")
        try:
            data["msisdn"] = normalize(typed, country=country)
        except MsisdnError as error:
            self.add_error("number", error.message)
        return data


class GoodsForm(forms.Form):
    """The chosen SKU and, for a range, the amount typed beside it.

    Each range has an amount field of its own (`amount-<sku>`), so that the page
    works without scripts. The amount of a bill is typed when the biller was asked: until
    then, and without `wants_amount`, `face_value` is None.
    """

    sku = forms.ModelChoiceField(
        Sku.objects.select_related("operator__country", "product", "country").defer("raw"),
        error_messages={
            "required": gettext_lazy("Choose an amount or a product."),
            "invalid_choice": gettext_lazy("This product is not on sale any more. Choose another."),
        },
    )

    def __init__(self, *args: Any, wants_amount: bool = True, **options: Any) -> None:
        super().__init__(*args, **options)
        self.wants_amount = wants_amount and SHOWN in self.data

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        sku = data.get("sku")
        if sku is None:
            return data
        kind = BY_CATEGORY.get(sku.category)
        if sku.is_fixed or (kind and not KINDS[kind].TAKES_AMOUNT):
            data["face_value"] = sku.min_face_value
            return data
        typed = self.data.get(f"amount-{sku.pk}", "")
        if kind == Kind.BILL and not self.wants_amount and not typed:
            data["face_value"] = None
            return data
        try:
            data["face_value"] = amounts.read(typed, sku.face_currency)
        except ValueError as error:
            self.add_error(None, forms.ValidationError(str(error), code="amount"))
        return data
