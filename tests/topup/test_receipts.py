"""Prints in the database, what arrived against what was promised, and data left on an eSIM."""

import threading
from decimal import Decimal as D

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils.translation import override

from catalog.enums import Category
from tests.topup.conftest import success, topup_payload
from tests.topup.counter import PIN
from tests.topup.plans import only_indexes
from tests.topup.test_kinds import a_sku, sell
from topup import gateway, sealing
from topup.models import Paper, PrintAnswer, PrintReason, ReceiptPrint, Sale, Voucher
from topup.services import delivered, esims, prints, receipts, sales, timeline, vouchers
from topup.services.esims import EsimError
from topup.services.prints import PrintError
from topup.states import SaleState
from valuetopup._rows import Row
from valuetopup.types import EsimBundle

pytestmark = pytest.mark.django_db


@pytest.fixture
def sale(sold):
    return sold(SaleState.COMPLETED)


def start(sale, person, number=1, **rest):
    return prints.start(
        sale=sale, person=person, number=number, language="es",
        **({"paper": Paper.ROLL_58, "reason": "lost"} | rest),
    )  # fmt: skip


def test_a_print_is_numbered_and_stays_as_it_is(sale, agent):
    original, copy = start(sale, agent), start(sale, agent, 2)
    assert (original.copy, original.reason, copy.copy, copy.reason) == (0, "", 1, "lost")
    prints.answer(printed=copy, person=agent, came_out=False)
    for rows in (ReceiptPrint.objects.all(), PrintAnswer.objects.all()):
        for change in (lambda rows: rows.update(by=agent), lambda rows: rows.delete()):
            with pytest.raises(DatabaseError), transaction.atomic():
                change(rows)


@pytest.mark.parametrize("values", [{"number": 1, "reason": "lost"}, {"number": 2, "reason": ""},
                                    {"number": 1, "reason": ""}])  # fmt: skip
def test_the_database_takes_no_copy_without_a_reason_and_no_number_twice(sale, agent, values):
    start(sale, agent)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReceiptPrint.objects.create(sale=sale, paper="80", language="en", by=agent, **values)


def test_somebody_of_another_shop_prints_nothing(sale, other_agent):
    with pytest.raises(PermissionDenied):
        start(sale, other_agent)
    assert not ReceiptPrint.objects.exists()


def test_a_reason_that_is_none_of_the_list_is_no_reason(sale, agent):
    start(sale, agent)
    for reason in ("", "because", "\x00"):
        with pytest.raises(PrintError, match="Choose why"):
            start(sale, agent, 2, reason=reason)
    assert set(PrintReason) == {"no_paper", "unreadable", "lost", "other"}


@pytest.mark.django_db(transaction=True)
def test_two_prints_at_once_are_one_original_and_nothing_passes_the_limit(sale, agent, settings):
    settings.RECEIPT_COPIES = 0
    assert race(sale, agent) == ["1", "1"], "the same form sent twice is one print"
    assert ReceiptPrint.objects.count() == 1
    with pytest.raises(PrintError, match="No more copies"):
        start(sale, agent, 2)


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_second_would_end_in_an_error(sale, agent, monkeypatch):
    monkeypatch.setattr(prints, "lock_sale", lambda sale_id: None)
    meet, of = threading.Barrier(2, timeout=60), prints.of

    def of_together(sale):
        found = of(sale)
        meet.wait()
        return found

    monkeypatch.setattr(prints, "of", of_together)
    assert sorted(race(sale, agent)) == ["1", "IntegrityError"]


def race(sale, agent):
    """Two threads that print the original."""
    meet, results = threading.Barrier(2, timeout=60), []

    def run():
        try:
            meet.wait()
            results.append(str(start(sale, agent).number))
        except Exception as error:
            results.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_a_number_keeps_its_language_in_its_own_shop(sold, agent, other_shop):
    first, stranger = sold(SaleState.COMPLETED), sold(SaleState.COMPLETED, recipient="18760000000")
    prints.set_language(sale=first, language="ar")
    second = sold(SaleState.COMPLETED)
    assert receipts.language_for(second) == "ar"
    assert receipts.language_for(stranger) == ""
    second.shop_id = other_shop.pk
    assert receipts.language_for(second) == "", "another shop knows nothing of it"
    third = sold(SaleState.COMPLETED, recipient="")
    prints.set_language(sale=sold(SaleState.COMPLETED, recipient=""), language="es")
    assert receipts.language_for(third) == "", "no number is not a number"


