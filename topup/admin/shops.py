"""Shops: terms, freezing, and float as ledger entries."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.services import set_credit_limit
from topup.models import Person, Shop
from topup.services import shops


class ShopForm(forms.ModelForm):
    """A shop with the credit limit of its float."""

    credit_limit = forms.DecimalField(
        label=gettext_lazy("credit limit"), min_value=Decimal(0), max_digits=20, decimal_places=4,
        initial=Decimal(0), help_text=gettext_lazy("How far below zero the float may go."),
    )  # fmt: skip

    class Meta:
        model = Shop
        fields = ("name", "address", "hotline", "markup_percent", "commission_share", "is_frozen")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            self.fields["credit_limit"].initial = self.instance.float_account.credit_limit


class FloatForm(forms.Form):
    """Money in, or a correction out. The key makes a second press post nothing."""

    amount = forms.DecimalField(label=gettext_lazy("amount"), max_digits=14, decimal_places=2)
    memo = forms.CharField(label=gettext_lazy("reference or reason"), max_length=200)
    key = forms.UUIDField(widget=forms.HiddenInput)

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        if amount == 0:
            raise forms.ValidationError(_("Type an amount; a minus sign takes money out."))
        return amount


@admin.register(Shop)
class ShopAdmin(admin.ModelAdmin):
    form = ShopForm
    list_display = ("name", "balance", "available", "credit", "currency", "is_frozen", "add_float")
    list_filter = ("is_frozen",)
    search_fields = ("name",)
    list_select_related = ("float_account",)
    show_full_result_count = False
    actions = ("freeze", "unfreeze")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("balance"))
    def balance(self, shop: Shop) -> Decimal:
        return shop.float_account.balance

    @admin.display(description=gettext_lazy("available"))
    def available(self, shop: Shop) -> Decimal:
        return shop.float_account.available

    @admin.display(description=gettext_lazy("credit limit"))
    def credit(self, shop: Shop) -> Decimal:
        return shop.float_account.credit_limit

    @admin.display(description="")
    def add_float(self, shop: Shop) -> str:
        url = reverse("admin:topup_shop_float", args=[shop.pk])
        return format_html('<a href="{}">{}</a>', url, _("Add float"))

    def save_model(self, request: HttpRequest, obj: Shop, form: ShopForm, change: bool) -> None:
        limit = form.cleaned_data["credit_limit"]
        if change:
            super().save_model(request, obj, form, change)
            set_credit_limit(account_id=obj.float_account_id, credit_limit=limit)
            return
        terms = {name: getattr(obj, name) for name in ShopForm.Meta.fields if name != "name"}
        made = shops.open_shop(name=obj.name, credit_limit=limit, **terms)
        obj.pk, obj.float_account = made.pk, made.float_account

    @admin.action(description=gettext_lazy("Freeze: no new sales"))
    def freeze(self, request: HttpRequest, queryset: QuerySet[Shop]) -> None:
        self._freeze(request, queryset, True)

    @admin.action(description=gettext_lazy("Unfreeze"))
    def unfreeze(self, request: HttpRequest, queryset: QuerySet[Shop]) -> None:
        self._freeze(request, queryset, False)

    def _freeze(self, request: HttpRequest, queryset: QuerySet[Shop], frozen: bool) -> None:
        for shop in queryset:
            shop.is_frozen = frozen
            shop.save(update_fields=["is_frozen"])
            self.log_change(request, shop, "frozen" if frozen else "unfrozen")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.float_view)
        return [path("<int:shop_id>/float/", view, name="topup_shop_float"), *super().get_urls()]

    def float_view(self, request: HttpRequest, shop_id: int) -> HttpResponse:
        """Post a deposit or a correction to a shop's float."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        shop = get_object_or_404(Shop.objects.select_related("float_account"), pk=shop_id)
        form = FloatForm(request.POST or None, initial={"key": uuid4()})
        if request.method == "POST" and form.is_valid():
            return self._post_float(request, shop, form)
        context = {**self.admin_site.each_context(request), "shop": shop, "form": form,
                   "title": _("Float of %(shop)s") % {"shop": shop.name},
                   "currency": settings.VALUETOPUP_WALLET_CURRENCY, "opts": Shop._meta}  # fmt: skip
        status = 422 if form.errors else 200
        return render(request, "admin/topup/shop/float.html", context, status=status)

    def _post_float(self, request: HttpRequest, shop: Shop, form: FloatForm) -> HttpResponse:
        data = form.cleaned_data
        person = request.user
        assert isinstance(person, Person)
        shops.add_float(
            shop=shop, amount=data["amount"], by=person, memo=data["memo"], key=str(data["key"])
        )
        self.log_change(request, shop, f"float {data['amount']}: {data['memo']}")
        shop.float_account.refresh_from_db()
        messages.success(
            request,
            _("Posted %(amount)s. The float is now %(balance)s.")
            % {"amount": data["amount"], "balance": shop.float_account.balance},
        )
        return HttpResponseRedirect(reverse("admin:topup_shop_changelist"))
