"""The receipt of a sale: its page, its language, its prints and whether they came out."""

from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal import languages, receiptpaper, receiptpdf
from portal.decorators import AgentRequest, agent_page
from portal.http import page, see_other
from topup.models import Paper, PrintReason, ReceiptPrint, Sale
from topup.queries import sale_for
from topup.services import esims, looks, prints, receipts
from topup.services.esims import EsimError
from topup.services.prints import PrintError


@require_GET
@agent_page
def receipt(request: AgentRequest, correlation_id: str) -> HttpResponse:
    """What the customer takes home; only for people of the shop that sold it.

    Once it is printed its code is behind a tap.
    """
    return _page(request, _sale(request, correlation_id))


@require_POST
@agent_page
def language(request: AgentRequest, correlation_id: str) -> HttpResponse:
    """The customer's language: kept for this sale, and proposed for his number."""
    found = _sale(request, correlation_id)
    if code := languages.known(request.POST.get("language", "")):
        prints.set_language(sale=found, language=code)
    return see_other(request, _url("receipt", found))


@require_POST
@agent_page
def print_receipt(request: AgentRequest, correlation_id: str) -> HttpResponse:
    """Write a print down, then lead to its paper."""
    found = _sale(request, correlation_id)
    paper, number = request.POST.get("paper", ""), request.POST.get("number", "")
    try:
        if paper not in Paper.values or not _is_small(number):
            raise PrintError(_("Choose a paper."))
        with transaction.atomic():  # a file that cannot be is no print, and nobody looked
            made = prints.start(
                sale=found, person=request.user, number=int(number), paper=Paper(paper),
                language=_language(found), reason=request.POST.get("reason", ""),
            )  # fmt: skip
            if paper == Paper.PDF and _lacks(request, found, made):
                raise PrintError(_("This receipt has letters that a PDF cannot show."))
    except PrintError as problem:
        return _page(request, found, problem=problem, status=422)
    return see_other(request, _url("printed", found, made.number))


@require_GET
@agent_page
def printed(request: AgentRequest, correlation_id: str, number: int) -> HttpResponse:
    """The paper of one print, with the question whether it came out; while it is being made."""
    found = _sale(request, correlation_id)
    made = _print(found, number)
    if not prints.is_open(made):
        return see_other(request, _url("receipt", found))
    drawn = receiptpaper.drawn(request, found, printed=made)
    context = {"sale": found, "printed": made, "paper": drawn, "number": receipts.number_of(found)}
    return page(request, "receipts/printed.html", context)


@require_GET
@agent_page
def file(request: AgentRequest, correlation_id: str, number: int) -> HttpResponse:
    """The PDF of one print, while it is being made."""
    found = _sale(request, correlation_id)
    made = _print(found, number)
    if made.paper != Paper.PDF or not prints.is_open(made):
        raise Http404
    blocks = receiptpaper.blocks(request, found, printed=made)
    answer = HttpResponse(
        receiptpdf.draw(blocks, language=made.language), content_type="application/pdf"
    )
    name = f"receipt-{receipts.number_of(found)}.pdf"
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    patch_cache_control(answer, no_store=True, private=True)
    return answer


@require_POST
@agent_page
def answer(request: AgentRequest, correlation_id: str, number: int) -> HttpResponse:
    """Keep whether the paper came out. The first answer stays."""
    found = _sale(request, correlation_id)
    made = _print(found, number)
    came_out = request.POST.get("came_out", "")
    if came_out in {"yes", "no"}:
        prints.answer(printed=made, person=request.user, came_out=came_out == "yes")
    return see_other(request, _url("receipt", found))


@require_GET
@agent_page
def data(request: AgentRequest, correlation_id: str) -> HttpResponse:
    """What is left on an eSIM that this shop sold: the provider is asked now."""
    found = _sale(request, correlation_id)
    if not esims.may_ask(found):
        raise Http404
    return page(request, "receipts/data.html", {"sale": found, **left_on(found)})


def left_on(sale: Sale) -> dict[str, Any]:
    """What a page says about the data left, or why it says nothing."""
    try:
        return {"remaining": esims.remaining(sale=sale)}
    except EsimError as problem:
        return {"data_problem": problem.message}


def _page(
    request: AgentRequest, sale: Sale, *, problem: PrintError | None = None, status: int = 200
) -> HttpResponse:
    printed = prints.of(sale)
    code = _language(sale)
    is_shut = prints.is_out(printed) and "code" not in request.GET
    built = receiptpaper.built(request, sale, language=code, with_code=not is_shut)
    lacks = receiptpdf.missing(receiptpaper.blocks_of(request, sale, built, language=code))
    shown_again = bool(printed) and not is_shut and built.voucher is not None
    copies = len(printed)
    has_kiosk = getattr(request.shop, "has_kiosk", False)  # what it showed is a paper, too
    context = {
        "sale": sale, "number": built.number, "problem": problem, "language": code,
        "languages": languages.offered(),
        "paper": receiptpaper.lay_out(
            request, sale, built, language=code,
            is_again=shown_again,
        ),
        "is_hidden": built.is_code_hidden,
        "left": prints.left(prints=printed, person=request.user),
        "next_number": copies + 1,
        "copy": copies + (prints.kiosk_looks(sale) if has_kiosk else 0),
        "looks": looks.of(sale) if request.user.sees_whole_shop else [],
        "papers": [choice for choice in Paper.choices if not lacks or choice[0] != Paper.PDF],
        "paper_size": request.POST.get("paper", Paper.ROLL_80), "lacks_letters": lacks,
        "reasons": PrintReason.choices, "reason": _reason(request, printed),
        "printed": printed,
        "unanswered": printed[-1] if printed and not hasattr(printed[-1], "answer") else None,
        "share": receiptpaper.share(request, sale, language=code),
    }  # fmt: skip
    return page(request, "receipts/receipt.html", context, status=status)


def _reason(request: AgentRequest, printed: list[ReceiptPrint]) -> str:
    """What was chosen; after "nothing came" that is the reason to print again."""
    last = getattr(printed[-1], "answer", None) if printed else None
    proposed = PrintReason.NO_PAPER if last and not last.came_out else ""
    return request.POST.get("reason", proposed)


def _lacks(request: AgentRequest, sale: Sale, made: ReceiptPrint) -> str:
    """Letters that a PDF of this receipt would lack."""
    return receiptpdf.missing(receiptpaper.blocks(request, sale, printed=made))


def _language(sale: Sale) -> str:
    return languages.known(receipts.language_for(sale)) or languages.default()


def _sale(request: AgentRequest, correlation_id: str) -> Sale:
    try:
        return sale_for(request.user, correlation_id)
    except Sale.DoesNotExist:
        raise Http404 from None


def _print(sale: Sale, number: int) -> ReceiptPrint:
    made = sale.prints.select_related("answer").filter(number=min(number, 10_000)).first()
    if made is None:
        raise Http404
    return made


def _is_small(number: str) -> bool:
    return number.isascii() and number.isdigit() and len(number) < 5


def _url(name: str, sale: Sale, *rest: object) -> str:
    return reverse(f"receipts:{name}", args=[sale.correlation_id, *rest])
