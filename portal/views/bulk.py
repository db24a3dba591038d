"""Files of many sales: sent, looked at, started, followed, and taken home as a file."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal import bulkwords
from portal.decorators import AgentRequest
from portal.forms.bulk import AnswerForm, BulkForm, StartForm
from portal.http import page, see_other
from portal.uploads import TableHandler
from portal.views.deposits import in_charge_page
from topup import bulkfile
from topup.errors import TopupError
from topup.models import BulkFile
from topup.models.bulk import Ask, BulkState
from topup.services import bulk, bulkfigures, exports

FILES, ROWS, LAST_PAGE = 20, 50, bulkfile.MOST_ROWS // 50
PAUSE_MS = 2000
DEEDS = {"pause": bulk.pause, "resume": bulk.resume, "cancel": bulk.cancel}
Download = StreamingHttpResponse | FileResponse


@csrf_exempt
def files(request: HttpRequest) -> HttpResponseBase:
    """The shop's files, and the form for one more. It has a file: its handler comes first."""
    request.upload_handlers = [TableHandler(request)]
    return _files(request)


@csrf_protect
@require_http_methods(["GET", "POST"])
@in_charge_page
def _files(request: AgentRequest) -> HttpResponse:
    if request.method != "POST":
        return _list_page(request, BulkForm())
    form = BulkForm(request.POST, request.FILES)
    if form.is_valid():
        (name, data), key = form.cleaned_data["file"], form.cleaned_data["key"]
        try:
            sent = bulk.send(by=request.user, shop=request.shop, name=name, data=data, key=key)
            return see_other(request, file_url(sent))
        except TopupError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
    return _list_page(request, form, status=422)


def _list_page(request: AgentRequest, form: BulkForm, *, status: int = 200) -> HttpResponse:
    number = min(_count(request.GET.get("page", "")), 1000)
    first = (number - 1) * FILES
    rows = list(request.shop.bulk_files.select_related("made_by")[first : first + FILES + 1])
    context = {
        "form": form, "key": _key(form), "files": rows[:FILES], "has_more": len(rows) > FILES,
        "number": number, "looks": bulkwords.LOOKS, "most": bulkfile.MOST_ROWS,
    }  # fmt: skip
    return page(request, "bulk/files.html", context, status=status)


@require_GET
@in_charge_page
def template(request: AgentRequest) -> Download:
    """An empty file with the names of the columns and two examples."""
    return exports.answer("template.csv", *bulkfile.TEMPLATE[:1], bulkfile.TEMPLATE[1:])


@require_GET
@in_charge_page
def file(request: AgentRequest, file_id: int) -> HttpResponse:
    """How far a file is. The fragment asks again while something happens."""
    return _file_page(request, _own(request, file_id), StartForm())


def _file_page(
    request: AgentRequest, found: BulkFile, form: StartForm, *, status: int = 200
) -> HttpResponse:
    figures = bulkfigures.figures(found)
    is_moving = found.state in (BulkState.CHECKING, BulkState.RUNNING) or (
        found.is_over and figures.checked.count > 0
    )
    is_checked = found.state == BulkState.CHECKED
    is_before = is_checked or found.state == BulkState.CHECKING
    done = found.checked_count if is_before else figures.ended
    confirmed = found.confirmed_total
    context = {
        "file": found, "figures": figures, "look": bulkwords.LOOKS[found.state],
        "done": min(done, found.row_count), "form": form, "key": _key(form),
        "obstacles": bulkfigures.obstacles(found, figures) if is_checked else [],
        "asks": [(ask, bulkwords.ASKS[ask], one) for ask, one in sorted(figures.asks.items())]
        if not found.is_over else [],
        "back": confirmed - figures.sold.price - figures.checked.price - figures.to_sell.price
        - figures.asked.price + figures.raised if confirmed is not None else None,
        "is_moving": is_moving, "pause_ms": PAUSE_MS,
        "may_start": is_checked and figures.to_sell.count > 0,
    }  # fmt: skip
    return page(
        request, "bulk/file.html", context, status=status,
        fragment="bulk/_progress.html" if request.method == "GET" else "",
    )  # fmt: skip


