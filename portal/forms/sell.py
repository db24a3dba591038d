"""What an agent types to sell: a number, and a SKU with its amount."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from babel import Locale
from babel.numbers import get_group_symbol
from django import forms
from django.utils.translation import get_language, gettext_lazy, to_locale
from django.utils.translation import gettext as _

from catalog.models import Country, Operator, Sku
from catalog.msisdn import MsisdnError, normalize
from portal.forms.details import SHOWN
from topup.kinds import BY_CATEGORY, KINDS
from topup.models import Kind

_GONE = gettext_lazy("This is not on sale any more. Choose another country or operator.")
_AMOUNT = re.compile(r"\d{1,9}([.,]\d{0,4})?")
#: As the pages write amounts: 1,550.00 or 1.550,00, in India 1,00,000.00.
_GROUPED = re.compile(r"(\d{1,3}(?:,\d{2,3})*,\d{3})\.(\d{1,4})|(\d{1,3}(?:\.\d{3})+),(\d{1,4})")
_ARABIC = str.maketrans("٫٬", ".,")  # its own decimal and thousands signs


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
            data["face_value"] = read_amount(typed)
        except ValueError as error:
            self.add_error(None, forms.ValidationError(str(error), code="amount"))
        return data


def read_amount(typed: str) -> Decimal:
    """An amount as people type it and as pages write it: 5, 5.50, 5,50, 1,550.00.

    Error: `ValueError` with a sentence, also for what may be read in two ways.
    """
    text = "".join(typed.split()).translate(_ARABIC)
    if not text:
        raise ValueError(_("Type the amount."))
    if grouped := _GROUPED.fullmatch(text):
        whole, part = (grouped[1], grouped[2]) if grouped[1] else (grouped[3], grouped[4])
        text = f"{re.sub('[,.]', '', whole)}.{part}"
    if not _AMOUNT.fullmatch(text) or _is_doubtful(text):
        raise ValueError(_("Type the amount in digits, for example 5 or 5.50."))
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise ValueError(_("Type the amount in digits, for example 5 or 5.50.")) from None


def _is_doubtful(text: str) -> bool:
    """True for 1,000: a thousand here and one there; for 1.000 where a point makes thousands."""
    if re.fullmatch(r"\d+,\d{3}", text):
        return True
    locale = Locale.parse(to_locale(get_language() or "en"))
    is_grouping = get_group_symbol(locale) == "."
    return is_grouping and bool(re.fullmatch(r"\d{1,3}\.\d\d0", text))
