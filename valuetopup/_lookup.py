"""Questions about one number, one account, one price or the wallet."""

from decimal import Decimal

from valuetopup import _check
from valuetopup._calls import Calls, given, no_answer, read_loose_list, read_object
from valuetopup._rows import Row, to_decimal
from valuetopup._transport import Request
from valuetopup.types import AccountDetail, EsimBundle, Estimate, GiftCard, LookupRow


class LookupCalls(Calls):
    """Every call here may be repeated freely. `deadline` in seconds, for the whole answer."""

    def balance(self) -> Decimal:
        """The wallet as the provider signs it, in the wallet's currency.

        Prepaid terms: negative is what may be spent. Credit terms: positive is owed.
        """
        envelope = self._get("account/balance")
        balance = to_decimal(envelope.payload)
        if balance is None:
            balance = Row(envelope.payload).decimal("balance")
        if balance is None:
            raise no_answer(envelope, "balance")
        return balance

    def lookup_mobile(
        self, msisdn: str, *, language: str | None = None, deadline: float | None = None
    ) -> list[LookupRow]:
        """The products that fit a number (digits, country code first)."""
        path = f"lookup/mobile/{_check.msisdn(msisdn)}"
        return read_loose_list(
            self._get(path, language=language, deadline=deadline), LookupRow.read
        )

    def fetch_account(
        self, sku_id: int, account_number: str, *, deadline: float | None = None
    ) -> AccountDetail:
        """A customer's account at a biller: who, how much, until when."""
        params = {
            "skuId": _check.number(sku_id, "a SKU id"),
            "accountNumber": _check.text(account_number, "the account number"),
        }
        path = "lookup/billpay/fetch-account-detail"
        envelope = self._get(path, params=params, deadline=deadline)
        return read_object(envelope, AccountDetail.read)

    def estimate_cost(
        self, *, sku_id: int, amount: Decimal, currency: str, deadline: float | None = None
    ) -> Estimate:
        """What an order would cost; orders nothing. ConfigurationError 404: no such call."""
        body = given(
            skuId=_check.number(sku_id, "a SKU id"),
            amount=_check.amount(amount),
            transactionCurrencyCode=_check.currency(currency),
        )
        request = Request(
            method="POST",
            path=self._estimate_path,
            body=body,
            deadline=deadline or self._deadline,
        )
        return read_object(self._ask(request), Estimate.read)

    def fetch_gift_card(self, transaction_id: int) -> GiftCard:
        """The card of a finished order, by the provider's transaction id (not ours)."""
        _check.number(transaction_id, "a transaction id")
        return read_object(self._get(f"transaction/giftcard/fetch/{transaction_id}"), GiftCard.read)

    def esim_status(self, iccid: str) -> list[EsimBundle]:
        """What is left on an eSIM, a row per bundle."""
        return read_loose_list(self._get(f"esim/status/{_check.iccid(iccid)}"), EsimBundle.read)
