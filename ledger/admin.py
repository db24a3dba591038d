"""The books, to look at: nothing here changes them."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet, Sum
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ledger.models import Account, Entry, Hold, Line


class ReadOnly:
    """No adding, changing or removing; for admins and inlines alike."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Account)
class AccountAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("code", "kind", "shop_name", "natural_balance", "held", "spendable", "currency")
    list_filter = ("kind", "currency")
    search_fields = ("code", "shop__name")
    list_select_related = ("shop",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        accounts: QuerySet[Account] = super().get_queryset(request)
        return accounts.annotate(total=Sum("lines__amount"))

    @admin.display(description=_("shop"))
    def shop_name(self, account: Account) -> str:
        return getattr(getattr(account, "shop", None), "name", "")

    @admin.display(description=_("balance"))
    def natural_balance(self, account: Account) -> Decimal:
        total: Decimal = getattr(account, "total", None) or Decimal(0)
        return total * account.natural_sign

    @admin.display(description=_("available, with credit"))
    def spendable(self, account: Account) -> Decimal | str:
        return account.available + account.credit_limit if account.guarded else ""


class LineInline(ReadOnly, admin.TabularInline):
    model = Line
    extra = 0
    fields = ("account", "amount", "currency")


@admin.register(Entry)
class EntryAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("id", "posted_at", "kind", "key", "memo", "posted_by")
    list_filter = ("kind", "posted_at")
    search_fields = ("key", "reference", "memo")
    list_select_related = ("posted_by",)
    date_hierarchy = None
    inlines = [LineInline]


@admin.register(Hold)
class HoldAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("key", "account", "amount", "state", "placed_at", "closed_at")
    list_filter = ("state",)
    search_fields = ("key",)
    list_select_related = ("account",)
