"""Price books: the one in force, and the rules of it that concern a shop."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from decimal import Decimal

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from catalog.models import Sku
from topup import rules
from topup.kinds import BY_CATEGORY
from topup.models import BookState, PriceBook, PriceRule, Shop
from topup.models.price import Method, Use
from topup.rules import Goods, Rule, Seller, Terms

FIRST_STARTS = datetime(2000, 1, 1, tzinfo=UTC)
_COLUMNS = [field.name for field in fields(Rule)]


@dataclass(frozen=True)
class ShopRules:
    """The rules in force that may concern one shop, loaded once for a page of goods."""

    book_id: int
    seller: Seller
    rules: tuple[Rule, ...]

    def terms(self, sku: Sku) -> Terms | None:
        """The rules that decide about a SKU; asks nobody."""
        return rules.terms_for(self.rules, goods=goods_of(sku), seller=self.seller)


def current_book(at: datetime | None = None) -> PriceBook:
    """The book in force; the first is made of the settings when there is none. Safe to repeat."""
    found = _published(at or timezone.now())
    return found or _first_book()


def _published(at: datetime) -> PriceBook | None:
    books = PriceBook.objects.filter(state=BookState.PUBLISHED, starts_at__lte=at)
    return books.order_by("-starts_at", "-version").first()


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


def rules_for(shop: Shop, *, book: PriceBook | None = None, sku: Sku | None = None) -> ShopRules:
    """The rules of the book in force (or of `book`) for a shop; two queries.

    With `sku` only those that may concern it: a book may have a rule for every SKU.
    """
    book = book or current_book()
    wanted = (
        Q(shop=None) | Q(shop=shop.pk),
        Q(branch=None) | Q(branch__in=shop.line),
        Q(tier=None) | Q(tier=shop.tier_id),
    )
    found = PriceRule.objects.filter(*wanted, book=book)
    if sku:
        goods = goods_of(sku)
        found = found.filter(
            Q(sku=None) | Q(sku=goods.sku_id),
            Q(product=None) | Q(product=goods.product_id),
            Q(operator=None) | Q(operator=goods.operator_id),
            Q(country=None) | Q(country=goods.country_id),
        )
    rows = tuple(Rule(**row) for row in found.order_by("id").values(*_COLUMNS))
    return ShopRules(book.pk, seller_of(shop), rows)


def seller_of(shop: Shop) -> Seller:
    return Seller(shop.pk, tuple(shop.ancestors), shop.tier_id)


def goods_of(sku: Sku) -> Goods:
    kind = BY_CATEGORY.get(sku.category, "")
    return Goods(kind, sku.pk, sku.product_id, sku.operator_id, sku.country_id)
