"""The brand: one row, set by a superuser, with a picture of what comes of its colour."""

from io import BytesIO
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminFileWidget
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from topup import brandpreview, colours
from topup.errors import PictureError
from topup.models import Brand
from topup.services import brandpictures, brands, pictures

FILES = ("logo", "logo_dark", "icon")
LOOK = "_look"  # the button beside that which saves


class PicturesHandler(FileUploadHandler):
    """Takes a file of each picture, in memory. One that is too large has its size, no content."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.wanted = {f"{name}_file" for name in FILES}

    def new_file(self, *args: Any, **named: Any) -> None:
        super().new_file(*args, **named)
        if self.field_name not in self.wanted:
            raise SkipFile
        self.wanted.discard(self.field_name)
        self.kept, self.size = BytesIO(), 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.size += len(raw_data)
        if self.size <= pictures.MOST_BYTES:
            self.kept.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        self.kept.seek(0)
        return InMemoryUploadedFile(
            self.kept, self.field_name, self.field_name, self.content_type, self.size, None
        )


class KeptPicture(str):
    """The digest of a picture that is there, as the field of a file wants it."""

    url: str

    def __new__(cls, digest: str, url: str) -> "KeptPicture":
        kept = super().__new__(cls, digest)
        kept.url = url
        return kept


def _picture_field(label: Any, help_text: Any) -> forms.FileField:
    return forms.FileField(
        label=label, help_text=help_text, required=False, widget=AdminFileWidget,
        allow_empty_file=True,
    )  # fmt: skip


class BrandForm(forms.ModelForm):
    """The row, and a file for each of its pictures."""

    logo_file = _picture_field(
        _("logo"), _("JPEG, PNG or WebP, at most 4 MB. It takes the place of the name in headers.")
    )
    logo_dark_file = _picture_field(
        _("logo for dark screens"), _("Without it the logo stands on white there.")
    )
    icon_file = _picture_field(
        _("icon of the app"), _("Square: for the browser’s tab and for screens of apps.")
    )

    class Meta:
        model = Brand
        fields = ("name", "colour")
        widgets = {"colour": forms.ColorInput}
        help_texts = {
            "name": _("People read it wherever the product names itself, on receipts too."),
            "colour": _("Where it could not be read it is made darker or lighter by itself."),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in FILES:
            label = self.fields[f"{name}_file"].label
            self.fields[f"{name}_file"].label = capfirst(str(label))
            if digest := getattr(self.instance, name):
                self.initial[f"{name}_file"] = KeptPicture(digest, _address(name, digest))

    def clean(self) -> dict[str, Any] | None:
        """Whoever only looks saves nothing, but sees what was typed."""
        if LOOK in self.data:
            raise ValidationError("", code=LOOK)
        return super().clean()

    def clean_colour(self) -> str:
        return str(self.cleaned_data["colour"]).lower()

    def clean_logo_file(self) -> Any:
        return self._drawn("logo_file", brandpictures.draw_logo)

    def clean_logo_dark_file(self) -> Any:
        return self._drawn("logo_dark_file", brandpictures.draw_logo)

    def clean_icon_file(self) -> Any:
        return self._drawn("icon_file", brandpictures.draw_icon)

    def _drawn(self, field: str, draw: Any) -> Any:
        """Drawings of what was sent; False to take the picture away, a digest or None to stay."""
        sent = self.cleaned_data[field]
        if not isinstance(sent, UploadedFile):
            return sent
        try:
            if (sent.size or 0) > pictures.MOST_BYTES:
                raise PictureError(pictures.too_large())
            return draw(sent.read())
        except PictureError as error:
            raise ValidationError(error.message) from None

    def digest_of(self, name: str) -> str:
        """What the row says of a picture from now on; drawings are kept."""
        cleaned = self.cleaned_data[f"{name}_file"]
        if isinstance(cleaned, list):
            return brandpictures.keep(cleaned)
        return "" if cleaned is False else str(cleaned or "")


def _address(name: str, digest: str) -> str:
    if name == "icon":
        return reverse("brand:icon", args=[digest, "any-512"])
    return reverse("brand:logo", args=[digest])


@admin.register(Brand)
class BrandAdmin(admin.ModelAdmin):
    """One row: the list leads straight to it, or to the form that makes it."""

    form = BrandForm
    show_full_result_count = False
    fields = ("name", "logo_file", "logo_dark_file", "icon_file", "colour", "preview")
    readonly_fields = ("preview",)

    def get_urls(self) -> list[Any]:
        own = [
            # The handler of files comes before the check of the form's token reads them.
            path("add/", csrf_exempt(self._take_files), name="topup_brand_add"),
            path("<path:object_id>/change/", csrf_exempt(self._take_files),
                 name="topup_brand_change"),
        ]  # fmt: skip
        return [*own, *super().get_urls()]

    def _take_files(self, request: HttpRequest, object_id: str | None = None) -> HttpResponseBase:
        request.upload_handlers = [PicturesHandler(request)]
        page = self.admin_site.admin_view(self.changeform_view)
        answer: HttpResponseBase = page(request, object_id)
        return answer

    def _is_allowed(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    has_add_permission = has_change_permission = _is_allowed  # type: ignore[assignment]
    has_view_permission = has_delete_permission = _is_allowed
    has_module_permission = _is_allowed

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self._is_allowed(request):
            raise PermissionDenied
        return HttpResponseRedirect(_its_page())

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra: Any = None
    ) -> Any:
        if object_id is None and self._is_allowed(request) and Brand.objects.exists():
            return HttpResponseRedirect(_its_page())
        context = {**(extra or {}), "show_save_and_add_another": False}
        return super().changeform_view(request, object_id, form_url, context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *rest: Any, **named: Any
    ) -> Any:
        errors = context["adminform"].form.errors
        if errors.as_data().get(NON_FIELD_ERRORS) and LOOK in request.POST:
            del errors[NON_FIELD_ERRORS]
            context["errors"] = context["errors"] if errors else []
            told = _("Nothing is saved yet. Choose new pictures again before you save.")
            messages.info(request, told)
        return super().render_change_form(request, context, *rest, **named)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        for name in FILES:
            setattr(obj, name, form.digest_of(name))
        brands.save(obj)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        brands.remove()

    @admin.display(description=_("what comes of it"))
    def preview(self, brand: Brand) -> str:
        shown = brands.current()
        return brandpreview.draw(
            name=brand.name or brands.NAME, colour=brand.colour or colours.OURS,
            logo=_address("logo", brand.logo) if brand.logo else "",
            logo_dark=_address("logo", brand.logo_dark) if brand.logo_dark else "",
            papers=(shown.paper,) if shown.logo and shown.logo.digest == brand.logo else (),
        )  # fmt: skip


def _its_page() -> str:
    brand = Brand.objects.first()
    if brand is None:
        return reverse("admin:topup_brand_add")
    return reverse("admin:topup_brand_change", args=[brand.pk])


def site_name() -> str:
    """What the admin calls itself."""
    name, place = brands.current().own_name, str(_("Distributor"))
    return f"{name} · {place}" if name else place
