"""What a customer needs of each kind of voucher, as blocks: codes large, steps short."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.paper import Block, Row, code, qr, rows, text
from topup.services.vouchers import (
    VoucherCard,
    VoucherContent,
    VoucherEsim,
    VoucherPin,
    VoucherToken,
)


def voucher_blocks(content: VoucherContent | None) -> list[Block]:
    """All of a voucher; nothing without one."""
    if content is None:
        return []
    found = [block for pin in content.pins for block in _pin(pin)]
    found += _card(content.card) if content.card else []
    found += _esim(content.esim) if content.esim else []
    found += _token(content.token) if content.token else []
    return found + text(content.instructions)


def day(told: str) -> str:
    """A day as people write it; the provider's own text where it is not sure which day it is."""
    try:
        return date_format(date.fromisoformat(told[:10]), "DATE_FORMAT")
    except ValueError:
        return told


def _pin(pin: VoucherPin) -> list[Block]:
    return code(_("Your code"), pin.spoken) + rows(
        Row(_("Control number"), pin.control_number, is_code=True),
        Row(_("Valid until"), day(pin.expiration_date)),
    )


def _card(card: VoucherCard) -> list[Block]:
    return [
        *code(_("Card number"), card.spoken),
        *code(_("PIN of the card"), card.pin),
        *qr(_("Get the card: scan, or type this address"), card.web_link),
        *([Block("address", card.link)] if card.link else []),
        *rows(Row(_("Valid until"), day(card.expiration_date))),
    ]


def _token(token: VoucherToken) -> list[Block]:
    return [
        *code(_("Token for the meter"), token.spoken),
        *rows(Row(_("Units"), token.unit)),
        *text(token.narration),
    ]


def _esim(esim: VoucherEsim) -> list[Block]:
    by_hand = esim.matching_id or esim.activation_code
    return [
        *qr(_("eSIM: scan with the phone that it is for"), esim.qr_text),
        *rows(
            Row(_("Address (SM-DP+)"), esim.address, is_code=True),
            Row(_("Activation code"), by_hand, is_code=True),
            Row(_("eSIM number (ICCID)"), esim.iccid, is_code=True),
        ),
        *_picture(esim.picture_link),
        *_steps(),
    ]


def _picture(link: str) -> list[Block]:
    told = text(_("The picture of the code is at this address:"))
    return [*told, Block("address", link)] if link else []


def _steps() -> list[Block]:
    iphone = (
        _("Join Wi-Fi."),
        _("Settings › Mobile Data › Add eSIM."),
        _("Use QR Code: scan it. Or: Enter Details Manually."),
        _("Turn on the new line and its data roaming."),
    )
    android = (
        _("Join Wi-Fi."),
        _("Settings › Network › SIM › Add eSIM."),
        _("Scan the QR code. Or: type the code."),
        _("Turn on the new SIM and its data roaming."),
    )
    once = _("It can be loaded only once. Do not delete it from the phone.")
    return [
        Block("steps", label="iPhone", steps=iphone),
        Block("steps", label="Android", steps=android),
        *text(once, style="strong"),
    ]
