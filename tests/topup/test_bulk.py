"""A file of many sales: its pre-check, its start, and every row sold once."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D
from uuid import uuid4

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.enums import Category
from catalog.models import Sku
from tests.topup.counter import AIRTIME, PIN, RANGE
from tests.topup.goods import a_sku
from tests.topup.plans import as_if_large
from topup.bulkerrors import BulkError, BulkTotalError
from topup.errors import NotInChargeError
from topup.models import (
    AuditEntry,
    BlockedNumber,
    BulkFile,
    BulkRow,
    Person,
    Role,
    SafetyRules,
    Sale,
    Shop,
)
from topup.models.bulk import Ask, BulkState, RowState
from topup.services import (
    bulk,
    bulkfigures,
    bulkleases,
    bulkselling,
    pricing,
    sales,
    shifts,
    vouchers,
)
from topup.services.shops import open_shop

pytestmark = pytest.mark.django_db
N = "1876555{:04d}"


@pytest.fixture
def boss_of(counter):
    return Person.objects.create_user("manager", role=Role.MANAGER, shop=counter.shop)


@pytest.fixture
def sending(monkeypatch):
    """Sales that were opened and that a worker would send."""
    monkeypatch.setattr("topup.services.bulkleases.nudge", lambda file_id: None)
    monkeypatch.setattr(bulk, "ROUND", 60)  # a round ends with its work, however slow we are
    monkeypatch.setattr(bulkselling, "_PATIENCE", 60)
    opened = []
    monkeypatch.setattr("topup.services.opening.nudge", opened.append)
    return opened


@pytest.fixture
def send(counter, boss_of, sending, django_capture_on_commit_callbacks):
    """Send rows as a file, and have it looked at."""

    def make(*rows, head="number,sku,amount,reference", looked_at=True):
        text = "\n".join([head, *rows])
        file = bulk.send(
            by=boss_of, shop=counter.shop, name="list.csv", data=text.encode(), key=uuid4()
        )
        if looked_at:
            bulk.work(file_id=file.pk)
        file.refresh_from_db()
        return file

    return make


@pytest.fixture
def run(boss_of, sending, django_capture_on_commit_callbacks):
    """Start a file with its right total, and work until nothing is due."""

    def make(file, *, rounds=3, start=True):
        if start:
            total = bulkfigures.figures(file).to_sell.price
            bulk.start(file_id=file.pk, by=boss_of, total=total, key=uuid4())
        for _round in range(rounds):
            with django_capture_on_commit_callbacks(execute=True):
                bulk.work(file_id=file.pk)
            while sending:
                sales.submit_sale(sale_id=sending.pop())
        file.refresh_from_db()
        return file

    return make


def row(number, *, sku=AIRTIME, amount=10, ref=""):
    return f"{N.format(number)},{sku},{amount},{ref}"


def states(file):
    return [*file.rows.order_by("number").values_list("state", flat=True)]


def reasons(file):
    return [*file.rows.order_by("number").values_list("reason", flat=True)]


def test_every_row_is_looked_at_and_nothing_is_held(counter, send):
    BlockedNumber.objects.create(shop=None, prefix="18765550009", is_whole=True)
    file = send(
        row(1, ref="Invoice 1"), row(1), row(2, sku=RANGE, amount="7.50"), row(3, sku=PIN),
        row(4, amount=11), "12,1001104,10,", f"{N.format(5)},5,10,", row(9),
        f"{N.format(6)},,10,", f"1.8765E+10,{AIRTIME},10,", f"{N.format(7)},{RANGE},1e3,",
        f"{N.format(7)},{RANGE},NaN,", f"{N.format(7)},{RANGE},-5,",
        f"{N.format(8)},{RANGE},\"1,000\",",
        f"18765550010.0,{AIRTIME},10,",
    )  # fmt: skip
    assert file.state == BulkState.CHECKED
    told = reasons(file)
    assert states(file) == [
        "waiting", "asked", "waiting", "bad", "bad", "bad", "bad", "bad", "waiting", "bad", "bad",
        "bad", "bad", "bad", "bad",
    ]  # fmt: skip
    assert told[1] == "The file has the same for the same number before."
    assert told[3].startswith("Files are for top-ups, bundles and bills.")
    assert told[4] == "This amount is not sold there."
    assert told[7].startswith("Nobody may sell to this number.")
    assert told[9].startswith("The spreadsheet has changed this number")
    assert told[13].startswith("Is 1,000 a thousand or a part?")
    assert told[14] == told[9]
    found = bulkfigures.figures(file)
    assert (found.to_sell.count, found.asked.count, found.bad.count) == (3, 1, 11)
    assert counter.float() == (500, 0)
    assert Sale.objects.count() == 0
    assert file.rows.get(number=2).reference == "Invoice 1"


def test_an_operator_by_its_name_a_product_or_nothing_but_the_number_lead_to_one_sku(send):
    file = send(
        f"{N.format(1)},Digicel,,10,USD", f"{N.format(2)},digicel,,55,USD",
        f"{N.format(3)},,Digicel Bundle 250 JMD,250,JMD", f"{N.format(4)},Nobody,,10,USD",
        f"{N.format(5)},Digicel,,10,EUR", f"{N.format(6)},,,10,USD",
        head="Phone number,Operator,Product,Amount,Currency",
    )  # fmt: skip
    skus = file.rows.order_by("number").values_list("sku__provider_id", flat=True)
    assert [*skus][:3] == [AIRTIME, RANGE, 1001301]
    assert states(file)[3:5] == ["bad", "bad"]
    assert reasons(file)[3:5] == [
        "No operator is called Nobody for this number.", "It is not sold in EUR.",
    ]  # fmt: skip
    assert [*skus][5] == AIRTIME, "the provider's lookup told the operator"


def test_a_price_is_asked_for_once_for_the_same_goods(send, monkeypatch):
    asked = []
    real = pricing.quote
    monkeypatch.setattr(pricing, "quote", lambda **given: asked.append(1) or real(**given))
    file = send(*[row(number) for number in range(12)])
    assert states(file) == ["waiting"] * 12
    assert len(asked) == 1


def test_what_was_sold_within_a_day_or_is_large_waits_for_a_word(counter, send):
    counter.sell(N.format(1))
    SafetyRules.objects.update(large_is_on=True, large_above=50)
    file = send(row(1), row(2, sku=RANGE, amount=90), row(3))
    assert [*file.rows.values_list("state", "ask")] == [
        ("asked", "repeat"), ("asked", "large"), ("waiting", ""),
    ]  # fmt: skip


def test_a_file_is_sold_to_the_end_and_its_money_is_exact(counter, send, run, boss_of):
    file = run(send(row(1, ref="A-1"), row(501, ref="A-2"), row(3, sku=RANGE, amount=5)))
    assert file.state == BulkState.DONE
    found = bulkfigures.figures(file)
    sold = Sale.objects.filter(state="completed")
    assert (found.sold.count, found.returned.count) == (2, 1)
    assert found.sold.price == sum(sold.values_list("price", flat=True))
    assert found.sold.price + found.returned.price == file.confirmed_total
    assert counter.float() == (500 - sum(sold.values_list("charge", flat=True)), 0)
    assert {*Sale.objects.values_list("agent", "shift", "device")} == {(boss_of.pk, None, None)}
    assert {*Sale.objects.values_list("correlation_id", flat=True)} == {
        *file.rows.values_list("correlation_id", flat=True)
    }
    counter.assert_right()
    cells = [*bulkfigures.result_rows(file)]
    assert [(line[1], line[7]) for line in cells] == [
        ("A-1", "done"), ("A-2", "refused"), ("", "done"),
    ]  # fmt: skip


def test_no_drawer_is_answerable_for_a_file(counter, send, run, boss_of):
    Shop.objects.update(requires_shift=True)
    shift = shifts.open_shift(person=boss_of, counts=[])
    run(send(row(1)))
    assert Sale.objects.get().shift is None
    assert shift.sales.count() == 0


def test_only_the_right_total_starts_it_and_only_once(counter, send, boss_of):
    file = send(row(1), row(2), row(2))
    price = bulkfigures.figures(file).to_sell.price
    for wrong in (price + 1, D(0), -price):
        with pytest.raises(BulkTotalError):
            bulk.start(file_id=file.pk, by=boss_of, total=wrong, key=uuid4())
    key = uuid4()
    for _press in range(2):
        started = bulk.start(file_id=file.pk, by=boss_of, total=price, key=key)
    assert (started.confirmed_total, started.state) == (price, BulkState.RUNNING)
    assert states(file) == ["waiting", "waiting", "skipped"], "what waited for a word is left out"
    with pytest.raises(BulkError):
        bulk.start(file_id=file.pk, by=boss_of, total=price, key=uuid4())


def test_a_float_that_is_too_small_for_all_starts_nothing(counter, send, boss_of):
    file = send(*[row(number, sku=RANGE, amount=100) for number in range(6)])
    price = bulkfigures.figures(file).to_sell.price
    with pytest.raises(BulkError, match="Not enough float"):
        bulk.start(file_id=file.pk, by=boss_of, total=price, key=uuid4())
    Shop.objects.update(day_limit=price - 1)
    file = BulkFile.objects.get()
    found = bulkfigures.obstacles(file, bulkfigures.figures(file))
    assert [text[:16] for text in found] == ["Not enough float", "This shop may se"]


def test_a_cashier_and_another_shop_have_no_part_in_it(counter, send, boss_of):
    file = send(row(1))
    other = Person.objects.create_user("x", role=Role.OWNER, shop=open_shop(name="Harbour"))
    for person in (counter.agent, other):
        for deed in (bulk.pause, bulk.resume, bulk.cancel):
            with pytest.raises(NotInChargeError):
                deed(file_id=file.pk, by=person)
        with pytest.raises(NotInChargeError):
            bulk.start(file_id=file.pk, by=person, total=D(1), key=uuid4())
    with pytest.raises(NotInChargeError):
        bulk.send(by=counter.agent, shop=counter.shop, name="", data=b"", key=uuid4())


def test_a_person_who_was_frozen_sells_no_further(send, run, boss_of):
    file = send(row(1), row(2))
    bulk.start(
        file_id=file.pk, by=boss_of, total=bulkfigures.figures(file).to_sell.price, key=uuid4()
    )
    Person.objects.filter(pk=boss_of.pk).update(is_active=False)
    run(file, start=False)
    assert (file.state, Sale.objects.count()) == (BulkState.PAUSED, 0)
    assert file.note == "Whoever started this file may not sell here any more."


def test_a_pause_opens_no_more_and_resuming_goes_on(send, run, boss_of, monkeypatch):
    file = send(row(1), row(2), row(3))
    real = bulkselling._sell

    def sell_and_pause(*given):
        real(*given)
        bulk.pause(file_id=file.pk, by=boss_of)

    monkeypatch.setattr(bulkselling, "_sell", sell_and_pause)
    run(file)
    assert (file.state, Sale.objects.count()) == (BulkState.PAUSED, 1)
    monkeypatch.setattr(bulkselling, "_sell", real)
    bulk.resume(file_id=file.pk, by=boss_of)
    run(file, start=False)
    assert (file.state, Sale.objects.count()) == (BulkState.DONE, 3)


def test_cancelling_leaves_out_the_rest(send, run, boss_of):
    file = send(row(1), row(2))
    bulk.cancel(file_id=file.pk, by=boss_of)
    assert states(file) == ["skipped", "skipped"]
    assert bulk.cancel(file_id=file.pk, by=boss_of).ended_at
    with pytest.raises(BulkError):
        bulk.resume(file_id=file.pk, by=boss_of)
    run(file, start=False)
    assert Sale.objects.count() == 0


def test_a_price_that_rose_waits_for_a_word_and_the_word_is_about_what_was_seen(
    counter, send, run, boss_of, monkeypatch
):
    file = send(row(1), row(2))
    real = pricing.quote

    def dearer(**given):
        made = real(**given)
        return replace(made, price=made.price + 1, cost=made.cost)

    monkeypatch.setattr(pricing, "quote", dearer)
    run(file)
    assert (file.state, states(file)) == (BulkState.PAUSED, ["asked", "asked"])
    assert Sale.objects.count() == 0
    found = bulkfigures.figures(file)
    assert (found.asks[Ask.PRICE].count, found.raised) == (2, 2)
    say = {"file_id": file.pk, "by": boss_of, "ask": Ask.PRICE, "is_yes": True}
    with pytest.raises(BulkTotalError):
        bulk.answer(total=found.asked.price - 2, **say)
    before = file.confirmed_total
    assert bulk.answer(total=found.asked.price, **say) == 2
    bulk.resume(file_id=file.pk, by=boss_of)
    run(file, start=False)
    assert (file.state, file.confirmed_total) == (BulkState.DONE, before + 2)
    assert Sale.objects.count() == 2


@pytest.mark.parametrize(
    ("currency", "language", "typed", "told"),
    [
        ("KWD", "en", "1.500", D("1.5")), ("KWD", "es", '"1,500"', D("1.5")),
        ("KWD", "es", "1.500", "«,» antes de los decimales"),
        ("KWD", "en", '"1,500"', "with “.” before the decimals."),
        ("USD", "en", "1.500", "without the mark, or with two decimals."),
        ("USD", "en", "1.50", D("1.5")), ("KWD", "en", "0.000", "Type the amount in digits"),
    ],
)  # fmt: skip
def test_a_row_is_read_as_the_sale_bar_reads_it(counter, send, currency, language, typed, told):
    """In money of three decimals they are plain, as the language of the sender writes them."""
    Sku.objects.filter(provider_id=RANGE).update(
        face_currency=currency, min_face_value=1, max_face_value=5000, allow_decimal=True
    )
    Person.objects.filter(username="manager").update(language=language)
    found = send(row(1, sku=RANGE, amount=typed)).rows.get()
    assert told in found.reason if isinstance(told, str) else told == found.face_value


def test_an_amount_is_not_sold_in_another_currency_than_it_was_looked_at(counter, send, run):
    file = send(row(1, sku=RANGE, amount=10))
    Sku.objects.filter(provider_id=RANGE).update(face_currency="JMD", min_cost="0.01", max_cost="1")
    run(file)
    assert (states(file), Sale.objects.count()) == (["refused"], 0)


def test_a_little_more_is_within_the_tolerance(settings):
    settings.BULK_PRICE_TOLERANCE = 1.5
    assert bulkselling.most_of(D("10.00")) == D("10.15")


def test_what_the_counter_sold_meanwhile_is_asked_about_not_sold_twice(counter, send, run, boss_of):
    SafetyRules.objects.update(repeat_is_on=True)
    file = send(row(1), row(2))
    counter.sell(N.format(1))
    run(file)
    assert (file.state, states(file)) == (BulkState.PAUSED, ["asked", "opened"])
    found = bulkfigures.figures(file)
    bulk.answer(file_id=file.pk, by=boss_of, ask=Ask.REPEAT, is_yes=True, total=found.asked.price)
    bulk.resume(file_id=file.pk, by=boss_of)
    run(file, start=False)
    assert (file.state, Sale.objects.count()) == (BulkState.DONE, 3)


def test_bills_are_paid_by_account_and_asked_about_by_account(counter, send, run):
    sku = a_sku(Category.BILL_PAY, "electric")
    name, amount = sku.operator.name, sku.min_face_value
    text = [f",041234,{name},{amount},Flat 1", f",041235,{name},{amount},Flat 2",
            f",041234,{name},{amount},Flat 1", f",<b>,{name},{amount},", f",,{name},{amount},",
            f",1,{name},{amount},"]  # fmt: skip
    file = send(*text, head="number,account,operator,amount,reference")
    assert states(file) == ["waiting", "waiting", "asked", "bad", "bad", "bad"]
    run(file)
    sold = Sale.objects.filter(kind="bill", state="completed").order_by("pk")
    assert [sale.extras["account_number"] for sale in sold] == ["041234", "041235"]
    later = send(*text[:2], head="number,account,operator,amount,reference")
    assert [*later.rows.values_list("state", "ask")] == [("asked", "repeat")] * 2
    cells = " ".join(str(cell) for line in bulkfigures.result_rows(file) for cell in line)
    token = vouchers.read(sale=sold[0], person=file.made_by).token.token
    assert token
    assert token not in cells


def test_the_same_file_sent_and_started_twice_is_sold_once(counter, send, run):
    first, second = send(row(1), row(501)), send(row(1), row(501))
    assert states(second) == ["waiting", "waiting"], "nothing was sold when it was looked at"
    run(first)
    run(second)
    assert (second.state, states(second)) == (BulkState.PAUSED, ["asked", "opened"])
    assert Sale.objects.exclude(state="declined").count() == 1


def test_the_same_by_another_sku_is_asked_about_and_other_goods_of_the_file_are_not(
    counter, send, run, sending
):
    """Rows of one file for one number do not wait for one another, nor get stuck."""
    SafetyRules.objects.update(repeat_is_on=True)
    file = send(row(1), row(1, sku=RANGE), row(1, sku=RANGE, amount=12), row(2))
    assert states(file) == ["waiting", "asked", "asked", "waiting"], "the third: the SKU again"
    file = send(row(1), row(1, sku=RANGE, amount=12), row(2))
    sending.clear()
    run(file, rounds=1)
    assert states(file) == ["opened"] * 3
    late = send(row(1, sku=RANGE, amount=13), row(1, sku=RANGE, amount=10))
    assert [*late.rows.order_by("number").values_list("state", "ask")] == [("asked", "repeat")] * 2


def test_large_sales_and_money_that_is_asked_for_are_answered_by_the_persons_word(
    counter, send, run, boss_of
):
    SafetyRules.objects.update(large_is_on=True, large_above=50, asks_money=True)
    file = send(row(1, sku=RANGE, amount=90))
    total = bulkfigures.figures(file).asked.price
    bulk.answer(file_id=file.pk, by=boss_of, ask=Ask.LARGE, is_yes=True, total=total)
    run(file)
    assert (file.state, Sale.objects.count()) == (BulkState.DONE, 1)


def test_ten_refusals_in_a_row_stop_it(counter, send, run):
    file = send(*[row(number) for number in range(12)])
    Sku.objects.filter(provider_id=AIRTIME).update(paused_at=timezone.now())
    run(file)
    assert (file.state, states(file).count("refused")) == (BulkState.PAUSED, 10)
    assert file.note
    assert len([*bulkfigures.bad_rows(file)]) == 10


def test_a_float_that_is_used_up_stops_it_and_the_row_waits(counter, send, run):
    file = send(row(1, sku=RANGE, amount=100), row(2, sku=RANGE, amount=100))
    bulk.start(
        file_id=file.pk, by=file.made_by, key=uuid4(),
        total=bulkfigures.figures(file).to_sell.price,
    )  # fmt: skip
    for number in range(4):
        counter.sell(N.format(10 + number), sku=RANGE, face=D(90))
    run(file, start=False)
    assert file.state == BulkState.PAUSED
    assert "Not enough float" in file.note
    assert states(file)[-1] == "waiting"


def test_only_so_many_are_under_way(counter, send, run, sending, monkeypatch, settings):
    settings.BULK_IN_FLIGHT = 2
    monkeypatch.setattr(bulkselling, "_PATIENCE", 1)
    monkeypatch.setattr("topup.services.opening.nudge", lambda sale_id: None)
    file = run(send(*[row(number) for number in range(5)]), rounds=1)
    assert states(file).count("opened") == 2
    assert file.state == BulkState.RUNNING


@contextmanager
def killed_at(monkeypatch, name, *, after):
    """A worker that dies when it comes to a step, or right after it."""
    real = getattr(bulkselling, name)

    def die(*given, **named):
        if after:
            real(*given, **named)
        raise SystemExit

    monkeypatch.setattr(bulkselling, name, die)
    try:
        yield
    finally:
        monkeypatch.setattr(bulkselling, name, real)


@pytest.mark.parametrize(
    ("name", "after"),
    [("_sell", False), ("_open_sale", False), ("_open_sale", True), ("_leave", True)],
)
def test_a_worker_killed_anywhere_leads_to_one_sale_of_each_row(
    counter, send, run, monkeypatch, sending, name, after
):
    file = send(row(1), row(2))
    with killed_at(monkeypatch, name, after=after), pytest.raises(SystemExit):
        run(file)
    key = file.rows.get(number=2).correlation_id
    assert key, "the key was there before anything was sold"
    assert bulkleases.claim(file.pk) is None, "until its lease is over nobody takes it up"
    past = timezone.now() - timedelta(seconds=1)
    BulkFile.objects.update(next_work_at=past)
    BulkRow.objects.filter(state=RowState.OPENING).update(due_at=past)
    assert bulkleases.due() == [file.pk]
    run(file, start=False)
    for one in Sale.objects.filter(state="created"):
        sales.submit_sale(sale_id=one.pk)
    assert (file.state, states(file)) == (BulkState.DONE, ["opened", "opened"])
    assert file.rows.get(number=2).correlation_id == key
    assert Sale.objects.filter(state="completed").count() == Sale.objects.count() == 2
    counter.assert_right()


def test_a_row_that_was_being_opened_when_the_file_was_cancelled_tells_the_truth(
    counter, send, run, boss_of, monkeypatch, sending
):
    file = send(row(1), row(2))
    with killed_at(monkeypatch, "_open_sale", after=True), pytest.raises(SystemExit):
        run(file)
    bulk.cancel(file_id=file.pk, by=boss_of)
    assert states(file) == ["opening", "skipped"]
    past = timezone.now() - timedelta(seconds=1)
    BulkFile.objects.update(next_work_at=past)
    BulkRow.objects.filter(state=RowState.OPENING).update(due_at=past)
    run(file, start=False)
    assert states(file) == ["opened", "skipped"]


def test_a_frozen_worker_does_not_sell_a_row_that_was_left_out_meanwhile(send, boss_of, sending):
    file = send(row(1))
    total = bulkfigures.figures(file).to_sell.price
    bulk.start(file_id=file.pk, by=boss_of, total=total, key=uuid4())
    frozen = bulkleases.claim(file.pk)
    held = bulkselling._claim_row(frozen)
    bulk.cancel(file_id=file.pk, by=boss_of)
    past = timezone.now() - timedelta(seconds=1)
    BulkFile.objects.update(next_work_at=past)
    BulkRow.objects.update(due_at=past)
    bulk.work(file_id=file.pk)
    assert states(file) == ["skipped"]
    bulkselling._open(frozen, held)
    assert (Sale.objects.count(), states(file)) == (0, ["skipped"])


def test_a_worker_that_lost_its_lease_writes_nothing(send):
    file = send(row(1), looked_at=False)
    late = bulkleases.claim(file.pk)
    BulkFile.objects.update(next_work_at=timezone.now())
    assert bulkleases.claim(file.pk)
    assert not bulkleases.renew(late, state=BulkState.CHECKING)
    assert not bulkleases.end(late, was=BulkState.CHECKING, state=BulkState.CHECKED)


def test_the_database_keeps_keys_and_moves(send, run):
    file = run(send(row(1)))
    one = file.rows.get()
    for change in ({"correlation_id": str(uuid4())}, {"state": RowState.WAITING}):
        with pytest.raises(ProgrammingError), transaction.atomic():
            BulkRow.objects.filter(pk=one.pk).update(**change)
    with pytest.raises(ProgrammingError), transaction.atomic():
        BulkFile.objects.update(state=BulkState.RUNNING)


def test_what_people_do_with_a_file_is_in_the_audit_log_and_its_rounds_are_not(send, run):
    file = run(send(row(1), row(2)))
    found = AuditEntry.objects.filter(subject="topup_bulkfile").order_by("id")
    assert [entry.changes.get("state", ["", ""])[1] for entry in found] == [
        "checking", "checked", "running", "done",
    ]  # fmt: skip
    assert file.state == BulkState.DONE


def test_the_next_row_is_found_without_a_look_at_all_that_are_left(send, run):
    file = run(send(*map(row, range(3))), rounds=0)
    as_if_large("topup_bulkrow")
    held = bulkleases.claim(file.pk)
    with CaptureQueriesContext(connection) as asked:
        assert bulkselling._claim_row(held).number == 2
    found = [one["sql"] for one in asked if "FOR UPDATE" in one["sql"]]
    plans = []
    with connection.cursor() as cursor:
        for sql in found:
            cursor.execute(f"EXPLAIN {sql}")
            plans.append("\n".join(line for (line,) in cursor.fetchall()))
    assert len(plans) == 2
    assert [plan for plan in plans if "Sort" in plan or "bulk_row_by_state" not in plan] == []


@pytest.mark.parametrize("count", [1, 3])
def test_figures_and_rows_take_as_many_queries_for_any_length(
    send, run, django_assert_num_queries, count
):
    file = run(send(*[row(number) for number in range(count)]))
    with django_assert_num_queries(4):
        bulkfigures.figures(file)
        bulkfigures.with_sales(bulkfigures.rows_of(file, "sold")[:50])
