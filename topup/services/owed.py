"""Money of customers whose sale came to nothing: owed, given back, or used for another sale.

A row is made by `topup.services.moves.move`, in the transaction in which a sale of a
shift comes to nothing, so no path is forgotten. It exists only after the provider's
final word, and is closed once: by a pay-out, by another sale, or by a late delivery.
Locks are taken in one order: sale, shift, what is owed.
"""

from decimal import Decimal
from uuid import UUID, uuid5

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from topup.errors import NoShiftError, OwedError, TenderError
from topup.locks import share_shift
from topup.models import CashKind, CashMove, Owed, OwedState, Person, Sale, Shift
from topup.services import claimcode, prints
from topup.services.shifts import CURRENT, shift_is_over
from topup.states import GIVEN_BACK, SaleState

_NAMES = UUID("0c8f52a4-1a64-4e8c-8f2e-3a54f7b1d7c5")


def follow_state(sale: Sale) -> None:
    """What a new state of a sale does to the customer's money. Inside the move's transaction."""
    if sale.shift_id is None:
        return
    if sale.state in GIVEN_BACK:
        assert sale.collected_amount is not None
        Owed.objects.create(
            sale=sale, shift=_answering(sale.shift_id), tender=sale.tender,
            amount=sale.collected_amount, currency=sale.collected_currency,
        )  # fmt: skip
    elif sale.state == SaleState.DELIVERED_LATE:
        Owed.objects.filter(sale=sale, state=OwedState.OWED).update(
            state=OwedState.DELIVERED, closed_at=timezone.now()
        )


def _answering(shift_id: int) -> Shift:
    """The shift that has the drawer now: of one that was handed over, the one that took it."""
    shift = share_shift(shift_id)
    while shift.handed_to_id is not None:
        shift = share_shift(shift.handed_to_id)
    return shift


def owed_at(shop_id: int) -> QuerySet[Owed]:
    """What a shop owes to customers now, the newest first."""
    rows = Owed.objects.filter(state=OwedState.OWED, sale__shop_id=shop_id)
    return rows.select_related("sale", "shift__person").order_by("-id")


def owed_of(sale: Sale) -> Owed | None:
    """What is, or was, owed for a sale; asks nobody about one that cannot owe."""
    if sale.shift_id is None or sale.state not in {*GIVEN_BACK, SaleState.DELIVERED_LATE}:
        return None
    return Owed.objects.filter(sale=sale).select_related("used_for", "move").first()


def pay_out(
    *, owed_id: int, shift: Shift | None, tender: str, key: UUID, by: Person, code: str = "",
    reason: str = "",
) -> Owed:  # fmt: skip
    """Give a customer his money back out of an open shift, once for each key.

    The code on the receipt confirms it; without one somebody in charge gives a reason.
    Errors: `OwedError` (`field` code or reason), `NoShiftError`, `ShiftOverError`.
    """
    owed = Owed.objects.select_related("sale").get(pk=owed_id)
    if by.shop_id is None or owed.sale.shop_id != by.shop_id:
        raise PermissionDenied
    if CashMove.objects.filter(key=key, owed=owed).exists():
        owed.refresh_from_db()
        return owed
    if shift is None or shift.state not in CURRENT or shift.shop_id != by.shop_id:
        raise NoShiftError(_("The money comes out of an open shift. Open your shift first."))
    if owed.state != OwedState.OWED:
        raise OwedError
    try:
        excuse = check_code(owed=owed, by=by, code=code, reason=reason)
        with shift_is_over():
            move = CashMove.objects.create(
                shift=shift, key=key, kind=CashKind.PAY_OUT, tender=tender, amount=-owed.amount,
                currency=owed.currency, reason=_reason(owed.sale), made_by=by,
            )  # fmt: skip
            _close(owed, OwedState.PAID, by=by, move=move, without_code=excuse)
    except (IntegrityError, OwedError):
        # Two presses at once: the other one paid between our look and our write.
        if not CashMove.objects.filter(key=key, owed=owed).exists():
            raise
    owed.refresh_from_db()
    return owed


