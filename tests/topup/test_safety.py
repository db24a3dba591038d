"""What is asked before a sale, and that nobody gets around it."""

import threading
from datetime import timedelta
from decimal import Decimal as D
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from catalog.enums import Category
from catalog.models import Operator, Sku
from ledger import services as ledger
from tests.topup.conftest import float_of, success
from tests.topup.test_opening import in_threads
from topup import books
from topup.answers import Answers, Question
from topup.models import (
    Alarm,
    CoolDown,
    Notice,
    Person,
    ProviderCall,
    Role,
    SafetyAnswer,
    SafetyRules,
    Sale,
)
from topup.models.safety import CoolDownOf, LargeAsks, Rule
from topup.questions import QUESTIONS, Reply, question_for
from topup.safetyerrors import CoolDownError, RepeatError, SafetyError, WrongAnswerError
from topup.services import cooldowns, opening, safety
from topup.services.moves import move
from topup.services.settling import apply_outcome
from topup.states import SaleState

pytestmark = pytest.mark.django_db
NUMBER, OTHER = "18761234567", "18767654321"


@pytest.fixture(autouse=True)
def right_books(db, monkeypatch):
    monkeypatch.setattr(opening, "nudge", lambda sale_id: None)
    yield
    assert list(books.problems()) == []


def rules(**values):
    SafetyRules.objects.update(**values)


@pytest.fixture
def sell(agent, quoted, shop):
    def make(*, by=None, answers=None, quote=None, **changes):
        quote = quote or quoted(**changes)
        more = {"answers": answers} if answers else {}
        return opening.open_sale(agent=by or agent, quote=quote, **more).sale

    return make


def refused(error, sell, **how):
    with pytest.raises(error) as caught:
        sell(**how)
    return caught.value


def said(refusal, **words):
    """The answers of a form that holds the questions of a refusal."""
    return Answers(
        words=words, tokens={str(one.rule): one.token for one in refusal.questions}
    )  # fmt: skip


def replies(key, *, right=True):
    want = QUESTIONS[question_for(key)].right
    return {"scam": want if right else next(one for one in Reply if one != want)}


# --- a second time -----------------------------------------------------------


def end(sale):
    """It arrived, and is not unfinished any more."""
    move(sale, SaleState.SUBMITTED, submitted_at=timezone.now(), send_before=timezone.now())
    ProviderCall.objects.create(sale=sale, call="order", started_at=timezone.now())
    apply_outcome(sale_id=sale.pk, outcome=success())


def another_sku(pk, **changes):
    """A SKU of the same operator, that any amount of may be sold."""
    other = Sku.objects.get(pk=pk)
    other.pk, other.provider_id = None, 99
    for name, value in changes.items():
        setattr(other, name, value)
    other.save()
    return other


@pytest.fixture
def repeat(shop):
    rules(repeat_is_on=True)


def test_the_same_to_the_same_number_is_asked_about_and_sold_after_a_yes(repeat, sell, quoted):
    first, quote = sell(), quoted()
    refusal = refused(RepeatError, sell, quote=quote)
    assert refusal.earlier == first
    assert Sale.objects.count() == 1
    second = sell(quote=quote, answers=said(refusal, repeat="yes"))
    assert second.correlation_id == quote.correlation_id
    row = SafetyAnswer.objects.get()
    assert (row.key, row.rule, row.question) == (quote.correlation_id, Rule.REPEAT,
                                                 first.correlation_id)  # fmt: skip
    assert (row.answer, row.is_right, row.person_id) == ("yes", True, second.agent_id)


def test_said_beforehand_it_is_not_asked(repeat, sell):
    sell()
    sell(answers=Answers(second_time=True))
    assert SafetyAnswer.objects.get().answer == "x2"


def _another_number(sell, first):
    return {"recipient": OTHER}


def _another_amount(sell, first):
    end(first)
    return {"sku": another_sku(first.sku_id), "face_value": D(11)}


def _another_currency(sell, first):
    end(first)
    return {"sku": another_sku(first.sku_id, face_currency="JMD"), "face_currency": "JMD"}


