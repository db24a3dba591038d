"""Opening a voucher: only for the shop that sold it, and counted."""

from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from topup import sealing
from topup.locks import lock_voucher
from topup.models import Person, Sale, Voucher, VoucherState
from topup.states import SaleState


@dataclass(frozen=True)
class VoucherPin:
    """One code, with what belongs to it."""

    number: str = field(repr=False)
    control_number: str = ""
    delivered_amount: str = ""
    delivered_currency: str = ""
    expiration_date: str = ""

    @property
    def spoken(self) -> str:
        """The code in groups of four, easier to read out; spaces of its own are kept."""
        if " " in self.number or "-" in self.number:
            return self.number
        return " ".join(self.number[at : at + 4] for at in range(0, len(self.number), 4))


@dataclass(frozen=True)
class VoucherContent:
    """What the customer gets."""

    pins: tuple[VoucherPin, ...] = field(repr=False)
    instructions: str = ""


def read(*, sale: Sale, person: Person) -> VoucherContent | None:
    """The secret of a completed sale; None while it is awaited or not to be given.

    A sale whose money went back (refunded, delivered late) keeps its code to
    itself until a person has decided. Error: `PermissionDenied` for another shop.
    """
    if person.shop_id is None or person.shop_id != sale.shop_id:
        raise PermissionDenied
    if sale.state != SaleState.COMPLETED:
        return None
    if not Voucher.objects.filter(sale=sale, state=VoucherState.READY).exists():
        return None
    sealed = _show(sale)
    if sealed is None:
        return None
    data = sealing.unseal(sealed)
    return VoucherContent(
        pins=tuple(VoucherPin(**pin) for pin in data["pins"]),
        instructions=data.get("instructions", ""),
    )


@transaction.atomic
def _show(sale: Sale) -> bytes | None:
    """Note that it is shown. None if it was refunded meanwhile: a refund holds this lock, too."""
    voucher = lock_voucher(sale.pk)
    if voucher is None or not Sale.objects.filter(pk=sale.pk, state=SaleState.COMPLETED).exists():
        return None
    Voucher.objects.filter(pk=voucher.pk).update(
        read_count=F("read_count") + 1,
        first_shown_at=voucher.first_shown_at or timezone.now(),
    )
    return bytes(voucher.sealed)


def is_awaited(sale: Sale) -> bool:
    """Paid, and its code has not come yet."""
    return Voucher.objects.filter(sale=sale, state=VoucherState.AWAITED).exists()