def test_the_language_of_a_number_is_found_along_its_index(sale):
    only_indexes("topup_sale", "sale_language_of_number")
    known = Sale.objects.filter(shop_id=sale.shop_id, recipient="18761234567")
    known = known.exclude(receipt_language="").order_by("-pk")
    assert "sale_language_of_number" in known.values_list("receipt_language")[:1].explain()


def ended(sold, **detail):
    """A sale that promised 1550 JMD, and what came."""
    sale = sold(SaleState.SUBMITTED)
    came = {"localCurrencyAmount": D("1550.00"), "destinationCurrency": "JMD"} | detail
    payload = topup_payload(topupDetail=came)
    return sales.apply_outcome(sale_id=sale.pk, outcome=success(payload))


@pytest.mark.parametrize("amount", ["1550.00", "1534.50", "1565.50"])
def test_what_arrives_as_promised_or_rounded_is_no_flag(sold, amount):
    sale = ended(sold, localCurrencyAmount=D(amount))
    assert (sale.flag, delivered.differs(sale), sale.delivered_amount) == ("", False, D(amount))
    assert not sale.events.filter(note=delivered.NOTE).exists()


@pytest.mark.parametrize(
    ("detail", "flag"),
    [({"localCurrencyAmount": D(1500)}, "delivered 1500 JMD, promised 1550 JMD"),
     ({"localCurrencyAmount": D(1600)}, "delivered 1600 JMD, promised 1550 JMD"),
     ({"destinationCurrency": "USD"}, "delivered 1550 USD, promised 1550 JMD")],
)  # fmt: skip
def test_what_arrives_otherwise_is_flagged_once(sold, detail, flag):
    sale = ended(sold, **detail)
    assert sale.flag == Sale.objects.get(pk=sale.pk).flag == flag
    delivered.judge(sale)
    [event] = sale.events.filter(note=delivered.NOTE)
    assert event.evidence["promised"] == "1550 JMD"
    assert any(flag.partition(",")[0] in moment.detail for moment in timeline.of(sale))


def test_details_that_come_late_are_judged_too(sold):
    sale = sold(SaleState.SUBMITTED)
    bare = topup_payload(None, topupDetail=None)
    sale = sales.apply_outcome(sale_id=sale.pk, outcome=success(bare))
    assert not delivered.differs(sale)
    came = {"localCurrencyAmount": D(900), "destinationCurrency": "JMD"}
    sales.apply_outcome(sale_id=sale.pk, outcome=success(topup_payload(topupDetail=came)))
    sale.refresh_from_db()
    assert sale.flag == "delivered 900 JMD, promised 1550 JMD"


def test_a_secret_is_shown_by_none_of_its_parts():
    parts = [
        vouchers.VoucherContent.of({"card": dict.fromkeys(("number", "pin", "link"), "s3cret")}),
        vouchers.VoucherContent.of({"esim": dict.fromkeys(
            ("iccid", "address", "matching_id", "activation_code", "picture"), "s3cret")}),
        vouchers.VoucherContent.of(
            {"token": {"token": "s3cret", "unit": None, "narration": "Token: s3cret"}}),
        vouchers.VoucherContent.of(
            {"pins": [{"number": "s3cret", "control_number": "s3cret"}],
             "instructions": "Dial *111*s3cret#"}),
    ]  # fmt: skip
    for content in parts:
        told = [content, content.card, content.esim, content.token, *content.pins]
        assert "s3cret" not in repr(told)
    assert not receipts.Receipt.__dataclass_fields__["claim_code"].repr


