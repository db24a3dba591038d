"""A delivered sale: its posting, its voucher, and details that come later.

All run inside `settling.apply_outcome`, under the sale's row lock.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from catalog.models import Sku
from ledger import services as ledger
from ledger.models import AccountKind, EntryKind
from ledger.money import plausible
from topup import schedule, sealing
from topup.evidence import Outcome
from topup.kinds import KINDS
from topup.models import Person, Sale, Voucher, VoucherState
from topup.models.alarm import AlarmKind
from topup.services import alarms, claims, delivered
from topup.services.moves import move, remember
from topup.states import DELIVERED, SaleState

VARIANCE_SHARE = Decimal("0.01")
VARIANCE_AMOUNT = Decimal("0.05")
NO_INVOICE = "no invoice yet: posted at the quoted cost"
#: For so long details are asked for that a secret may be among, where none need be.
MAYBE_PATIENCE = timedelta(minutes=2)
BY_HAND = "done by a person's word: posted at the quoted cost"


def invoice_of(outcome: Outcome) -> Decimal | None:
    """What the provider charged, in the wallet's currency; None if it does not say."""
    return plausible(outcome.transaction.invoice_amount) if outcome.transaction else None


def lacks_details(sale: Sale) -> bool:
    """True if the provider still owes a delivered sale its invoice or its code.

    Of a refunded one only the invoice matters: the claim is about that.
    """
    return sale.invoice_is_assumed or (
        sale.state in DELIVERED
        and Voucher.objects.filter(sale=sale, state=VoucherState.AWAITED).exists()
    )


def complete(
    sale: Sale,
    outcome: Outcome,
    *,
    by: Person | None = None,
    note: str = "",
    flag: str = NO_INVOICE,
) -> bool:
    """Capture the hold, post cost, income and commission, seal the secret.

    `flag` is put on a sale whose invoice is missing. False if the move is not allowed.
    """
    invoice = invoice_of(outcome)
    posted = sale.cost if invoice is None else invoice
    now = timezone.now()
    is_whole = _seal_secret(sale, outcome)
    moved = move(
        sale, SaleState.COMPLETED, evidence=_evidence(outcome), by=by, note=note,
        settled_at=now, invoice_amount=posted, invoice_is_assumed=invoice is None,
        was_acknowledged=True, poll_count=0,
        next_poll_at=None if invoice and is_whole and not _may_lack_secret(sale, outcome)
        else now + schedule.DETAIL_APART,
        flag="" if invoice else flag,
        **_references(sale, outcome),
    )  # fmt: skip
    if not moved:
        return False
    ledger.capture_hold(
        hold=sale.hold,
        key=f"sale:{sale.correlation_id}",
        reference=sale.correlation_id,
        memo=sale.sku_name,
        against=[
            (ledger.house(AccountKind.PROVIDER, sale.currency), posted),
            (ledger.house(AccountKind.INCOME, sale.currency), sale.price - sale.cost),
            (ledger.house(AccountKind.COMMISSION, sale.currency), -sale.commission),
            (ledger.house(AccountKind.VARIANCE, sale.currency), sale.cost - posted),
        ],
    )
    _judge_variance(sale, posted)
    delivered.judge(sale)
    return True


def fill_details(sale: Sale, outcome: Outcome) -> None:
    """A sale that was delivered gets the invoice or the code that it lacked. Safe to repeat."""
    changes: dict[str, Any] = _references(sale, outcome)
    invoice = invoice_of(outcome)
    if invoice is not None and sale.invoice_is_assumed:
        _correct_invoice(sale, invoice)
        changes |= {"invoice_amount": invoice, "invoice_is_assumed": False}
        changes["flag"] = "" if sale.flag in {NO_INVOICE, BY_HAND} else sale.flag
    _seal_secret(sale, outcome)
    Sale.objects.filter(pk=sale.pk).update(**changes, poll_count=sale.poll_count + 1)
    sale.refresh_from_db()
    delivered.judge(sale)
    ask_for_details(sale, outcome)


def ask_for_details(sale: Sale, outcome: Outcome | None = None) -> None:
    """Set the next question of a delivered sale: none if it lacks nothing.

    `outcome` is the answer that was read just now, if there is one.
    """
    now = timezone.now()
    since = sale.settled_at or now
    at = schedule.next_detail_at(settled_at=since, now=now)
    may_lack = outcome and _may_lack_secret(sale, outcome) and now - since < MAYBE_PATIENCE
    is_due = may_lack or lacks_details(sale)
    Sale.objects.filter(pk=sale.pk).update(next_poll_at=at if is_due else None)


def _may_lack_secret(sale: Sale, outcome: Outcome) -> bool:
    """True where a kind that need not have a secret cannot tell yet."""
    may_lack = getattr(KINDS[sale.kind], "may_lack_secret", None)
    return bool(may_lack and may_lack(outcome.transaction))


