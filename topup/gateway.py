"""The edge to the provider for a sale: the only module that orders or asks about one.

Every answer and every error becomes an `Outcome`; nothing here decides what
happens to the sale. Never call it inside a transaction.
"""

import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import structlog
from django.core.cache import cache
from django.db import connection, transaction
from django.utils import timezone

from catalog.models import Product, Sku
from catalog.provider import client, told
from topup import sealing
from topup.evidence import Outcome, Verdict, judge_order, judge_status
from topup.hiding import without_secrets
from topup.kinds import KINDS
from topup.models import ProviderCall, Sale, Voucher, VoucherState
from topup.seen_codes import count_code
from valuetopup import Answer
from valuetopup.errors import NoAnswerError, RefusedError, RejectedRequestError, ValueTopupError
from valuetopup.types import AccountDetail, Bundle, EsimBundle, Estimate, Transaction

log = structlog.get_logger(__name__)
ESTIMATE_SECONDS = 6.0
ACCOUNT_SECONDS = 8.0
BUNDLES_SECONDS = 6.0
_SLOW_KEY = "provider-estimate-slow"


class ProviderCallInTransactionError(RuntimeError):
    """A provider call was about to be made with a transaction open."""


def _outside_transaction() -> None:
    # Tests wrap each case in a transaction of their own, marked by Django.
    if connection.in_atomic_block and not getattr(
        transaction.get_connection().atomic_blocks[-1], "_from_testcase", False
    ):
        raise ProviderCallInTransactionError


def estimate(sku: Sku, face_value: Decimal) -> Estimate | None:
    """What the provider says it costs and what arrives; None when it cannot say.

    The figure may be absurd. Error: `RefusedError` when it says that this amount or
    SKU cannot be sold. A provider that was slow is not asked again for half a minute.
    """
    _outside_transaction()
    if _cache_get(_SLOW_KEY):
        return None
    try:
        with told("estimate", sku=sku.provider_id):
            answer = client().estimate_cost(
                sku_id=sku.provider_id,
                amount=face_value,
                currency=sku.face_currency,
                deadline=ESTIMATE_SECONDS,
            )
    except RefusedError as refusal:
        count_code(code=refusal.code, text=refusal.message)
        raise
    except RejectedRequestError:
        return None  # the fault of this request, not of the provider
    except ValueTopupError:
        _cache_set(_SLOW_KEY, 30)
        return None
    return answer


def fetch_account(sku: Sku, account_number: str) -> AccountDetail | None:
    """A customer's account at a biller; None when the biller cannot be asked.

    Error: `RefusedError` when it was asked and said no, with its code.
    """
    _outside_transaction()
    try:
        with told("account", sku=sku.provider_id):
            return client().fetch_account(sku.provider_id, account_number, deadline=ACCOUNT_SECONDS)
    except RefusedError:
        raise
    except ValueTopupError:
        return None


def bundles(product: Product, msisdn: str, *, deadline: float = BUNDLES_SECONDS) -> list[Bundle]:
    """What is on offer for one number. Error: `ValueTopupError`, also for a number it refuses."""
    _outside_transaction()
    with told("bundles", product=product.provider_id):
        return client().bundles(product.provider_id, msisdn, deadline=deadline)


def purchase(sale: Sale, call: ProviderCall) -> Outcome:
    """Send the order of a claimed sale, once, and judge the answer."""
    _outside_transaction()
    outcome = judge_order(_answer(lambda: KINDS[sale.kind].order(client(), sale)))
    outcome = without_secrets(outcome, sale)
    _record(call, outcome)
    return _with_secret(sale, outcome)


def status(sale: Sale) -> Outcome:
    """Ask where a sale stands, and judge the answer."""
    _outside_transaction()
    call = ProviderCall.objects.create(sale=sale, call="status", started_at=timezone.now())
    outcome = replace(judge_status(_ask(sale.correlation_id)), asked_at=call.started_at)
    if outcome.not_found and _provider_knows_a_finished_id():
        outcome = replace(outcome, verdict=Verdict.DENIED)
    outcome = without_secrets(outcome, sale)
    _record(call, outcome)
    return _with_secret(sale, outcome)


