"""What a customer pays, what we owe, what the shop earns: a cost and the rules in force.

charge = price − commission is what the shop's float pays. A sale that would lose
money is not offered, unless its rule says that it may.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from structlog.contextvars import bound_contextvars

from catalog.models import Sku
from ledger.money import plausible, round_up, unit
from topup import gateway, rules, sealing
from topup.errors import AmountError, BadQuoteError, LosingSaleError, NotSellableError
from topup.kinds import BY_CATEGORY, KINDS
from topup.kinds.airtime import months_of
from topup.kinds.base import Extras, clean
from topup.kinds.bill import account_of
from topup.models import Shop
from topup.models.alarm import AlarmKind
from topup.rules import Amounts, Terms
from topup.services import alarms, assortment, bundles, limits, pauses, pricebooks
from topup.services.pricebooks import ShopRules
from valuetopup.errors import RefusedError
from valuetopup.types import Estimate

_SEALED_AS = "quote"  # no other sealed value is taken for one
_DECIMALS = (
    "face_value", "price", "cost", "commission", "delivered_amount", "second_price", "tax", "fee",
)  # fmt: skip
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,4000}={0,2}", re.ASCII)


@dataclass(frozen=True)
class Quote:
    """A price fixed for one shop, one SKU, one face value and one number.

    Amounts of money are in `currency` (the wallet's). `correlation_id` is the
    key of the sale that may come of it; `version` the state of catalogue and
    terms it was made under; the rules are those that made price and commission.
    `second_price` is the price in the shop's second currency, if it takes one.
    `extras` is what was typed besides; names in `secrets` are kept sealed. `face_value`
    is for one of the `months`, all else for all of them. `tax` is in the currency that
    is delivered, `fee` in the wallet's and in the price already: both are only shown.
    `is_estimated`: what arrives is the provider's estimate, not the catalogue's figure.
    `offer_id`: the offer of a kiosk that is sold by it, 0 for none; then `correlation_id` is
    the key of its claim.
    """

    sku_id: int
    shop_id: int
    recipient: str
    face_value: Decimal
    face_currency: str
    delivered_amount: Decimal | None
    delivered_currency: str
    price: Decimal
    cost: Decimal
    commission: Decimal
    currency: str
    second_price: Decimal | None
    second_currency: str
    price_rule_id: int
    commission_rule_id: int | None
    expires_at: datetime
    correlation_id: str
    version: str
    extras: Extras = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = ()
    months: int = 1
    tax: Decimal | None = None
    fee: Decimal | None = None
    is_estimated: bool = False
    offer_id: int = 0

    @property
    def clear_extras(self) -> Extras:
        return {name: value for name, value in self.extras.items() if name not in self.secrets}

    @property
    def account(self) -> str:
        """The account whose bill is paid; "" for all other goods."""
        return account_of(self.extras)

    @property
    def secret_extras(self) -> Extras:
        return {name: value for name, value in self.extras.items() if name in self.secrets}

    @property
    def rate(self) -> Decimal | None:
        """What arrives for one unit of the face value; None where it is the same money."""
        if self.delivered_amount is None or self.delivered_currency == self.face_currency:
            return None
        return self.delivered_amount / (self.face_value * self.months)

    @property
    def charge(self) -> Decimal:
        """What the shop's float pays."""
        return self.price - self.commission

    @property
    def is_expired(self) -> bool:
        return timezone.now() >= self.expires_at

    @property
    def seconds_left(self) -> int:
        """For how long the price holds yet."""
        return max(0, int((self.expires_at - timezone.now()).total_seconds()))

    @property
    def token(self) -> str:
        """The quote as a sealed string for a form: the shop need not read what we pay."""
        return sealing.seal({_SEALED_AS: asdict(self)}).decode()

    @classmethod
    def from_token(cls, token: str, *, shop: Shop) -> "Quote":
        """The quote of a form. Expiry is not checked here: a sale may exist already.

        Error: `BadQuoteError` for a token we did not make, or made for another shop.
        """
        try:
            if len(token) % 4 or not _TOKEN.fullmatch(token):  # base64 forgives what follows it
                raise BadQuoteError
            quote = cls(**_typed(sealing.unseal(token.encode())[_SEALED_AS]))
        except (sealing.SealError, KeyError, TypeError, ValueError, ArithmeticError):
            raise BadQuoteError from None
        if quote.shop_id != shop.pk:
            raise BadQuoteError
        return quote


def _typed(data: dict[str, Any]) -> dict[str, Any]:
    for name in _DECIMALS:
        if data[name] is not None:
            data[name] = Decimal(data[name])
    data["expires_at"] = datetime.fromisoformat(data["expires_at"])
    data["secrets"] = tuple(data["secrets"])
    return data


def quote(
    *, shop: Shop, sku: Sku, face_value: Decimal, recipient: str = "",
    extras: Mapping[str, str] | None = None, found: Extras | None = None,
    asks_later: bool = False, key: str = "",
) -> Quote:  # fmt: skip
    """A price for one sale, from the provider's estimate or the catalogue's cost.

    `extras` is what was typed and is checked here; `found` is what we found out ourselves
    and the sale keeps beside it, as the name of a bill's account. `asks_later`: what has to be
    typed may lack yet, for a price that nobody sells at. `key` is that of the sale, where it has
    one already; the log of what the provider is asked here has it, too.
    Calls the provider: never inside a transaction. Errors: `AmountError`, `ExtraError`,
    `RecipientError`, `NotSellableError`, `BlockedNumberError`, `LimitError`, each with
    a message for the agent.
    """
    check_sellable(sku)
    if shop.currency != settings.VALUETOPUP_WALLET_CURRENCY:
        raise NotSellableError(_("This shop's float is not in the currency of the wallet."))
    kind = KINDS[BY_CATEGORY[sku.category]]
    kind.check_recipient(sku, recipient)
    fields = kind.fields(sku)
    needed = [replace(one, is_required=False) for one in fields] if asks_later else fields
    typed = clean(needed, extras or {})
    months = months_of(typed)
    assortment.check_goods(shop=shop, sku=sku)
    pauses.check(shop=shop, sku=sku)
    account = account_of(typed)
    limits.check_number(shop=shop, sku=sku, recipient=recipient, account=account)
    check_face_value(sku, face_value)
    if not kind.TAKES_AMOUNT and face_value != sku.min_face_value:
        raise AmountError(_exactly(sku.min_face_value, sku.face_currency))
    key = key or str(uuid4())
    with bound_contextvars(correlation_id=key):
        bundles.check_offered(sku=sku, msisdn=recipient)
        terms = _terms(pricebooks.rules_for(shop, sku=sku), sku)
        told = _estimate(sku, face_value)
    cost = _cost(sku, face_value, shop.currency, told)
    made = _amounts(terms, sku, cost, face_value, shop.currency)
    _check_loss(made, terms, sku)
    made = Amounts(cost=made.cost * months, price=made.price * months,
                   commission=made.commission * months)  # fmt: skip
    limits.check_limits(shop=shop, price=made.price, recipient=recipient, account=account)
    delivered = _delivered(sku, told)
    return Quote(
        sku_id=sku.pk,
        shop_id=shop.pk,
        recipient=recipient,
        face_value=face_value,
        face_currency=sku.face_currency,
        delivered_amount=_times(delivered or plausible(sku.delivered_for(face_value)), months),
        delivered_currency=sku.delivered_currency,
        price=made.price,
        cost=made.cost,
        commission=made.commission,
        currency=shop.currency,
        second_price=second_price(made.price, shop),
        second_currency=shop.second_currency,
        price_rule_id=terms.price.id,
        commission_rule_id=terms.commission_id,
        expires_at=timezone.now() + timedelta(seconds=settings.QUOTE_SECONDS),
        correlation_id=key,
        version=_version(shop, sku, terms),
        extras=typed | (found or {}),
        secrets=tuple(field.name for field in fields if field.is_secret),
        months=months,
        tax=_times(_tax(sku, told), months),
        fee=plausible(sku.fee),
        is_estimated=delivered is not None,
    )


def _delivered(sku: Sku, told: Estimate | None) -> Decimal | None:
    """What arrives by the estimate, in the SKU's delivered currency; None if it does not say."""
    if told is None or told.destination_currency != sku.delivered_currency:
        return None
    return plausible(told.local_currency_amount)


def _tax(sku: Sku, told: Estimate | None) -> Decimal | None:
    """The part of what arrives that the operator keeps as tax; None for nothing."""
    if told is None or told.destination_currency != sku.delivered_currency:
        return None
    return plausible(told.sales_tax_amount)


def _times(amount: Decimal | None, months: int) -> Decimal | None:
    return None if amount is None else amount * months


def version_of(shop: Shop, sku: Sku) -> str:
    """A fingerprint of everything a price depends on, but the estimate."""
    return _version(shop, sku, _terms(pricebooks.rules_for(shop, sku=sku), sku))


def _version(shop: Shop, sku: Sku, terms: Terms) -> str:
    parts = (
        sku.row_hash, terms.price.id, terms.commission_id, shop.currency, shop.second_currency,
        f"{shop.second_rate:f}" if shop.second_rate else "", sku.months_off_at or "",
    )  # fmt: skip
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:16]


