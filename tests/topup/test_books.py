"""The check of the books finds what is wrong and names it; right books have no problem."""

from datetime import timedelta
from decimal import Decimal as D
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from ledger import checks
from ledger import services as ledger
from ledger.models import AccountKind, Checkpoint, EntryKind
from tests.topup.conftest import outcome, success
from tests.topup.prices import publish
from topup import books, tasks
from topup.evidence import Verdict
from topup.models import Alarm, PaidBy, Person, Role, Shop
from topup.models.alarm import AlarmKind
from topup.services import claimcode, counting, deposits, owed, pricebooks, sales, shifts, whatif
from topup.services.refunds import refund_sale
from topup.states import SaleState

pytestmark = pytest.mark.django_db
S = SaleState


def sql(statement, *values):
    """What a thief with the database's password could do."""
    tables = ("ledger_line", "ledger_account", "ledger_hold", "ledger_entry", "topup_sale",
              "topup_saleevent", "topup_claim", "topup_refund", "topup_owed", "topup_shift",
              "topup_dayclose", "topup_cashmove", "topup_shiftcount")  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement, values)
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def problems():
    return list(books.problems())


def test_right_books_have_no_problem(sold):
    for state in (S.CREATED, S.SUBMITTED, S.PENDING, S.IN_DOUBT, S.COMPLETED, S.DECLINED):
        sold(state)
    assert problems() == []
    call_command("check_books")


def steal(kind, amount):
    sql(
        "UPDATE ledger_line SET amount = amount + %s WHERE id = (SELECT l.id FROM ledger_line l"
        " JOIN ledger_account a ON a.id = l.account_id JOIN ledger_entry e ON e.id = l.entry_id"
        " WHERE a.kind = %s AND e.kind = 'sale')",
        amount, kind,
    )  # fmt: skip


def test_a_cent_taken_from_one_line_is_found_and_named(sold):
    sale = sold(S.COMPLETED)
    steal("income", D("-0.01"))
    assert problems() == [
        f"entry sale:{sale.correlation_id} sums to -0.0100 USD, not to zero",
        f"sale {sale.correlation_id} is completed, its income lines sum to 0.7900, not to 0.8000",
    ]


def test_a_cent_moved_between_two_lines_of_an_entry_is_found_and_named(sold):
    sale = sold(S.COMPLETED)
    steal("income", D("-0.01"))
    steal("provider", D("0.01"))
    assert sorted(problems()) == [
        f"sale {sale.correlation_id} is completed, its income lines sum to 0.7900, not to 0.8000",
        f"sale {sale.correlation_id} is completed, its provider lines sum to 9.2600, not to 9.2500",
    ]


def test_a_cent_put_on_a_float_with_its_balance_is_found_and_named(shop, sold):
    sale = sold(S.COMPLETED)
    steal("float", D("0.01"))
    steal("income", D("-0.01"))
    sql("UPDATE ledger_account SET balance = balance + 0.01 WHERE id = %s", shop.float_account_id)
    found = problems()
    assert f"sale {sale.correlation_id} is completed, and its posting says otherwise" in found
    assert (
        f"sale {sale.correlation_id} is completed, its float lines sum to -9.5900, not to -9.6000"
        in found
    )


def test_a_balance_without_lines_is_found_and_named(shop):
    sql("UPDATE ledger_account SET balance = balance + 0.01 WHERE id = %s", shop.float_account_id)
    assert problems() == [
        f"account {shop.float_account.code} says 100.0100, its lines say 100.0000"
    ]


def test_an_account_opened_with_money_is_found_and_named():
    sql("INSERT INTO ledger_account (code, kind, currency, guarded, balance, held,"
        " line_count, credit_limit, opened_at)"
        " VALUES ('float:thief', 'float', 'USD', true, 5, 0, 0, 0, now())")  # fmt: skip
    assert problems() == ["account float:thief says 5.0000, its lines say 0"]


def test_held_money_without_a_hold_is_found_and_named(shop):
    sql("UPDATE ledger_account SET held = held + 1 WHERE id = %s", shop.float_account_id)
    assert problems() == [
        f"account {shop.float_account.code} holds 1.0000, its open holds sum to 0"
    ]


def test_a_hold_made_smaller_is_found_and_named(shop, sold):
    sale = sold(S.PENDING)
    sql("UPDATE ledger_hold SET amount = amount - 1 WHERE id = %s", sale.hold_id)
    sql("UPDATE ledger_account SET held = held - 1 WHERE id = %s", shop.float_account_id)
    assert problems() == [f"sale {sale.correlation_id} is pending, its hold of 8.6000 is open"]


