"""From the draft of a price book to a book in force: copied, changed, published by a second person.

Versions are numbered in the order of their dates: a book starts after every book
published before it. To bring something sooner, the later one is withdrawn first.
"""

from datetime import datetime, timedelta

from django.db import DatabaseError, connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from topup.errors import BookError, GapsError, SecondPersonError
from topup.locks import lock_book, lock_books
from topup.models import BookState, Person, PriceBook, PriceRule
from topup.models.price import Use
from topup.services import notices
from topup.services.pricebooks import current_book

BATCH = 1000
SLACK = timedelta(minutes=2)  # a form that said "now" is a little late
COPIED = [
    field.attname for field in PriceRule._meta.concrete_fields if field.name not in {"id", "book"}
]


@transaction.atomic
def draft_from(*, book: PriceBook, by: Person, note: str = "") -> PriceBook:
    """A new draft with all rules of a book, in their order."""
    draft = PriceBook.objects.create(made_by=by, note=note)
    rows = PriceRule.objects.filter(book=book).order_by("id").values(*COPIED)
    batch: list[PriceRule] = []
    for row in rows.iterator(chunk_size=BATCH):
        batch.append(PriceRule(book=draft, **row))
        if len(batch) == BATCH:
            PriceRule.objects.bulk_create(batch)
            batch = []
    PriceRule.objects.bulk_create(batch)
    return draft


def touch(*, book_id: int, by: Person) -> PriceBook:
    """The draft, locked for a change of its rules, with who changes it written down.

    Inside a transaction. Error: `BookError` for a book that is a draft no more.
    """
    book = lock_book(book_id)
    if book.state != BookState.DRAFT:
        raise BookError
    if by.pk not in book.edited_by:
        book.edited_by = [*book.edited_by, by.pk]
        book.save(update_fields=["edited_by"])
    return book


@transaction.atomic
def discard(*, book_id: int) -> None:
    """Throw a draft away. Error: `BookError` for a book that is a draft no more."""
    book = lock_book(book_id)
    if book.state != BookState.DRAFT:
        raise BookError
    book.replays.all().delete()
    PriceRule.objects.filter(book=book).delete()
    book.delete()


@transaction.atomic
def publish(
    *, book_id: int, by: Person, starts_at: datetime | None = None, despite_gaps: bool = False,
    seen: str = "",
) -> int:  # fmt: skip
    """Put a draft in force, now or at `starts_at`; tells the shops it touches, and how many.

    `seen` are the rules that were looked at, as `looks_of` told them. Errors (nothing
    changed): `BookError` for a draft that is published already, for rules that look
    otherwise now, a time that is over or not after the last book's; `SecondPersonError`;
    `GapsError` unless `despite_gaps` when no price rule is for everything.
    """
    before = _last_published()
    book = lock_book(book_id)
    if book.state != BookState.DRAFT:
        raise BookError(_("This price book is published already."))
    if by.pk == book.made_by_id or by.pk in book.edited_by:
        raise SecondPersonError
    if seen and seen != looks_of(book.pk):
        raise BookError(_("The rules have changed since you looked. Look again, then publish."))
    if not despite_gaps and not has_price_for_all(book):
        raise GapsError
    book.starts_at = _start(starts_at, after=before)
    book.version = (PriceBook.objects.aggregate(last=Max("version"))["last"] or 0) + 1
    book.state, book.published_by, book.published_at = BookState.PUBLISHED, by, timezone.now()
    book.save(update_fields=["starts_at", "version", "state", "published_by", "published_at"])
    return notices.announce_book(book, instead_of=before)


def _last_published() -> PriceBook:
    """The book with the latest start, whether it has begun or not; holds every other back."""
    current_book()  # the first is made when there is none
    lock_books()
    published = PriceBook.objects.filter(state=BookState.PUBLISHED)
    return published.order_by("-starts_at", "-version")[0]


def _start(wanted: datetime | None, *, after: PriceBook) -> datetime:
    now = timezone.now()
    if wanted is not None and wanted < now - SLACK:
        raise BookError(_("This time is over. Choose a later one, or leave it empty for now."))
    start = max(wanted or now, now)
    if after.starts_at and start <= after.starts_at:
        raise BookError(
            _(
                "Price book %(version)s starts later and would take this one's place. Choose "
                "a time after it, or withdraw it first."
            )
            % {"version": after.version}
        )
    return start


def looks_of(book_id: int) -> str:
    """A fingerprint of all rules of a book, so that nobody publishes what he has not seen."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT md5(string_agg(r::text, ' ' ORDER BY r.id)) FROM topup_pricerule r"
            " WHERE r.book_id = %s", [book_id],
        )  # fmt: skip
        return str(cursor.fetchone()[0])


def has_price_for_all(book: PriceBook) -> bool:
    """True if a price rule is for everything, so that nothing is left without a price."""
    empty = dict.fromkeys(("country", "operator", "product", "sku", "shop", "branch", "tier"))
    return PriceRule.objects.filter(book=book, use=Use.PRICE, kind="", **empty).exists()


@transaction.atomic
def withdraw(*, book_id: int, by: Person) -> int:
    """Take back a book that has not begun; tells the shops that were told of it.

    Error: `BookError` for a draft, and for a book that has begun.
    """
    lock_books()
    book = lock_book(book_id)
    is_ahead = book.starts_at is not None and book.starts_at > timezone.now()
    if book.state != BookState.PUBLISHED or not is_ahead:
        raise BookError(_("Only a price book that has not begun can be withdrawn."))
    book.state = BookState.WITHDRAWN
    try:
        with transaction.atomic():
            book.save(update_fields=["state"])
    except DatabaseError:  # it began between our look and the database's
        raise BookError(_("This price book has just begun.")) from None
    return notices.announce_withdrawal(book)
