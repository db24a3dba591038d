"""Sales ended by hand: with a reason, above a limit by two, and never sent again."""

from decimal import Decimal as D

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from tests.topup.conftest import float_of, house, outcome, success
from topup import books, refusals
from topup.errors import DecisionError
from topup.evidence import Verdict
from topup.models import Alarm, ProviderCall, Resolution, ResolutionState, Sale, Way
from topup.models.alarm import AlarmKind
from topup.services import polling, resolving, sales
from topup.states import Basis, SaleState

pytestmark = pytest.mark.django_db
S, V = SaleState, Verdict


@pytest.fixture(autouse=True)
def right_books(db):
    yield
    assert list(books.problems()) == []


@pytest.fixture
def in_review(sold, clock):
    sale = sold(S.PENDING)
    clock.jump(86401)
    polling.sweep()
    sale.refresh_from_db()
    assert sale.state == S.IN_REVIEW
    return sale


def resolve(sale, by, way, **more):
    words = {"reason": "they told us", "evidence": "Ann at the provider, 14:05, ticket 9"}
    return resolving.resolve(sale=sale, by=by, way=way, **(words | more))


def test_completed_by_hand_is_posted_at_the_quoted_cost_and_flagged(shop, boss, in_review):
    done = resolve(in_review, boss, Way.COMPLETED)
    sale = Sale.objects.get()
    assert (done.state, done.decided_by, sale.state) == (ResolutionState.DONE, boss, S.COMPLETED)
    assert (float_of(shop), house("provider")) == ((D("90.40"), 0), D("-9.20"))
    assert (sale.invoice_is_assumed, sale.flag != "") == (True, True)
    event = sale.events.last()
    assert event.by == boss
    assert event.note == "by hand: they told us (Ann at the provider, 14:05, ticket 9)"


def test_the_invoice_of_one_completed_by_hand_is_still_asked_for(boss, in_review):
    resolve(in_review, boss, Way.COMPLETED)
    sale = Sale.objects.get()
    assert sale.next_poll_at is not None
    sale = sales.apply_outcome(sale_id=sale.pk, outcome=success())
    assert (house("provider"), house("variance")) == (D("-9.25"), D("-0.05"))
    assert (sale.flag, sale.invoice_is_assumed) == ("", False)


def test_the_provider_saying_no_to_one_completed_by_hand_is_an_alarm(shop, boss, in_review):
    resolve(in_review, boss, Way.COMPLETED)
    sale = sales.apply_outcome(sale_id=in_review.pk, outcome=outcome(V.DECLINED, "501"))
    assert (sale.state, float_of(shop)) == (S.COMPLETED, (D("90.40"), 0))
    assert Alarm.objects.filter(kind=AlarmKind.CONTRADICTION).count() == 1


@pytest.mark.parametrize(
    ("way", "state", "basis"), [(Way.DECLINED, S.DECLINED, Basis.BY_HAND),
                                (Way.REVERSED, S.REVERSED, "")],
)  # fmt: skip
def test_given_back_by_hand_is_released_and_what_comes_later_is_heard(
    shop, boss, in_review, way, state, basis
):
    resolve(in_review, boss, way)
    sale = Sale.objects.get()
    assert (sale.state, sale.basis, float_of(shop)) == (state, basis, (100, 0))
    assert sale.next_poll_at > timezone.now(), "the provider is asked again"
    sale = sales.apply_outcome(sale_id=sale.pk, outcome=success())
    assert (sale.state, float_of(shop), house("late")) == (S.DELIVERED_LATE, (100, 0), D("-9.25"))
    assert Alarm.objects.filter(kind=AlarmKind.LATE).count() == 1


def test_nothing_is_sent_again(boss, in_review):
    for way in (Way.COMPLETED, Way.DECLINED):
        with transaction.atomic():
            resolve(in_review, boss, way)
            transaction.set_rollback(True)
    resolve(in_review, boss, Way.REVERSED)
    assert ProviderCall.objects.filter(call="order").count() == 1
    assert sales.submit_sale(sale_id=in_review.pk) is None


def test_the_shop_is_told_who_found_out(boss, in_review):
    resolve(in_review, boss, Way.DECLINED)
    assert "distributor" in refusals.advice(Sale.objects.get())


@pytest.mark.parametrize("missing", [{"reason": " "}, {"evidence": ""}, {"way": Way.CHARGE}])
def test_a_reason_and_evidence_are_told(boss, in_review, missing):
    with pytest.raises(DecisionError):
        resolve(in_review, boss, **({"way": Way.DECLINED} | missing))
    assert Resolution.objects.count() == 0


def test_only_a_sale_in_review_is_ended_and_only_by_the_distributor(agent, boss, sold, in_review):
    with pytest.raises(DecisionError, match="distributor"):
        resolve(in_review, agent, Way.REVERSED)
    with pytest.raises(DecisionError, match="in review"):
        resolve(sold(S.PENDING), boss, Way.REVERSED)


@pytest.fixture
def large(in_review, settings):
    settings.SECOND_PERSON_ABOVE = 9.59
    return in_review