def second_price(price: Decimal, shop: Shop) -> Decimal | None:
    """A price in the shop's second currency, rounded up to what people pay in; None without one."""
    if not shop.second_rate:
        return None
    return round_up(price * shop.second_rate, shop.second_currency)


def _terms(known: ShopRules, sku: Sku) -> Terms:
    terms = known.terms(sku)
    if terms is None:
        raise NotSellableError(_("No price is set for this product. Call your distributor."))
    return terms


def _amounts(terms: Terms, sku: Sku, cost: Decimal, face: Decimal, currency: str) -> Amounts:
    return rules.amounts(
        terms, cost=cost, face_value=face, face_currency=sku.face_currency, currency=currency
    )


def _check_loss(made: Amounts, terms: Terms, sku: Sku) -> None:
    """Error: `LosingSaleError` for amounts that are refused, with an alarm for the admin."""
    if rules.refusal(terms, made) is None:
        return
    alarms.raise_alarm(
        AlarmKind.LOSS,
        f"{sku.name}: charge {made.charge} against cost {made.cost}, "
        f"rules {terms.price.id} and {terms.commission_id}",
        about=f"sku {sku.pk}",
    )
    raise LosingSaleError


def check_sellable(sku: Sku) -> None:
    """Error: `NotSellableError` for a SKU that is retired, paused, of no kind of ours, or that
    cannot be ordered by its number."""
    if not sku.is_sellable or sku.category not in BY_CATEGORY or sku.provider_id <= 0:
        raise NotSellableError


