"""The page that moves a shop's float: money in, or a correction out, as a ledger entry."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.admin import figure
from ledger.errors import KeyReusedError
from ledger.models import Entry
from topup.admin.base import person_of
from topup.models import Shop
from topup.services import shops


class FloatForm(forms.Form):
    """Money in, or a correction out. The key makes a second press post nothing."""

    amount = forms.DecimalField(
        label=gettext_lazy("Amount"), max_digits=14, decimal_places=2,
        help_text=gettext_lazy("What the shop has paid in; a minus sign takes money out."),
    )  # fmt: skip
    memo = forms.CharField(label=gettext_lazy("Reference or reason"), max_length=200)
    key = forms.UUIDField(widget=forms.HiddenInput)

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        if amount == 0:
            raise forms.ValidationError(_("Type an amount; a minus sign takes money out."))
        return amount


class FloatPage(admin.ModelAdmin):
    """A part of `ShopAdmin`."""

    def has_float_permission(self, request: HttpRequest) -> bool:
        """Who may post to the ledger; not everybody who may change a shop's terms."""
        return request.user.has_perm("ledger.add_entry") and self.has_view_permission(request)

    def float_view(self, request: HttpRequest, shop_id: int) -> HttpResponse:
        """Post a deposit or a correction to a shop's float."""
        if not self.has_float_permission(request):
            raise PermissionDenied
        shop = get_object_or_404(Shop.objects.select_related("float_account"), pk=shop_id)
        form = FloatForm(request.POST or None, initial={"key": uuid4()})
        if request.method == "POST" and form.is_valid() and self._post(request, shop, form):
            return HttpResponseRedirect(reverse("admin:topup_shop_changelist"))
        context: dict[str, Any] = {
            **self.admin_site.each_context(request), "shop": shop, "form": form,
            "title": _("Float of %(shop)s") % {"shop": shop.name}, "opts": self.opts,
            "balance": figure(shop.float_account.balance), "held": figure(shop.float_account.held),
            "recent": self._recent(shop),
        }  # fmt: skip
        status = 422 if form.errors else 200
        return TemplateResponse(request, "admin/topup/shop/float.html", context, status=status)

    def _post(self, request: HttpRequest, shop: Shop, form: FloatForm) -> bool:
        """Post once; True also for a press that was repeated. False if the form was changed."""
        amount, memo, key = (form.cleaned_data[name] for name in ("amount", "memo", "key"))
        is_repeated = Entry.objects.filter(key=f"deposit:{key}").exists()
        try:
            shops.add_float(
                shop=shop, amount=amount, by=person_of(request), memo=memo, key=str(key)
            )
        except KeyReusedError:
            form.add_error(
                None,
                _(
                    "This form was posted before with another amount or for another shop. "
                    "Nothing was posted now: look at the entries below, then open the page anew."
                ),
            )
            return False
        shop.float_account.refresh_from_db()
        values = {"amount": figure(amount), "balance": figure(shop.float_account.balance)}
        if is_repeated:
            text = _("It was posted already, once. The float is %(balance)s.")
            messages.info(request, text % values)
        else:
            self.log_change(request, shop, f"Float {values['amount']}: {memo}")
            text = _("Posted %(amount)s. The float is now %(balance)s.")
            messages.success(request, text % values)
        return True

    @staticmethod
    def _recent(shop: Shop) -> list[tuple[Entry, str]]:
        """The last entries that people made, to see a deposit that is there already."""
        lines = (
            shop.float_account.lines.exclude(entry__posted_by=None)
            .select_related("entry__posted_by")
            .order_by("-id")[:10]
        )
        return [(line.entry, figure(line.amount)) for line in lines]
