"""Printing a receipt: the first is the original, each further one a marked and counted copy.

A print is written down before the paper comes: whoever prints and then closes the page
has printed. What is printed from the browser's own menu is only shown, and counted so.
"""

from datetime import timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from topup.errors import TopupError
from topup.locks import lock_sale
from topup.models import KioskReveal, Paper, Person, PrintAnswer, PrintReason, ReceiptPrint, Sale

#: How long the paper of a print can be opened again, while nobody said whether it came out.
PAPER_OPEN = timedelta(minutes=15)


class PrintError(TopupError):
    """Nothing was printed; the message says why."""

    field = "reason"


def most_copies(person: Person) -> int:
    """How many copies may follow the original; those in charge may go on to twice as many."""
    few: int = settings.RECEIPT_COPIES
    return few * 2 if person.sees_whole_shop else few


def of(sale: Sale) -> list[ReceiptPrint]:
    """All prints of a sale's receipt, the original first."""
    return list(sale.prints.select_related("by", "answer").order_by("number"))


def is_out(prints: list[ReceiptPrint]) -> bool:
    """True once a paper came out: somebody printed, and did not say that nothing came."""
    return any(not hasattr(made, "answer") or made.answer.came_out for made in prints)


def is_open(printed: ReceiptPrint) -> bool:
    """True while this print is being made: else its paper would be a copy without a mark."""
    if hasattr(printed, "answer") or timezone.now() >= printed.at + PAPER_OPEN:
        return False
    return not ReceiptPrint.objects.filter(sale=printed.sale_id, number__gt=printed.number).exists()


def left(*, prints: list[ReceiptPrint], person: Person) -> int:
    """How many more times this person may print it, the original included."""
    return max(most_copies(person) + 1 - len(prints), 0)


@transaction.atomic
def start(
    *, sale: Sale, person: Person, number: int, paper: Paper, language: str, reason: str = ""
) -> ReceiptPrint:
    """Write down print `number` of a receipt: 1 is the original, and each more needs a reason.

    Safe to repeat: the same press again is the same print. Errors: `PrintError`;
    `PermissionDenied` for another shop.
    """
    if person.shop_id is None or person.shop_id != sale.shop_id:
        raise PermissionDenied
    lock_sale(sale.pk)
    printed = of(sale)
    if 0 < number <= len(printed):
        return _same(printed[number - 1], person, paper)
    if number != len(printed) + 1:
        raise PrintError(_stale())
    if number > 1:
        _check_copy(number, person, reason)
    made = ReceiptPrint.objects.create(
        sale=sale, number=number, paper=paper, language=language, by=person,
        reason=reason if number > 1 else "", kiosk_looks=kiosk_looks(sale),
    )  # fmt: skip
    set_language(sale=sale, language=language)
    return made


def kiosk_looks(sale: Sale) -> int:
    """How often a kiosk has shown the code of a sale; each counts as a paper."""
    return KioskReveal.objects.filter(sale=sale).count()


def set_language(*, sale: Sale, language: str) -> None:
    """Remember which language the customer reads. Safe to repeat."""
    Sale.objects.filter(pk=sale.pk).update(receipt_language=language)
    sale.receipt_language = language


def answer(*, printed: ReceiptPrint, person: Person, came_out: bool) -> PrintAnswer:
    """Keep what was answered to "Did it print?". The first answer stays."""
    values = {"came_out": came_out, "by": person}
    return PrintAnswer.objects.get_or_create(printed=printed, defaults=values)[0]


def _same(printed: ReceiptPrint, person: Person, paper: Paper) -> ReceiptPrint:
    """The print of a form that was sent twice; somebody else's is not it."""
    if printed.by_id != person.pk or printed.paper != paper or hasattr(printed, "answer"):
        raise PrintError(_stale())
    return printed


def _stale() -> str:
    return _("It was printed meanwhile. Look at the page again before you print one more.")


def _check_copy(number: int, person: Person, reason: str) -> None:
    if reason not in PrintReason.values:
        raise PrintError(_("Choose why it is printed again."))
    if number - 1 <= most_copies(person):
        return
    if person.sees_whole_shop:
        raise PrintError(_("No more copies of this receipt can be printed."))
    raise PrintError(_("No more copies. The owner or a manager can print it again."))
