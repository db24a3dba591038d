"""Who looked at a code: a row for each look, the first one too, and an alarm after many.

Prints have a limit and a reason of their own, so they are rows and alarm nobody. A row is
written in the transaction that opens the code: nobody sees it and leaves no trace.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from topup.models import CodeLook, CodeOf, Device, Kiosk, Person, ReceiptPrint, Sale
from topup.models.alarm import AlarmKind
from topup.services import alarms


@dataclass(frozen=True)
class Eyes:
    """Who looks: a person, maybe at a till or for a print; or a kiosk."""

    person: Person | None = None
    device: Device | None = None
    kiosk: Kiosk | None = None
    printed: ReceiptPrint | None = None


def keep(*, sale: Sale, number: int, eyes: Eyes) -> None:
    """Write a look at the code of the goods down; inside the transaction that shows it.

    The page and the file of one print are one look: safe to repeat for a print.
    """
    look = _look(sale, CodeOf.GOODS, number, eyes)
    if eyes.printed is not None:
        CodeLook.objects.bulk_create([look], ignore_conflicts=True)
        return
    look.save()
    if number >= settings.CODE_LOOKS:
        known = CodeLook.objects.filter(sale=sale, of=CodeOf.GOODS)
        first = 0 if known.filter(number=1).exists() else 1  # from before it had a row
        _warn(look, known.filter(printed=None).count() + first)


def keep_money(*, sale: Sale, eyes: Eyes, owed_since: datetime | None) -> None:
    """Write down that the code for money back of a sale is shown on a screen.

    Before anything is owed it is on the receipt of every sale of a shift, and alarms nobody.
    """
    known = CodeLook.objects.filter(sale=sale, of=CodeOf.MONEY)
    look = _look(sale, CodeOf.MONEY, known.count() + 1, eyes)
    look.save()
    if owed_since and look.number >= settings.CODE_LOOKS:
        _warn(look, known.filter(at__gte=owed_since).count())


def of(sale: Sale) -> list[CodeLook]:
    """All looks at the codes of a sale that have a row, oldest first."""
    rows = sale.looks.select_related("by", "device", "kiosk", "printed")
    return list(rows.order_by("id"))


def _look(sale: Sale, of: CodeOf, number: int, eyes: Eyes) -> CodeLook:
    return CodeLook(
        sale=sale, of=of, number=number, by=eyes.person, device=eyes.device, kiosk=eyes.kiosk,
        printed=eyes.printed,
    )  # fmt: skip


def _warn(look: CodeLook, seen: int) -> None:
    """An alarm at the n-th look at a screen and at those after it, until it is cleared."""
    if seen < settings.CODE_LOOKS:
        return
    what = "the code" if look.of == CodeOf.GOODS else "the code for money back"
    text = f"{what} was looked at {seen} times, now by {look.who or look.where}"
    alarms.raise_alarm(AlarmKind.LOOKS, text, sale=look.sale, about=str(look.of))
