"""A PIN is nowhere in clear: not in the database, a log, a repr or an error; keys rotate."""

import json
from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.enums import Category
from tests.topup.conftest import answer, outcome, pin_payload
from tests.topup.counter import PIN
from tests.topup.test_kinds import a_sku, sell
from tests.valuetopup.conftest import answer as raw_answer
from topup import sealing
from topup.evidence import Verdict, judge_order, judge_status
from topup.management.commands import rotate_voucher_keys
from topup.models import ProviderCall, Sale, SeenCode, Voucher
from topup.services import receipts, sales, timeline, vouchers
from topup.states import SaleState

pytestmark = pytest.mark.django_db


def whole_database():
    """Every value of every row of every table, as text; bytes as the text they might hold."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = 'public'"
        )
        columns = cursor.fetchall()
        found = []
        for table, column, kind in columns:
            value = f"encode(\"{column}\", 'escape')" if kind == "bytea" else f'"{column}"::text'
            cursor.execute(f'SELECT {value} FROM "{table}"')  # noqa: S608
            found += [value for (value,) in cursor.fetchall() if value]
    return "\n".join(found)


def hides(text, secret):
    """True if the secret is in the text, with spaces or dashes between its digits or without."""
    plain = str.maketrans("", "", " -\u00a0")
    return secret.translate(plain) in text.translate(plain)


@pytest.fixture
def pin_sale(counter, clock):
    """A PIN sold by the simulator whose code came with a later status; its secrets."""
    counter.simulator.fault("pins_later", times=1)
    sale = counter.live(counter.sell(sku=PIN), clock)
    pin = vouchers.read(sale=sale, person=counter.agent).pins[0]
    return sale, [pin.number, pin.control_number]


def test_the_search_would_find_a_secret_in_clear(counter, pin_sale):
    sale, secrets = pin_sale
    Sale.objects.filter(pk=sale.pk).update(flag=f"x{secrets[0]}x")
    Voucher.objects.filter(sale=sale).update(sealed=secrets[1].encode())
    assert all(hides(whole_database(), secret) for secret in secrets)


def test_a_pin_is_nowhere_in_the_database_in_clear(counter, pin_sale):
    sale, secrets = pin_sale
    everything = whole_database()
    assert sale.correlation_id in everything
    assert not any(hides(everything, secret) for secret in secrets)
    assert secrets[0] in json.dumps(sealing.unseal(Voucher.objects.get().sealed))


def test_a_pin_is_in_no_log_line(counter, clock, caplog, capfd):
    caplog.set_level("DEBUG")
    sales_of_pins = [counter.sell(sku=PIN) for _ in range(2)]
    sales.poll_sale(sale_id=sales_of_pins[0].pk)
    numbers = [vouchers.read(sale=sale, person=counter.agent).pins[0].number
               for sale in sales_of_pins]  # fmt: skip
    told = capfd.readouterr()
    logged = caplog.text + told.out + told.err
    assert sales_of_pins[0].correlation_id in logged, "the log does tell of the sale"
    assert not any(hides(logged, number) for number in numbers)


SECRET = "918 2736 455"


def test_a_pin_is_in_no_repr(agent, sold, pin_sku):
    told = answer("000", pin_payload(pins=(SECRET,)))
    judged = [judge_order(told), judge_status(told)]
    sale = sales.apply_outcome(
        sale_id=sold(sku=pin_sku, recipient="").pk, outcome=judged[0]
    )  # fmt: skip
    content = vouchers.read(sale=sale, person=agent)
    receipt = receipts.build(sale=sale, person=agent)
    assert content.pins[0].number == SECRET == receipt.voucher.pins[0].number
    shown = [
        told,
        told.transaction,
        told.transaction.pins,
        *judged,
        content,
        content.pins,
        receipt,
        sale,
        Voucher.objects.get(),
        *timeline.of(sale),
        *sale.calls.all(),
    ]
    for thing in shown:
        assert not hides(f"{thing!r} {thing}", SECRET), type(thing)


@pytest.mark.parametrize("status", [200, 400, 404, 500])
def test_a_pin_in_an_unreadable_answer_is_in_no_error(counter, server, settings, caplog, status):
    caplog.set_level("DEBUG")
    sale = counter.confirm(sku=PIN)
    settings.VALUETOPUP_BASE_URL = server.url
    server.behave(raw_answer(f'{{"odd": "{SECRET}", "message": "{SECRET}"}}', status))
    sales.submit_sale(sale_id=sale.pk)
    assert server.posts == 1
    assert not hides(whole_database() + caplog.text, SECRET)


def test_an_error_of_ours_while_reading_a_pin_tells_only_where(counter, monkeypatch, caplog):
    from topup.kinds import pin

    def broken(client, sale):
        raise ValueError(f"cannot read {SECRET}")

    monkeypatch.setattr(pin, "order", broken)
    sale = counter.sell(sku=PIN)
    assert sale.state == SaleState.IN_DOUBT
    assert "test_secrets.py" in caplog.text
    assert not hides(whole_database() + caplog.text, SECRET)


def test_the_voucher_is_for_the_shop_that_sold_it_and_only_while_it_is_sold(
    counter, pin_sale, other_agent
):
    sale, _ = pin_sale
    with pytest.raises(PermissionDenied):
        vouchers.read(sale=sale, person=other_agent)
    with pytest.raises(PermissionDenied):
        receipts.build(sale=sale, person=other_agent)
    for state in set(SaleState) - {SaleState.COMPLETED}:
        sale.state = state
        assert vouchers.read(sale=sale, person=counter.agent) is None


def test_reading_is_counted(counter, pin_sale):
    sale, _ = pin_sale
    for _ in range(2):
        vouchers.read(sale=sale, person=counter.agent)
    assert Voucher.objects.get().read_count == 3


# Keys


def key():
    return Fernet.generate_key().decode()


def rotate():
    out = StringIO()
    call_command("rotate_voucher_keys", stdout=out)
    return out.getvalue()


def sell_pins(sold, sku, count):
    for number in range(count):
        told = judge_status(answer("000", pin_payload("9.20", (f"{SECRET} {number}",))))
        sale = sold(sku=sku, recipient="")
        sales.apply_outcome(sale_id=sale.pk, outcome=told)
        ProviderCall.objects.filter(sale=sale).update(sealed=sealing.seal(told.raw))


def opened():
    rows = [*Voucher.objects.order_by("pk"), *ProviderCall.objects.order_by("pk")]
    return [json.dumps(sealing.unseal(row.sealed)) for row in rows if row.sealed]


def test_after_a_rotation_the_old_key_is_not_needed(settings, sold, pin_sku):
    old, new = key(), key()
    settings.VOUCHER_KEYS = [old]
    sell_pins(sold, pin_sku, 3)
    before = opened()
    assert len(before) == 6
    settings.VOUCHER_KEYS = [new, old]
    assert opened() == before, "both keys open"
    for _ in range(2):
        assert rotate().split()[:1] == ["3"]
    settings.VOUCHER_KEYS = [new]
    assert opened() == before
    settings.VOUCHER_KEYS = [old]
    with pytest.raises(sealing.SealError):
        opened()


def test_a_rotation_holds_a_batch_in_memory_not_everything(settings, sold, pin_sku, monkeypatch):
    settings.VOUCHER_KEYS = [key()]
    sell_pins(sold, pin_sku, 5)
    before = opened()
    monkeypatch.setattr(rotate_voucher_keys, "BATCH", 2)
    settings.VOUCHER_KEYS = [key(), *settings.VOUCHER_KEYS]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert "5 vouchers" in rotate()
    reads = [query["sql"] for query in queries if query["sql"].startswith("SELECT")]
    assert len(reads) == 2 * 3 + 2, "nothing is sealed in the other two tables"
    assert all("LIMIT 2" in sql for sql in reads)
    settings.VOUCHER_KEYS = settings.VOUCHER_KEYS[:1]
    assert opened() == before


def test_one_secret_that_cannot_be_opened_does_not_keep_the_others(settings, sold, pin_sku):
    first, second, lost = key(), key(), key()
    settings.VOUCHER_KEYS = [first]
    sell_pins(sold, pin_sku, 3)
    middle = Voucher.objects.order_by("pk")[1]
    Voucher.objects.filter(pk=middle.pk).update(sealed=Fernet(lost).encrypt(b"{}"))
    settings.VOUCHER_KEYS = [second, first]
    with pytest.raises(
        CommandError, match=f"1 could not be opened with any key: voucher {middle.pk}"
    ):
        rotate()
    settings.VOUCHER_KEYS = [second, lost]
    assert len(opened()) == 6


def test_a_code_sealed_during_the_rotation_is_not_overwritten(settings, sold, pin_sku, monkeypatch):
    settings.VOUCHER_KEYS = [key()]
    sell_pins(sold, pin_sku, 1)
    reseal = sealing.reseal
    newer = sealing.seal({"pins": []})

    def meanwhile(sealed):
        Voucher.objects.update(sealed=newer)
        return reseal(sealed)

    monkeypatch.setattr(sealing, "reseal", meanwhile)
    assert "0 vouchers" in rotate()
    assert bytes(Voucher.objects.get().sealed) == newer


def test_keys_that_are_none_are_told_in_one_line(settings):
    settings.VOUCHER_KEYS = []
    with pytest.raises(ImproperlyConfigured, match="not set"):
        sealing.seal({})
    settings.VOUCHER_KEYS = ["not a key"]
    with pytest.raises(ImproperlyConfigured, match="no key"):
        sealing.seal({})


def test_an_error_does_not_show_what_was_sealed(settings):
    sealed = sealing.seal({"pin": SECRET})
    settings.VOUCHER_KEYS = [key()]
    with pytest.raises(sealing.SealError) as error:
        sealing.unseal(sealed)
    assert error.value.__cause__ is None
    assert sealed.decode() not in str(error.value)


def test_nothing_of_a_provider_s_answer_is_kept_in_clear_but_the_allow_list(counter):
    counter.sell()
    counter.sell(sku=PIN)
    allowed = {"transaction_id", "transaction_date", "invoice_amount", "face_value", "discount",
               "fee", "local_currency_amount", "sales_tax_amount", "destination_currency",
               "operator_transaction_id"}  # fmt: skip
    for call in ProviderCall.objects.all():
        assert set(call.details) <= allowed
        assert call.sealed


@pytest.mark.parametrize("written", [SECRET, SECRET.replace(" ", ""), SECRET.replace(" ", "-")])
def test_a_message_that_repeats_a_code_is_kept_without_it(counter, monkeypatch, caplog, written):
    from topup.kinds import pin

    told = answer("000", pin_payload(pins=(SECRET,)), message=f"Done. Your PIN is {written}, enjoy")
    monkeypatch.setattr(pin, "order", lambda *_: told)
    sale = counter.sell(sku=PIN)
    assert vouchers.read(sale=sale, person=counter.agent).pins[0].number == SECRET
    assert sale.response_message == "Done. Your PIN is […], enjoy"
    assert not hides(whole_database() + caplog.text, SECRET)


def test_a_refusal_that_repeats_what_was_typed_is_kept_without_it(counter, monkeypatch, settings):
    from topup.kinds import airtime

    sku = a_sku(Category.RTR, "boost")
    number = f"{sku.dial_codes[0]}2025550100"
    told = answer("778", message=f"Account PIN 43 21 of {number} is wrong")
    monkeypatch.setattr(airtime, "order", lambda *_: told)
    sale = sell(counter, sku, recipient=number, boost_pin="4321")
    assert sale.response_message == f"Account PIN […] of {number} is wrong"
    assert SeenCode.objects.get(code="778").text == "Account PIN […] of … is wrong"
    settings.VOUCHER_KEYS = [key()]
    sales.poll_sale(sale_id=sale.pk)
    assert ProviderCall.objects.filter(sale=sale, call="status").exists()


def test_a_message_is_cut(sold):
    told = answer("501", None, message="x" * 500)
    assert len(judge_order(told).message) == 200
    sale = sales.apply_outcome(sale_id=sold().pk, outcome=judge_order(told))
    assert sale.response_message == "x" * 200
    assert outcome(Verdict.UNKNOWN).message == ""
