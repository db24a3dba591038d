"""The rows are the queue: found when due, leased, doubted, reviewed, alarmed; by one at a time."""

import threading
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests.topup.conftest import answer, float_of, outcome, pin_payload, success
from topup import books, locks, schedule, tasks
from topup.evidence import Verdict, judge_status
from topup.models import Alarm, Sale, Voucher
from topup.models.alarm import AlarmKind
from topup.services import alarms, asking, polling, sales, settling
from topup.states import SaleState

pytestmark = pytest.mark.django_db
S, V = SaleState, Verdict


@pytest.fixture(autouse=True)
def right_books(db):
    yield
    assert list(books.problems()) == []


def due(sale, seconds=0):
    Sale.objects.filter(pk=sale.pk).update(next_poll_at=timezone.now() - timedelta(seconds=seconds))


def state_of(sale):
    return Sale.objects.values_list("state", flat=True).get(pk=sale.pk)


# Due work


def test_due_sales_are_claimed_longest_due_first_and_leased(sold, clock):
    clock.stop()
    first, second, later = (sold(S.PENDING) for _ in range(3))
    due(second, 1)
    due(first, 5)
    Sale.objects.filter(pk=later.pk).update(next_poll_at=timezone.now() + timedelta(seconds=60))
    assert polling.claim_due(limit=1) == [first.pk]
    clock.jump(1)
    assert polling.claim_due() == [second.pk]
    assert polling.claim_due() == []
    clock.jump(schedule.LEASE.total_seconds() - 2)
    assert polling.claim_due() == [], "whoever has the lease may still be asking"
    clock.jump(3)
    assert polling.claim_due() == [first.pk, second.pk], "he died with it"


def test_a_poll_that_does_not_come_back_in_time_meets_no_second_one():
    asking_takes = 2 * 10 + 5  # the sale's status, a known id's status, and connecting
    assert schedule.LEASE.total_seconds() > asking_takes


@contextmanager
def another_connection(work):
    """Run `work` in a thread, in a transaction that ends with the block."""
    ready, go_on, result = threading.Event(), threading.Event(), []

    def run():
        try:
            with transaction.atomic():
                result.append(work())
                ready.set()
                go_on.wait(60)
        finally:
            ready.set()
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(60)
    try:
        yield result
    finally:
        go_on.set()
        thread.join(60)


def in_threads(*works):
    """Run functions at once, each on its own connection; what they returned."""
    results = [None] * len(works)

    def run(number, work):
        try:
            results[number] = work()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def unlocked_due(*, now, limit):
    due = Sale.objects.filter(next_poll_at__lte=now).order_by("next_poll_at")
    return list(due.values_list("pk", flat=True)[:limit])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lock", [locks.lock_due, unlocked_due])
def test_two_sweepers_ask_about_different_sales(sold, monkeypatch, lock):
    ids = {sale.pk for sale in (sold(S.PENDING) for _ in range(4))}
    for pk in ids:
        Sale.objects.filter(pk=pk).update(next_poll_at=timezone.now())
    both_have_read = threading.Barrier(2, timeout=60)

    def read(**given):
        found = lock(**given)
        both_have_read.wait()
        return found

    monkeypatch.setattr(polling, "lock_due", read)
    ours, theirs = map(set, in_threads(*[lambda: polling.claim_due(limit=2)] * 2))
    if lock is unlocked_due:
        assert ours == theirs, "the harm: every sale is asked about twice"
    else:
        assert ours | theirs == ids
        assert not ours & theirs


@pytest.mark.django_db(transaction=True)
def test_a_sale_that_an_answer_is_being_applied_to_holds_up_no_sweep(sold):
    busy, other = sold(S.PENDING), sold(S.PENDING)
    due(busy)
    due(other)
    with another_connection(lambda: locks.lock_sale(busy.pk)):
        assert polling.claim_due() == [other.pk]


def test_only_sales_that_were_sent_are_asked_about(sold):
    for state in (S.CREATED, S.SUBMITTED):
        assert sales.poll_sale(sale_id=sold(state).pk) is None


# The sweep


def sweep():
    return polling.sweep()


