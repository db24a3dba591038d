"""The check of the books finds what is wrong and names it; right books have no problem."""

from decimal import Decimal as D

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from ledger import services as ledger
from ledger.models import AccountKind, EntryKind
from tests.topup.conftest import outcome, success
from topup import books
from topup.evidence import Verdict
from topup.services import sales
from topup.states import SaleState

pytestmark = pytest.mark.django_db
S = SaleState


def sql(statement, *values):
    """What a thief with the database's password could do."""
    tables = ("ledger_line", "ledger_account", "ledger_hold", "ledger_entry", "topup_sale",
              "topup_saleevent")  # fmt: skip
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
        f"sale {sale.correlation_id} is completed, its provider lines sum to 9.2600, not to 9.2500"
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
