"""Which provider this database belongs to, and the money that lies there."""

import time
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import NamedTuple

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Sum

from ledger import services as ledger
from ledger.models import AccountKind, Entry, EntryKind
from ledger.queries import house_balance
from topup import gateway
from topup.errors import WrongProviderError
from topup.models import Person, ProviderIdentity, Sale
from topup.models.alarm import AlarmKind
from topup.services import alarms
from topup.states import OPEN
from valuetopup import is_loopback

_LAST = "provider-balance"
log = structlog.get_logger(__name__)


@transaction.atomic
def check_identity() -> ProviderIdentity:
    """Record the provider at first use; afterwards refuse another. Safe to repeat.

    Error: `WrongProviderError`, with what is recorded and what is set.
    """
    wanted = {
        "base_url": settings.VALUETOPUP_BASE_URL,
        "user_id": settings.VALUETOPUP_USER_ID,
        "wallet_currency": settings.VALUETOPUP_WALLET_CURRENCY,
    }
    found, _ = ProviderIdentity.objects.get_or_create(only=True, defaults=wanted)
    if _is_other(found, wanted):
        raise WrongProviderError(
            f"This database belongs to the provider {found}; the settings name "
            f"{wanted['user_id']} at {wanted['base_url']}, {wanted['wallet_currency']}. "
            "Set VALUETOPUP_* as recorded, or use another database."
        )
    return found


def _is_other(found: ProviderIdentity, wanted: dict[str, str]) -> bool:
    same_address = found.base_url == wanted["base_url"] or (
        # The simulator of the embedded default may come up on another port.
        settings.PROVIDER_IS_LOOPBACK and is_loopback(found.base_url)
    )
    return not same_address or any(
        getattr(found, name) != wanted[name] for name in ("user_id", "wallet_currency")
    )


def available_at_provider() -> Decimal:
    """Our money at the provider, in the wallet's currency; asks it.

    The provider signs it the other way round: negative is money to spend
    (prepaid), positive is money we owe (credit terms).
    """
    return -gateway.balance()


def open_provider_account() -> None:
    """Start the provider's account in the books with its own balance. Safe to repeat."""
    currency = settings.VALUETOPUP_WALLET_CURRENCY
    told = available_at_provider()
    with transaction.atomic():
        provider = ledger.house(AccountKind.PROVIDER, currency)
        opening = ledger.house(AccountKind.OPENING, currency)
        if provider.lines.filter(entry__kind=EntryKind.OPENING).exists():
            return
        amount = told - house_balance(AccountKind.PROVIDER, currency)
        if not amount:
            return
        ledger.post(
            kind=EntryKind.OPENING,
            key=f"opening:{currency}",
            lines=[(provider, -amount), (opening, amount)],
            memo="balance told by the provider",
        )


def fund_wallet(*, amount: Decimal, by: Person | None, memo: str, key: str) -> Entry:
    """Record money that was sent to the provider (negative corrects). Safe to repeat by its key."""
    currency = settings.VALUETOPUP_WALLET_CURRENCY
    return ledger.post(
        kind=EntryKind.FUNDING if amount > 0 else EntryKind.CORRECTION,
        key=f"funding:{key}",
        lines=[
            (ledger.house(AccountKind.PROVIDER, currency), -amount),
            (ledger.house(AccountKind.BANK, currency), amount),
        ],
        memo=memo,
        by_id=by.pk if by else None,
    )


@dataclass(frozen=True)
class Comparison:
    """What the provider tells beside what the books say, in the wallet's currency."""

    told: Decimal
    books: Decimal
    on_the_way: Decimal  # the cost of sales that the provider may have charged already
    is_explained: bool

    @property
    def difference(self) -> Decimal:
        return self.told - self.books


def compare_balance() -> Comparison:
    """Ask the provider what it has of us. Error: `ValueTopupError`.

    Sales on their way may explain a difference up to their cost. The books are
    read before and after the provider tells, for sales go on meanwhile.
    """
    currency = settings.VALUETOPUP_WALLET_CURRENCY
    before = _explained(currency)
    told = available_at_provider()
    after = _explained(currency)
    is_explained = min(before[0], after[0]) - 1 <= told <= max(before[1], after[1]) + 1
    found = Comparison(told, after[1], after[1] - after[0], is_explained)
    _keep(found)
    return found


class Last(NamedTuple):
    """A comparison that was made at `at`, in seconds of Unix time."""

    found: Comparison
    at: float


def last_comparison() -> Last | None:
    """What was found when the provider was last asked; None after the cache was emptied.

    For who watches; nothing is decided by it. Errors of the cache come through.
    """
    kept = cache.get(_LAST)
    return Last(Comparison(**kept["found"]), kept["at"]) if kept else None


def _keep(found: Comparison) -> None:
    try:
        cache.set(_LAST, {"found": asdict(found), "at": time.time()}, None)
    except Exception:
        log.warning("the cache does not answer; the balance of the provider is not kept")


def check_balance() -> Decimal:
    """The difference between the provider's balance and the books; alarms when it is real."""
    open_provider_account()
    currency = settings.VALUETOPUP_WALLET_CURRENCY
    found = compare_balance()
    told = found.told
    if not found.is_explained:
        alarms.raise_alarm(
            AlarmKind.BALANCE,
            f"the provider has {told} {currency}, the books say {found.books}",
            about="the books",
        )
    elif settings.VALUETOPUP_TERMS == "prepaid" and told < Decimal(str(settings.LOW_BALANCE)):
        alarms.raise_alarm(AlarmKind.BALANCE, f"only {told} {currency} left at the provider")
    return found.difference


def _explained(currency: str) -> tuple[Decimal, Decimal]:
    """What the provider may have, by our books: with every open sale charged, and with none."""
    on_the_way = Sale.objects.filter(state__in=OPEN).aggregate(cost=Sum("cost"))["cost"]
    books = house_balance(AccountKind.PROVIDER, currency)
    return books - (on_the_way or 0), books
