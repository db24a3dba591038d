"""Many shops from a CSV: the file, a report row by row, the good rows made, links to send.

The first page makes nothing. What was read waits in the cache for the second press, which
counts once. Owners set their own passwords, by links that work once and run out.
"""

from io import BytesIO
from typing import Any
from uuid import uuid4

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.tokens import default_token_generator
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt

from topup.errors import InviteError
from topup.models import Person, Shop
from topup.services import invites
from topup.services.exports import csv_chunks

KEPT = 3600  # seconds between the report and the press that makes


class CsvHandler(FileUploadHandler):
    """Takes one file, in memory. One that is too large has its size, but no content."""

    kept: BytesIO | None = None

    def new_file(self, *args: Any, **named: Any) -> None:
        super().new_file(*args, **named)
        if self.kept is not None or self.field_name != "file":
            raise SkipFile
        self.kept, self.size = BytesIO(), 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.size += len(raw_data)
        if self.kept is not None and self.size <= invites.MOST_BYTES:
            self.kept.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile | None:
        if self.kept is None:
            return None
        self.kept.seek(0)
        return InMemoryUploadedFile(
            self.kept, self.field_name, "shops.csv", "text/csv", self.size, None
        )


class InviteForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("CSV file"), allow_empty_file=True,
        help_text=gettext_lazy("UTF-8, at most 2,000 rows and 256 KB."),
    )  # fmt: skip

    def clean_file(self) -> list[invites.Row]:
        sent: UploadedFile = self.cleaned_data["file"]
        if (sent.size or 0) > invites.MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 256 KB. Send it in parts."))
        try:
            return invites.read(sent.read())
        except InviteError as error:
            raise forms.ValidationError(error.message) from None


class InvitePages(admin.ModelAdmin):
    """A part of the admin of shops."""

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        own = [
            # The handler of the file comes before the check of the form's token reads it.
            path("invite/", csrf_exempt(self._take_file), name="topup_shop_invite"),
            path("invite/make/", wrap(self.make_view), name="topup_shop_invite_make"),
            path("invite/links/", wrap(self.links_view), name="topup_shop_invite_links"),
        ]
        return [*own, *super().get_urls()]

    def has_invite_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perms(("topup.add_shop", "topup.add_person"))

    def _may_lend(self, request: HttpRequest) -> bool:
        return request.user.has_perm("ledger.change_account")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        context = {"may_invite": self.has_invite_permission(request), **(extra_context or {})}
        return super().changelist_view(request, context)

    def _take_file(self, request: HttpRequest) -> HttpResponseBase:
        request.upload_handlers = [CsvHandler(request)]
        answer: HttpResponseBase = self.admin_site.admin_view(self.invite_view)(request)
        return answer

    def invite_view(self, request: HttpRequest) -> HttpResponse:
        """The file; then what it would make, and what is wrong with which row."""
        self._require(request)
        sent = (request.POST, request.FILES) if request.method == "POST" else ()
        form = InviteForm(*sent)
        if form.is_valid():
            rows, key = form.cleaned_data["file"], uuid4().hex
            kept = [(row.number, row.values, row.problems) for row in rows]
            cache.set(self._name(request, key), kept, KEPT)
            invites.judge(rows, may_lend=self._may_lend(request))
            return self._page(request, {"rows": rows, "key": key, **_counts(rows)}, False)
        return self._page(request, {"form": form, "columns": invites.COLUMNS}, bool(form.errors))

    def make_view(self, request: HttpRequest) -> HttpResponse:
        """Make the good rows of a report; once."""
        self._require(request)
        if request.method != "POST":
            return HttpResponse(status=405)
        key = request.POST.get("key", "")[:40]
        values = cache.get(self._name(request, key))
        if values is None or not cache.delete(self._name(request, key)):
            messages.warning(
                request, _("This report was used already, or is too old. Send the file again: "
                           "shops that are there already are left alone.")
            )  # fmt: skip
            return HttpResponseRedirect(reverse("admin:topup_shop_invite"))
        rows = [invites.Row(*row) for row in values]
        invites.judge(rows, may_lend=self._may_lend(request))
        invites.make(rows)
        self._log(request, rows)
        owners = [row.person_id for row in rows if row.person_id]
        cache.set(self._name(request, key, "links"), owners, KEPT)
        return self._page(
            request, {"rows": rows, "is_made": True, "key": key if owners else "",
                      **_counts(rows)}, False,
        )  # fmt: skip

    def links_view(self, request: HttpRequest) -> HttpResponseBase:
        """The links of the owners that were just made."""
        self._require(request)
        if request.method != "POST":
            return HttpResponse(status=405)
        ids = cache.get(self._name(request, request.POST.get("key", "")[:40], "links")) or []
        return links_file(request, ids)

    def _require(self, request: HttpRequest) -> None:
        if not self.has_invite_permission(request):
            raise PermissionDenied

    def _name(self, request: HttpRequest, key: str, what: str = "rows") -> str:
        return f"invite:{what}:{request.user.pk}:{key.encode().hex()}"

    def _page(self, request: HttpRequest, context: dict[str, Any], is_wrong: bool) -> HttpResponse:
        shared = {
            **self.admin_site.each_context(request), "opts": self.opts,
            "title": _("Invite shops from a CSV"),
            "currency": settings.VALUETOPUP_WALLET_CURRENCY,
        }  # fmt: skip
        status = 422 if is_wrong else 200
        name = "admin/topup/shop/invite.html"
        return TemplateResponse(request, name, {**shared, **context}, status=status)

    def _log(self, request: HttpRequest, rows: list[invites.Row]) -> None:
        made = Shop.objects.filter(name__in=[row["shop"] for row in rows if row.is_made])
        for shop in made:
            self.log_addition(request, shop, "Invited from a CSV")


def _counts(rows: list[invites.Row]) -> dict[str, int]:
    return {
        "good": sum(row.is_good for row in rows),
        "wrong": sum(bool(row.problems) for row in rows),
        "there": sum(row.is_there for row in rows),
    }


def links_file(request: HttpRequest, person_ids: list[int]) -> StreamingHttpResponse:
    """A CSV with a link for each of them who has never set a password."""
    head = (_("shop"), _("user name"), _("name"), _("link, works once"))
    people = invites.waiting_for_password(person_ids)
    rows = (
        (person.shop.name if person.shop else "", person.username, person.get_full_name(),
         welcome_link(request, person))
        for person in people
    )  # fmt: skip
    answer = StreamingHttpResponse(csv_chunks(head, rows), content_type="text/csv")
    answer["Content-Disposition"] = 'attachment; filename="welcome-links.csv"'
    return answer


def welcome_link(request: HttpRequest, person: Person) -> str:
    """Where somebody sets his first password; for as long as PASSWORD_RESET_TIMEOUT."""
    uid = urlsafe_base64_encode(force_bytes(person.pk))
    token = default_token_generator.make_token(person)
    return request.build_absolute_uri(reverse("session:welcome", args=[uid, token]))