def _another_operator(sell, first):
    end(first)
    rival = Operator.objects.create(provider_id=99, name="Flow", country_id="JM")
    return {"sku": another_sku(first.sku_id, operator=rival)}


def _undone(sell, first):
    opening.cancel_sale(sale_id=first.pk)
    return {}


def _switched_off(sell, first):
    rules(repeat_is_on=False)
    return {}


@pytest.mark.parametrize(
    "change",
    [_another_number, _another_amount, _another_currency, _another_operator, _undone,
     _switched_off],
    ids=lambda one: one.__name__,
)  # fmt: skip
def test_an_ordinary_sale_is_asked_nothing(repeat, sell, change):
    goods = change(sell, sell())
    assert sell(**goods).state == SaleState.CREATED


def test_the_same_amount_by_another_sku_of_the_operator_is_the_same(repeat, sell, quoted, sku):
    first = sell()
    end(first)
    refusal = refused(RepeatError, sell, sku=another_sku(sku.pk))
    assert (refusal.earlier, refusal.is_same) == (first, True)
    assert "The same was sold" in refusal.message


def test_an_unfinished_sale_of_anything_needs_a_word_and_the_same_comes_first(
    repeat, sell, quoted, sku
):
    first, other = sell(), another_sku(sku.pk)
    quote = quoted(sku=other, face_value=D(7))
    refusal = refused(RepeatError, sell, quote=quote)
    assert (refusal.earlier, refusal.is_same) == (first, False)
    assert "not finished yet" in refusal.message
    second = sell(quote=quote, answers=said(refusal, repeat="yes"))
    for goods, earlier in (({}, first), ({"sku": other, "face_value": D(7)}, second)):
        refusal = refused(RepeatError, sell, **goods)
        assert (refusal.earlier, refusal.is_same) == (earlier, True)
    sell(sku=other, face_value=D(8), answers=Answers(second_time=True))
    for sale in Sale.objects.all():
        end(sale)
    sell(sku=another_sku(sku.pk, provider_id=98), face_value=D(9))


def test_sales_that_are_made_together_are_no_earlier_ones(repeat, agent, sell, quoted, sku):
    first, quote = sell(), quoted(sku=another_sku(sku.pk), face_value=D(7))
    refused(RepeatError, sell, quote=quote)
    assert opening.open_sale(agent=agent, quote=quote, beside=[first.correlation_id]).is_new


def test_after_the_time_only_an_unfinished_one_is_asked_about(repeat, sell, sold):
    done = sold(SaleState.COMPLETED)
    assert refused(RepeatError, sell).earlier == done
    Sale.objects.filter(pk=done.pk).update(created_at=timezone.now() - timedelta(minutes=11))
    waiting = sell()
    Sale.objects.filter(pk=waiting.pk).update(created_at=timezone.now() - timedelta(hours=5))
    refusal = refused(RepeatError, sell)
    assert refusal.earlier == waiting


def test_an_unfinished_sale_is_shown_before_a_younger_one(shop, sell, sold):
    waiting, done = sell(), sold(SaleState.COMPLETED)
    assert done.pk > waiting.pk
    rules(repeat_is_on=True)
    assert refused(RepeatError, sell).earlier == waiting


def test_another_shop_sells_to_the_number_unasked(repeat, sell, other_agent, other_shop, quoted):
    sell()
    quote = quoted(shop_id=other_shop.pk)
    assert sell(by=other_agent, quote=quote).shop == other_shop


def test_a_bill_is_asked_about_by_its_account(repeat, sell, sku):
    Sku.objects.filter(pk=sku.pk).update(category=Category.BILL_PAY)
    sku.refresh_from_db()
    bill = {"recipient": "", "sku": sku}
    first = sell(**bill, extras={"account_number": "77-1"})
    sell(**bill, extras={"account_number": "77-2"})
    for account in ("77-1", "771", "7 7.1"):
        refusal = refused(RepeatError, sell, **bill, extras={"account_number": account})
        assert refusal.earlier == first, account


