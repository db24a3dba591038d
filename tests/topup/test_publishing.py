"""From a draft to a book in force: copied, checked, published by a second person, announced."""

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from catalog.enums import Category
from catalog.models import Sku
from tests.topup.prices import estimate, markup, share
from topup import gateway
from topup.errors import BookError, GapsError, LosingSaleError, SecondPersonError
from topup.models import Alarm, BookState, Notice, Person, PriceBook, PriceRule, Role, Tier
from topup.models.price import Method, Use
from topup.services import bookcheck, notices, pricing, publishing
from topup.services.pricebooks import amounts_of, current_book, rules_for
from topup.services.shops import open_shop

pytestmark = pytest.mark.django_db
SOON = timedelta(hours=2)


@pytest.fixture
def maker(db):
    return Person.objects.create_user("maker", role=Role.ADMIN)


@pytest.fixture
def second(db):
    return Person.objects.create_user("second", role=Role.ADMIN)


@pytest.fixture
def draft(maker):
    """A draft of the book in force."""

    def make(*changes, note=""):
        book = publishing.draft_from(book=current_book(), by=maker, note=note)
        for rule in changes:
            PriceRule.objects.create(book=book, **rule)
        return book

    return make


@pytest.fixture
def publish(second):
    def make(book, **options):
        told = publishing.publish(book_id=book.pk, by=second, **options)
        book.refresh_from_db()
        return told

    return make


def rules_of(book):
    return list(book.rules.order_by("id").values_list("use", "method", "value"))


def test_a_draft_has_the_rules_of_its_book_in_their_order(draft, maker, monkeypatch):
    monkeypatch.setattr(publishing, "BATCH", 2)
    first = draft(markup(9, kind="pin"), share(10, kind="pin", may_lose=True, note="why"))
    second = publishing.draft_from(book=first, by=maker, note="again")
    assert rules_of(second) == rules_of(first)
    assert len(rules_of(second)) == 4
    last = second.rules.order_by("id").last()
    assert (last.kind, last.may_lose, last.note) == ("pin", True, "why")
    assert (second.state, second.version, second.made_by, second.note) == (
        BookState.DRAFT, None, maker, "again",
    )  # fmt: skip


def test_a_published_book_is_in_force_at_once(draft, publish, shop, sku):
    book = draft(markup(20, sku=sku))
    publish(book)
    assert (book.version, book.state) == (2, BookState.PUBLISHED)
    assert current_book() == book
    assert rules_for(shop, sku=sku).terms(sku).price.value == 20


def test_a_book_for_later_waits_for_its_day(draft, publish, clock):
    book = draft()
    publish(book, starts_at=timezone.now() + SOON)
    assert current_book().version == 1
    clock.jump(SOON.total_seconds() + 1)
    assert current_book() == book


def test_who_made_a_draft_does_not_publish_it(draft, maker):
    book = draft()
    with pytest.raises(SecondPersonError):
        publishing.publish(book_id=book.pk, by=maker)
    with pytest.raises(DatabaseError), transaction.atomic():
        PriceBook.objects.filter(pk=book.pk).update(published_by=maker)
    book.refresh_from_db()
    assert (book.state, Notice.objects.count()) == (BookState.DRAFT, 0)


def test_who_changed_a_draft_does_not_publish_it(draft, second):
    book = draft()
    with transaction.atomic():
        publishing.touch(book_id=book.pk, by=second)
        publishing.touch(book_id=book.pk, by=second)
    with pytest.raises(SecondPersonError):
        publishing.publish(book_id=book.pk, by=second)
    with pytest.raises(DatabaseError), transaction.atomic():
        PriceBook.objects.filter(pk=book.pk).update(published_by=second)
    book.refresh_from_db()
    assert book.edited_by == [second.pk]


def test_a_book_is_published_once(draft, publish):
    book = draft()
    publish(book)
    with pytest.raises(BookError):
        publish(book)
    with pytest.raises(BookError), transaction.atomic():
        publishing.touch(book_id=book.pk, by=book.made_by)
    with pytest.raises(BookError):
        publishing.discard(book_id=book.pk)


def test_the_past_is_not_priced_again(draft, publish):
    with pytest.raises(BookError, match="over"):
        publish(draft(), starts_at=timezone.now() - timedelta(minutes=3))
    book = draft()
    publish(book, starts_at=timezone.now() - timedelta(minutes=1))
    assert book.starts_at > timezone.now() - timedelta(seconds=30), "a slow form means now"


