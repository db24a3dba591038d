"""Price books: the one in force, and the rules of it that concern a shop."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from decimal import Decimal

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from catalog.models import Sku
from topup import rules
from topup.kinds import BY_CATEGORY
from topup.models import BookState, PriceBook, PriceRule, Sale, Shop
from topup.models.price import Method, Use
from topup.rules import Amounts, Goods, Rule, Rulebook, Seller, Terms

FIRST_STARTS = datetime(2000, 1, 1, tzinfo=UTC)
_COLUMNS = [field.name for field in fields(Rule)]


@dataclass(frozen=True)
class ShopRules:
    """The rules in force that may concern one shop, loaded once for a page of goods."""

    book_id: int
    seller: Seller
    rules: Rulebook

    def terms(self, sku: Sku) -> Terms | None:
        """The rules that decide about a SKU; asks nobody."""
        return self.rules.terms(goods_of(sku), self.seller)


def current_book(at: datetime | None = None) -> PriceBook:
    """The book in force; the first is made of the settings when there is none. Safe to repeat."""
    return in_force(at or timezone.now()).first() or _first_book()


def in_force(at: datetime) -> QuerySet[PriceBook]:
    """Published books that have begun, the one in force first."""
    books = PriceBook.objects.filter(state=BookState.PUBLISHED, starts_at__lte=at)
    return books.order_by("-starts_at", "-version")


def _first_book() -> PriceBook:
    try:
        with transaction.atomic():
            book = PriceBook.objects.create(note="made from the settings")
            PriceRule.objects.create(
                book=book, use=Use.PRICE, method=Method.MARKUP,
                value=Decimal(str(settings.DEFAULT_MARKUP_PERCENT)),
            )  # fmt: skip
            PriceRule.objects.create(
                book=book, use=Use.COMMISSION, method=Method.SHARE_OF_MARGIN,
                value=Decimal(str(settings.DEFAULT_COMMISSION_SHARE)),
            )  # fmt: skip
            book.version, book.state = 1, BookState.PUBLISHED
            book.starts_at, book.published_at = FIRST_STARTS, timezone.now()
            book.save(update_fields=["version", "state", "starts_at", "published_at"])
            return book
    except IntegrityError:  # another process was faster
        return PriceBook.objects.get(version=1)


def rules_for(
    shop: Shop, *, book: PriceBook | None = None, sku: Sku | None = None,
    skus: Collection[Sku] = (),
) -> ShopRules:  # fmt: skip
    """The rules of the book in force (or of `book`) for a shop; two queries.

    With `sku` or `skus` only those that may concern them: a book may have a rule for
    every SKU.
    """
    book = book or current_book()
    found = PriceRule.objects.filter(
        Q(shop=None) | Q(shop=shop.pk),
        Q(branch=None) | Q(branch__in=shop.line),
        Q(tier=None) | Q(tier=shop.tier_id),
        book=book,
    )
    if wanted := [sku] if sku else skus:
        found = found.filter(*_speaking_of([goods_of(one) for one in wanted]))
    return ShopRules(book.pk, seller_of(shop), _rulebook(found))


def all_rules(book: PriceBook) -> Rulebook:
    """Every rule of a book; one query."""
    return _rulebook(PriceRule.objects.filter(book=book))


def _speaking_of(goods: list[Goods]) -> list[Q]:
    """Rules that name none of these columns, or one of these goods in it."""
    named = (
        ("sku", {one.sku_id for one in goods}), ("product", {one.product_id for one in goods}),
        ("operator", {one.operator_id for one in goods}),
        ("country", {one.country_id for one in goods}),
    )  # fmt: skip
    return [Q(**{column: None}) | Q(**{f"{column}__in": ids - {None}}) for column, ids in named]


def _rulebook(found: QuerySet[PriceRule]) -> Rulebook:
    return Rulebook(Rule(**row) for row in found.order_by("id").values(*_COLUMNS))


def seller_of(shop: Shop) -> Seller:
    return Seller(shop.pk, tuple(shop.ancestors), shop.tier_id)


def goods_of(sku: Sku) -> Goods:
    kind = BY_CATEGORY.get(sku.category, "")
    return Goods(kind, sku.pk, sku.product_id, sku.operator_id, sku.country_id)


def amounts_of(sale: Sale) -> Amounts | None:
    """A sale's amounts made again of its cost and its rules; None for one from before rules."""
    if sale.price_rule is None:
        return None
    commission = sale.commission_rule
    terms = Terms(as_rule(sale.price_rule), as_rule(commission) if commission else None)
    return rules.amounts(
        terms, cost=sale.cost, face_value=sale.face_value, face_currency=sale.face_currency,
        currency=sale.currency, months=sale.months,
    )  # fmt: skip


def as_rule(row: PriceRule) -> Rule:
    return Rule(**{name: getattr(row, name) for name in _COLUMNS})