def deliver_late(sale: Sale, outcome: Outcome) -> None:
    """Success after our decline: the invoice is the distributor's loss, the float a person's."""
    told = invoice_of(outcome)
    invoice = told or sale.cost
    _seal_secret(sale, outcome)
    moved = move(
        sale, SaleState.DELIVERED_LATE, note="delivered after the money was given back",
        evidence=_evidence(outcome), invoice_amount=invoice, invoice_is_assumed=told is None,
        flag="delivered late: decide about the shop's float", **_references(sale, outcome),
    )  # fmt: skip
    if not moved:
        return
    ledger.post(
        kind=EntryKind.LATE,
        key=f"late:{sale.correlation_id}",
        reference=sale.correlation_id,
        memo=sale.sku_name,
        lines=[
            (ledger.house(AccountKind.PROVIDER, sale.currency), invoice),
            (ledger.house(AccountKind.LATE, sale.currency), -invoice),
        ],
    )
    ask_for_details(sale)
    alarms.raise_alarm(AlarmKind.LATE, f"delivered late, loss {invoice} {sale.currency}", sale=sale)


def _correct_invoice(sale: Sale, invoice: Decimal) -> None:
    more = invoice - (sale.invoice_amount or sale.cost)
    bearer = _bearer(sale, invoice)
    if more:
        ledger.post(
            kind=EntryKind.INVOICE,
            key=f"invoice:{sale.correlation_id}",
            reference=sale.correlation_id,
            lines=[
                (ledger.house(AccountKind.PROVIDER, sale.currency), more),
                (ledger.house(bearer, sale.currency), -more),
            ],
        )
    remember(sale, "the invoice has come", evidence={"invoice": str(invoice)})
    _judge_variance(sale, invoice)


def _bearer(sale: Sale, invoice: Decimal) -> AccountKind:
    """Who pays what the invoice is more than was assumed."""
    if sale.state == SaleState.REFUNDED:
        return claims.follow_invoice(sale=sale, invoice=invoice)
    is_late = sale.state == SaleState.DELIVERED_LATE
    return AccountKind.LATE if is_late else AccountKind.VARIANCE


def _judge_variance(sale: Sale, invoice: Decimal) -> None:
    limit = max(sale.cost * VARIANCE_SHARE, VARIANCE_AMOUNT)
    if abs(invoice - sale.cost) <= limit:
        return
    if sale.months > 1:
        _stop_months(sale, invoice)
        return
    message = f"invoice {invoice} against quoted cost {sale.cost} {sale.currency}: SKU paused"
    alarms.raise_alarm(AlarmKind.VARIANCE, message, sale=sale)
    Sku.objects.filter(provider_id=sale.provider_sku_id, paused_at=None).update(
        paused_at=timezone.now(), pause_reason=message[:200]
    )


def _stop_months(sale: Sale, invoice: Decimal) -> None:
    """Several months did not cost so many times one: the SKU is sold for one month only."""
    message = (
        f"invoice {invoice} against {sale.cost} {sale.currency} for {sale.months} months: "
        "sold for one month only from now on"
    )
    alarms.raise_alarm(AlarmKind.VARIANCE, message, sale=sale)
    Sku.objects.filter(provider_id=sale.provider_sku_id, months_off_at=None).update(
        months_off_at=timezone.now()
    )


def _seal_secret(sale: Sale, outcome: Outcome) -> bool:
    """Keep the secret sealed. False while it is awaited; True when there is none to keep."""
    kind = KINDS[sale.kind]
    content = outcome.secret
    if content is None and outcome.transaction:
        content = kind.secret(outcome.transaction)
    if content is None and not kind.HAS_SECRET:
        return True
    voucher, _ = Voucher.objects.get_or_create(sale=sale)
    if voucher.state == VoucherState.READY:
        return True
    if content is None:
        return False
    Voucher.objects.filter(pk=voucher.pk).update(
        state=VoucherState.READY, sealed=sealing.seal(content), ready_at=timezone.now()
    )
    return True


def _references(sale: Sale, outcome: Outcome) -> dict[str, Any]:
    """What a delivered sale learns of the answer; what was promised where it tells no amount."""
    found = delivered.as_promised(sale)
    answer = outcome.transaction
    if answer is None:
        return found
    if answer.transaction_id:
        found["provider_reference"] = str(answer.transaction_id)[:40]
    if answer.topup and answer.topup.operator_transaction_id:
        found["operator_reference"] = str(answer.topup.operator_transaction_id)[:80]
    arrived = plausible(answer.topup.local_currency_amount) if answer.topup else None
    if answer.topup and arrived and len(answer.topup.destination_currency) == 3:
        found["delivered_amount"] = arrived
        found["delivered_currency"] = answer.topup.destination_currency
    return found


def _evidence(outcome: Outcome) -> dict[str, str]:
    return {"code": outcome.code, "http_status": str(outcome.http_status or "")}
