"""What was sealed is as it was: digests of shifts and of daily closes, made again."""

from collections.abc import Iterator

from topup.models import DayClose, Shift, ShiftState
from topup.services import shifts
from topup.services.closing import seal_problems


def problems() -> Iterator[str]:
    """Shifts and closes that were changed after the seal, in words."""
    sealed = Shift.objects.filter(state=ShiftState.SEALED).select_related("shop").order_by("id")
    for shift in sealed.only("number", "digest", "totals", "shop__name").iterator(500):
        if not shifts.is_intact(shift):
            yield f"shift {shift.number} of {shift.shop.name} is not what was sealed"
    yield from seal_problems(DayClose.objects.exclude(sealed_at=None).order_by("day"))