def test_a_hold_without_a_sale_is_found_and_named(shop):
    ledger.place_hold(account=shop.float_account, amount=D(1), key="lonely")
    assert problems() == ["hold lonely belongs to no sale"]


def test_a_posting_without_a_sale_is_found_and_named():
    provider = ledger.house(AccountKind.PROVIDER, "USD")
    late = ledger.house(AccountKind.LATE, "USD")
    ledger.post(
        kind=EntryKind.LATE, key="late:nobody", reference="nobody",
        lines=[(provider, D(1)), (late, D(-1))],
    )  # fmt: skip
    assert problems() == ["entry late:nobody belongs to no sale"]


def test_a_second_posting_for_a_sale_is_found_and_named(sold):
    sale = sold(S.COMPLETED)
    provider = ledger.house(AccountKind.PROVIDER, "USD")
    bank = ledger.house(AccountKind.BANK, "USD")
    ledger.post(
        kind=EntryKind.CORRECTION, key="again", reference=sale.correlation_id,
        lines=[(provider, D("0.01")), (bank, D("-0.01"))],
    )  # fmt: skip
    assert problems() == [
        f"sale {sale.correlation_id} is completed, its provider lines sum to 9.2600, not to 9.2500",
        f"sale {sale.correlation_id} is completed, its bank lines sum to -0.0100, not to 0",
    ]


@pytest.mark.parametrize(
    ("was", "is_said", "words"),
    [
        (S.COMPLETED, S.DECLINED, "its hold of 9.6000 is captured"),
        (S.DECLINED, S.COMPLETED, "its hold of 9.6000 is released"),
        (S.PENDING, S.COMPLETED, "its posting says otherwise"),
        (S.DECLINED, S.DELIVERED_LATE, "its late delivery do not match"),
        (S.PENDING, S.IN_DOUBT, "its timeline says otherwise"),
    ],
)
def test_a_state_written_by_hand_is_found_and_named(sold, was, is_said, words):
    sale = sold(was)
    sql("UPDATE topup_sale SET state = %s, basis = '' WHERE id = %s", is_said, sale.pk)
    found = problems()
    assert [line for line in found if sale.correlation_id in line] == found
    assert any(words in line for line in found), found


def test_a_sale_without_a_timeline_is_found_and_named(sold):
    sale = sold(S.PENDING)
    sql("DELETE FROM topup_saleevent WHERE sale_id = %s", sale.pk)
    assert problems() == [f"sale {sale.correlation_id} is pending, its timeline says otherwise"]


def test_a_sale_that_was_sent_without_a_note_of_it_is_found_and_named(sold):
    sale = sold(S.PENDING)
    sale.calls.all().delete()
    assert problems() == [f"sale {sale.correlation_id} is pending with 0 orders"]


def test_the_command_fails_and_tells_what_is_wrong(shop, capsys):
    sql("UPDATE ledger_account SET balance = balance + 1 WHERE id = %s", shop.float_account_id)
    with pytest.raises(CommandError, match="1 problems"):
        call_command("check_books")
    assert "101.0000" in capsys.readouterr().err


def test_a_late_delivery_and_a_corrected_invoice_are_right(sold, clock):
    sale = sold(S.IN_DOUBT, age=200)
    for _ in range(2):
        sales.apply_outcome(sale_id=sale.pk, outcome=outcome(Verdict.DENIED, "898"))
        clock.jump(61)
    assert sales.apply_outcome(sale_id=sale.pk, outcome=success()).state == S.DELIVERED_LATE
    assert problems() == []


@pytest.fixture
def refunded(sold, boss):
    sale = sold(S.COMPLETED)
    refund_sale(sale=sale, by=boss, reason="nothing came")
    assert problems() == []
    return sale


def cent(key, kind, amount):
    sql(
        "UPDATE ledger_line SET amount = amount + %s WHERE id = (SELECT l.id FROM ledger_line l"
        " JOIN ledger_account a ON a.id = l.account_id JOIN ledger_entry e ON e.id = l.entry_id"
        " WHERE e.key = %s AND a.kind = %s)", D(amount), key, kind,
    )  # fmt: skip