def test_versions_are_in_the_order_of_their_dates(draft, publish, maker):
    later = timezone.now() + SOON
    ahead, sooner, after = draft(), draft(), draft()
    publish(ahead, starts_at=later)
    for start in (None, later - timedelta(minutes=1), later):
        with pytest.raises(BookError, match="Price book 2 starts later"):
            publish(sooner, starts_at=start)
    publish(after, starts_at=later + timedelta(minutes=1))
    for book in (after, ahead):
        publishing.withdraw(book_id=book.pk, by=maker)
    publish(sooner)
    assert (ahead.version, after.version, sooner.version) == (2, 3, 4)
    assert current_book() == sooner


def test_a_book_without_a_price_for_everything_is_published_only_if_that_is_meant(
    draft, publish, sku
):
    book = draft()
    book.rules.all().delete()
    PriceRule.objects.create(book=book, **markup(8, sku=sku))
    PriceRule.objects.create(book=book, **share(50))
    with pytest.raises(GapsError):
        publish(book)
    publish(book, despite_gaps=True)
    assert current_book() == book


def test_only_a_book_that_has_not_begun_is_withdrawn(draft, publish, second, clock):
    now, ahead, unpublished = draft(), draft(), draft()
    publish(now)
    publish(ahead, starts_at=timezone.now() + SOON)
    publishing.withdraw(book_id=ahead.pk, by=second)
    for book in (now, unpublished, ahead):
        with pytest.raises(BookError):
            publishing.withdraw(book_id=book.pk, by=second)
    clock.jump(SOON.total_seconds() + 1)
    assert current_book() == now


def test_the_database_s_clock_decides_whether_a_book_has_begun(draft, publish, second, clock):
    book = draft()
    publish(book)
    clock.offset = -SOON  # ours is wrong
    with pytest.raises(BookError, match="just begun"):
        publishing.withdraw(book_id=book.pk, by=second)
    book.refresh_from_db()
    assert book.state == BookState.PUBLISHED


def test_a_draft_can_be_thrown_away(draft):
    book = draft(markup(3, kind="pin"))
    publishing.discard(book_id=book.pk)
    assert not PriceBook.objects.filter(pk=book.pk).exists()
    assert not PriceRule.objects.filter(book=book.pk).exists()


