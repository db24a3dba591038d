"""A shift at the counter: open, cash in and out, count blind, see the gap, hand over, seal."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal import gapwords
from portal.decorators import AgentRequest, agent_page, check_url
from portal.forms.shift import CountForm, MoveForm
from portal.http import page, see_other
from topup.errors import ShiftError
from topup.models import Person, Shift, ShiftState, Tender
from topup.models.shift import Moment
from topup.services import counting, shifts
from topup.services.explaining import explained

PER_PAGE = 20
MOST_MOVES = 50  # shown of one shift; all of them count


def url_of(shift: Shift) -> str:
    return reverse("shift:shift", args=[shift.number])


@require_GET
@agent_page
def now(request: AgentRequest) -> HttpResponse:
    """One's own shift, or the form that opens one. `quote` waits for a sale to go on."""
    if shift := shifts.current_shift(request.user):
        return redirect(url_of(shift))
    return _open_page(request, CountForm(_cash_of(request)), quote=request.GET.get("quote", ""))


@require_POST
@agent_page
def open_shift(request: AgentRequest) -> HttpResponse:
    """Open a shift with the cash that was counted."""
    form, quote = CountForm(_cash_of(request), request.POST), request.POST.get("quote", "")
    if not form.is_valid():
        return _open_page(request, form, quote=quote, status=422)
    device = getattr(request, "device", None)
    try:
        shift = shifts.open_shift(person=request.user, counts=form.counts, device=device)
    except ShiftError as error:
        return _open_page(request, form, quote=quote, problem=error.message, status=422)
    messages.success(request, _("Shift %(number)s is open.") % {"number": shift.number})
    return see_other(request, check_url(quote) if quote else url_of(shift))


def _cash_of(request: AgentRequest) -> list[counting.Pair]:
    currencies = counting.currencies_of(request.shop)
    return [(str(Tender.CASH), currency) for currency in currencies]


def _open_page(
    request: AgentRequest, form: CountForm, *, quote: str, problem: str = "", status: int = 200
) -> HttpResponse:
    context = {"form": form, "quote": quote, "problem": problem}
    return page(request, "shift/open.html", context, status=status)


@require_GET
@agent_page
def shift_list(request: AgentRequest) -> HttpResponse:
    """One's own shifts, or all of the shop for those in charge; the newest first."""
    number = max(1, _number(request.GET.get("page", "")))
    first = (number - 1) * PER_PAGE
    rows = list(shifts.shifts_for(request.user)[first : first + PER_PAGE + 1])
    context = {
        "shifts": rows[:PER_PAGE], "newer": number - 1, "older": number + 1,
        "has_more": len(rows) > PER_PAGE,
    }  # fmt: skip
    return page(request, "shift/list.html", context)


@require_GET
@agent_page
def shift(request: AgentRequest, number: int) -> HttpResponse:
    """One shift. What should be in the drawer is told only after it was counted."""
    return _shift_page(request, _shift(request, number))


def _shift(request: AgentRequest, number: int) -> Shift:
    rows = shifts.shifts_for(request.user).select_related(
        "shop__float_account", "handed_to__person"
    )
    found = rows.filter(number=number).first()
    if found is None:
        raise Http404
    return found


def _shift_page(
    request: AgentRequest, found: Shift, *, problem: str = "", note: str = "", status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "shift": found, "is_own": found.person_id == request.user.pk, "problem": problem,
        "note": note or found.gap_note, "moves": _moves(found),
    }  # fmt: skip
    if found.state == ShiftState.OPEN:
        opening = found.counts.filter(moment=Moment.OPENING)
        context |= {"opening": opening, "sales_count": found.sales.count()}
    elif found.state == ShiftState.SEALED:
        context["figures"] = [counting.from_json(row) for row in found.totals["figures"]]
    else:
        context |= _counted(request, found)
    return page(request, "shift/shift.html", context, status=status)


def _moves(found: Shift) -> Any:
    return found.moves.select_related("made_by", "owed__sale").order_by("-id")[:MOST_MOVES]


def _counted(request: AgentRequest, found: Shift) -> dict[str, Any]:
    told = explained(found)
    return {
        "figures": [one.figures for one in told if not one.figures.is_empty],
        "gaps": [
            (one.figures, gapwords.sayings(one, request.user)) for one in told if one.figures.gap
        ],
        "unfinished": shifts.unfinished_of(found),
        "attempts": counting.last_attempt(found),
        "colleagues": _colleagues(request, found),
    }