def test_a_sale_whose_message_was_lost_is_nudged_after_three_seconds(sold, clock):
    clock.stop()
    sale = sold(S.CREATED)
    assert sweep()["submit"] == []
    clock.jump(3)
    assert sweep()["submit"] == [sale.pk]


def test_a_sent_sale_is_doubted_only_after_every_deadline(sold, clock):
    clock.stop()
    sale = sold(S.SUBMITTED)
    clock.jump(20 + 35 - 1)
    assert sweep() == {"submit": [], "poll": []}
    assert state_of(sale) == S.SUBMITTED
    clock.jump(2)
    assert sweep() == {"submit": [], "poll": [sale.pk]}, "and asked about at once"
    assert state_of(sale) == S.IN_DOUBT


def test_the_doubt_is_later_than_any_answer_to_the_order():
    from catalog.provider import client

    assert polling.ORDER_DEADLINE.total_seconds() > client()._order_deadline


@pytest.mark.parametrize("state", [S.PENDING, S.IN_DOUBT])
def test_after_a_day_a_person_looks_and_the_questions_go_on_hourly(shop, sold, clock, state):
    sale = sold(state)
    clock.jump(86400 - 60)
    sweep()
    assert state_of(sale) == state
    clock.jump(61)
    sweep()
    assert state_of(sale) == S.IN_REVIEW
    assert Alarm.objects.filter(kind=AlarmKind.REVIEW, sale=sale).count() == 1
    sale = sales.apply_outcome(sale_id=sale.pk, outcome=outcome(V.PENDING, "852"))
    assert sale.state == S.IN_REVIEW
    assert sale.next_poll_at - timezone.now() > timedelta(minutes=59)
    assert float_of(shop) == (100, D("9.60")), "never a guess"
    assert sales.apply_outcome(sale_id=sale.pk, outcome=success()).state == S.COMPLETED


def test_a_sale_in_review_can_still_be_refused(shop, sold, clock):
    sale = sold(S.IN_DOUBT)
    clock.jump(86401)
    sweep()
    sale = sales.apply_outcome(sale_id=sale.pk, outcome=outcome(V.DECLINED, "501"))
    assert (sale.state, float_of(shop)) == (S.DECLINED, (100, 0))


def slow_alarms():
    return Alarm.objects.filter(kind=AlarmKind.SLOW)


@pytest.mark.parametrize("state", [S.SUBMITTED, S.PENDING, S.IN_DOUBT])
def test_an_open_sale_is_an_alarm_at_fifteen_minutes_once(sold, clock, state):
    clock.stop()
    sale = sold(state)
    clock.jump(899)
    sweep()
    assert not slow_alarms().exists()
    clock.jump(2)
    for _ in range(3):
        sweep()
        clock.jump(60)
    assert slow_alarms().get().sale == sale
    alarms.clear_alarm(alarm_id=slow_alarms().get().pk, by=None)
    sweep()
    assert slow_alarms().count() == 1, "a person has seen it"


def test_a_finished_sale_is_no_alarm(sold, clock):
    for state in (S.COMPLETED, S.DECLINED):
        sold(state)
    clock.jump(1000)
    sweep()
    assert not Alarm.objects.exists()


def test_a_paid_code_that_has_not_come_is_an_alarm_at_fifteen_minutes_once(sold, pin_sku, clock):
    clock.stop()
    sale = sold(sku=pin_sku, recipient="")
    bare = judge_status(answer("000", pin_payload("9.20", pins=())))
    sales.apply_outcome(sale_id=sale.pk, outcome=bare)
    clock.jump(899)
    sweep()
    assert not Alarm.objects.exists()
    clock.jump(2)
    for _ in range(2):
        sweep()
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.sale) == (AlarmKind.CODE, sale)
    alarms.clear_alarm(alarm_id=alarm.pk, by=None)
    sweep()
    assert Alarm.objects.count() == 1
    assert Voucher.objects.get().sale_id == sale.pk


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False], ids=["with the lock", "without it"])
def test_of_two_sweeps_at_once_one_does_the_work(sold, monkeypatch, clock, locked):
    sale = sold(S.CREATED)
    clock.jump(4)
    if not locked:

        @contextmanager
        def alone():
            yield True

        monkeypatch.setattr(polling, "_alone", alone)
    theirs = []
    waiting = polling.waiting

    def meanwhile():
        monkeypatch.setattr(polling, "waiting", waiting)
        with another_connection(sweep) as result:
            theirs.extend(result)
        return waiting()

    monkeypatch.setattr(polling, "waiting", meanwhile)
    assert sweep()["submit"] == [sale.pk]
    # Without the lock the second sweep sends every message a second time.
    assert theirs[0]["submit"] == ([] if locked else [sale.pk])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fails", [False, True])
