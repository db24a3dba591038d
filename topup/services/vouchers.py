"""Opening a voucher: only for the shop that sold it, and counted."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Self

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import get_language

from catalog import texts
from catalog.models import Sku
from topup import sealing
from topup.locks import lock_voucher
from topup.models import Device, Kiosk, Person, ReceiptPrint, Sale, Voucher, VoucherState
from topup.services import looks
from topup.services.looks import Eyes
from topup.states import SaleState


def _in_groups(code: str) -> str:
    """A code in groups of four, easier to read out; spaces of its own are kept."""
    if " " in code or "-" in code:
        return code
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


@dataclass(frozen=True)
class VoucherPin:
    """One code, with what belongs to it."""

    number: str = field(repr=False)
    control_number: str = field(default="", repr=False)
    delivered_amount: str = ""
    delivered_currency: str = ""
    expiration_date: str = ""

    @property
    def spoken(self) -> str:
        """The code in groups of four, easier to read out; spaces of its own are kept."""
        return _in_groups(self.number)


@dataclass(frozen=True)
class VoucherCard:
    """A gift card: a number, a PIN, a link where it is claimed, or some of these."""

    number: str = field(default="", repr=False)
    pin: str = field(default="", repr=False)
    link: str = field(default="", repr=False)
    expiration_date: str = ""

    @property
    def spoken(self) -> str:
        """The number in groups of four."""
        return _in_groups(self.number)

    @property
    def web_link(self) -> str:
        """The link, if a browser may follow it; "" for anything but https."""
        return self.link if self.link.lower().startswith("https://") else ""


@dataclass(frozen=True)
class VoucherEsim:
    """A profile: what its QR code says, and the same to be typed by hand."""

    iccid: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    matching_id: str = field(default="", repr=False)
    activation_code: str = field(default="", repr=False)
    picture: str = field(default="", repr=False)

    @property
    def qr_text(self) -> str:
        """What the QR code says: "LPA:1$address$matching id"; "" if no code of that form came.

        Some operators send it where others send the address of a picture.
        """
        told = (self.activation_code, self.picture)
        return next((text for text in told if text.upper().startswith("LPA:")), "")

    @property
    def picture_link(self) -> str:
        """Where the provider's own picture of the code is, if we can draw none; never loaded."""
        is_link = self.picture.lower().startswith("https://")
        return self.picture if is_link and not self.qr_text else ""


@dataclass(frozen=True)
class VoucherToken:
    """What a bill's payment gave: the token of a meter, its units, the biller's words."""

    token: str = field(default="", repr=False)
    unit: str = ""
    narration: str = field(default="", repr=False)

    @property
    def spoken(self) -> str:
        """The token in groups of four, as it is typed into a meter."""
        return _in_groups(self.token)


@dataclass(frozen=True)
class VoucherContent:
    """What the customer gets: one of these parts, by the kind of goods."""

    pins: tuple[VoucherPin, ...] = field(default=(), repr=False)
    card: VoucherCard | None = field(default=None, repr=False)
    esim: VoucherEsim | None = field(default=None, repr=False)
    token: VoucherToken | None = field(default=None, repr=False)
    instructions: str = field(default="", repr=False)

    @classmethod
    def of(cls, data: dict[str, Any]) -> Self:
        """Out of what was sealed; the shapes are those of `topup.kinds.*.secret`."""
        return cls(
            pins=tuple(VoucherPin(**pin) for pin in data.get("pins", ())),
            card=_part(VoucherCard, data.get("card")),
            esim=_part(VoucherEsim, data.get("esim")),
            token=_part(VoucherToken, data.get("token")),
            instructions=str(data.get("instructions") or ""),
        )


def _part[Part](kind: Callable[..., Part], values: dict[str, Any] | None) -> Part | None:
    """One part with the values that have some; others have their default."""
    return kind(**{name: str(value) for name, value in values.items() if value}) if values else None


def read(
    *, sale: Sale, person: Person, device: Device | None = None,
    printed: ReceiptPrint | None = None,
) -> VoucherContent | None:  # fmt: skip
    """The secret of a completed sale; None while it is awaited or not to be given.

    A sale whose money went back (refunded, delivered late) keeps its code to
    itself until a person has decided. `printed` is the print it is opened for.
    Error: `PermissionDenied` for another shop.
    """
    if person.shop_id is None or person.shop_id != sale.shop_id:
        raise PermissionDenied
    if not has_secret(sale):
        return None
    return _opened(sale, _show(sale, Eyes(person=person, device=device, printed=printed)))


def read_at_kiosk(*, sale: Sale, kiosk: Kiosk) -> VoucherContent | None:
    """The secret for somebody who has proved at a kiosk of the shop that it is his.

    The proof is `topup.services.offerstatus`; nobody else calls this.
    """
    return _opened(sale, _show(sale, Eyes(kiosk=kiosk)) if has_secret(sale) else None)


def _opened(sale: Sale, sealed: bytes | None) -> VoucherContent | None:
    if sealed is None:
        return None
    content = VoucherContent.of(sealing.unseal(sealed))
    return replace(content, instructions=_in_language(sale, content.instructions))


def _in_language(sale: Sale, told: str) -> str:
    """How to use it, in the language of the moment where it is the SKU's own text.

    The provider tells an order's in English; of the catalogue's texts it has translations.
    """
    is_english = (get_language() or texts.ENGLISH).startswith(texts.ENGLISH)
    if not told or is_english or sale.sku_id is None:
        return told
    sku = texts.in_language(Sku.objects.filter(pk=sale.sku_id)).first()
    if sku and told == sku.description:
        return sku.shown_description or told
    if sku and told == sku.additional_information:
        return sku.shown_information or told
    return told


def has_secret(sale: Sale) -> bool:
    """True if there is a secret that may be shown. Showing nothing, it is not counted."""
    return (
        sale.state == SaleState.COMPLETED
        and Voucher.objects.filter(sale=sale, state=VoucherState.READY).exists()
    )


def iccid_of(sale: Sale) -> str:
    """The number of a completed sale's eSIM, for a question about it and never for a page."""
    ready = Voucher.objects.filter(sale=sale, state=VoucherState.READY).first()
    if sale.state != SaleState.COMPLETED or ready is None:
        return ""
    content = VoucherContent.of(sealing.unseal(bytes(ready.sealed)))
    return content.esim.iccid if content.esim else ""


@transaction.atomic
def _show(sale: Sale, eyes: Eyes) -> bytes | None:
    """Note that it is shown. None if it was refunded meanwhile: a refund holds this lock, too.

    A row for each look says whose it was; of the first one the voucher keeps the moment, too.
    """
    voucher = lock_voucher(sale.pk)
    if voucher is None or not Sale.objects.filter(pk=sale.pk, state=SaleState.COMPLETED).exists():
        return None
    Voucher.objects.filter(pk=voucher.pk).update(
        read_count=F("read_count") + 1,
        first_shown_at=voucher.first_shown_at or timezone.now(),
    )
    looks.keep(sale=sale, number=voucher.read_count + 1, eyes=eyes)
    return bytes(voucher.sealed)


def is_awaited(sale: Sale) -> bool:
    """Paid, and its code has not come yet."""
    return Voucher.objects.filter(sale=sale, state=VoucherState.AWAITED).exists()