def test_above_the_limit_a_second_person_agrees(shop, boss, second, large):
    asked = resolve(large, boss, Way.DECLINED)
    assert (asked.state, asked.needs_two) == (ResolutionState.WAITING, True)
    assert (Sale.objects.get().state, float_of(shop)) == (S.IN_REVIEW, (100, D("9.60")))
    with pytest.raises(DecisionError, match="waits"):
        resolve(large, second, Way.COMPLETED)
    with pytest.raises(DecisionError, match="yourself"):
        resolving.agree(resolution_id=asked.pk, by=boss)
    for _ in range(2):
        done = resolving.agree(resolution_id=asked.pk, by=second)
    assert (done.state, done.decided_by) == (ResolutionState.DONE, second)
    assert (Sale.objects.get().state, float_of(shop)) == (S.DECLINED, (100, 0))


def test_the_limit_itself_needs_one_person(boss, in_review, settings):
    settings.SECOND_PERSON_ABOVE = 9.6
    assert resolve(in_review, boss, Way.REVERSED).state == ResolutionState.DONE


def test_a_decision_that_waits_can_be_dropped(boss, second, large):
    asked = resolve(large, boss, Way.DECLINED)
    for _ in range(2):
        assert resolving.drop(resolution_id=asked.pk, by=boss).state == ResolutionState.DROPPED
    assert resolving.agree(resolution_id=asked.pk, by=second).state == ResolutionState.DROPPED
    assert Sale.objects.get().state == S.IN_REVIEW


def test_the_providers_word_is_faster_than_the_second_person(shop, boss, second, large):
    asked = resolve(large, boss, Way.DECLINED)
    sales.apply_outcome(sale_id=large.pk, outcome=success())
    done = resolving.agree(resolution_id=asked.pk, by=second)
    assert (done.state, Sale.objects.get().state) == (ResolutionState.DROPPED, S.COMPLETED)
    assert float_of(shop) == (D("90.40"), 0)


def test_the_database_wants_two_people(boss, large):
    resolve(large, boss, Way.DECLINED)
    with pytest.raises(DatabaseError, match="resolution_by_two"), transaction.atomic():
        Resolution.objects.update(state="done", decided_by=boss, decided_at=timezone.now())
    with pytest.raises(DatabaseError, match="does not change"), transaction.atomic():
        Resolution.objects.update(needs_two=False)


def test_a_sale_is_sent_to_review_by_hand_and_asked_about_as_before(boss, sold):
    sale = sold(S.PENDING)
    for _ in range(2):
        resolving.send_to_review(sale=sale, by=boss, reason="the shop called")
    fresh = Sale.objects.get()
    assert (fresh.state, fresh.next_poll_at) == (S.IN_REVIEW, sale.next_poll_at)
    with pytest.raises(DecisionError, match="being checked"):
        resolving.send_to_review(sale=sold(S.DECLINED), by=boss, reason="x")


def test_no_money_goes_back_while_the_order_may_be_on_its_way(boss, sold, clock):
    """A worker that was frozen with it might still send it."""
    sale = resolving.send_to_review(sale=sold(S.PENDING), by=boss, reason="x")
    with pytest.raises(DecisionError, match="on its way"):
        resolve(sale, boss, Way.REVERSED)
    clock.jump(20 + 151)
    assert resolve(sale, boss, Way.REVERSED).state == ResolutionState.DONE


@pytest.fixture
def late(sold, boss, in_review):
    resolve(in_review, boss, Way.REVERSED)
    return sales.apply_outcome(sale_id=in_review.pk, outcome=success())


def settle(sale, by, way, **more):
    return resolving.settle_late(sale=sale, by=by, way=way, reason="agreed by phone", **more)


def test_a_late_delivery_is_left_to_the_shop(shop, boss, late):
    settle(late, boss, Way.LEAVE)
    assert (float_of(shop), house("late")) == ((100, 0), D("-9.25"))
    assert (Sale.objects.get().flag, resolving.is_settled(late)) == ("", True)
    with pytest.raises(DecisionError, match="settled already"):
        settle(late, boss, Way.CHARGE)


@pytest.mark.parametrize(("amount", "left"), [(None, "90.40"), (D(5), "95")])
def test_a_late_delivery_is_charged_as_agreed_even_below_the_limit(shop, boss, late, amount, left):
    settle(late, boss, Way.CHARGE, amount=amount)
    paid = 100 - D(left)
    assert (float_of(shop), house("late")) == ((D(left), 0), paid - D("9.25"))
    assert "agreed by phone" in Sale.objects.get().events.last().note


@pytest.mark.parametrize("amount", [D(0), D(-1), D("9.61")])
def test_a_shop_never_pays_more_than_the_charge(boss, late, amount):
    with pytest.raises(DecisionError, match="at most"):
        settle(late, boss, Way.CHARGE, amount=amount)


def test_a_large_late_charge_takes_two(shop, boss, second, late, settings):
    settings.SECOND_PERSON_ABOVE = 1
    asked = settle(late, boss, Way.CHARGE)
    assert (asked.state, float_of(shop)) == (ResolutionState.WAITING, (100, 0))
    resolving.agree(resolution_id=asked.pk, by=second)
    assert float_of(shop) == (D("90.40"), 0)


@pytest.mark.parametrize("terms", [{"way": Way.LEAVE}, {"way": Way.CHARGE, "amount": D("0.01")}])
def test_to_let_a_large_late_delivery_go_takes_two(shop, boss, second, late, settings, terms):
    settings.SECOND_PERSON_ABOVE = 5
    asked = settle(late, boss, **terms)
    assert (asked.state, asked.needs_two) == (ResolutionState.WAITING, True)
    assert not resolving.is_settled(late)
    resolving.agree(resolution_id=asked.pk, by=second)
    assert resolving.is_settled(late)
