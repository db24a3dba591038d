"""A receipt as blocks in the language of the moment: pages lay them out, and so does the PDF.

What a customer reads is written here and in `voucherblocks` and nowhere else, so that no
paper says less than another.
"""

from django.conf import settings
from django.utils.formats import date_format, time_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal import arrivalwords
from portal.paper import Block, Row, code, logo, qr, rows, text
from portal.templatetags.counter import money_alone, money_text
from portal.voucherblocks import voucher_blocks
from topup.models import OwedState
from topup.services.receipts import Receipt


def blocks(receipt: Receipt, *, mark: str = "", status_url: str = "") -> list[Block]:
    """The whole paper, from top to bottom. `mark` tells a copy from the original."""
    return [
        *_training(),
        *([Block("mark", mark)] if mark else []),
        *logo(receipt.logo, receipt.brand),
        Block("title", receipt.shop_name),
        *text(receipt.shop_address),
        *text(f"{receipt.kind_name} · {receipt.state}", style="strong"),
        *_goods(receipt),
        *_paid(receipt),
        *_owed(receipt),
        *_voucher(receipt),
        *_kiosk(receipt),
        *_references(receipt),
        *qr(_("Where it stands: scan"), status_url),
        *text(receipt.brand),
        *_training(),
    ]


def mark_of(copy: int) -> str:
    """What a copy is marked with; "" for the original."""
    return _("COPY %(n)d") % {"n": copy} if copy else ""


def mark_of_screen() -> str:
    """What marks a code that is looked at after its receipt was printed."""
    return _("Shown again")


def _training() -> list[Block]:
    """Where a simulator stands in for the provider: at both ends, so that neither is cut off."""
    return [Block("mark", _("Training: nothing is really sold"))] if settings.SIMULATOR else []


def _goods(receipt: Receipt) -> list[Block]:
    at = localtime(receipt.at)
    when = f"{date_format(at, 'DATE_FORMAT')} {time_format(at, 'TIME_FORMAT')}"
    validity = "" if receipt.is_given_back else arrivalwords.validity(receipt.validity)
    first = [
        Row(_("Receipt"), receipt.number, is_code=True),
        Row(_("Date"), when),
        Row(_("Number"), receipt.recipient, is_code=True),
        Row(_("Account"), receipt.account, is_code=True),
        Row(_("Name"), receipt.account_name),
        Row(_("Operator"), receipt.operator),
        Row(_("Country"), receipt.country),
        Row(_("Product"), receipt.product),
    ]
    then = [_due(receipt), _face_value(receipt), _arrival(receipt), Row(_("Validity"), validity)]
    if receipt.contents:
        return [*rows(*first), *text(receipt.contents), *rows(*then)]
    return rows(*first, *then)


def _due(receipt: Receipt) -> Row | None:
    """What was due on a bill, where something else was paid."""
    return Row(_("Amount due"), money_alone(*receipt.due), is_code=True) if receipt.due else None


def _face_value(receipt: Receipt) -> Row | None:
    """The amount that was sold, where nothing else says it."""
    if not receipt.is_amount_told:
        return None
    if receipt.months == 1:
        amount = money_alone(receipt.face_value, receipt.face_currency)
        return Row(_("Amount"), amount, is_code=True)
    plan = ngettext("%(months)s month", "%(months)s months", receipt.months)
    one = money_text(receipt.face_value, receipt.face_currency)
    return Row(_("Amount"), f"{plan % {'months': receipt.months}} × {one}")


def _arrival(receipt: Receipt) -> Row | None:
    """What arrived or will; nothing where nothing came of the sale."""
    if receipt.arrival is None:
        return None
    label = str(arrivalwords.label(receipt.kind, receipt.arrival))
    return Row(label, _amount(receipt.arrival.amount, receipt.arrival.currency), is_code=True)


def _paid(receipt: Receipt) -> list[Block]:
    collected = _amount(receipt.collected_amount, receipt.collected_currency)
    is_other = receipt.collected_currency != receipt.currency
    price = _amount(receipt.price, receipt.currency) if is_other else ""
    used = _amount(receipt.used, receipt.collected_currency)
    return rows(
        Row(_("Paid"), collected, is_code=True, is_total=True),
        Row(_("Price"), price, is_code=True),
        Row(_("of it money owed"), used, is_code=True),
        style="sum",
    )


def _owed(receipt: Receipt) -> list[Block]:
    found: list[Block] = []
    if receipt.owed and receipt.owed.state == OwedState.OWED:
        amount = money_text(receipt.owed.amount, receipt.owed.currency)
        told = _("The shop owes you %(amount)s") % {"amount": amount}
        found += text(told, style="strong")
    elif receipt.owed:
        words = str(receipt.owed.get_state_display())
        found += text(words[:1].upper() + words[1:])
    elif receipt.is_given_back:
        found += text(_("Ask the shop for your money."), style="strong")
    return found + code(_("Code for money back"), receipt.claim_code)


def _voucher(receipt: Receipt) -> list[Block]:
    found = voucher_blocks(receipt.voucher)
    if receipt.is_code_hidden:
        found += text(_("The code is on the receipt that was printed first."))
    if receipt.is_code_awaited:
        found += text(_("Paid. The code is on its way: ask at the counter."), style="strong")
    if not receipt.is_delivered:
        found += text(_("This is no proof of delivery."), style="strong")
    return found


def _kiosk(receipt: Receipt) -> list[Block]:
    """With these two numbers the kiosk tells the customer how the sale stands, and no one else."""
    if not receipt.kiosk_claim:
        return []
    return [
        *code(_("Claim number for the kiosk"), receipt.kiosk_claim),
        *rows(Row(_("Code of the kiosk"), receipt.kiosk_code, is_code=True)),
        *text(_("With both numbers the kiosk shows you how your sale stands. Keep them.")),
    ]


def _references(receipt: Receipt) -> list[Block]:
    return rows(
        Row(_("Operator’s reference"), receipt.operator_reference, is_code=True),
        Row(_("Reference"), receipt.provider_reference, is_code=True),
        Row(_("Paid by"), receipt.tender),
        Row(_("Served by"), receipt.agent_name),
        Row(_("Help"), receipt.hotline, is_code=True),
        style="fine",
    )


def _amount(amount: object, currency: str) -> str:
    """To stand alone."""
    return money_alone(amount, currency) if amount is not None else ""  # type: ignore[arg-type]
