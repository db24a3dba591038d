"""The forms of a shop: its terms, its place in the tree, what it sells."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from topup.admin.amountfield import AmountField
from topup.errors import TreeError
from topup.models import Kind, Shop, ShopSwitch
from topup.services import shops

LIMITS = ("sale_limit", "day_limit", "number_limit")
TERMS = (
    "level", "parent", "tier", "address", "hotline", "time_zone", "is_frozen", *LIMITS,
    "second_currency", "second_rate", "requires_shift", "lock_minutes",
)  # fmt: skip


class TermsForm(forms.ModelForm):
    """A shop without its credit limit, for those who may not lend."""

    class Meta:
        model = Shop
        fields = ("name", *TERMS)
        field_classes = dict.fromkeys(LIMITS, AmountField)
        help_texts = {
            "parent": gettext_lazy("Empty: directly under the distributor."),
            "tier": gettext_lazy("For price rules that name a tier."),
            "time_zone": gettext_lazy("Such as America/Jamaica. Empty: the distributor’s."),
            "sale_limit": gettext_lazy(
                "What one sale may cost the customer. Empty: the limit of the nearest above."
            ),
            "day_limit": gettext_lazy(
                "What the shop may sell in one of its days. Empty: the limit of the nearest above."
            ),
            "number_limit": gettext_lazy(
                "What one number may get in one day. Empty: the limit of the nearest above."
            ),
            "second_currency": gettext_lazy("Three letters, such as JMD. Empty: none is taken."),
            "requires_shift": gettext_lazy("Nobody sells before his drawer is counted."),
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "parent" not in data or "level" not in data:
            return data
        try:  # the lock of the tree is held until the shop is saved
            shops.check_place(shop_id=self.instance.pk, parent=data["parent"], level=data["level"])
        except TreeError as error:
            self.add_error(error.field, error.message)
        return data


class ShopForm(TermsForm):
    """A shop with the credit limit of its float."""

    credit_limit = AmountField(
        label=gettext_lazy("Credit limit"), min_value=Decimal(0), max_digits=20, decimal_places=4,
        initial=Decimal(0), help_text=gettext_lazy("How far below zero the float may go."),
        show_hidden_initial=True,  # what another has set meanwhile is not set back
    )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            self.fields["credit_limit"].initial = self.instance.float_account.credit_limit


class SwitchForm(forms.ModelForm):
    """One switch: of a kind, of an operator or of a SKU."""

    kind = forms.ChoiceField(
        choices=[("", "---------"), *Kind.choices], required=False, label=gettext_lazy("Kind")
    )

    class Meta:
        model = ShopSwitch
        fields = ("kind", "operator", "sku", "is_on")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if sum(bool(data.get(name)) for name in ("kind", "operator", "sku")) != 1:
            raise ValidationError(_("Choose one of kind, operator and SKU, and leave the others."))
        return data

    def validate_constraints(self) -> None:
        """Both are told in words: here, and in the set of all switches."""


class SwitchFormSet(forms.BaseInlineFormSet):
    """All switches of a shop; the same goods once."""

    def clean(self) -> None:
        super().clean()
        seen = set()
        for form in self.forms:
            data = getattr(form, "cleaned_data", None) or {}
            if not data or data.get("DELETE") or form.errors:
                continue
            goods = (data["kind"], data["operator"], data["sku"])
            if goods in seen:
                raise ValidationError(_("The same goods are switched twice. Remove one of them."))
            seen.add(goods)


class SwitchInline(admin.TabularInline):
    """Goods that are on or off at the shop and below. Of the rest those above decide."""

    model = ShopSwitch
    form = SwitchForm
    formset = SwitchFormSet
    autocomplete_fields = ("operator", "sku")
    extra = 0
    verbose_name_plural = gettext_lazy("goods on or off here and below")
