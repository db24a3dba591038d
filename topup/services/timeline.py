"""The whole story of one sale, in order, without its secrets."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.models import Line
from topup.models import CodeLook, CodeOf, Kind, Sale, Voucher
from topup.services import looks, prints

_CALLS = {
    "order": gettext_lazy("order sent"),
    "status": gettext_lazy("status asked"),
    "fetch": gettext_lazy("card asked for"),
}


@dataclass(frozen=True)
class Moment:
    """One thing that happened."""

    at: datetime
    what: str
    detail: str
    who: str = ""


def of(sale: Sale) -> list[Moment]:
    """Events, calls to the provider, ledger lines, prints and looks of a sale, oldest first."""
    moments = [*_events(sale), *_calls(sale), *_lines(sale), *_prints(sale), *_looks(sale)]
    return sorted(moments, key=lambda moment: moment.at)


def _events(sale: Sale) -> list[Moment]:
    return [
        Moment(
            at=event.at,
            what=" → ".join(
                filter(None, [event.get_from_state_display(), event.get_to_state_display()])
            )
            or _("note"),
            detail=" ".join(filter(None, [event.note, _pairs(event.evidence)])),
            who=str(event.by or ""),
        )
        for event in sale.events.select_related("by")
    ]


def _calls(sale: Sale) -> list[Moment]:
    moments = []
    for call in sale.calls.all():
        name = str(_CALLS.get(call.call, _CALLS["status"]))
        answer = call.error or f"{call.response_code} {call.response_message}".strip()
        moments.append(Moment(at=call.started_at, what=name, detail=""))
        if call.answered_at:
            detail = " ".join(filter(None, [answer, _pairs(call.details)]))
            moments.append(Moment(at=call.answered_at, what=_("provider answered"), detail=detail))
    return moments


def _lines(sale: Sale) -> list[Moment]:
    lines = Line.objects.filter(entry__reference=sale.correlation_id).select_related(
        "entry__posted_by", "account"
    )
    return [
        Moment(
            at=line.entry.posted_at,
            what=str(line.entry.get_kind_display()),
            detail=f"{line.account.get_kind_display()} "
            f"{line.amount * line.account.natural_sign:+f} {line.currency}",
            who=str(line.entry.posted_by or ""),
        )
        for line in lines.order_by("id")
    ]


def _prints(sale: Sale) -> list[Moment]:
    moments = []
    for printed in prints.of(sale):
        what = _("receipt printed: COPY %(n)d") % {"n": printed.copy}
        told = [printed.get_paper_display(), printed.language, printed.get_reason_display()]
        moments.append(
            Moment(
                at=printed.at,
                what=what if printed.copy else _("receipt printed"),
                detail=", ".join(str(word) for word in told if word),
                who=str(printed.by),
            )
        )
        if answer := getattr(printed, "answer", None):
            came_out = _("the paper came out") if answer.came_out else _("no paper came out")
            moments.append(Moment(at=answer.at, what=came_out, detail="", who=str(answer.by)))
    return moments


def _looks(sale: Sale) -> list[Moment]:
    """Each look; the first of an old sale has no row, and its moment with the voucher alone.

    Asks nothing about a sale that has neither a code nor money of a drawer.
    """
    if sale.kind == Kind.AIRTIME:
        return [_look(look) for look in looks.of(sale)] if sale.shift_id else []
    found = looks.of(sale)
    moments = [_look(look) for look in found]
    first = Voucher.objects.filter(sale=sale).exclude(first_shown_at=None).first()
    if first and first.first_shown_at and not any(_is_first(look) for look in found):
        what = _("code shown for the first time")
        moments.append(Moment(at=first.first_shown_at, what=what, detail=""))
    return moments


def _is_first(look: CodeLook) -> bool:
    return look.of == CodeOf.GOODS and look.number == 1


def _look(look: CodeLook) -> Moment:
    what = _("code looked at") if look.of == CodeOf.GOODS else _("code for money back looked at")
    if _is_first(look):
        what = _("code shown for the first time")
    told = filter(None, [look.where, look.how])
    return Moment(at=look.at, what=what, detail=", ".join(told), who=look.who)


def _pairs(values: dict[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())