def _with_secret(sale: Sale, outcome: Outcome) -> Outcome:
    """The outcome with the secret of a finished sale, where it takes a call to get that.

    Without an answer the sale is as finished; the secret is asked for again later.
    """
    fetch = getattr(KINDS[sale.kind], "fetch", None)
    if fetch is None or outcome.verdict is not Verdict.SUCCEEDED or outcome.transaction is None:
        return outcome
    if Voucher.objects.filter(sale=sale, state=VoucherState.READY).exists():
        return outcome
    call = ProviderCall.objects.create(sale=sale, call="fetch", started_at=timezone.now())
    secret, error = None, ""
    try:
        secret = fetch(client(), outcome.transaction)
    except Exception as problem:  # also our own: the order is done, whatever comes of this
        error = type(problem).__name__
    call.answered_at = timezone.now()
    call.error = error
    call.sealed = sealing.seal(secret) if secret else b""
    call.save(update_fields=["answered_at", "error", "sealed"])
    return replace(outcome, secret=secret)


def esim_status(iccid: str) -> list[EsimBundle]:
    """What is left on an eSIM, a row per bundle; it is written down nowhere.

    Errors: `RefusedError` when the provider knows nothing, other `ValueTopupError`.
    """
    _outside_transaction()
    with told("esim status"):
        return client().esim_status(iccid)


def balance() -> Decimal:
    """The provider's balance as it signs it. Error: `ValueTopupError`."""
    _outside_transaction()
    with told("balance"):
        return client().balance()


def _ask(correlation_id: str) -> Answer | ValueTopupError:
    return _answer(lambda: client().status(correlation_id))


def _answer(call: Callable[[], Answer]) -> Answer | ValueTopupError:
    """The answer or the error. An error of our own proves nothing: it may have been sent."""
    try:
        return call()
    except ValueTopupError as error:
        return error
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        # Neither its text nor the variables around it: a PIN may be among them.
        log.error("call failed", error=type(error).__name__, at=f"{place.filename}:{place.lineno}")
        return NoAnswerError(f"our own error: {type(error).__name__}")


def _provider_knows_a_finished_id() -> bool:
    """A 404 means "not known" only if a finished id still answers 000 right now."""
    month = timezone.now() - timedelta(days=30)
    finished = Sale.objects.filter(state="completed", settled_at__gte=month)
    known = finished.order_by("-pk").first()
    if known is None:
        return False
    return judge_status(_ask(known.correlation_id)).verdict is Verdict.SUCCEEDED


def _record(call: ProviderCall, outcome: Outcome) -> None:
    call.answered_at = timezone.now()
    count_code(code=outcome.code, text=outcome.message)
    log.info(
        "provider call",
        correlation_id=call.sale.correlation_id,
        call=call.call,
        verdict=str(outcome.verdict),
        response_code=outcome.code,
        http_status=outcome.http_status,
        error=outcome.error,
        ms=round((call.answered_at - call.started_at).total_seconds() * 1000),
    )
    call.http_status = outcome.http_status
    call.response_code = outcome.code
    call.response_message = outcome.message
    call.error = outcome.error
    call.details = clear_details(outcome.transaction)
    call.sealed = sealing.seal(outcome.raw) if outcome.raw else b""
    call.save(
        update_fields=["answered_at", "http_status", "response_code", "response_message",
                       "error", "details", "sealed"]
    )  # fmt: skip


def clear_details(answer: Transaction | None) -> dict[str, str]:
    """The allow-list of what is kept in clear: ids, date, amounts, top-up detail."""
    if answer is None:
        return {}
    found = {
        "transaction_id": answer.transaction_id,
        "transaction_date": answer.transaction_date,
        "invoice_amount": answer.invoice_amount,
        "face_value": answer.face_value,
        "discount": answer.discount,
        "fee": answer.fee,
    }
    if answer.topup:
        found |= {
            "local_currency_amount": answer.topup.local_currency_amount,
            "sales_tax_amount": answer.topup.sales_tax_amount,
            "destination_currency": answer.topup.destination_currency,
            "operator_transaction_id": answer.topup.operator_transaction_id,
        }
    return {name: str(value)[:80] for name, value in found.items() if value is not None}


def _cache_get(key: str) -> object:
    try:
        return cache.get(key)
    except Exception:
        return None


def _cache_set(key: str, seconds: int) -> None:
    try:
        cache.set(key, True, seconds)
    except Exception:
        return
