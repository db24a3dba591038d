"""Who looked at a code again: a row for each look, and an alarm after many.

Prints have a limit and a reason of their own, so they are rows and alarm nobody. A row is
written in the transaction that opens the code: nobody sees it and leaves no trace.
"""

from dataclasses import dataclass

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


def keep(*, sale: Sale, of: CodeOf, number: int, eyes: Eyes) -> None:
    """Write a look down; inside the transaction that shows the code.

    The page and the file of one print are one look: safe to repeat for a print.
    """
    look = CodeLook(
        sale=sale, of=of, number=number, by=eyes.person, device=eyes.device, kiosk=eyes.kiosk,
        printed=eyes.printed,
    )  # fmt: skip
    if eyes.printed is None:
        look.save()
        _warn(look)
    else:
        CodeLook.objects.bulk_create([look], ignore_conflicts=True)


def keep_money(*, sale: Sale, eyes: Eyes) -> None:
    """Write down that the code for money back of a sale is shown on a screen."""
    number = CodeLook.objects.filter(sale=sale, of=CodeOf.MONEY).count() + 1
    keep(sale=sale, of=CodeOf.MONEY, number=number, eyes=eyes)


def of(sale: Sale) -> list[CodeLook]:
    """All looks at the codes of a sale that have a row, oldest first."""
    rows = sale.looks.select_related("by", "device", "kiosk", "printed")
    return list(rows.order_by("id"))


def _warn(look: CodeLook) -> None:
    """An alarm at the n-th look at a screen and at those after it, until it is cleared."""
    if look.number < settings.CODE_LOOKS:
        return
    screens = CodeLook.objects.filter(sale=look.sale_id, of=look.of, printed=None)
    first = 0 if screens.filter(number=1).exists() else 1
    seen = screens.count() + first
    if seen >= settings.CODE_LOOKS:
        who = look.who or look.where
        what = "the code" if look.of == CodeOf.GOODS else "the code for money back"
        text = f"{what} was looked at {seen} times, now by {who}"
        alarms.raise_alarm(AlarmKind.LOOKS, text, sale=look.sale, about=str(look.of))
