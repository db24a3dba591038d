"""Price books: drafts, their check, publishing by a second person, withdrawing, files."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from ledger.admin import BoundedPaginator
from topup.admin.base import person_of
from topup.admin.bookwords import book_name, findings_in_words, twins_in_words
from topup.errors import BookError
from topup.models import BookState, PriceBook
from topup.services import bookcheck, exports, pricefiles, publishing
from topup.services.pricebooks import in_force


class PublishForm(forms.Form):
    """When, and a word for everything that the check has found."""

    starts_at = forms.SplitDateTimeField(
        label=gettext_lazy("In force from"), required=False, widget=AdminSplitDateTime,
        help_text=gettext_lazy("Empty: now."),
    )  # fmt: skip
    despite = forms.BooleanField(
        label=gettext_lazy("I have read what the check found, and it is meant so"), required=False
    )


class RowsForm(forms.Form):
    """Rows of a spreadsheet, pasted."""

    rows = forms.CharField(
        label=gettext_lazy("Rows"), widget=forms.Textarea(attrs={"rows": 14, "cols": 100}),
        help_text=gettext_lazy("From a spreadsheet or a CSV file, with the names of the columns."),
    )  # fmt: skip
    replaces = forms.BooleanField(
        label=gettext_lazy("In the place of all rules of the draft"), required=False
    )


@admin.register(PriceBook)
class PriceBookAdmin(admin.ModelAdmin):
    list_display = ("name", "standing", "starts_at", "note", "made_by", "published_by", "rules")
    list_filter = ("state",)
    list_select_related = ("made_by", "published_by")
    paginator = BoundedPaginator
    show_full_result_count = False
    actions = None
    fields = readonly_fields = (
        "name", "standing", "starts_at", "made_by", "made_at", "published_by", "published_at",
        "rules",
    )  # fmt: skip
    change_form_template = "admin/topup/pricebook/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[PriceBook]:
        books: QuerySet[PriceBook] = super().get_queryset(request)
        return books.annotate(current_id=Subquery(in_force(timezone.now()).values("pk")[:1]))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return ["note", *self.fields]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a draft is made from a book

    def has_change_permission(self, request: HttpRequest, obj: PriceBook | None = None) -> bool:
        is_open = obj is None or obj.state == BookState.DRAFT
        return is_open and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # a draft is thrown away, with its rules

    @admin.display(description=gettext_lazy("price book"), ordering="version")
    def name(self, book: PriceBook) -> str:
        return book_name(book)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def standing(self, book: PriceBook) -> str:
        if book.pk == getattr(book, "current_id", None):
            return str(_("in force"))
        if book.state == BookState.PUBLISHED and book.starts_at and book.starts_at > timezone.now():
            return str(_("to come"))
        return str(_("over") if book.state == BookState.PUBLISHED else book.get_state_display())

    @admin.display(description=gettext_lazy("rules"))
    def rules(self, book: PriceBook) -> str:
        url = reverse("admin:topup_pricerule_changelist") + f"?book__id__exact={book.pk}"
        return format_html('<a href="{}">{}</a>', url, _("Rules"))

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:  # fmt: skip
        book = self.get_object(request, object_id) if object_id else None
        may = self._deeds(request, book) if book else {}
        return super().changeform_view(
            request, object_id, form_url, {**(extra_context or {}), "may": may}
        )

    def _deeds(self, request: HttpRequest, book: PriceBook) -> dict[str, bool]:
        """What this person may do with a book now."""
        is_draft = book.state == BookState.DRAFT
        is_ahead = bool(book.starts_at and book.starts_at > timezone.now())
        may_publish = request.user.has_perm("topup.publish_pricebook")
        may_change = request.user.has_perm("topup.change_pricerule")
        return {
            "draft": request.user.has_perm("topup.add_pricebook"),
            "publish": is_draft and may_publish,
            "withdraw": book.state == BookState.PUBLISHED and is_ahead and may_publish,
            "take_in": is_draft and may_change,
            "add_rule": is_draft and request.user.has_perm("topup.add_pricerule"),
            "discard": is_draft and request.user.has_perm("topup.delete_pricebook"),
            "replay": request.user.has_perm("topup.add_whatif"),
        }

    def get_urls(self) -> list[Any]:
        views: dict[str, Any] = {
            "draft": require_POST(self.draft_view), "publish": self.publish_view,
            "withdraw": self.withdraw_view, "discard": self.discard_view,
            "rows": self.rows_view, "file": self.file_view,
        }  # fmt: skip
        own = [
            path(f"<int:object_id>/{name}/", self.admin_site.admin_view(view),
                 name=f"topup_pricebook_{name}")
            for name, view in views.items()
        ]  # fmt: skip
        return [*own, *super().get_urls()]

    # --- deeds --------------------------------------------------------------------------------

    def draft_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Make a draft with the rules of this book."""
        book = self._book(request, object_id, "topup.add_pricebook")
        draft = publishing.draft_from(book=book, by=person_of(request))
        self.log_addition(request, draft, f"Made from {self.name(book)}")
        messages.success(request, _("This is a draft with the same rules. Change them at will."))
        return self._to(draft)

    def publish_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The check, and the form that publishes."""
        book = self._book(request, object_id, "topup.publish_pricebook")
        if book.state != BookState.DRAFT:
            messages.info(request, _("This price book is published already."))
            return self._to(book)
        seen = publishing.looks_of(book.pk)  # before the check: a change during it counts
        report = bookcheck.check(book)
        form = PublishForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            if not report.is_clean and not form.cleaned_data["despite"]:
                form.add_error(
                    "despite", _("Read what the check found, then say that it is meant.")
                )
            elif self._publish(request, book, form):
                return self._to(book)
        context = {
            "form": form, "report": report, "book": book, "seen": seen,
            "findings": findings_in_words(report.findings),
            "twins": twins_in_words(report.twins), "title": _("Check and publish"),
            "is_mine": person_of(request).pk in {book.made_by_id, *book.edited_by},
        }  # fmt: skip
        return self._page(request, "publish", context, form)

    def _publish(self, request: HttpRequest, book: PriceBook, form: PublishForm) -> bool:
        try:
            told = publishing.publish(
                book_id=book.pk, by=person_of(request), starts_at=form.cleaned_data["starts_at"],
                despite_gaps=form.cleaned_data["despite"], seen=request.POST.get("seen", ""),
            )  # fmt: skip
        except BookError as error:
            form.add_error(None, error.message)
            return False
        book.refresh_from_db()
        self.log_change(request, book, f"Published as {book.version}, from {book.starts_at}")
        text = ngettext(
            "Published as price book %(version)s; %(count)d shop is told.",
            "Published as price book %(version)s; %(count)d shops are told.",
            told,
        )
        messages.success(request, text % {"version": book.version, "count": told})
        return True

    def withdraw_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Take back a book that has not begun."""
        book = self._book(request, object_id, "topup.publish_pricebook")
        if not self._deeds(request, book)["withdraw"]:
            messages.error(request, _("Only a price book that has not begun can be withdrawn."))
            return self._to(book)
        if request.method != "POST":
            context = {
                "book": book, "title": _("Withdraw"), "button": _("Withdraw"),
                "lead": _("The prices of today stay. Shops that were told are told again."),
            }  # fmt: skip
            return self._page(request, "ask", context)
        try:
            told = publishing.withdraw(book_id=book.pk, by=person_of(request))
        except BookError as error:
            messages.error(request, error.message)
            return self._to(book)
        self.log_change(request, book, "Withdrawn")
        text = ngettext(
            "Withdrawn; %(count)d shop is told.", "Withdrawn; %(count)d shops are told.", told
        )
        messages.success(request, text % {"count": told})
        return self._to(book)

    def discard_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Throw a draft away."""
        book = self._book(request, object_id, "topup.delete_pricebook")
        if book.state != BookState.DRAFT:
            messages.error(request, BookError().message)
            return self._to(book)
        if request.method != "POST":
            context = {
                "book": book, "title": _("Throw away"), "button": _("Throw away"),
                "lead": _("The draft and all its rules are removed."),
            }  # fmt: skip
            return self._page(request, "ask", context)
        try:
            self.log_deletions(request, PriceBook.objects.filter(pk=book.pk))
            publishing.discard(book_id=book.pk)
        except BookError as error:
            messages.error(request, error.message)
            return self._to(book)
        messages.success(request, _("The draft is gone."))
        return HttpResponseRedirect(reverse("admin:topup_pricebook_changelist"))

    def rows_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Take rules in from rows that were pasted."""
        book = self._book(request, object_id, "topup.change_pricerule")
        if book.state != BookState.DRAFT:
            messages.error(request, BookError().message)
            return self._to(book)
        form = RowsForm(request.POST if request.method == "POST" else None)
        problems: list[pricefiles.RowProblem] = []
        if request.method == "POST" and form.is_valid():
            try:
                found = pricefiles.take_in(
                    book_id=book.pk, by=person_of(request), text=form.cleaned_data["rows"],
                    replaces=form.cleaned_data["replaces"],
                )  # fmt: skip
            except BookError as error:
                messages.error(request, error.message)
                return self._to(book)
            problems = found.problems
            if found.rules and not problems:
                return self._taken_in(request, book, len(found.rules))
            form.add_error("rows", _("Nothing was taken in. Mend the rows named below.")
                           if problems else _("There is no row."))  # fmt: skip
        context = {
            "form": form, "book": book, "title": _("Rules from a file"),
            "columns": pricefiles.COLUMNS, "problems": problems[: pricefiles.MOST_TOLD],
            "more": max(0, len(problems) - pricefiles.MOST_TOLD),
        }  # fmt: skip
        return self._page(request, "rows", context, form)

    def _taken_in(self, request: HttpRequest, book: PriceBook, count: int) -> HttpResponse:
        self.log_change(request, book, f"Took in {count} rules")
        text = ngettext("%(count)d rule is taken in.", "%(count)d rules are taken in.", count)
        messages.success(request, text % {"count": count})
        return self._to(book)

    def file_view(self, request: HttpRequest, object_id: int) -> HttpResponseBase:
        """The rules of a book as a CSV file."""
        book = self._book(request, object_id, "topup.view_pricerule")
        name = f"prices-{book.version or f'draft-{book.pk}'}.csv"
        return exports.answer(name, pricefiles.COLUMNS, pricefiles.rows_of(book))

    # --- shared -------------------------------------------------------------------------------

    def _book(self, request: HttpRequest, object_id: int, permission: str) -> PriceBook:
        if not (self.has_view_permission(request) and request.user.has_perm(permission)):
            raise PermissionDenied
        return get_object_or_404(PriceBook, pk=object_id)

    def _to(self, book: PriceBook) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:topup_pricebook_change", args=[book.pk]))

    def _page(
        self, request: HttpRequest, name: str, context: dict[str, Any], form: Any = None
    ) -> HttpResponse:
        everything = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        status = 422 if form is not None and form.errors else 200
        template = f"admin/topup/pricebook/{name}.html"
        return TemplateResponse(request, template, everything, status=status)
