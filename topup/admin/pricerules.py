"""The rules of price books: many thousands, found by book, editable while their book is a draft."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.admin import BoundedPaginator
from topup import rulechecks, rulewords
from topup.admin.amountfield import AmountField
from topup.admin.base import person_of
from topup.admin.bookwords import book_link, book_name
from topup.errors import BookError
from topup.models import BookState, PriceBook, PriceRule
from topup.models.sale import Kind
from topup.services import publishing

FILTERED = 20  # books to choose from beside the list
GOODS = ("kind", "country", "operator", "product", "sku")
SELLERS = ("shop", "branch", "tier")


class DraftField(forms.ModelChoiceField):
    """Drafts by number and note: by themselves they are all called a draft."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{book_name(obj)} {obj.note}".strip()


class RuleForm(forms.ModelForm):
    """One rule; what it is for follows from its method."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), required=False, choices=[("", "—"), *Kind.choices]
    )

    class Meta:
        model = PriceRule
        fields = (
            "book", "method", "value", "rounding", "step", *GOODS, *SELLERS, "may_lose", "note",
        )  # fmt: skip
        field_classes = {"value": AmountField, "step": AmountField}
        labels = {"sku": gettext_lazy("SKU")}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "book" in self.fields:
            drafts = PriceBook.objects.filter(state=BookState.DRAFT)
            self.fields["book"] = DraftField(drafts, label=gettext_lazy("Draft"))

    def validate_constraints(self) -> None:
        """`rulechecks` says the same in words, and without a query for each."""

    def _post_clean(self) -> None:
        if method := self.cleaned_data.get("method"):
            self.instance.use = rulechecks.use_of(method)
        super()._post_clean()  # type: ignore[misc]
        if not self.errors:
            for problem in rulechecks.problems(self.instance):
                self.add_error(None, problem)


class BookFilter(admin.SimpleListFilter):
    """The newest books; others are found from their own page."""

    title = gettext_lazy("price book")
    parameter_name = "book__id__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        books = PriceBook.objects.order_by("-id")[:FILTERED]
        return [(str(book.pk), book_name(book)) for book in books]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value() or ""
        is_number = value.isdecimal() and len(value) < 18
        return queryset.filter(book=int(value)) if is_number else queryset


@admin.register(PriceRule)
class PriceRuleAdmin(admin.ModelAdmin):
    form = RuleForm
    list_display = ("in_words", "use", "goods_and_shops", "of_book", "note")
    list_filter = (BookFilter, "use", "method")
    list_select_related = ("book", *rulewords.SCOPE)
    search_fields = (
        "sku__name", "operator__name", "country__name", "shop__name", "branch__name", "note",
    )  # fmt: skip
    autocomplete_fields = ("country", "operator", "product", "sku", "shop", "branch")
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    ordering = ("-book", "id")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        book = "of_book" if obj else "book"  # a rule stays in its book
        return [
            (None, {"fields": [book, "method", "value", ("rounding", "step")]}),
            (_("For which goods (empty: all)"), {"fields": list(GOODS)}),
            (_("For whom (empty: all)"), {"fields": list(SELLERS)}),
            (None, {"fields": ["may_lose", "note"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["of_book"] if obj else []

    def has_change_permission(self, request: HttpRequest, obj: PriceRule | None = None) -> bool:
        return _is_open(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: PriceRule | None = None) -> bool:
        return _is_open(obj) and super().has_delete_permission(request, obj)

    @admin.display(description=gettext_lazy("rule"), ordering="value")
    def in_words(self, rule: PriceRule) -> str:
        return rulewords.how(rule)

    @admin.display(description=gettext_lazy("goods and shops"))
    def goods_and_shops(self, rule: PriceRule) -> str:
        return rulewords.scope(rule)

    @admin.display(description=gettext_lazy("price book"), ordering="book")
    def of_book(self, rule: PriceRule) -> str:
        return book_link(rule.book)

    # --- writing: whoever changes a rule is written down in its draft ------------------------

    def changeform_view(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        return self._or_refused(request, super().changeform_view, request, *args, **options)

    def delete_view(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        return self._or_refused(request, super().delete_view, request, *args, **options)

    def changelist_view(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        return self._or_refused(request, super().changelist_view, request, *args, **options)

    def _or_refused(
        self, request: HttpRequest, view: Any, *args: Any, **options: Any
    ) -> HttpResponse:
        """The page, or the list with a sentence if the book was published meanwhile."""
        try:
            answer: HttpResponse = view(*args, **options)
            return answer
        except BookError as error:
            messages.error(request, error.message)
            return HttpResponseRedirect(reverse("admin:topup_pricerule_changelist"))

    def save_model(self, request: HttpRequest, obj: PriceRule, form: Any, change: bool) -> None:
        publishing.touch(book_id=obj.book_id, by=person_of(request))
        super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: PriceRule) -> None:
        publishing.touch(book_id=obj.book_id, by=person_of(request))
        super().delete_model(request, obj)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[PriceRule]) -> None:
        for book_id in queryset.order_by().values_list("book", flat=True).distinct():
            publishing.touch(book_id=book_id, by=person_of(request))
        super().delete_queryset(request, queryset)


def _is_open(rule: PriceRule | None) -> bool:
    return rule is None or rule.book.state == BookState.DRAFT