def test_a_cent_stolen_from_a_refund_on_two_lines_is_found_and_named(refunded):
    name = refunded.correlation_id
    cent(f"refund:{name}", "income", "0.01")
    cent(f"refund:{name}", "claims", "-0.01")
    assert problems() == [
        f"sale {name} is refunded, its income lines sum to 0.0100, not to 0",
        f"sale {name} is refunded, its claims lines sum to -9.2600, not to -9.2500",
        "account claims:USD says 9.2600, the open claims sum to 9.2500",
    ]


def test_a_claim_made_smaller_is_found_and_named(refunded):
    name = refunded.correlation_id
    sql("UPDATE topup_claim SET amount = amount - 0.01")
    assert problems() == [
        f"sale {name} is refunded, its variance lines sum to 0.0000, not to -0.0100",
        f"sale {name} is refunded, its claims lines sum to -9.2500, not to -9.2400",
        "account claims:USD says 9.2500, the open claims sum to 9.2400",
    ]


def test_a_claim_closed_without_money_is_found_and_named(refunded, boss):
    sql("UPDATE topup_claim SET state = 'credited', closed_by_id = %s, closed_at = now(),"
        " reference = 'CR'", boss.pk)  # fmt: skip
    found = problems()
    assert "account claims:USD says 9.2500, the open claims sum to 0" in found
    assert any("provider lines sum to 9.2500, not to 0" in line for line in found)


def test_a_refund_without_its_rows_is_found_and_named(refunded):
    sql("DELETE FROM topup_refund")
    told = f"sale {refunded.correlation_id} is refunded, and its refund says otherwise"
    assert problems() == [told]


def test_a_refund_that_reverses_nothing_is_found_and_named(refunded):
    sql("UPDATE ledger_entry SET reverses_id = NULL")
    told = f"sale {refunded.correlation_id} is refunded, and its refund says otherwise"
    assert problems() == [told]


def test_a_claim_on_a_sale_that_stands_is_found_and_named(refunded):
    sql("UPDATE topup_sale SET state = 'completed'")
    sql("UPDATE topup_saleevent SET to_state = 'completed' WHERE to_state = 'refunded'")
    found = problems()
    assert f"sale {refunded.correlation_id} is completed, and its refund says otherwise" in found


def test_a_cent_taken_from_price_lines_balance_and_hold_alike_is_found_by_the_rules(shop, sold):
    """The sale, its hold, both lines, the float and its chain agree: its rules do not."""
    sale = sold(S.COMPLETED)
    key = f"sale:{sale.correlation_id}"
    sql("UPDATE topup_sale SET price = price - 0.01, charge = charge - 0.01")
    sql("UPDATE ledger_hold SET amount = amount - 0.01")
    cent(key, "float", "0.01")
    cent(key, "income", "-0.01")
    sql("UPDATE ledger_line SET balance_after = balance_after + 0.01 WHERE position = 2")
    sql("UPDATE ledger_account SET balance = balance + 0.01 WHERE id = %s", shop.float_account_id)
    amounts = "price 9.9900 and commission 0.4000, its rules make 10.00 and 0.40"
    assert problems() == [f"sale {sale.correlation_id} has {amounts}"]


def test_several_months_are_priced_one_by_one_and_their_books_are_right(sold, sku):
    publish(
        {"use": "price", "method": "fee", "value": D("0.555")},
        {"use": "commission", "method": "share_of_margin", "value": D(50)},
    )
    terms = pricebooks.rules_for(Shop.objects.get(), sku=sku).terms(sku)
    named = {"price_rule_id": terms.price.id, "commission_rule_id": terms.commission_id}
    three = {"months": 3, "price": D("31.68"), "cost": D("27.60"), "commission": D("2.04")}
    sale = sold(S.COMPLETED, **three, **named)
    assert (sale.face_value, problems()) == (10, [])
    assert pricebooks.amounts_of(sale).charge == sale.charge
    book = sale.price_rule.book
    sums = whatif.replay(
        book=book, since=sale.created_at, until=sale.created_at + timedelta(seconds=1)
    )[sale.shop_id]
    assert (sums.price_now, sums.commission_now) == (sale.price, sale.commission)
    assert sums.margin_gain == 0


def test_an_invoice_made_larger_everywhere_is_found_by_what_the_provider_told(sold):
    sale = sold(S.COMPLETED)
    sale.calls.update(response_code="000", details={"invoice_amount": "9.25"})
    assert problems() == []
    key = f"sale:{sale.correlation_id}"
    sql("UPDATE topup_sale SET invoice_amount = invoice_amount + 0.01")
    cent(key, "provider", "0.01")
    cent(key, "variance", "-0.01")
    assert problems() == [
        f"sale {sale.correlation_id} has an invoice of 9.2600, the provider told 9.2500"
    ]


