"""What a basket holds now: each item with its price, its questions, or why it is not sold now.

Prices that are over are asked for anew by `renew`, which calls the provider and so is
never in a transaction. All else is a look ahead: what the sales themselves say decides.
"""

import hashlib
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext as _

from catalog.models import Sku
from topup.answers import Question
from topup.errors import BadQuoteError, NotSellableError, TopupError
from topup.kinds import BY_CATEGORY
from topup.models import Basket, BasketItem, Kind, Person, Sale, Shop
from topup.services import limits, offerclaims, pauses, pricing, safety, samegoods
from topup.services.accounts import DUE, NAME
from topup.services.pricing import Quote

_MARGIN = 15  # seconds; a price that holds for less is asked for anew
_PATIENCE = 8.0  # seconds for all new prices together
type Errors = Mapping[int, TopupError]


@dataclass(frozen=True)
class Line:
    """One item. With an `error` it is not sold now, and stays.

    `questions` are to be answered; `is_twin`: the same to the same number is above it in
    the basket, and the guard against repeats will ask.
    """

    item: BasketItem
    quote: Quote | None = None
    error: TopupError | None = None
    questions: tuple[Question, ...] = ()
    is_twin: bool = False

    @property
    def is_ready(self) -> bool:
        return self.quote is not None and self.error is None

    @property
    def has_new_price(self) -> bool:
        return self.quote is not None and self.quote.price != self.item.price


def lines_of(basket: Basket, *, agent: Person, shop: Shop, errors: Errors) -> list[Line]:
    """The items in their order. `errors`: what `renew` has found out."""
    repeats = safety.current_rules().repeat_is_on
    found: list[Line] = []
    for item in _items(basket, shop):
        line = _line(item, agent, shop, errors.get(item.pk))
        is_twin = repeats and any(one.is_ready and _same(one, line) for one in found)
        found.append(replace(line, is_twin=is_twin))
    return found


def _items(basket: Basket, shop: Shop) -> list[BasketItem]:
    """Items that are not sold yet; one that was sold from its check page is not among them."""
    items = list(basket.items.filter(sale=None).select_related("sku__operator", "sku__product"))
    sold = _sold_keys(items)
    return [item for item in items if item.key not in sold]


def _sold_keys(items: Collection[BasketItem]) -> set[str]:
    keys = [item.key for item in items]
    return set(
        Sale.objects.filter(correlation_id__in=keys).values_list("correlation_id", flat=True)
    )


def _line(item: BasketItem, agent: Person, shop: Shop, error: TopupError | None) -> Line:
    try:
        quote = Quote.from_token(item.quote, shop=shop)
    except BadQuoteError as unread:
        return Line(item, error=unread)
    if error:
        return Line(item, quote, error)
    try:
        if item.sku is None:
            raise NotSellableError
        pricing.check_sellable(item.sku)
        limits.check_sale(
            shop=shop, sku=item.sku, price=quote.price, recipient=quote.recipient,
            account=quote.account,
        )  # fmt: skip
        pauses.check(shop=shop, sku=item.sku)
        kind = Kind(BY_CATEGORY[item.sku.category])
        asked = safety.look(agent=agent, shop=shop, quote=quote, kind=kind)
    except TopupError as refusal:
        return Line(item, quote, refusal)
    return Line(item, quote, questions=tuple(asked))


def _same(one: Line, other: Line) -> bool:
    return _to(one) == _to(other) != "" and bool(_marks(one) & _marks(other))


def _to(line: Line) -> str:
    return (line.quote.recipient or line.quote.account) if line.quote else ""


def _marks(line: Line) -> samegoods.Marks:
    quote, sku = line.quote, line.item.sku
    if quote is None:
        return frozenset()
    return samegoods.marks(
        sku_id=quote.sku_id, operator_id=sku.operator_id if sku else None,
        face_value=quote.face_value, currency=quote.face_currency,
    )  # fmt: skip


def prices_of(lines: Sequence[Line]) -> dict[str, Decimal]:
    """What is collected for all that is ready, by currency; the sum of what each sale collects."""
    quotes = [line.quote for line in lines if line.is_ready and line.quote]
    if not quotes:
        return {}
    sums = {quotes[0].currency: sum((one.price for one in quotes), Decimal(0))}
    second = {one.second_currency for one in quotes if one.second_price is not None}
    if len(second) == 1 and all(one.second_price is not None for one in quotes):
        sums[second.pop()] = sum((one.second_price or Decimal(0) for one in quotes), Decimal(0))
    return sums


def fingerprint(lines: Sequence[Line]) -> str:
    """A word for what would be sold and at which prices; the same for the same."""
    parts = [
        f"{line.item.pk}:{line.quote.price:f}:{line.quote.second_price or ''}"
        for line in lines if line.is_ready and line.quote
    ]  # fmt: skip
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


def renew(basket: Basket, *, shop: Shop) -> dict[int, TopupError]:
    """Ask anew for prices that are over, and say of which item there is none, and why.

    Drops items that were sold from their check page meanwhile. Calls the provider: never
    inside a transaction. A new price keeps the item's key. Safe to repeat.
    """
    until, errors = time.monotonic() + _PATIENCE, dict[int, TopupError]()
    items = list(basket.items.filter(sale=None).select_related("sku"))
    sold = _sold_keys(items)
    basket.items.filter(key__in=sold, sale=None).delete()
    for item in items:
        try:
            if item.key not in sold and (old := _stale(item, shop)):
                _renew(item, old, shop, until)
        except BadQuoteError:
            continue  # `lines_of` tells it
        except TopupError as error:
            errors[item.pk] = error
    return errors


def _stale(item: BasketItem, shop: Shop) -> Quote | None:
    """The quote of an item if its price does not hold any more."""
    quote = Quote.from_token(item.quote, shop=shop)
    offerclaims.renew(quote=quote)  # of a kiosk: it is still in these hands
    if item.sku is None:
        raise NotSellableError
    is_over = quote.seconds_left < _MARGIN or quote.version != pricing.version_of(shop, item.sku)
    return quote if is_over else None


def _renew(item: BasketItem, old: Quote, shop: Shop, until: float) -> None:
    assert item.sku is not None
    if time.monotonic() > until:
        raise NotSellableError(_("The price is not known yet. Open the basket again."))
    new = replace(_price(item, item.sku, old, shop), offer_id=old.offer_id)
    BasketItem.objects.filter(pk=item.pk, quote=item.quote, sale=None).update(quote=new.token)


def _price(item: BasketItem, sku: Sku, old: Quote, shop: Shop) -> Quote:
    found = {name: value for name, value in old.extras.items() if name in (NAME, DUE)}
    return pricing.quote(
        shop=shop, sku=sku, face_value=old.face_value, recipient=old.recipient,
        extras=old.extras, found=found, key=item.key,
    )  # fmt: skip
