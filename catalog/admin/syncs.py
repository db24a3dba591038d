"""Syncs of the catalogue: their history in words, a new one, a person's word for a held one."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import flatten
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from kombu.exceptions import OperationalError

from catalog.admin.base import ReadOnly
from catalog.errors import NotConfirmableError
from catalog.models import SyncRun
from catalog.queries import wallet_currency_mismatch
from catalog.sync import claim, confirm
from catalog.tasks import sync_catalog_task

SHOWN = (
    ("state", "asked_by"), ("started_at", "finished_at"), "reason", "notes", "cost_currency",
    "figures", "in_words", ("confirmed_by", "confirmed_at", "confirms"),
)  # fmt: skip
EXPIRES = 600  # seconds: a request that waited longer for a worker is worth nothing
LISTS = {
    "countries": gettext_lazy("countries"),
    "operators": gettext_lazy("operators"),
    "products": gettext_lazy("products"),
    "skus": gettext_lazy("SKUs"),
    "gift_cards": gettext_lazy("gift cards"),
}
STEPS = {
    "seen": gettext_lazy("seen"),
    "added": gettext_lazy("added"),
    "changed": gettext_lazy("changed"),
    "retired": gettext_lazy("retired"),
    "returned": gettext_lazy("returned"),
}


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("started_at", "state", "asked_by", "summary", "reason_shown", "confirmed_by")
    list_filter = ("state", "started_at")
    list_select_related = ("asked_by", "confirmed_by")
    fields = SHOWN
    readonly_fields = flatten(SHOWN)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SyncRun]:
        runs: QuerySet[SyncRun] = super().get_queryset(request)
        return runs.select_related("confirms")

    @admin.display(description=gettext_lazy("differences"))
    def summary(self, run: SyncRun) -> str:
        """ "3 added, 1 retired", all lists together."""
        totals = {
            step: sum(counted.get(step, 0) for counted in run.counts.values())
            for step in STEPS
            if step != "seen"
        }
        told = [f"{count} {STEPS[step]}" for step, count in totals.items() if count]
        return ", ".join(told) or (_("nothing") if run.counts else "")

    @admin.display(description=gettext_lazy("why not applied"))
    def reason_shown(self, run: SyncRun) -> str:
        return run.reason if len(run.reason) <= 140 else f"{run.reason[:140]}…"

    @admin.display(description=gettext_lazy("counts"))
    def figures(self, run: SyncRun) -> str:
        rows = [
            (LISTS.get(name, name), format_html_join("", "<td>{}</td>", _cells(counted)))
            for name, counted in run.counts.items()
        ]
        head = format_html_join("", '<th scope="col">{}</th>', ((name,) for name in STEPS.values()))
        body = format_html_join("", '<tr><th scope="row">{}</th>{}</tr>', rows)
        table = "<table><thead><tr><td></td>{}</tr></thead><tbody>{}</tbody></table>"
        return format_html(table, head, body) if rows else ""

    @admin.display(description=gettext_lazy("differences"))
    def in_words(self, run: SyncRun) -> str:
        lines = ((line,) for line in run.differences.splitlines())
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", lines))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        extra = {"mismatch": wallet_currency_mismatch(), "may_sync": _may_sync(request)}
        return super().changelist_view(request, {**(extra_context or {}), **extra})

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:  # fmt: skip
        run = self.get_object(request, object_id) if object_id else None
        waits = run is not None and _may_confirm(request) and confirm.can_confirm(run)
        extra = {**(extra_context or {}), "waits": waits}
        return super().changeform_view(request, object_id, form_url, extra)

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("sync/", wrap(require_POST(self.sync_view)), name="catalog_syncrun_sync"),
            path("<int:run_id>/confirm/", wrap(self.confirm_view), name="catalog_syncrun_confirm"),
            *super().get_urls(),
        ]

    def sync_view(self, request: HttpRequest) -> HttpResponse:
        """Ask a worker for a sync."""
        if not _may_sync(request):
            raise PermissionDenied
        running = claim.running()
        if self._queue(request):
            messages.success(request, _("The sync was asked for. Reload this page to see it."))
            if running:
                messages.info(request, _("A sync is running already; a second one does nothing."))
        return HttpResponseRedirect(reverse("admin:catalog_syncrun_changelist"))

    def confirm_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """Show what was odd; on POST record that a person accepts it, and sync."""
        if not _may_confirm(request):
            raise PermissionDenied
        run = get_object_or_404(SyncRun, pk=run_id)
        if not confirm.can_confirm(run):
            messages.error(request, _("This sync does not wait for a confirmation (any more)."))
        elif request.method == "POST":
            self._confirm(request, run)
        else:
            context = {
                **self.admin_site.each_context(request),
                "title": _("Apply what was held?"), "opts": self.opts, "run": run,
                "figures": self.figures(run), "in_words": self.in_words(run),
            }  # fmt: skip
            return TemplateResponse(request, "admin/catalog/syncrun/confirm.html", context)
        return HttpResponseRedirect(reverse("admin:catalog_syncrun_change", args=[run.pk]))

    def _confirm(self, request: HttpRequest, run: SyncRun) -> None:
        try:
            confirm.confirm_run(run_id=run.pk, by=request.user)  # type: ignore[arg-type]
        except NotConfirmableError:
            messages.error(request, _("This sync does not wait for a confirmation (any more)."))
            return
        self.log_change(request, run, f"Confirmed: {run.reason}"[:500])
        if self._queue(request):
            messages.success(
                request, _("Confirmed. A sync was asked for that applies what you have seen.")
            )

    def _queue(self, request: HttpRequest) -> bool:
        """Ask a worker for a sync; says plainly when the queue is down."""
        try:
            sync_catalog_task.apply_async(kwargs={"asked_by_id": request.user.pk}, expires=EXPIRES)
        except OperationalError:
            messages.error(
                request,
                _(
                    "The queue does not answer: no sync was started. Try again when it is back, "
                    "or run manage.py sync_catalog."
                ),
            )
            return False
        return True


def _cells(counted: dict[str, int]) -> list[tuple[int]]:
    return [(counted.get(step, 0),) for step in STEPS]


def _may_sync(request: HttpRequest) -> bool:
    return request.user.has_perm("catalog.add_syncrun")


def _may_confirm(request: HttpRequest) -> bool:
    return request.user.has_perm("catalog.change_syncrun")
