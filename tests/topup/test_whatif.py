"""Past sales under a draft: shop by shop, exact, and counted by a worker when they are many."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.utils import timezone

from tests.topup.prices import markup, share
from topup.models import Person, PriceRule, Role, Sale, Tier, WhatIf, WhatIfState
from topup.models.price import Method, Use
from topup.services import opening, publishing, whatif
from topup.services.pricebooks import current_book
from topup.services.shops import open_shop
from topup.services.whatif import Sums
from topup.states import SaleState
from topup.tasks import what_if_task

pytestmark = pytest.mark.django_db
S = SaleState


@pytest.fixture
def boss(db):
    return Person.objects.create_user("boss", role=Role.ADMIN)


@pytest.fixture
def draft(boss):
    def make(*changes):
        book = publishing.draft_from(book=current_book(), by=boss)
        for rule in changes:
            PriceRule.objects.create(book=book, **rule)
        return book

    return make


def replay(book, **period):
    now = timezone.now()
    period = {"since": now - timedelta(days=30), "until": now + timedelta(minutes=1)} | period
    return whatif.replay(book=book, **period)


def test_under_the_same_rules_nothing_changes(draft, sold, shop, sku):
    """The conftest's quote is the issue's example; so are these rules."""
    sold(S.COMPLETED)
    book = draft({"use": Use.PRICE, "method": Method.FEE, "value": D(0)})
    sums = replay(book)[shop.pk]
    assert sums == Sums(
        sales=1, blocked=0, price_then=D(10), price_now=D(10), commission_then=D("0.40"),
        commission_now=D("0.40"), margin_then=D("0.40"), margin_now=D("0.40"),
    )  # fmt: skip
    assert (sums.gain, sums.margin_gain) == (0, 0)


def test_only_completed_sales_of_the_period_count(draft, sold, shop):
    for state in (S.COMPLETED, S.DECLINED, S.PENDING, S.SUBMITTED, S.CREATED, S.COMPLETED):
        sold(state)
    assert replay(draft())[shop.pk].sales == 2
    first = Sale.objects.filter(state=S.COMPLETED).order_by("created_at").first().created_at
    assert replay(draft(), since=first, until=first) == {}
    assert replay(draft(), until=first) == {}
    just_it = {"since": first, "until": first + timedelta(microseconds=1)}
    assert replay(draft(), **just_it)[shop.pk].sales == 1


def test_a_sale_keeps_its_own_cost_and_face_value(draft, sold, shop, sku):
    sold(S.COMPLETED)
    sold(S.COMPLETED, cost=D("9.50"), price=D("10.10"))
    sku.min_cost = sku.max_cost = D(1)
    sku.save()
    sums = replay(draft(markup(10)))[shop.pk]
    assert (sums.price_then, sums.price_now) == (D("20.10"), D("10.12") + D("10.45"))
    assert sums.commission_now == D("0.46") + D("0.47")
    assert sums.margin_now == sums.price_now - sums.commission_now - D("18.70")
    assert sums.margin_then == D("20.10") - D("0.80") - D("18.70")


def test_a_sale_that_would_lose_is_blocked_and_brings_nothing(draft, sold, shop, pin_sku):
    sold(S.COMPLETED)
    sold(S.COMPLETED, sku=pin_sku, face_value=D(15), price=D(16), cost=D(14), commission=D(1))
    sums = replay(draft({"use": "price", "method": "fixed_price", "value": D(9)}))[shop.pk]
    assert (sums.sales, sums.blocked) == (2, 2)
    assert (sums.price_then, sums.price_now) == (D(26), D(0))
    assert (sums.commission_now, sums.margin_now) == (D(0), D(0))
    book = draft(markup(10, kind="pin"))
    book.rules.filter(kind="", use=Use.PRICE).delete()
    sums = replay(book)[shop.pk]
    assert (sums.blocked, sums.price_now) == (1, D("15.40")), "one has no price at all"


def test_shops_stand_where_they_stand_now(draft, sold, shop, agent):
    sold(S.COMPLETED)
    gold, north = Tier.objects.create(name="Gold"), open_shop(name="N", level="sub_distributor")
    book = draft(share(90, tier=gold), share(10, branch=north))
    assert replay(book)[shop.pk].commission_now == D("0.37"), "half of 0.74"
    shop.tier = gold
    shop.save()
    assert replay(book)[shop.pk].commission_now == D("0.66"), "nine tenths of 0.74"
    shop.ancestors = [north.pk]
    shop.save()
    assert replay(book)[shop.pk].commission_now == D("0.07")


def test_winners_come_first_and_losers_last(
    draft, boss, sold, other_agent, quoted, shop, other_shop
):
    sold(S.COMPLETED)
    sold(S.COMPLETED)
    no_commission = {"use": "commission", "method": "fixed_commission", "value": D(0)}
    book = draft(share(100, shop=shop), {**no_commission, "shop": other_shop})
    quote = quoted(shop_id=other_shop.pk)
    sale = opening.open_sale(agent=other_agent, quote=quote).sale
    Sale.objects.filter(pk=sale.pk).update(
        state=S.SUBMITTED, submitted_at=timezone.now(), send_before=timezone.now()
    )
    Sale.objects.filter(pk=sale.pk).update(state=S.COMPLETED)
    idle = open_shop(name="Idle")
    asked = whatif.start(book=book, since=timezone.now() - timedelta(days=1),
                         until=timezone.now(), by=boss)  # fmt: skip
    assert (asked.state, asked.sales_total, asked.sales_done) == (WhatIfState.DONE, 3, 3)
    rows = whatif.result_of(asked)
    assert [(row.shop_id, row.sums.gain) for row in rows] == [
        (shop.pk, D("0.68")), (other_shop.pk, D("-0.40")),
    ]  # fmt: skip
    assert idle.pk not in {row.shop_id for row in rows}
    total = whatif.total_of(rows)
    assert (total.sales, total.gain, total.price_then) == (3, D("0.28"), D(30))
    assert total.price_now - total.commission_now - total.margin_now == D("9.20") * 3


def test_a_result_that_was_kept_is_read_as_it_was_counted(draft, boss, sold):
    sold(S.COMPLETED)
    sold(S.COMPLETED, cost=D("9.1234"))
    book = draft(share("33.3333", step=D("0.0001")))
    asked = ask(book, boss)
    kept = {row.shop_id: row.sums for row in whatif.result_of(asked)}
    assert kept == whatif.replay(book=book, since=asked.since, until=asked.until)
    assert any(value.as_tuple().exponent == -4 for sums in kept.values()
               for value in vars(sums).values() if isinstance(value, D))  # fmt: skip


def ask(book, boss):
    now = timezone.now()
    return whatif.start(book=book, since=now - timedelta(days=30), until=now, by=boss)


def test_many_sales_are_left_to_a_worker_of_the_catalogue(
    draft, boss, sold, monkeypatch, django_capture_on_commit_callbacks
):
    sent = []
    monkeypatch.setattr(whatif, "AT_ONCE", 1)
    monkeypatch.setattr(
        "topup.services.whatif.current_app.send_task",
        lambda name, arguments, queue: sent.append((name, arguments, queue)),
    )
    sold(S.COMPLETED)
    assert ask(draft(), boss).state == WhatIfState.DONE
    sold(S.COMPLETED)
    with django_capture_on_commit_callbacks(execute=True):
        asked = ask(draft(), boss)
    assert (asked.state, asked.result) == (WhatIfState.WAITING, [])
    assert sent == [("topup.what_if_task", [asked.pk], "catalogue")]
    what_if_task(asked.pk)
    asked.refresh_from_db()
    assert (asked.state, asked.sales_done) == (WhatIfState.DONE, 2)
    WhatIf.objects.update(result=[])
    what_if_task(asked.pk)
    asked.refresh_from_db()
    assert asked.result == [], "a second message counts nothing"


def test_progress_is_written_down_as_it_is_made(draft, boss, sold, monkeypatch):
    monkeypatch.setattr(whatif, "TELL_EVERY", 0)
    seen = []
    sold(S.COMPLETED)
    sold(S.COMPLETED, price=D("10.01"))
    real = whatif.replay

    def watched(*, tell, **rest):
        def look(done):
            tell(done)
            row = WhatIf.objects.get()
            seen.append((row.state, row.sales_done, row.sales_total))

        return real(tell=look, **rest)

    monkeypatch.setattr(whatif, "replay", watched)
    ask(draft(), boss)
    assert seen == [(WhatIfState.RUNNING, 1, 2), (WhatIfState.RUNNING, 2, 2)]


def test_what_failed_or_was_lost_is_started_again_and_what_goes_on_is_not(
    draft, boss, sold, monkeypatch, clock
):
    sent = []
    monkeypatch.setattr(whatif, "_nudge", sent.append)
    monkeypatch.setattr(whatif.transaction, "on_commit", lambda work, robust: work())
    sold(S.COMPLETED)
    with monkeypatch.context() as broken:
        broken.setattr(whatif, "replay", lambda **rest: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            ask(draft(), boss)
    asked = WhatIf.objects.get()
    assert asked.state == WhatIfState.FAILED
    assert whatif.start_again(what_if_id=asked.pk) is True
    assert whatif.start_again(what_if_id=asked.pk) is False, "it waits"
    clock.jump(whatif.DEAD_AFTER.total_seconds() + 1)
    assert whatif.start_again(what_if_id=asked.pk) is True, "the message was lost"
    whatif.run(what_if_id=asked.pk)
    assert whatif.start_again(what_if_id=asked.pk) is False, "it is done"
    assert sent == [asked.pk] * 2


def test_alike_sales_are_worked_out_once(draft, sold, monkeypatch, django_assert_num_queries):
    book = draft()
    for _ in range(3):
        sold(S.COMPLETED)
    worked = []
    real = whatif.rules.amounts
    monkeypatch.setattr(
        whatif.rules, "amounts", lambda *given, **rest: worked.append(1) or real(*given, **rest)
    )
    with django_assert_num_queries(3):
        replay(book)
    assert len(worked) == 1
