"""Shops: terms, freezing, and float as ledger entries."""

from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ledger.admin import figure
from ledger.services import set_credit_limit
from topup.admin.base import person_of
from topup.admin.invites import InvitePages
from topup.admin.money import MoneyPage, Posting
from topup.admin.shopforms import TERMS, ShopForm, SwitchInline, TermsForm
from topup.attention import low_floats
from topup.models import Level, Shop
from topup.services import alone, shops


class BranchFilter(admin.SimpleListFilter):
    """A sub-distributor with all below it."""

    title = gettext_lazy("branch")
    parameter_name = "branch"
    MOST = 100

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        tops = Shop.objects.filter(level=Level.SUB_DISTRIBUTOR).values_list("pk", "name")
        return [(str(pk), name) for pk, name in tops[: self.MOST]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = (self.value() or "").strip()
        if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 18):
            return queryset
        return queryset.filter(Q(pk=int(chosen)) | Q(ancestors__contains=[int(chosen)]))


class FloatFilter(admin.SimpleListFilter):
    title = gettext_lazy("float")
    parameter_name = "float"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("low", gettext_lazy("low"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return low_floats(queryset) if self.value() == "low" else queryset


@admin.register(Shop)
class ShopAdmin(InvitePages, MoneyPage):
    list_display = (
        "name", "level", "parent", "balance", "available", "credit", "currency", "is_frozen",
    )  # fmt: skip
    list_filter = (FloatFilter, "is_frozen", "level", BranchFilter, "tier")
    search_fields = ("name",)
    list_select_related = ("float_account", "parent")
    show_full_result_count = False
    autocomplete_fields = ("parent",)
    inlines = (SwitchInline,)
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
        shown = ["branch", credit, "balance", "available", *self._float_link(request)]
        return ["name", *TERMS, *shown]

    def get_readonly_fields(self, request: HttpRequest, obj: Shop | None = None) -> list[Any]:
        return ["branch", "credit", "balance", "available", "add_float"] if obj else []

    def _float_link(self, request: HttpRequest) -> list[str]:
        return ["add_float"] if self.has_money_permission(request) else []

    def get_inlines(self, request: HttpRequest, obj: Shop | None) -> list[Any]:
        return list(self.inlines) if obj else []

    @admin.display(description=gettext_lazy("branch"))
    def branch(self, shop: Shop) -> str:
        """All that lies above the shop, and what above it is frozen."""
        above = Shop.objects.in_bulk(shop.ancestors)
        names = [above[pk].name for pk in shop.ancestors if pk in above]
        frozen = [row.name for row in above.values() if row.is_frozen]
        line = " › ".join(names) or _("directly under the distributor")
        if not frozen:
            return line
        return _("%(line)s (frozen: %(names)s)") % {"line": line, "names": ", ".join(frozen)}

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
            obj.pk, obj.float_account, obj.ancestors = made.pk, made.float_account, made.ancestors
            return
        moved = {"parent", "level"} & set(form.changed_data)
        own = [name for name in form.changed_data if name in {"name", *TERMS} - moved]
        obj.save(update_fields=own)
        if moved:
            shops.place(shop=obj, parent=obj.parent, level=obj.level)
        is_typed = "credit_limit" in form.changed_data
        if is_typed and limit != obj.float_account.credit_limit:
            before = figure(obj.float_account.credit_limit)
            set_credit_limit(account_id=obj.float_account_id, credit_limit=limit)
            self.log_change(request, obj, f"Credit limit {before} → {figure(limit)}")

    @admin.action(
        description=gettext_lazy("Freeze: no new sales, here and below"), permissions=["change"]
    )
    def freeze(self, request: HttpRequest, queryset: QuerySet[Shop]) -> None:
        self._freeze(request, queryset, True)

    @admin.action(description=gettext_lazy("Unfreeze"), permissions=["change"])
    def unfreeze(self, request: HttpRequest, queryset: QuerySet[Shop]) -> None:
        self._freeze(request, queryset, False)

    def _freeze(self, request: HttpRequest, queryset: QuerySet[Shop], frozen: bool) -> None:
        moved = 0
        for shop in queryset:
            if shops.set_frozen(shop=shop, is_frozen=frozen):
                moved += 1
                self.log_change(request, shop, "Frozen" if frozen else "Unfrozen")
        text = (
            ngettext("%(count)d shop is frozen now.", "%(count)d shops are frozen now.", moved)
            if frozen
            else ngettext("%(count)d shop may sell.", "%(count)d shops may sell.", moved)
        )
        self.message_user(request, text % {"count": moved}, messages.SUCCESS)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.float_view)
        return [path("<int:shop_id>/float/", view, name="topup_shop_float"), *super().get_urls()]

    def float_view(self, request: HttpRequest, shop_id: int) -> HttpResponse:
        """Post a deposit or a correction to a shop's float."""
        shop = get_object_or_404(Shop.objects.select_related("float_account"), pk=shop_id)
        account = shop.float_account
        posting = Posting(
            account, "deposit", shop,
            lambda amount, memo, key: shops.add_float_alone(
                shop=shop, amount=amount, by=person_of(request), memo=memo, key=key
            ),
            most=alone.limit(),
        )  # fmt: skip
        lead = _("Balance %(balance)s %(currency)s, of which %(held)s is held for open sales.")
        values = {"balance": figure(account.balance), "held": figure(account.held)}
        return self.money_page(
            request, posting, title=_("Float of %(shop)s") % {"shop": shop.name},
            lead=lead % {**values, "currency": account.currency},
            hint=_("What the shop has paid in; a minus sign takes money out."),
        )  # fmt: skip