def _colleagues(request: AgentRequest, found: Shift) -> Any:
    """Who may take the shift over; its own person last, for a next shift of his own."""
    people = Person.objects.filter(shop=request.shop, is_active=True)
    others = people.exclude(pk=found.person_id).order_by("username")[:50]
    return [*others, found.person]


@require_http_methods(["GET", "POST"])
@agent_page
def move(request: AgentRequest, number: int) -> HttpResponse:
    """Cash put in or taken out."""
    found, problem = _shift(request, number), ""
    form = MoveForm(request.POST or None, shop=request.shop, initial={"kind": "in"})
    if request.method == "POST" and form.is_valid():
        try:
            shifts.record_move(shift=found, by=request.user, **form.cleaned_data)
        except ShiftError as error:
            problem = error.message
        else:
            messages.success(request, _("It is written down."))
            return see_other(request, url_of(found))
    context = {"shift": found, "form": form, "problem": problem}
    status = 422 if problem or form.errors else 200
    return page(request, "shift/move.html", context, status=status)


@require_http_methods(["GET", "POST"])
@agent_page
def count(request: AgentRequest, number: int) -> HttpResponse:
    """Count the drawer, blind. A new count is a new attempt; the old ones are kept."""
    found, problem = _shift(request, number), ""
    pairs = counting.to_count(found, request.shop)
    form = CountForm(pairs, request.POST if request.method == "POST" else None)
    attempt = _number(request.POST.get("attempt", "")) or counting.last_attempt(found) + 1
    if form.is_valid():
        try:
            shifts.count_shift(
                shift_id=found.pk, counts=form.counts, by=request.user, attempt=attempt
            )
        except ShiftError as error:
            problem = error.message
        else:
            return see_other(request, url_of(found))
    context = {"shift": found, "form": form, "problem": problem, "attempt": attempt}
    status = 422 if problem or form.errors else 200
    return page(request, "shift/count.html", context, status=status)


def _number(text: str, *, digits: int = 4) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else 0


@require_POST
@agent_page
def seal(request: AgentRequest, number: int) -> HttpResponse:
    """Fix the figures for ever."""
    found, note = _shift(request, number), request.POST.get("note", "").replace("\x00", "")[:300]
    try:
        shifts.seal_shift(shift_id=found.pk, by=request.user, note=note)
    except ShiftError as error:
        return _shift_page(request, found, problem=error.message, note=note, status=422)
    return see_other(request, reverse("shift:report", args=[found.number]))


@require_POST
@agent_page
def hand_over(request: AgentRequest, number: int) -> HttpResponse:
    """Give drawer, open sales and what is owed on to a colleague."""
    found, pk = _shift(request, number), _number(request.POST.get("to", ""), digits=17)
    to = Person.objects.filter(pk=pk, shop=request.shop).first()
    try:
        if to is None:
            raise ShiftError(_("Choose a colleague of this shop."))
        taker = shifts.hand_over(shift_id=found.pk, to=to, by=request.user)
    except ShiftError as error:
        return _shift_page(request, found, problem=error.message, status=422)
    told = _("Shift %(number)s has taken over the drawer, open sales and what is owed.")
    messages.success(request, told % {"number": taker.number})
    return see_other(request, url_of(found))


@require_GET
@agent_page
def report(request: AgentRequest, number: int) -> HttpResponse:
    """The Z-report of a sealed shift: always the figures that were sealed."""
    found = _shift(request, number)
    if found.state != ShiftState.SEALED:
        raise Http404
    totals = found.totals
    context = {
        "shift": found, "totals": totals, "is_intact": shifts.is_intact(found),
        "figures": [counting.from_json(row) for row in totals["figures"]],
        "opened_at": parse_datetime(totals["opened_at"]),
        "counted_at": parse_datetime(totals["counted_at"]),
        "commission": _amounts(totals["commission"]), "owed": _amounts(totals["owed"]),
        "unprinted": _amounts(totals.get("unprinted", [])),  # of before there is none
    }  # fmt: skip
    return page(request, "shift/report.html", context)


def _amounts(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of totals as a page shows them."""
    labels = dict(Tender.choices)
    return [
        row
        | {"amount": Decimal(row["amount"]), "tender_label": labels.get(row.get("tender", ""), "")}
        for row in rows
    ]
