"""The books, to look at: nothing here changes them."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Case, F, OuterRef, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.models import Account, Checkpoint, Entry, Hold, Line


class BoundedPaginator(Paginator):
    """Counts no further than `MOST` rows: counting millions would hold every page up.

    What lies further back is found by search and filters.
    """

    MOST = 5000

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: self.MOST].count())


class ReadOnly:
    """No adding, changing or removing; for admins and inlines alike."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def figure(amount: Decimal) -> str:
    """At least two decimals and no zeros behind them: 9.20, 0.0125."""
    whole, _point, decimals = f"{amount:f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def shop_of(account: Account) -> str:
    """The name of the shop whose float this is; "" for an account of the house."""
    return getattr(getattr(account, "shop", None), "name", "")


@admin.register(Account)
class AccountAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        "code", "kind", "shop_name", "balance_shown", "held_shown", "spendable", "currency",
        "entries",
    )  # fmt: skip
    list_filter = ("kind", "currency")
    search_fields = ("code", "shop__name")
    list_select_related = ("shop",)
    fields = (
        "code", "kind", "shop_name", "currency", "balance_shown", "held_shown", "credit_limit",
        "spendable", "opened_at", "entries",
    )  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        """With what each holds: floats keep it, the house has a checkpoint and a tail."""
        last = Checkpoint.objects.filter(account=OuterRef("pk")).order_by("-line_id")
        tail = (
            Line.objects.filter(account=OuterRef("pk"), pk__gt=OuterRef("since"))
            .order_by()
            .values("account")
            .annotate(total=Sum("amount"))
        )
        accounts: QuerySet[Account] = super().get_queryset(request)
        return accounts.alias(
            since=Coalesce(Subquery(last.values("line_id")[:1]), 0),
            kept=Coalesce(Subquery(last.values("balance")[:1]), Decimal(0)),
        ).annotate(
            total=Case(
                When(guarded=True, then=F("balance")),
                default=F("kept") + Coalesce(Subquery(tail.values("total")), Decimal(0)),
            )
        )

    @admin.display(description=gettext_lazy("shop"))
    def shop_name(self, account: Account) -> str:
        return shop_of(account)

    @admin.display(description=gettext_lazy("balance"))
    def balance_shown(self, account: Account) -> str:
        total: Decimal = getattr(account, "total", None) or Decimal(0)
        return figure(total * account.natural_sign + 0)

    @admin.display(description=gettext_lazy("held"))
    def held_shown(self, account: Account) -> str:
        return figure(account.held) if account.guarded else ""

    @admin.display(description=gettext_lazy("available, with credit"))
    def spendable(self, account: Account) -> str:
        return figure(account.available + account.credit_limit) if account.guarded else ""

    @admin.display(description=gettext_lazy("entries"))
    def entries(self, account: Account) -> str:
        url = f"{reverse('admin:ledger_entry_changelist')}?lines__account={account.pk}"
        return format_html('<a href="{}">{}</a>', url, _("entries"))


class LineInline(ReadOnly, admin.TabularInline):
    model = Line
    extra = 0
    fields = ("account", "amount", "currency")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Line]:
        lines: QuerySet[Line] = super().get_queryset(request)
        return lines.select_related("account", "entry")


class AccountFilter(admin.SimpleListFilter):
    """The entries of one account, as its row links to them: the latest, as far as pages go."""

    title = gettext_lazy("account")
    parameter_name = "lines__account"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        asked = request.GET.get(self.parameter_name, "")
        account = Account.objects.filter(pk=asked).first() if asked.isdecimal() else None
        return [(asked, account.code)] if account else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        account = self.value()
        if not account or not account.isdecimal():
            return queryset
        lines = Line.objects.filter(account=int(account)).order_by("-pk").values("entry")
        return queryset.filter(pk__in=lines[: BoundedPaginator.MOST])


@admin.register(Entry)
class EntryAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("posted_at", "kind", "amounts", "memo", "reference", "posted_by")
    list_filter = (AccountFilter, "kind", "posted_at")
    search_fields = ("key__exact", "reference__exact", "memo")
    list_select_related = ("posted_by",)
    paginator = BoundedPaginator
    show_facets = admin.ShowFacets.NEVER  # they count every row
    ordering = ("-id",)
    inlines = [LineInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        entries: QuerySet[Entry] = super().get_queryset(request)
        return entries.prefetch_related("lines__account__shop")

    @admin.display(description=gettext_lazy("amounts"))
    def amounts(self, entry: Entry) -> str:
        """ "Corner Shop −9.60 USD, money at the provider −9.25 USD", in natural signs."""
        return ", ".join(
            f"{shop_of(line.account) or line.account.get_kind_display()} "
            f"{'+' if line.amount * line.account.natural_sign > 0 else '−'}"
            f"{figure(abs(line.amount))} {line.currency}"
            for line in entry.lines.all()
        )


@admin.register(Hold)
class HoldAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("key", "account", "amount", "state", "placed_at", "closed_at")
    list_filter = ("state",)
    search_fields = ("key__exact", "account__code__exact")
    list_select_related = ("account",)
    paginator = BoundedPaginator
    show_facets = admin.ShowFacets.NEVER
    ordering = ("-id",)