@require_POST
@in_charge_page
def start(request: AgentRequest, file_id: int) -> HttpResponse:
    """Sell what is ready, if the typed total is right."""
    found, form = _own(request, file_id), StartForm(request.POST)
    if form.is_valid():
        try:
            bulk.start(file_id=found.pk, by=request.user, **form.cleaned_data)
            return see_other(request, file_url(found))
        except TopupError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
            found.refresh_from_db()
    return _file_page(request, found, form, status=422)


@require_POST
@in_charge_page
def deed(request: AgentRequest, file_id: int, deed: str) -> HttpResponse:
    """Pause, go on, or leave out the rest."""
    found = _own(request, file_id)
    try:
        DEEDS[deed](file_id=found.pk, by=request.user)
    except TopupError as error:
        messages.warning(request, error.message)
    return see_other(request, file_url(found))


@require_POST
@in_charge_page
def answer(request: AgentRequest, file_id: int) -> HttpResponse:
    """A person's word about all rows that wait for it."""
    found, form = _own(request, file_id), AnswerForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Open this page again."))
        return see_other(request, file_url(found))
    data = form.cleaned_data
    try:
        count = bulk.answer(
            file_id=found.pk, by=request.user, ask=Ask(data["ask"]),
            is_yes=data["word"] == "yes", total=data["total"],
        )  # fmt: skip
        text = ngettext("Said about %(count)d row.", "Said about %(count)d rows.", count)
        messages.success(request, text % {"count": count})
    except TopupError as error:
        messages.warning(request, error.message)
    return see_other(request, file_url(found))


@require_GET
@in_charge_page
def rows(request: AgentRequest, file_id: int) -> HttpResponse:
    """The rows of a file, in its order; all of them, or those of one sort."""
    found = _own(request, file_id)
    group = request.GET.get("show", "all")
    if group not in bulkfigures.GROUPS:
        raise Http404
    number = min(_count(request.GET.get("page", "")), LAST_PAGE)
    first = (number - 1) * ROWS
    piece = list(bulkfigures.rows_of(found, group)[first : first + ROWS + 1])
    context = {
        "file": found, "group": group, "number": number, "has_more": len(piece) > ROWS,
        "rows": [(told, bulkwords.look(told)) for told in bulkfigures.with_sales(piece[:ROWS])],
        "groups": bulkwords.GROUPS.items(),
    }  # fmt: skip
    return page(request, "bulk/rows.html", context)


@require_GET
@in_charge_page
def bad(request: AgentRequest, file_id: int) -> Download:
    """What cannot be sold, with the reasons; mended, it can be sent again."""
    found = _own(request, file_id)
    head, rows = bulkfigures.bad_head(), bulkfigures.bad_rows(found)
    return exports.answer(f"bulk-{found.pk}-not-sold.csv", head, rows)


@require_GET
@in_charge_page
def result(request: AgentRequest, file_id: int) -> Download:
    """Every row with what became of it."""
    found = _own(request, file_id)
    head, rows = bulkfigures.result_head(), bulkfigures.result_rows(found)
    return exports.answer(f"bulk-{found.pk}-result.csv", head, rows)


def file_url(found: BulkFile) -> str:
    return reverse("bulk:file", args=[found.pk])


def _own(request: AgentRequest, file_id: int) -> BulkFile:
    rows = request.shop.bulk_files.select_related("shop__float_account", "made_by", "started_by")
    found = rows.filter(pk=file_id).first()
    if found is None:
        raise Http404
    return found


def _key(form: BulkForm | StartForm) -> UUID | Any:
    """The form's own key, kept when it comes back to be mended."""
    kept = form.cleaned_data.get("key") if form.is_bound else None
    return kept or uuid4()


def _count(text: str) -> int:
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 6 else 1