def check_code(*, owed: Owed, by: Person, code: str, reason: str = "") -> str:
    """Nothing if the code is right; the reason, if somebody in charge does without one.

    A try is counted before it is looked at, so five at once are five. Error: `OwedError`.
    """
    if not code.strip():
        if by.sees_whole_shop and reason.strip():
            return reason.strip()[:200]
        raise OwedError(_no_code(by))
    open_rows = Owed.objects.filter(pk=owed.pk, state=OwedState.OWED)
    if not by.sees_whole_shop:
        open_rows = open_rows.filter(wrong_codes__lt=claimcode.MOST_WRONG)
    if not open_rows.update(wrong_codes=F("wrong_codes") + 1):
        owed.refresh_from_db(fields=["state"])
        if owed.state != OwedState.OWED:
            raise OwedError
        raise OwedError(_("Too many wrong codes. Only somebody in charge can give this back now."))
    owed.refresh_from_db(fields=["wrong_codes"])
    if not claimcode.fits(owed.sale.correlation_id, code):
        raise OwedError(_wrong_code(claimcode.MOST_WRONG - owed.wrong_codes))
    Owed.objects.filter(pk=owed.pk, state=OwedState.OWED).update(wrong_codes=F("wrong_codes") - 1)
    return ""


def _no_code(by: Person) -> str:
    if by.sees_whole_shop:
        return _("Type the code on the customer’s receipt, or write why there is none.")
    return _("Type the code on the customer’s receipt. Without it, ask somebody in charge.")


def _wrong_code(left: int) -> str:
    if left <= 0:
        return _("This is not the code. Only somebody in charge can give this back now.")
    told = ngettext(
        "This is not the code on the receipt. %(left)d try is left.",
        "This is not the code on the receipt. %(left)d tries are left.",
        left,
    )
    return told % {"left": left}


def check_use(*, owed_id: int, by: Person, code: str, currency: str) -> Owed:
    """What is owed, if it may pay for a sale in this currency. Errors: `OwedError`, `TenderError`.

    Outside the sale's transaction: a wrong code is counted though nothing is sold.
    """
    owed = Owed.objects.select_related("sale").filter(pk=owed_id, sale__shop=by.shop_id).first()
    if owed is None or owed.state != OwedState.OWED:
        raise OwedError
    if owed.currency != currency:
        raise TenderError(
            _("The money owed is in %(currency)s. Collect in %(currency)s to use it.")
            % {"currency": owed.currency}
        )
    check_code(owed=owed, by=by, code=code)
    return owed


def use(*, owed: Owed, sale: Sale, by: Person) -> Decimal:
    """Pay for a new sale with what is owed; inside the sale's transaction.

    What is left to collect in the sale's tender, negative when the customer gets some back.
    """
    if sale.shift is None:
        raise NoShiftError
    move = CashMove.objects.create(
        shift=sale.shift, key=uuid5(_NAMES, f"used:{sale.correlation_id}"), kind=CashKind.USED,
        tender=sale.tender, amount=-owed.amount, currency=owed.currency,
        reason=_reason(owed.sale), made_by=by,
    )  # fmt: skip
    _close(owed, OwedState.USED, by=by, move=move, used_for=sale)
    assert sale.collected_amount is not None
    left: Decimal = sale.collected_amount - owed.amount
    return left


def _close(
    owed: Owed, state: OwedState, *, by: Person, move: CashMove, without_code: str = "",
    used_for: Sale | None = None,
) -> None:  # fmt: skip
    closed = Owed.objects.filter(pk=owed.pk, state=OwedState.OWED).update(
        state=state, closed_at=timezone.now(), closed_by=by, move=move,
        without_code=without_code, used_for=used_for,
        # The code is on the receipt's paper and its screen at the counter, and nowhere else.
        never_printed=not without_code and not prints.is_out(prints.of(owed.sale)),
    )  # fmt: skip
    if not closed:
        raise OwedError  # somebody was faster: nothing of this is kept


def _reason(sale: Sale) -> str:
    return f"sale {sale.correlation_id}"


def shifts_that_pay(by: Person) -> list[Shift]:
    """The shifts a person may pay out of: his own, and for those in charge all of the shop."""
    found = Shift.objects.filter(shop=by.shop, state__in=CURRENT).select_related("person")
    if not by.sees_whole_shop:
        found = found.filter(person=by)
    return sorted(found, key=lambda shift: (shift.person_id != by.pk, shift.number))