def test_an_answer_counts_for_its_own_quote_and_for_the_newest_sale_only(repeat, sell, quoted):
    sell()
    quote, other = quoted(), quoted()
    answers = said(refused(RepeatError, sell, quote=quote), repeat="yes")
    refused(RepeatError, sell, quote=other, answers=answers)
    sell(answers=Answers(second_time=True))  # somebody else was faster
    refused(RepeatError, sell, quote=quote, answers=answers)
    again = said(refused(RepeatError, sell, quote=quote), repeat="yes")
    sell(quote=quote, answers=again)


@pytest.mark.parametrize("token", ["", "x", "a:b:c"])
def test_a_tick_without_the_question_it_is_about_is_none(repeat, sell, token):
    sell()
    refused(RepeatError, sell, answers=Answers(words={"repeat": "yes"}, tokens={"repeat": token}))


def test_a_sale_that_is_there_is_found_before_anything_is_asked(repeat, sell, quoted):
    quote = quoted()
    sale = sell(quote=quote)
    rules(asks_money=True)
    assert sell(quote=quote) == sale


def at_once(agent, quoted, second=None):
    quotes = [quoted(correlation_id=str(uuid4()), **goods) for goods in ({}, second or {})]
    return in_threads(2, lambda number: opening.open_sale(agent=agent, quote=quotes[number]))


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_the_second_is_asked(shop, agent, quoted):
    rules(repeat_is_on=True)
    results = at_once(agent, quoted)
    assert sorted(type(one).__name__ for one in results) == ["OpenedSale", "RepeatError"]
    assert float_of(shop) == (D(100), D("9.60"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("face_value", [D(10), D(7)])
def test_of_two_skus_at_once_the_second_is_asked(shop, agent, quoted, sku, face_value):
    """The fixed amount and "any amount" at once; and two different ones: one is unfinished."""
    rules(repeat_is_on=True)
    second = {"sku": another_sku(sku.pk), "face_value": face_value}
    results = at_once(agent, quoted, second)
    assert sorted(type(one).__name__ for one in results) == ["OpenedSale", "RepeatError"]
    assert Sale.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_looked_at_before_the_hold_two_would_pass(shop, agent, quoted, monkeypatch):
    """Shows that the lock of the float is needed: the same guard, before it."""
    rules(repeat_is_on=True)
    place_hold, guard, meet = ledger.place_hold, safety.guard, threading.Barrier(2)
    monkeypatch.setattr(safety, "guard", lambda **_nothing: None)

    def guard_first(**how):
        guard(agent=agent, shop=shop, quote=quoted(), kind="airtime")
        meet.wait(60)
        return place_hold(**how)

    monkeypatch.setattr(ledger, "place_hold", guard_first)
    assert [type(one).__name__ for one in at_once(agent, quoted)] == ["OpenedSale", "OpenedSale"]


# --- PINs and gift cards -----------------------------------------------------


@pytest.fixture
def pin(shop, pin_sku):
    rules(scam_is_on=True, run_count=5)
    return {"sku": pin_sku, "recipient": "", "cost": D("9")}


def buy(sell, quoted, pin, *, right=True, by=None, **changes):
    """One PIN, with the question answered if there is one."""
    quote = quoted(**pin, **changes)
    try:
        return sell(quote=quote, by=by)
    except SafetyError as refusal:
        words = replies(quote.correlation_id, right=right)
        return sell(quote=quote, by=by, answers=said(refusal, **words))


def test_the_questions_are_many_and_want_different_answers():
    wanted = [one.right for one in QUESTIONS.values()]
    assert len(wanted) >= 6
    assert 2 * wanted.count(Reply.YES) == len(wanted)
    asked = {question_for(str(uuid4())) for _ in range(400)}
    assert asked == set(QUESTIONS)
    assert question_for("a") == question_for("a")


def test_the_first_of_the_hour_is_asked_about_the_next_is_not_the_third_is(sell, quoted, pin):
    def is_asked():
        quote = quoted(**pin)
        try:
            sell(quote=quote)
        except SafetyError as refusal:
            answer = replies(quote.correlation_id)
            sell(quote=quote, answers=said(refusal, **answer))
            return True
        return False

    assert [is_asked() for _ in range(4)] == [True, False, True, True]
    assert SafetyAnswer.objects.filter(rule=Rule.SCAM, is_right=True).count() == 3


def test_above_an_amount_it_is_always_asked_and_airtime_never(sell, quoted, pin):
    buy(sell, quoted, pin)
    refused(SafetyError, sell, **pin | {"price": D("50.01"), "cost": D(40)})
    sell()
    sell(recipient=OTHER)


def test_a_wrong_answer_stops_the_sale_and_the_person_for_a_while(sell, quoted, pin, shop):
    with pytest.raises(WrongAnswerError):
        buy(sell, quoted, pin, right=False)
    assert (Sale.objects.count(), float_of(shop)) == (0, (D(100), D(0)))
    row = SafetyAnswer.objects.get()
    assert (row.rule, row.is_right, row.shop) == (Rule.SCAM, False, shop)
    assert CoolDown.objects.get().person.username == "agent"
    with pytest.raises(CoolDownError, match="for 15 minutes"):
        buy(sell, quoted, pin)
    assert Notice.objects.filter(shop=shop, text__contains="agent").count() == 1
    assert Alarm.objects.filter(kind="scam").count() == 1
    sell()  # airtime is sold as ever
    colleague = Person.objects.create_user("colleague", role=Role.CASHIER, shop=shop)
    buy(sell, quoted, pin, by=colleague)


def test_a_cool_down_ends_or_is_lifted_and_may_be_of_the_shop(sell, quoted, pin, shop, boss):
    rules(cool_down_of=CoolDownOf.SHOP)
    with pytest.raises(WrongAnswerError):
        buy(sell, quoted, pin, right=False)
    colleague = Person.objects.create_user("colleague", role=Role.CASHIER, shop=shop)
    with pytest.raises(CoolDownError):
        buy(sell, quoted, pin, by=colleague)
    cool_down = CoolDown.objects.get()
    assert cooldowns.lift(cool_down_id=cool_down.pk, by=boss)
    assert not cooldowns.lift(cool_down_id=cool_down.pk, by=boss)
    buy(sell, quoted, pin)
    CoolDown.objects.create(shop=shop, reason="x", until=timezone.now() - timedelta(seconds=1))
    buy(sell, quoted, pin)


def test_a_run_is_sold_to_its_end_and_then_cools_down(sell, quoted, pin, shop):
    for _ in range(5):
        buy(sell, quoted, pin)
    assert CoolDown.objects.get().reason == "5 PINs or gift cards within 30 minutes."
    with pytest.raises(CoolDownError):
        buy(sell, quoted, pin)
    assert Sale.objects.count() == 5
    assert Notice.objects.filter(shop=shop).count() == 1
    assert Alarm.objects.get(kind="scam").message.startswith("Corner, agent: 5 PINs")


def test_a_reply_is_for_the_question_that_was_asked(sell, quoted, pin):
    quote = quoted(**pin)
    key = quote.correlation_id
    other = next(name for name in QUESTIONS if name != question_for(key))
    token = Question(Rule.SCAM, other, key).token
    answers = Answers(words=replies(key), tokens={"scam": token})
    assert refused(SafetyError, sell, quote=quote, answers=answers).given == ()
    left_out = Answers(words={}, tokens={"scam": Question(Rule.SCAM, question_for(key), key).token})
    refused(SafetyError, sell, quote=quote, answers=left_out)


@pytest.mark.django_db(transaction=True)
def test_of_two_codes_at_once_the_second_is_counted(shop, agent, quoted, pin_sku):
    rules(scam_is_on=True, scam_quiet_minutes=1, scam_count=2)
    values = {"sku": pin_sku, "recipient": "", "cost": D(9)}
    first = quoted(**values)
    word = replies(first.correlation_id)
    token = Question(Rule.SCAM, question_for(first.correlation_id), first.correlation_id).token
    opening.open_sale(agent=agent, quote=first, answers=Answers(words=word, tokens={"scam": token}))
    rules(scam_count=3)
    quotes = [quoted(**values) for _ in range(2)]
    results = in_threads(2, lambda n: opening.open_sale(agent=agent, quote=quotes[n]))
    assert sorted(type(one).__name__ for one in results) == ["OpenedSale", "SafetyError"]


# --- a large sale to a new number, and the money -----------------------------


@pytest.fixture
def large(shop):
    rules(large_is_on=True, large_above=D(9))


def test_a_first_large_sale_asks_for_the_last_four_digits(large, sell, quoted):
    quote = quoted()
    refusal = refused(SafetyError, sell, quote=quote)
    for wrong in ("1234", "4566", "", "456"):
        wrong_one = refused(SafetyError, sell, quote=quote, answers=said(refusal, large=wrong))
    sell(quote=quote, answers=said(wrong_one, large=" 45 67 "))
    assert [*SafetyAnswer.objects.order_by("id").values_list("answer", "is_right")] == [
        ("other digits", False), ("other digits", False), ("other digits", False),
        ("the digits", True),
    ]  # fmt: skip
    sell()  # the number is known from now on


def test_digits_of_other_scripts_are_digits(large, sell, quoted):
    quote = quoted()
    refusal = refused(SafetyError, sell, quote=quote)
    sell(quote=quote, answers=said(refusal, large="٤٥٦٧"))


def test_it_may_ask_for_a_tick_instead(large, sell, quoted):
    rules(large_asks=LargeAsks.TICK)
    quote = quoted()
    refusal = refused(SafetyError, sell, quote=quote)
    refused(SafetyError, sell, quote=quote, answers=said(refusal, large="4567"))
    sell(quote=quote, answers=said(refusal, large="yes"))


def test_a_small_one_and_one_to_a_known_number_are_asked_nothing(large, sell):
    assert sell(price=D(9), commission=D(0), cost=D(8)).price == D(9)
    assert sell().price == D(10)


def test_money_received_may_be_a_tick_of_its_own(shop, sell, quoted):
    rules(asks_money=True)
    quote = quoted()
    refusal = refused(SafetyError, sell, quote=quote)
    sell(quote=quote, answers=said(refusal, money="yes"))
    assert SafetyAnswer.objects.get().rule == Rule.MONEY


def test_all_that_is_to_be_answered_is_asked_at_once(large, repeat, sell, quoted, sold):
    rules(asks_money=True)
    quote = quoted()
    asked = refused(SafetyError, sell, quote=quote).questions
    assert [one.rule for one in asked] == [Rule.LARGE, Rule.MONEY]
    sell(quote=quote, answers=said(refused(SafetyError, sell, quote=quote),
                                   large="4567", money="yes"))  # fmt: skip


def test_without_a_row_the_rules_are_on(shop, sell):
    SafetyRules.objects.all().delete()
    sell()
    refused(RepeatError, sell)


def test_a_look_ahead_asks_the_same_and_writes_nothing(repeat, large, agent, shop, sell, quoted):
    quote = quoted()
    [one] = safety.look(agent=agent, shop=shop, quote=quote, kind="airtime")
    assert (one.rule, SafetyAnswer.objects.count()) == (Rule.LARGE, 0)
    sell(quote=quote, answers=Answers(words={"large": "4567"}, tokens={"large": one.token}))


def test_answers_stay(repeat, sell):
    sell()
    sell(answers=Answers(second_time=True))
    for deed in (
        lambda: SafetyAnswer.objects.update(answer="no"),
        SafetyAnswer.objects.get().delete,
    ):
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            deed()


@pytest.mark.parametrize(("goods", "queries"), [("airtime", 3), ("pin", 3)])
def test_the_guard_costs_few_queries(
    repeat, agent, shop, quoted, pin_sku, goods, queries, django_assert_num_queries
):
    rules(large_is_on=True, large_above=D(1), scam_is_on=True)
    quote = quoted() if goods == "airtime" else quoted(sku=pin_sku, recipient="", cost=D(9))
    with django_assert_num_queries(queries):
        safety.look(agent=agent, shop=shop, quote=quote, kind=goods)