def check_face_value(sku: Sku, face_value: Decimal) -> None:
    """Error: `AmountError` with the allowed range or the decimals that are wrong."""
    low, high, currency = sku.min_face_value, sku.max_face_value, sku.face_currency
    if low is None or high is None:
        raise NotSellableError
    if not face_value.is_finite() or not low <= face_value <= high:
        if low == high:
            raise AmountError(_exactly(low, currency))
        raise AmountError(
            _("Type an amount from %(low)s to %(high)s %(currency)s.")
            % {"low": _digits(low), "high": _digits(high), "currency": currency}
        )
    if face_value in (low, high):
        return
    step = unit(currency) if sku.allow_decimal else Decimal(1)
    if face_value % step:
        raise AmountError(_too_fine(step))


def _exactly(amount: Decimal | None, currency: str) -> str:
    values = {"low": _digits(amount or Decimal(0)), "currency": currency}
    return _("This product costs exactly %(low)s %(currency)s.") % values


def _too_fine(step: Decimal) -> str:
    if step == 1:
        return _("Type a whole amount, without decimals.")
    if step == Decimal("0.001"):
        return _("Type an amount with at most three decimals.")
    return _("Type an amount with at most two decimals.")


def _digits(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


def _estimate(sku: Sku, face_value: Decimal) -> Estimate | None:
    try:
        return gateway.estimate(sku, face_value)
    except RefusedError as refusal:
        if refusal.code == "001":
            raise AmountError(_("The operator does not take this amount. Try another.")) from None
        if refusal.code == "510":
            raise NotSellableError(_("This product is sold out. Choose another one.")) from None
    return None


def _cost(sku: Sku, face_value: Decimal, currency: str, told: Estimate | None) -> Decimal:
    cost = plausible(told.invoice_amount) if told else None
    if cost is None and sku.cost_currency == currency:
        cost = _with_fee(sku, plausible(sku.cost_for(face_value)))
    if cost is None:
        raise NotSellableError(_("The price of this product is not known now. Try again later."))
    return cost


def _with_fee(sku: Sku, cost: Decimal | None) -> Decimal | None:
    """The catalogue's cost with its fee beside it; an estimate holds the fee already."""
    return None if cost is None else cost + (plausible(sku.fee) or 0)


def expected_amounts(*, known: ShopRules, sku: Sku, currency: str) -> Amounts | None:
    """What a fixed SKU will probably cost and earn, by the catalogue; asks nobody.

    None for a range, where the catalogue gives no cost, and for what will not be sold
    at these terms. The quote decides.
    """
    face = sku.min_face_value
    if not sku.is_fixed or face is None or sku.min_cost is None or sku.cost_currency != currency:
        return None
    terms = known.terms(sku)
    if terms is None:
        return None
    cost = _with_fee(sku, sku.min_cost)
    made = _amounts(terms, sku, cost or sku.min_cost, face, currency)
    return made if rules.refusal(terms, made) is None else None
