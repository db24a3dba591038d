"""Shops: terms, freezing, and float as ledger entries."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ledger.admin import figure
from ledger.services import set_credit_limit
from topup.admin.base import person_of
from topup.admin.money import MoneyPage, Posting
from topup.attention import low_floats
from topup.models import Shop
from topup.services import shops

TERMS = (
    "level", "parent", "tier", "address", "hotline", "time_zone", "is_frozen", "sale_limit",
    "day_limit", "number_limit", "second_currency", "second_rate", "requires_shift",
    "lock_minutes",
)  # fmt: skip


class TermsForm(forms.ModelForm):
    """A shop without its credit limit, for those who may not lend."""

    class Meta:
        model = Shop
        fields = ("name", *TERMS)


class ShopForm(TermsForm):
    """A shop with the credit limit of its float."""

    credit_limit = forms.DecimalField(
        label=gettext_lazy("Credit limit"), min_value=Decimal(0), max_digits=20, decimal_places=4,
        initial=Decimal(0), help_text=gettext_lazy("How far below zero the float may go."),
    )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            self.fields["credit_limit"].initial = self.instance.float_account.credit_limit


class FloatFilter(admin.SimpleListFilter):
    title = gettext_lazy("float")
    parameter_name = "float"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("low", gettext_lazy("low"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return low_floats(queryset) if self.value() == "low" else queryset


@admin.register(Shop)
class ShopAdmin(MoneyPage):
    list_display = ("name", "balance", "available", "credit", "currency", "is_frozen")
    list_filter = (FloatFilter, "is_frozen")
    search_fields = ("name",)
    list_select_related = ("float_account",)
    show_full_result_count = False
    actions = ("freeze", "unfreeze")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def may_lend(self, request: HttpRequest) -> bool:
        """A credit limit is money, too."""
        return request.user.has_perm("ledger.change_account")

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return [*self.list_display, *self._float_link(request)]

    def get_form(
        self, request: HttpRequest, obj: Shop | None = None, change: bool = False, **options: Any
    ) -> Any:
        form = ShopForm if self.may_lend(request) else TermsForm
        return super().get_form(request, obj, change, form=form, **options)

    def get_fields(self, request: HttpRequest, obj: Shop | None = None) -> list[Any]:
        may_lend = self.may_lend(request)
        if obj is None:
            return ["name", *TERMS, *(["credit_limit"] if may_lend else [])]
        credit = "credit_limit" if may_lend else "credit"
        return ["name", *TERMS, credit, "balance", "available", *self._float_link(request)]

    def get_readonly_fields(self, request: HttpRequest, obj: Shop | None = None) -> list[Any]:
        return ["credit", "balance", "available", "add_float"] if obj else []

    def _float_link(self, request: HttpRequest) -> list[str]:
        return ["add_float"] if self.has_money_permission(request) else []

    @admin.display(description=gettext_lazy("balance"))
    def balance(self, shop: Shop) -> str:
        return figure(shop.float_account.balance)

    @admin.display(description=gettext_lazy("available"))
    def available(self, shop: Shop) -> str:
        return figure(shop.float_account.available)

    @admin.display(description=gettext_lazy("credit limit"))
    def credit(self, shop: Shop) -> str:
        return figure(shop.float_account.credit_limit)

    @admin.display(description=gettext_lazy("float"))
    def add_float(self, shop: Shop) -> str:
        url = reverse("admin:topup_shop_float", args=[shop.pk])
        return format_html('<a href="{}">{}</a>', url, _("Add float"))

    def save_model(self, request: HttpRequest, obj: Shop, form: Any, change: bool) -> None:
        limit = form.cleaned_data.get("credit_limit")
        if not change:
            terms = {name: getattr(obj, name) for name in TERMS}
            made = shops.open_shop(name=obj.name, credit_limit=limit or Decimal(0), **terms)
            obj.pk, obj.float_account = made.pk, made.float_account
            return
        super().save_model(request, obj, form, change)
        if limit is not None and limit != obj.float_account.credit_limit:
            before = figure(obj.float_account.credit_limit)
            set_credit_limit(account_id=obj.float_account_id, credit_limit=limit)
            self.log_change(request, obj, f"Credit limit {before} → {figure(limit)}")

    @admin.action(description=gettext_lazy("Freeze: no new sales"), permissions=["change"])
    def freeze(self, request: HttpRequest, queryset: QuerySet[Shop]) -> None:
        self._freeze(request, queryset, True)

    @admin.action(description=gettext_lazy("Unfreeze"), permissions=["change"])
    def unfreeze(self, request: HttpRequest, queryset: QuerySet[Shop]) -> None:
        self._freeze(request, queryset, False)

    def _freeze(self, request: HttpRequest, queryset: QuerySet[Shop], frozen: bool) -> None:
        moved = list(queryset.filter(is_frozen=not frozen))
        for shop in moved:
            shop.is_frozen = frozen
            shop.save(update_fields=["is_frozen"])
            self.log_change(request, shop, "Frozen" if frozen else "Unfrozen")
        text = (
            ngettext("%(count)d shop is frozen now.", "%(count)d shops are frozen now.", len(moved))
            if frozen
            else ngettext("%(count)d shop may sell.", "%(count)d shops may sell.", len(moved))
        )
        self.message_user(request, text % {"count": len(moved)}, messages.SUCCESS)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.float_view)
        return [path("<int:shop_id>/float/", view, name="topup_shop_float"), *super().get_urls()]

    def float_view(self, request: HttpRequest, shop_id: int) -> HttpResponse:
        """Post a deposit or a correction to a shop's float."""
        shop = get_object_or_404(Shop.objects.select_related("float_account"), pk=shop_id)
        account = shop.float_account
        posting = Posting(
            account, "deposit", shop,
            lambda amount, memo, key: shops.add_float(
                shop=shop, amount=amount, by=person_of(request), memo=memo, key=key
            ),
        )  # fmt: skip
        lead = _("Balance %(balance)s %(currency)s, of which %(held)s is held for open sales.")
        values = {"balance": figure(account.balance), "held": figure(account.held)}
        return self.money_page(
            request, posting, title=_("Float of %(shop)s") % {"shop": shop.name},
            lead=lead % {**values, "currency": account.currency},
            hint=_("What the shop has paid in; a minus sign takes money out."),
        )  # fmt: skip
