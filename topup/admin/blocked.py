"""Blocklists: numbers, or beginnings of numbers, that nobody may sell to."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from catalog.msisdn import MsisdnError, normalize
from ledger.admin import BoundedPaginator
from topup.admin.base import person_of
from topup.models import BlockedNumber


class BlockedForm(forms.ModelForm):
    """A number in any spelling; kept as digits, country code first."""

    class Meta:
        model = BlockedNumber
        fields = ("prefix", "is_whole", "shop", "reason")
        help_texts = {
            "prefix": gettext_lazy("Country code first, in any spelling: +1 876 123 4567."),
            "is_whole": gettext_lazy("Without the tick: all numbers that begin so."),
            "shop": gettext_lazy("Empty: everywhere. A sub-distributor: all shops below it."),
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "prefix" in data:
            try:
                data["prefix"] = self._digits(data["prefix"], data.get("is_whole", True))
            except ValidationError as error:
                self.add_error("prefix", error)
        return data

    def _digits(self, typed: str, is_whole: bool) -> str:
        try:  # a beginning may be short: it is filled up to be read as a number
            digits = normalize(typed if is_whole else f"{typed}00000")
        except MsisdnError as error:
            raise ValidationError(error.message) from None
        return digits if is_whole else digits[:-5]


@admin.register(BlockedNumber)
class BlockedNumberAdmin(admin.ModelAdmin):
    form = BlockedForm
    list_display = ("prefix", "is_whole", "shop", "reason", "made_by", "made_at")
    list_filter = ("is_whole",)
    list_select_related = ("shop", "made_by")
    search_fields = ("prefix__startswith", "reason")
    ordering = ("prefix", "pk")
    autocomplete_fields = ("shop",)
    paginator = BoundedPaginator
    show_full_result_count = False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.made_by = person_of(request)
        super().save_model(request, obj, form, change)