def test_rules_of_a_published_book_stay_in_it_as_they_are(draft, publish):
    book, other = draft(), draft()
    publish(book)
    rule = book.rules.first()
    for change in (
        lambda: PriceRule.objects.filter(pk=rule.pk).update(value=1),
        lambda: PriceRule.objects.filter(pk=rule.pk).update(book=other),
        lambda: PriceRule.objects.filter(book=other).update(book=book),
        rule.delete,
        lambda: PriceRule.objects.create(book=book, **markup(1)),
        lambda: PriceBook.objects.filter(pk=book.pk).update(note="x"),
        lambda: PriceBook.objects.filter(pk=book.pk).update(state=BookState.DRAFT),
        book.delete,
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert rules_of(book) == rules_of(current_book())


@pytest.mark.parametrize(
    "wrong",
    [markup("1000.0001"), markup(-1), share("100.0001"),
     {"use": "price", "method": "fixed_price", "value": D(0)},
     {"use": "price", "method": "fee", "value": D(10**9)},
     {"use": "commission", "method": "fixed_commission", "value": D(10**9)},
     {"use": "price", "method": "share_of_face", "value": D(1)},
     markup(1, step=D(0)), markup(1, step=D(-1))],
)  # fmt: skip
def test_the_database_refuses_a_rule_that_cannot_be_right(draft, wrong):
    with pytest.raises(DatabaseError), transaction.atomic():
        draft(wrong)


@pytest.mark.parametrize("column", ["value", "step"])
def test_the_database_refuses_what_is_no_number(draft, column):
    book = draft()
    change = f"UPDATE topup_pricerule SET {column} = 'NaN' WHERE book_id = %s"  # noqa: S608
    with pytest.raises(DatabaseError, match="rule_"), transaction.atomic():
        connection.cursor().execute(change, [book.pk])


# --- together -----------------------------------------------------------------------------------


def at_once(*works):
    """Run each in a thread of its own; what they raised."""
    errors, ready = [], threading.Barrier(len(works), timeout=60)

    def run(work):
        try:
            ready.wait()
            work()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return errors


@pytest.fixture
def several(transactional_db):
    """Drafts of somebody, and somebody else."""
    maker, second = (Person.objects.create_user(n, role=Role.ADMIN) for n in ("maker", "second"))
    return [publishing.draft_from(book=current_book(), by=maker) for _ in range(4)], second


def publish_all(drafts, second):
    return at_once(*(lambda pk=d.pk: publishing.publish(book_id=pk, by=second) for d in drafts))


@pytest.mark.django_db(transaction=True)
def test_two_publishes_at_once_give_two_versions(several):
    drafts, second = several
    assert publish_all(drafts, second) == []
    published = PriceBook.objects.filter(pk__in=[draft.pk for draft in drafts])
    rows = list(published.order_by("version").values_list("version", "starts_at"))
    assert [version for version, _start in rows] == [2, 3, 4, 5]
    assert rows == sorted(rows, key=lambda row: row[1]), "in the order of their dates"


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_two_publishes_would_meet(several, monkeypatch):
    drafts, second = several
    meet, save = threading.Barrier(len(drafts), timeout=60), PriceBook.save

    def save_together(book, **how):  # each has read which version is the last
        meet.wait()
        save(book, **how)

    monkeypatch.setattr(publishing, "lock_books", lambda: None)
    monkeypatch.setattr(PriceBook, "save", save_together)
    assert [type(error) for error in publish_all(drafts, second)] == [IntegrityError] * 3


@pytest.mark.django_db(transaction=True)
def test_a_draft_published_twice_at_once_is_one_version(several):
    drafts, second = several
    errors = publish_all([drafts[0]] * 3, second)
    assert [type(error) for error in errors] == [BookError] * 2
    assert PriceBook.objects.filter(state=BookState.PUBLISHED).count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_rule_that_is_being_written_is_waited_for_or_refused(several):
    drafts, second = several
    draft, written = drafts[0], threading.Event()

    def write():
        with transaction.atomic():
            PriceRule.objects.create(book=draft, **markup(1, kind="pin"))
            written.set()
            connection.cursor().execute("SELECT pg_sleep(0.3)")

    def announce():
        assert written.wait(60)
        publishing.publish(book_id=draft.pk, by=second)

    assert at_once(write, announce) == []
    assert Notice.objects.count() == 0, "there is no shop"
    assert draft.rules.count() == 3
    published = PriceBook.objects.get(pk=draft.pk)
    assert published.state == BookState.PUBLISHED
    assert published.published_at - draft.made_at > timedelta(seconds=0.3)


# --- told ---------------------------------------------------------------------------------------


@pytest.fixture
def tree(db):
    """A sub-distributor with two shops, one of a tier; a shop alone; a shop of that tier."""
    gold = Tier.objects.create(name="Gold")
    north = open_shop(name="North", level="sub_distributor")
    return {
        "north": north, "hill": open_shop(name="Hill", parent=north),
        "mill": open_shop(name="Mill", parent=north, tier=gold),
        "alone": open_shop(name="Alone"), "gold": open_shop(name="Gold Shop", tier=gold),
    }, gold  # fmt: skip


def told_of(book):
    names = Notice.objects.filter(book=book).values_list("shop__name", flat=True)
    return sorted(names)


def test_only_shops_whose_rules_differ_are_told(draft, publish, tree, sku):
    shops, gold = tree
    unchanged = draft()
    assert publish(unchanged) == 0
    for changes, expected in (
        ([markup(9, branch=shops["north"])], ["Hill", "Mill", "North"]),
        ([markup(9, shop=shops["alone"], sku=sku)], ["Alone"]),
        ([share(9, tier=gold)], ["Gold Shop", "Mill"]),
        ([share(9, tier=gold, branch=shops["north"])], ["Mill"]),
        ([markup(9, kind="pin")], ["Alone", "Gold Shop", "Hill", "Mill", "North"]),
    ):
        book = draft(*changes)
        assert publish(book) == len(expected)
        assert told_of(book) == expected


def test_a_removed_rule_and_a_changed_one_are_told_and_a_note_is_not(draft, publish, tree):
    shops, _gold = tree
    publish(draft(markup(9, shop=shops["alone"]), markup(9, shop=shops["hill"], note="old")))
    book = draft()
    book.rules.filter(shop=shops["alone"]).delete()
    book.rules.filter(shop=shops["hill"]).update(note="new")
    publish(book)
    assert told_of(book) == ["Alone"]
    book = draft()
    book.rules.filter(shop=shops["hill"]).update(rounding="up", step=D("0.05"))
    publish(book)
    assert told_of(book) == ["Hill"]


def test_the_same_rules_written_anew_touch_nobody(draft, publish, tree, monkeypatch):
    book = draft()
    rows = [{name: getattr(rule, name) for name in publishing.COPIED} for rule in book.rules.all()]
    book.rules.all().delete()
    for row in reversed(rows):
        PriceRule.objects.create(book=book, **row)
    assert publish(book) == 0


def test_a_notice_names_the_time_of_the_shop(draft, publish, shop, other_shop):
    shop.time_zone, other_shop.time_zone = "America/Jamaica", "Asia/Kolkata"
    shop.save(), other_shop.save()
    book = draft(markup(9, kind="pin"), note="PINs cost more.")
    publish(book, starts_at=datetime(2031, 5, 6, 7, 30, tzinfo=UTC))
    texts = dict(Notice.objects.values_list("shop__name", "text"))
    assert texts == {
        "Corner": "New prices and commissions from May 6, 2031, 2:30 a.m. (price book 2). "
        "PINs cost more.",
        "Harbour": "New prices and commissions from May 6, 2031, 1 p.m. (price book 2). "
        "PINs cost more.",
    }


def test_who_was_told_of_a_book_is_told_that_it_does_not_come(draft, publish, tree, second):
    shops, gold = tree
    book = draft(markup(9, tier=gold))
    publish(book, starts_at=timezone.now() + SOON)
    assert publishing.withdraw(book_id=book.pk, by=second) == 2
    texts = Notice.objects.filter(shop=shops["mill"]).values_list("text", flat=True)
    assert ["do not come" in text for text in texts] == [True, False]


def test_telling_a_thousand_shops_takes_few_queries(
    draft, second, tree, monkeypatch, django_assert_max_num_queries
):
    for number in range(30):
        open_shop(name=f"Shop {number}")
    monkeypatch.setattr(notices, "BATCH", 10)
    book = draft(markup(9, kind="pin"))
    with django_assert_max_num_queries(20):
        assert publishing.publish(book_id=book.pk, by=second) == 35


def test_a_notice_is_written_to_a_shop_a_branch_or_all(tree):
    shops, _gold = tree
    assert notices.write(text="one", to=shops["north"]) == 1
    assert notices.write(text="branch", to=shops["north"], and_below=True) == 3
    assert notices.write(text="all") == 5
    assert Notice.objects.filter(shop=shops["north"]).count() == 3


def test_a_notice_is_read_once_and_by_its_own_shop(shop, agent, other_agent):
    notices.write(text="hello", to=shop)
    notice = Notice.objects.get()
    assert notices.mark_read(notice_id=notice.pk, by=other_agent) is False
    assert [n.pk for n in notices.unread_by(agent)] == [notice.pk]
    for _time in range(2):
        assert notices.mark_read(notice_id=notice.pk, by=agent) is True
    assert [read.person for read in notice.reads.all()] == [agent]
    assert notices.unread_by(agent) == []


# --- checked ------------------------------------------------------------------------------------


def test_a_draft_of_the_book_in_force_is_clean(draft, sku, shop):
    report = bookcheck.check(draft())
    assert report.is_clean
    assert (report.skus, report.without_cost, report.is_whole) == (1, 0, True)


def test_the_check_names_what_would_lose_money_and_for_how_many_shops(draft, sku, pin_sku, tree):
    shops, _gold = tree
    book = draft({"use": Use.COMMISSION, "method": Method.FIXED_COMMISSION, "value": D(2),
                  "branch": shops["north"]})  # fmt: skip
    report = bookcheck.check(book)
    (found,) = report.findings
    rule = book.rules.get(branch=shops["north"])
    assert (found.reason, found.commission_id) == ("loss", rule.pk)
    assert (found.skus, found.shops) == (2, 3)
    assert found.examples == ["Digicel 10 USD", "AT&T PIN 15 USD"]


def test_a_range_is_checked_at_both_ends(draft, sku, shop):
    Sku.objects.filter(pk=sku.pk).update(max_face_value=D(100), max_cost=D(92))
    fixed = {"use": Use.PRICE, "method": Method.FIXED_PRICE, "value": D(12), "sku": sku}
    report = bookcheck.check(draft(fixed))
    assert [found.reason for found in report.findings] == ["loss"]


def test_what_has_no_price_is_told_whether_its_cost_is_known_or_not(draft, sku, pin_sku, shop):
    Sku.objects.filter(pk=pin_sku.pk).update(cost_currency="EUR")
    book = draft()
    book.rules.filter(use=Use.PRICE).delete()
    report = bookcheck.check(book)
    (found,) = report.findings
    assert (found.reason, found.skus, found.price_id) == (bookcheck.NO_PRICE, 2, None)
    assert (report.has_price_for_all, report.without_cost) == (False, 1)
    assert report.is_clean is False


def test_twins_are_named(draft, shop, sku):
    book = draft(markup(3, sku=sku), markup(4, sku=sku), share(4, sku=sku))
    first, later = book.rules.filter(sku=sku, use=Use.PRICE).order_by("id")
    report = bookcheck.check(book)
    assert report.twins == [(first.pk, later.pk)]


def test_the_check_looks_at_no_more_than_it_may(draft, sku, pin_sku, shop, monkeypatch):
    monkeypatch.setattr(bookcheck, "MOST_LOOKS", 2)
    report = bookcheck.check(draft())
    assert (report.skus, report.is_whole) == (1, False)


def test_the_check_asks_as_often_for_a_thousand_skus_as_for_one(
    draft, sku, shop, django_assert_num_queries
):
    book = draft()
    with django_assert_num_queries(3):
        bookcheck.check(book)
    Sku.objects.bulk_create(
        Sku(provider_id=1000 + n, name=f"SKU {n}", category=Category.RTR, operator=sku.operator,
            country=sku.country, min_face_value=D(5), max_face_value=D(5), face_currency="USD",
            min_cost=D(4), max_cost=D(4), cost_currency="USD")
        for n in range(1000)
    )  # fmt: skip
    with django_assert_num_queries(3):
        assert bookcheck.check(book).skus == 1001


# --- sold ---------------------------------------------------------------------------------------


def test_a_losing_sale_is_blocked_with_one_alarm(draft, publish, shop, sku, monkeypatch):
    monkeypatch.setattr(gateway, "estimate", lambda sku, face_value: estimate("9.20"))
    at_a_loss = {"use": Use.PRICE, "method": Method.FIXED_PRICE, "value": D(9), "sku": sku}
    publish(draft(at_a_loss))
    for _ in range(3):
        with pytest.raises(LosingSaleError):
            pricing.quote(shop=shop, sku=sku, face_value=D(10), recipient="18761234567")
    alarm = Alarm.objects.get()
    assert alarm.message.startswith("Digicel 10 USD: charge 9.00 against cost 9.20")
    known = rules_for(shop, sku=sku)
    assert pricing.expected_amounts(known=known, sku=sku, currency="USD") is None
    publish(draft({**at_a_loss, "may_lose": True}))
    quote = pricing.quote(shop=shop, sku=sku, face_value=D(10), recipient="18761234567")
    assert (quote.price, quote.commission) == (D(9), D(0))
    assert pricing.expected_amounts(known=rules_for(shop), sku=sku, currency="USD").price == 9


def test_rules_for_some_goods_are_those_that_may_speak_of_them(draft, publish, shop, sku, pin_sku):
    publish(draft(markup(1, sku=sku), markup(2, sku=pin_sku), markup(3, country=sku.country),
                  markup(4, kind="pin"), markup(5, shop=open_shop(name="Else"))))  # fmt: skip
    values = [sorted(rule.value for rule in rules_for(shop, **goods).rules)
              for goods in ({"sku": sku}, {"skus": [sku, pin_sku]}, {})]  # fmt: skip
    assert values == [[1, 3, 4, 8, 50], [1, 2, 3, 4, 8, 50], [1, 2, 3, 4, 8, 50]]
    for goods in (sku, pin_sku):
        choices = [rules_for(shop, **given).terms(goods)
                   for given in ({"sku": goods}, {"skus": [sku, pin_sku]}, {})]  # fmt: skip
        assert len(set(choices)) == 1


def test_what_a_sale_stored_can_be_made_again_from_its_rules_and_cost(
    counter, draft, publish, django_assert_num_queries
):
    publish(draft(markup("7.5", kind="pin", rounding="nearest", step=D("0.05")),
                  {"use": "commission", "method": "share_of_face", "value": D("3.3"),
                   "kind": "pin"}))  # fmt: skip
    sold = [counter.sell(), counter.sell(sku=1001201, face=D("12.50")),
            counter.sell(sku=1001301), counter.sell(sku=20601501)]  # fmt: skip
    publish(draft(markup(40)))
    for sale in sold:
        sale = type(sale).objects.select_related("price_rule", "commission_rule").get(pk=sale.pk)
        with django_assert_num_queries(0):
            made = amounts_of(sale)
        assert (made.cost, made.price, made.commission, made.charge) == (
            sale.cost, sale.price, sale.commission, sale.charge,
        )  # fmt: skip
        assert sale.price_rule.book.version == 2
    assert len({sale.price for sale in sold}) == 4
    sold[0].price_rule = None
    assert amounts_of(sold[0]) is None
