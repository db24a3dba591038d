"""A word from the distributor to shops: of new prices, or of anything a person wants to say."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from itertools import batched
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from topup import rules
from topup.models import Announcement, Notice, NoticeRead, Person, PriceBook, Role, Shop
from topup.rules import Place, Rule, Seller
from topup.services.pricebooks import all_rules, seller_of

BATCH = 1000
MOST_SHOWN = 1  # on the sell page; the rest on a page of their own


def unread_by(person: Person) -> list[Notice]:
    """The newest that a person has not read, one more than is shown; one query.

    Nothing that was withdrawn, is over, or was written before he came.
    """
    unread = _told_to(person).filter(~Exists(_reads_of(person)), _is_on())
    return list(unread.filter(made_at__gte=person.date_joined)[: MOST_SHOWN + 1])


def all_of(person: Person) -> QuerySet[Notice]:
    """What the shop of a person was told and was not withdrawn, with the names of who read it."""
    kept = Q(announcement=None) | Q(announcement__withdrawn_at=None)
    found = _told_to(person).filter(kept)
    return found.annotate(is_read=Exists(_reads_of(person)), readers=names_of_readers())


def names_of_readers() -> ArraySubquery:
    """Who read a notice, in this order; part of the query for the notices."""
    names = NoticeRead.objects.filter(notice=OuterRef("pk")).order_by("pk")
    return ArraySubquery(names.values("person__username"))


def _told_to(person: Person) -> QuerySet[Notice]:
    return Notice.objects.filter(shop=person.shop_id).select_related("announcement")


def _reads_of(person: Person) -> QuerySet[NoticeRead]:
    return NoticeRead.objects.filter(notice=OuterRef("pk"), person=person)


def _is_on() -> Q:
    """Not withdrawn, and its last day is not over in the zone of the moment."""
    is_over = Q(announcement__ends_on__lt=timezone.localdate())
    return Q(announcement=None) | (Q(announcement__withdrawn_at=None) & ~is_over)


def mark_read(*, notice_id: int, by: Person) -> bool:
    """A person has read it. Safe to repeat; False for a notice of another shop."""
    if not Notice.objects.filter(pk=notice_id, shop=by.shop_id).exists():
        return False
    read = NoticeRead(notice_id=notice_id, person=by)
    NoticeRead.objects.bulk_create([read], ignore_conflicts=True)
    return True


@transaction.atomic
def write(
    *, text: str, to: Shop | None = None, and_below: bool = False, ends_on: date | None = None,
    key: UUID | None = None, by: Person | None = None,
) -> int:  # fmt: skip
    """Tell a shop, a shop and all below it, or every shop; how many were told.

    Once for each key: the same form again tells nobody, and answers as before.
    """
    values = {"text": text[:500], "ends_on": ends_on, "made_by": by}
    made, is_new = Announcement.objects.get_or_create(key=key or uuid4(), defaults=values)
    if not is_new:
        return made.notices.count()
    shops = Shop.objects.all()
    if to and and_below:
        shops = shops.filter(Q(pk=to.pk) | Q(ancestors__contains=[to.pk]))
    elif to:
        shops = shops.filter(pk=to.pk)
    told = ((shop_id, text) for shop_id in shops.values_list("pk", flat=True))
    return _tell(told, announcement=made)


def withdraw(*, announcement_id: int, by: Person) -> bool:
    """Show it nowhere any more; it is kept. Safe to repeat: False if it was withdrawn before."""
    found = Announcement.objects.filter(pk=announcement_id, withdrawn_at=None)
    return bool(found.update(withdrawn_at=timezone.now(), withdrawn_by=by))


def announce_book(book: PriceBook, *, instead_of: PriceBook) -> int:
    """Tell every shop whose rules the new book changes, in its own time; how many were told."""
    changed = changed_rules(instead_of, book)
    if not changed:
        return 0
    shops = touched(changed, Shop.objects.only("ancestors", "tier", "time_zone"))
    return _tell(_in_words(shops, book, _of_book), book)


def announce_withdrawal(book: PriceBook) -> int:
    """Tell those who were told of a book that it will not come."""
    shops = Shop.objects.filter(notices__book=book).only("time_zone").distinct()
    return _tell(_in_words(shops, book, _of_withdrawal), book)


def changed_rules(old: PriceBook, new: PriceBook) -> list[Rule]:
    """The rules that are in one of two books only, whatever their ids."""
    before, after = (
        Counter(replace(rule, id=0) for rule in all_rules(book)) for book in (old, new)
    )
    return [*(before - after), *(after - before)]


def touched(changed: list[Rule], shops: QuerySet[Shop]) -> Iterator[Shop]:
    """The shops that at least one of the rules concerns."""
    places: dict[Place, list[Rule]] = defaultdict(list)
    for rule in changed:
        places[rules.seller_place(rule)].append(rule)
    for shop in shops.iterator(chunk_size=BATCH):
        seller = seller_of(shop)
        if _is_touched(places, seller):
            yield shop


def _is_touched(places: dict[Place, list[Rule]], seller: Seller) -> bool:
    return any(
        rules.concerns(rule, seller)
        for place in rules.seller_places(seller)
        for rule in places.get(place, ())
    )


def _in_words(
    shops: Iterable[Shop], book: PriceBook, words: Callable[[PriceBook, Shop], str]
) -> Iterator[tuple[int, str]]:
    """Shop and text, each in the language of the shop's owner and in the shop's time."""
    owners = Person.objects.filter(role=Role.OWNER, is_active=True).exclude(language="")
    languages = dict(owners.values_list("shop_id", "language"))
    for shop in shops:
        with translation.override(languages.get(shop.pk, settings.LANGUAGE_CODE)):
            yield shop.pk, words(book, shop)


def _of_book(book: PriceBook, shop: Shop) -> str:
    text = _("New prices and commissions from %(when)s (price book %(version)s).")
    return f"{text % _values(book, shop)} {book.note}".strip()


def _of_withdrawal(book: PriceBook, shop: Shop) -> str:
    text = _(
        "The prices that were to begin on %(when)s (price book %(version)s) do not come. "
        "Those of today stay."
    )
    return text % _values(book, shop)


def _values(book: PriceBook, shop: Shop) -> dict[str, object]:
    assert book.starts_at is not None
    at = book.starts_at.astimezone(shop.zone)
    return {"when": date_format(at, "DATETIME_FORMAT"), "version": book.version}


def _tell(
    told: Iterable[tuple[int, str]], book: PriceBook | None = None,
    announcement: Announcement | None = None,
) -> int:  # fmt: skip
    count = 0
    for some in batched(told, BATCH):
        Notice.objects.bulk_create(
            Notice(shop_id=shop_id, text=text[:500], book=book, announcement=announcement)
            for shop_id, text in some
        )
        count += len(some)
    return count