@pytest.mark.parametrize(
    ("values", "qr"),
    [({"activation_code": "LPA:1$a$b"}, "LPA:1$a$b"), ({"activation_code": "K2-1"}, ""), ({}, ""),
     ({"picture": "LPA:1$a$b"}, "LPA:1$a$b"), ({"picture": "https://a.example/1.png"}, "")],
)  # fmt: skip
def test_a_qr_code_is_drawn_only_of_what_is_one(values, qr):
    assert vouchers.VoucherEsim(**values).qr_text == qr


def test_a_picture_of_the_provider_is_told_only_where_none_can_be_drawn():
    link = "https://a.example/1.png"
    assert vouchers.VoucherEsim(picture=link).picture_link == link
    assert vouchers.VoucherEsim(picture=link, activation_code="LPA:1$a$b").picture_link == ""
    assert vouchers.VoucherEsim(picture="data:image/png;base64,AA").picture_link == ""


def test_only_a_safe_link_becomes_a_link():
    assert vouchers.VoucherCard(link="https://a.example/x").web_link
    assert vouchers.VoucherCard(link="javascript:alert(1)").web_link == ""


@pytest.fixture
def esim(counter):
    return sell(counter, a_sku(Category.ESIM), device_fits="yes")


def test_data_left_is_asked_by_the_number_and_not_counted_as_shown(esim):
    [row] = esims.remaining(sale=esim)
    assert (row.left, row.total, row.unit, row.percent) == (512, 1024, "MB", 50)
    assert Voucher.objects.get().read_count == 0
    assert [call.call for call in esim.calls.all()] == ["order"]


@pytest.mark.parametrize(
    ("fault", "words"),
    [({"status": 503}, "No answer came."), ({"status": 404}, "No answer came."),
     ({"status": 400}, "No answer came.")],
)  # fmt: skip
def test_no_answer_is_told_in_words(counter, esim, fault, words):
    counter.simulator.fault("http", kind="esim_status", count=9, **fault)
    with pytest.raises(EsimError, match=words):
        esims.remaining(sale=esim)


def test_an_esim_that_the_provider_does_not_know_yet_is_told(counter, esim):
    counter.simulator.control("reset", "POST", {})
    with pytest.raises(EsimError, match="Nothing is known about it yet"):
        esims.remaining(sale=esim)


def test_the_provider_is_never_asked_inside_a_transaction(esim):
    with transaction.atomic(), pytest.raises(gateway.ProviderCallInTransactionError):
        esims.remaining(sale=esim)


def test_a_refunded_esim_and_other_goods_are_not_asked_about(esim, counter):
    Sale.objects.filter(pk=esim.pk).update(state=SaleState.REFUNDED)
    esim.refresh_from_db()
    for sale in (esim, counter.sell(sku=PIN)):
        assert not esims.may_ask(sale)
        with pytest.raises(EsimError, match="cannot be asked about"):
            esims.remaining(sale=sale)


@pytest.mark.parametrize(
    ("left", "total", "percent"),
    [
        (512, 1024, 50),
        (None, 1024, None),
        (5, None, None),
        (5, 0, None),
        (-3, 10, 0),
        (20, 10, 100),
    ],
)
def test_the_share_that_is_left_is_between_nothing_and_all(left, total, percent):
    told = esims.Remaining("", left, total, "MB", "", "")
    assert told.percent == percent


def test_a_sealed_shape_of_tomorrow_does_not_break_the_page():
    content = vouchers.VoucherContent.of({"surprise": {"a": 1}})
    assert (content.pins, content.card, content.esim, content.token) == ((), None, None, None)
    assert sealing.unseal(sealing.seal({"esim": None})) == {"esim": None}
    assert vouchers.VoucherContent.of({"esim": None, "pins": []}).esim is None


@pytest.mark.parametrize(
    ("told", "words"),
    [("Active", "Activo"), (" expired ", "Vencido"), ("QUEUED", "Aún no empezó"),
     ("Depleted", "Agotado"), ("Rebooting", "Rebooting"), ("", "")],
)  # fmt: skip
def test_how_an_esim_stands_is_told_in_words_where_they_are_known(told, words):
    row = EsimBundle.read(Row({"status": told, "unit": "MB"}))
    with override("es"):
        assert esims._of(row).status == words