@pytest.mark.parametrize("figure", ["1e25", "NaN", "-1", "", "9.25; DROP"])
def test_nonsense_in_an_answer_does_not_stop_the_check(sold, figure):
    sold(S.COMPLETED).calls.update(response_code="000", details={"invoice_amount": figure})
    assert problems() == []


def test_a_cent_on_the_float_of_another_shop_is_found_and_named(other_shop, sold):
    sale = sold(S.COMPLETED)
    ledger.post(
        kind=EntryKind.CORRECTION, key="again", reference=sale.correlation_id,
        lines=[(other_shop.float_account, D("0.01")), (ledger.house(AccountKind.BANK, "USD"),
                                                       D("-0.01"))],
    )  # fmt: skip
    code = other_shop.float_account.code
    assert f"sale {sale.correlation_id} moves {code}, the float of another shop" in problems()


@pytest.fixture
def deposited(shop, boss):
    owner = Person.objects.create_user("owner", role=Role.OWNER, shop=shop)
    asked = deposits.ask(
        by=owner, shop=shop, amount=D(50), paid_by=PaidBy.BANK, key=uuid4()
    ).deposit
    return deposits.approve(deposit_id=asked.pk, by=boss)


def test_a_deposit_made_larger_on_both_lines_is_found_and_named(shop, deposited):
    assert problems() == []
    key = f"deposit:{deposited.reference}"
    cent(key, "float", "0.01")
    cent(key, "bank", "-0.01")
    sql("UPDATE ledger_line SET balance_after = balance_after + 0.01 WHERE position = 2")
    sql("UPDATE ledger_account SET balance = balance + 0.01 WHERE id = %s", shop.float_account_id)
    assert problems() == [
        f"deposit {deposited.reference} of 50.0000 is approved, and its entry says otherwise"
    ]


def test_a_deposit_posted_for_nobodys_request_is_found_and_named(shop):
    ledger.deposit(account=shop.float_account, amount=D(5), key="deposit:D-AAAAAA")
    assert problems() == ["entry deposit:D-AAAAAA is of no approved deposit"]


def test_a_transfer_out_of_the_house_is_found_and_named(shop):
    bank = ledger.house(AccountKind.BANK, "USD")
    ledger.post(kind=EntryKind.TRANSFER, key="t", lines=[(shop.float_account, D(1)), (bank, D(-1))])
    assert problems() == ["transfer t is not between two floats"]


def test_a_deposit_against_another_account_is_found_and_named(shop):
    late = ledger.house(AccountKind.LATE, "USD")
    ledger.post(kind=EntryKind.DEPOSIT, key="d", lines=[(shop.float_account, D(1)), (late, D(-1))])
    assert problems() == ["deposit d touches other accounts than it should"]


def test_a_late_charge_that_nobody_decided_is_found_and_named(shop):
    late = ledger.house(AccountKind.LATE, "USD")
    ledger.post(
        kind=EntryKind.CORRECTION, key="late-charge:x", reference="x",
        lines=[(shop.float_account, D(-1)), (late, D(1))],
    )  # fmt: skip
    assert problems() == ["entry late-charge:x was decided by nobody"]


@pytest.fixture
def in_shift(agent, sold):
    shifts.open_shift(person=agent, counts=[])
    return sold(S.DECLINED)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DELETE FROM topup_owed", "nothing is owed to its customer"),
        ("UPDATE topup_owed SET amount = 9.99", "9.9900 USD of its customer is owed"),
        ("UPDATE topup_owed SET state = 'delivered'", "10.0000 USD of its customer is delivered"),
    ],
)
def test_a_debt_to_a_customer_that_is_not_right_is_found_and_named(in_shift, statement, words):
    assert problems() == []
    sql(statement)
    (found,) = problems()
    assert found.startswith(f"sale {in_shift.correlation_id} is declined, and ")
    assert found.endswith(words)


_TO_ANOTHER_DRAWER = """
    UPDATE topup_cashmove SET shift_id = (
        SELECT h.id FROM topup_shift h JOIN topup_shop p ON p.id = h.shop_id
         WHERE p.name = 'Harbour')
"""


