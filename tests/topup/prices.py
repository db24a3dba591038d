"""Price books as tests need them: published at once, by nobody."""

from decimal import Decimal as D

from django.utils import timezone

from topup.models import BookState, PriceBook, PriceRule
from topup.services.pricebooks import current_book
from valuetopup._rows import Row
from valuetopup.types import Estimate


def publish(*rules, starts_at=None, **columns):
    """A book of these rules (columns of PriceRule), in force from now on."""
    latest = current_book()
    book = PriceBook.objects.create(**columns)
    for rule in rules:
        PriceRule.objects.create(book=book, **rule)
    last = PriceBook.objects.exclude(version=None).order_by("-version").first() or latest
    book.version, book.state = last.version + 1, BookState.PUBLISHED
    book.starts_at = starts_at or timezone.now()
    book.published_at = timezone.now()
    book.save()
    return book


def markup(value, **scope):
    return {"use": "price", "method": "markup", "value": D(value), **scope}


def share(value, **scope):
    return {"use": "commission", "method": "share_of_margin", "value": D(value), **scope}


def just(price, commission):
    """Ids of two rules that make these amounts of any cost; of a draft, so they decide nothing."""
    book, _new = PriceBook.objects.get_or_create(note="just these amounts")
    rules = (("price", "fixed_price", price), ("commission", "fixed_commission", commission))
    return [
        PriceRule.objects.get_or_create(book=book, use=use, method=method, value=value)[0].pk
        for use, method, value in rules
    ]


def estimate(cost):
    """What the provider says of a cost, and of nothing else."""
    return Estimate.read(Row({"invoiceAmount": D(cost)}))
