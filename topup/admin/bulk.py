"""Files of many sales: who sent what, and how far each is. Nobody edits one."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ledger.admin import BoundedPaginator, ReadOnly
from topup.models import BulkFile
from topup.services import bulkfigures


@admin.register(BulkFile)
class BulkFileAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        "made_at", "shop", "name", "state", "row_count", "confirmed_total", "currency",
        "started_by", "ended_at",
    )  # fmt: skip
    list_filter = ("state",)
    list_select_related = ("shop", "started_by")
    search_fields = ("name", "shop__name")
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    fields = readonly_fields = (
        "shop", "name", "digest", "state", "note", "row_count", "confirmed_total", "currency",
        "sold", "returned", "checked", "made_by", "made_at", "started_by", "started_at", "ended_at",
    )  # fmt: skip

    @admin.display(description=_("sold"))
    def sold(self, file: BulkFile) -> str:
        return _said(bulkfigures.figures(file).sold, file)

    @admin.display(description=_("money back on the float"))
    def returned(self, file: BulkFile) -> str:
        return _said(bulkfigures.figures(file).returned, file)

    @admin.display(description=_("being checked or under way"))
    def checked(self, file: BulkFile) -> str:
        return _said(bulkfigures.figures(file).checked, file)


def _said(part: bulkfigures.Part, file: BulkFile) -> str:
    return f"{part.count} · {part.price.normalize():f} {file.currency}"