def test_after_a_sweep_another_process_can_sweep(sold, monkeypatch, fails):
    def fail():
        raise RuntimeError("half way")

    if fails:
        with monkeypatch.context() as broken:
            broken.setattr(polling, "review_old", fail)
            with pytest.raises(RuntimeError):
                sweep()
    else:
        sweep()
    sale = sold(S.CREATED)
    Sale.objects.filter(pk=sale.pk).update(created_at=timezone.now() - timedelta(seconds=4))
    # On another connection: a session may take its own lock twice.
    assert in_threads(sweep) == [{"submit": [sale.pk], "poll": []}]


def test_the_sweep_task_sends_short_lived_messages(sold, monkeypatch, clock):
    created, pending = sold(S.CREATED), sold(S.PENDING)
    sent = []
    for task in (tasks.submit_sale_task, tasks.poll_sale_task):
        monkeypatch.setattr(task, "apply_async", lambda ids, expires: sent.append((ids, expires)))
    clock.jump(4)
    tasks.sweep_task()
    assert sent == [([created.pk], 10), ([pending.pk], 30)]


# The lock under which an answer is applied


def unlocked_sale(sale_id):
    return Sale.objects.get(pk=sale_id)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lock", [locks.lock_sale, unlocked_sale])
def test_two_answers_are_applied_one_after_the_other(shop, sold, monkeypatch, lock):
    sale = sold(S.SUBMITTED)
    refusal_has_read, pending_is_applied = threading.Event(), threading.Event()

    def read(sale_id):
        found = lock(sale_id)
        if not refusal_has_read.is_set():
            refusal_has_read.set()
            pending_is_applied.wait(60 if lock is unlocked_sale else 0.5)  # in vain, if locked
        return found

    def refuse():
        settling.apply_outcome(sale_id=sale.pk, outcome=outcome(V.DECLINED, "501"))

    def go_on():
        refusal_has_read.wait(60)
        settling.apply_outcome(sale_id=sale.pk, outcome=outcome(V.PENDING, "852"))
        pending_is_applied.set()

    monkeypatch.setattr(settling, "lock_sale", read)
    in_threads(refuse, go_on)
    if lock is unlocked_sale:
        assert (state_of(sale), float_of(shop)) == (S.PENDING, (100, D("9.60"))), (
            "the harm: a final refusal is lost, and its money stays held"
        )
    else:
        assert (state_of(sale), float_of(shop)) == (S.DECLINED, (100, 0))


# A person's question


def test_a_question_by_hand_is_due_at_once_and_noted(agent, sold):
    sale = sold(S.PENDING)
    Sale.objects.filter(pk=sale.pk).update(next_poll_at=timezone.now() + timedelta(hours=1))
    assert asking.ask_now(sale_id=sale.pk, by=agent) is True
    assert polling.claim_due() == [sale.pk]
    event = sale.events.last()
    assert (event.note, event.by, event.to_state) == ("asked by hand", agent, "")


@pytest.mark.parametrize("state", [S.CREATED, S.SUBMITTED])
def test_a_sale_that_is_not_sent_yet_cannot_be_asked_about(sold, state):
    assert asking.ask_now(sale_id=sold(state).pk, by=None) is False


def test_a_question_by_hand_survives_a_dead_broker(
    sold, monkeypatch, django_capture_on_commit_callbacks
):
    def fail(name, arguments):
        raise ConnectionError("no broker")

    sale = sold(S.PENDING)
    monkeypatch.setattr(asking.current_app, "send_task", fail)
    with django_capture_on_commit_callbacks(execute=True):
        assert asking.ask_now(sale_id=sale.pk, by=None) is True
    assert polling.claim_due() == [sale.pk]
