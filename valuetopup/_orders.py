"""Orders, and the status of an order.

Each call posts once and never again. All take `correlation_id`, unique for the order,
and `send_before` (aware): from then on nothing is sent, NotSentError. Amounts are in
`currency`, the SKU's `face_currency`. ValueError: an argument that must not be sent.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from valuetopup import _check
from valuetopup._answers import Envelope
from valuetopup._calls import Calls, given
from valuetopup._rows import Row
from valuetopup._transport import Request
from valuetopup.types import Answer, Transaction

type Infos = Iterable[tuple[str, str]]  # (name, value)


class OrderCalls(Calls):
    def topup(
        self,
        *,
        sku_id: int,
        amount: Decimal,
        currency: str,
        msisdn: str,
        correlation_id: str,
        send_before: datetime | None = None,
        sender_msisdn: str | None = None,
        boost_pin: str | None = None,
        plan_months: int | None = None,
        additional_infos: Infos = (),
    ) -> Answer:
        """Order credit for a phone (category Rtr). `amount` is needed for fixed SKUs, too."""
        body = _amount(amount, currency) | given(
            mobile=_check.msisdn(msisdn),
            senderMobile=_check.msisdn(sender_msisdn) if sender_msisdn else None,
            boostPin=_check.boost_pin(boost_pin) if boost_pin else None,
            numberOfPlanMonths=(
                None if plan_months is None else _check.number(plan_months, "months")
            ),
            additionalInfos=_check.infos(additional_infos),
        )
        return self._order("transaction/topup", sku_id, correlation_id, send_before, body)

    def pin(
        self,
        *,
        sku_id: int,
        correlation_id: str,
        send_before: datetime | None = None,
        recipient: str | None = None,
        additional_infos: Infos = (),
    ) -> Answer:
        """Order a PIN. The provider sends it to `recipient` by SMS as well, if given."""
        body = given(
            recipient=_check.msisdn(recipient) if recipient else None,
            additionalInfos=_check.infos(additional_infos),
        )
        return self._order("transaction/pin", sku_id, correlation_id, send_before, body)

    def bill(
        self,
        *,
        sku_id: int,
        amount: Decimal,
        currency: str,
        account_number: str,
        correlation_id: str,
        send_before: datetime | None = None,
        msisdn: str | None = None,
        check_digits: str | None = None,
        sender_msisdn: str | None = None,
        sender_name: str | None = None,
        additional_infos: Infos = (),
    ) -> Answer:
        """Pay a bill. For a postpaid phone `account_number` is the number."""
        body = _amount(amount, currency) | given(
            accountNumber=_check.text(account_number, "the account number"),
            mobileNumber=_check.msisdn(msisdn) if msisdn else None,
            checkDigits=_check.optional_text(check_digits, "check digits"),
            senderMobile=_check.msisdn(sender_msisdn) if sender_msisdn else None,
            senderName=_check.optional_text(sender_name, "the sender's name"),
            additionalInfos=_check.infos(additional_infos),
        )
        return self._order("transaction/billpay", sku_id, correlation_id, send_before, body)

    def gift_card(
        self,
        *,
        sku_id: int,
        amount: Decimal,
        currency: str,
        correlation_id: str,
        send_before: datetime | None = None,
        first_name: str | None = None,
        last_name: str | None = None,
        recipient: str | None = None,
        additional_infos: Infos = (),
    ) -> Answer:
        """Order a gift card. Often 852 at first; then `status`, then `fetch_gift_card`."""
        body = _amount(amount, currency) | given(
            firstName=_check.optional_text(first_name, "the first name"),
            lastName=_check.optional_text(last_name, "the last name"),
            recipient=_check.msisdn(recipient) if recipient else None,
            additionalInfos=_check.infos(additional_infos),
        )
        return self._order("transaction/giftcard/order", sku_id, correlation_id, send_before, body)

    def esim(
        self, *, sku_id: int, correlation_id: str, send_before: datetime | None = None
    ) -> Answer:
        """Order an eSIM profile. Neither amount nor number."""
        return self._order("esim/order", sku_id, correlation_id, send_before, {})

    def status(self, correlation_id: str) -> Answer:
        """How an order stands. Safe to repeat: this is the only way to ask again."""
        path = f"transaction/status/{_check.correlation_id(correlation_id)}"
        self._status_pace.wait()
        request = Request(path=path, deadline=self._deadline, correlation_id=correlation_id)
        return _answer(self._transport.send(request))

    def _order(
        self,
        path: str,
        sku_id: int,
        correlation_id: str,
        send_before: datetime | None,
        body: dict[str, Any],
    ) -> Answer:
        named = {
            "skuId": _check.number(sku_id, "a SKU id"),
            "correlationId": _check.correlation_id(correlation_id),
        }
        request = Request(
            method="POST",
            path=path,
            body=named | body,
            deadline=self._order_deadline,
            correlation_id=correlation_id,
            send_before=_check.moment(send_before),
            is_order=True,
        )
        return _answer(self._transport.send(request))


def _amount(amount: Decimal, currency: str) -> dict[str, Any]:
    """Always both: an amount alone would be taken in the wallet's currency."""
    return {
        "amount": _check.amount(amount),
        "transactionCurrencyCode": _check.currency(currency),
    }


def _answer(envelope: Envelope) -> Answer:
    return Answer(
        http_status=envelope.http_status,
        code=envelope.code,
        message=envelope.message,
        transaction=Transaction.read(Row(envelope.payload)),
        raw=envelope.raw,
    )