@pytest.fixture
def paid_back(in_shift, agent):
    shift = shifts.current_shift(agent)
    code = claimcode.code_of(in_shift.correlation_id)
    owed.pay_out(
        owed_id=in_shift.owed.pk, shift=shift, tender="cash", key=uuid4(), by=agent, code=code
    )
    return in_shift


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE topup_cashmove SET amount = -10.01", "10.0000 USD of its customer is paid"),
        ("UPDATE topup_cashmove SET kind = 'used'", "10.0000 USD of its customer is paid"),
        ("UPDATE topup_owed SET state = 'used'", "10.0000 USD of its customer is used"),
        (_TO_ANOTHER_DRAWER, "10.0000 USD of its customer is paid"),
    ],
)  # fmt: skip
def test_money_given_back_that_is_not_what_was_owed_is_found_and_named(
    paid_back, other_agent, statement, words
):
    assert problems() == []
    shifts.open_shift(person=other_agent, counts=[])
    sql(statement)
    assert f"sale {paid_back.correlation_id} is declined, and {words}" in problems()


def test_money_given_back_to_nobody_is_found_and_named(in_shift, agent):
    shift = shifts.current_shift(agent)
    sql("INSERT INTO topup_cashmove (shift_id, key, kind, tender, amount, currency, reason,"
        " made_by_id, made_at) VALUES (%s, gen_random_uuid(), 'pay_out', 'cash', -10, 'USD',"
        " 'sale', %s, now())", shift.pk, agent.pk)  # fmt: skip
    assert problems() == ["shift 1 of Corner gave back 10.0000 USD that nobody was owed"]


def test_a_sale_in_the_drawer_of_another_shop_is_found_and_named(in_shift, other_agent):
    theirs = shifts.open_shift(person=other_agent, counts=[])
    sql("UPDATE topup_sale SET shift_id = %s", theirs.pk)
    assert f"sale {in_shift.correlation_id} is in a shift of another shop" in problems()


def test_a_sealed_shift_that_was_changed_is_found_and_named(shop, agent, sold):
    shift = shifts.open_shift(person=agent, counts=[])
    shifts.count_shift(shift_id=shift.pk, counts=[], by=agent)
    shifts.seal_shift(shift_id=shift.pk, by=agent)
    assert problems() == []
    sql("UPDATE topup_shift SET totals = totals || '{\"has_gap\": true}'")
    assert problems() == ["shift 1 of Corner is not what was sealed"]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DELETE FROM topup_cashmove", "expects 22.0000 USD cash, its rows sum to 25.0000"),
        ("UPDATE topup_sale SET collected_amount = 9", "expects 22.0000 USD cash, its rows"),
        ("UPDATE topup_shiftcount SET amount = 12 WHERE moment = 'opening'",
         "expects 22.0000 USD cash, its rows sum to 19.0000"),
        ("UPDATE topup_shiftcount SET amount = 21 WHERE moment = 'closing'",
         "counted 22.0000 USD cash, its last count says 21.0000"),
    ],
)  # fmt: skip
def test_rows_of_a_sealed_shift_that_were_changed_are_found_and_named(
    agent, sold, statement, words
):
    drawer = [counting.Counted("cash", "USD", D(amount)) for amount in (15, 20, 22)]
    shift = shifts.open_shift(person=agent, counts=drawer[:1])
    sold(S.COMPLETED)
    shifts.record_move(shift=shift, key=uuid4(), kind="out", amount=D(3), currency="USD",
                       reason="safe", by=agent)  # fmt: skip
    for counted in drawer[1:]:
        shifts.count_shift(shift_id=shift.pk, counts=[counted], by=agent)
    shifts.seal_shift(shift_id=shift.pk, by=agent)
    assert problems() == []
    sql(statement)
    assert any(found.startswith(f"shift 1 of Corner {words}") for found in problems())


def test_no_kind_of_problem_fills_the_page(shop):
    for number in range(checks.MOST + 5):
        ledger.place_hold(account=shop.float_account, amount=D("0.01"), key=f"lonely-{number}")
    found = problems()
    assert (len(found), found[-1]) == (101, "and more of this kind than these 100")


def test_the_nightly_task_alarms_on_the_first_cent_and_writes_checkpoints(shop):
    tasks.check_books_task()
    assert (Alarm.objects.count(), Checkpoint.objects.count()) == (0, 1)
    sql("UPDATE ledger_account SET balance = balance + 0.01 WHERE id = %s", shop.float_account_id)
    for _night in range(2):
        tasks.check_books_task()
    alarm = Alarm.objects.get()
    assert alarm.kind == AlarmKind.BOOKS
    assert alarm.message.startswith("1 problem: account float:")
