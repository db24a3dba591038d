"""The receipt's page: every kind of goods, its language, its prints, its file, its links."""

import re
from decimal import Decimal as D
from urllib.parse import unquote

import pypdfium2
import pytest
import zxingcpp
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from catalog.enums import Category
from catalog.models import Sku, SkuText
from tests.portal.conftest import AIRTIME, PIN, Visitor
from tests.topup.test_kinds import a_sku, sell
from topup import sealing
from topup.models import PrintAnswer, ReceiptPrint, Sale, Voucher
from topup.services import passport, prints, sales, timeline, vouchers

pytestmark = pytest.mark.django_db


def url_of(sale, rest=""):
    return f"/receipts/{sale.correlation_id}/{rest}"


def content(sale):
    return sealing.unseal(bytes(Voucher.objects.get(sale=sale).sealed))


@pytest.fixture
def pin(counter):
    return counter.sell(sku=PIN)


@pytest.fixture
def esim(counter):
    return sell(counter, a_sku(Category.ESIM), device_fits="yes")


def code_in(sale, page):
    return vouchers.VoucherContent.of(content(sale)).pins[0].spoken in page.text


def printed(visitor, sale, number=1, **form):
    """Printed and answered: the paper came out."""
    form = {"paper": "58", "number": number} | form
    led = visitor.post(url_of(sale, "print/"), **form)
    assert (led.status, led.leads_to) == (303, url_of(sale, f"prints/{number}/"))
    page = visitor.get(led.leads_to)
    assert page.status == 200
    visitor.post(url_of(sale, f"prints/{number}/answer/"), came_out="yes")
    return page


def test_an_esim_has_its_picture_its_codes_and_short_steps(visitor, esim):
    told = content(esim)["esim"]
    for url in (url_of(esim), f"/sales/{esim.correlation_id}/"):
        page = visitor.get(url)
        for words in (told["address"], told["matching_id"], told["iccid"], "iPhone", "Android"):
            assert words in page.text
        assert "data:" not in page.html
        assert re.search(r'<div class="qr" role="img" aria-label="eSIM: scan[^>]*><svg', page.html)
    assert "<li>Join Wi-Fi.</li>" in page.html


def test_a_gift_card_has_its_link_as_text_and_picture(visitor, counter):
    sale = sell(counter, a_sku(Category.GIFT_CARD, "amazon"))
    while sale.state == "pending":
        sales.poll_sale(sale_id=sale.pk)
        sale.refresh_from_db()
    link = content(sale)["card"]["link"]
    page = visitor.get(url_of(sale))
    assert link in page.text
    assert 'aria-label="Get the card' in page.html


@pytest.mark.parametrize("ending", ["x" * 3000, "😀" * 900])
def test_a_link_that_is_too_long_for_a_picture_is_told_as_text(visitor, counter, ending):
    sale = sell(counter, a_sku(Category.GIFT_CARD))
    sealed = sealing.seal({"card": {"number": "6011", "link": f"https://a.example/{ending}"}})
    Voucher.objects.update_or_create(sale=sale, defaults={"sealed": sealed, "state": "ready"})
    Sale.objects.filter(pk=sale.pk).update(state="completed", receipt_language="en")
    for url in (url_of(sale), f"/sales/{sale.correlation_id}/"):
        page = visitor.get(url)
        assert (page.status, ending in page.html, "Get the card" in page.html) == (200, True, False)
    if ending.isascii():
        assert file_of(visitor, sale).response["Content-Type"] == "application/pdf"


def test_the_token_of_a_meter_is_large_and_in_groups(visitor, counter):
    sale = sell(counter, a_sku(Category.BILL_PAY, "electric"), account_number="04123456789")
    token = content(sale)["token"]["token"]
    page = visitor.get(url_of(sale))
    spoken = vouchers.VoucherContent.of(content(sale)).token.spoken
    assert spoken.replace(" ", "") == token.replace(" ", "")
    assert f'<p class="pin"><bdi dir="ltr">{spoken}</bdi></p>' in page.html
    assert "Account 04123456789" in page.text


def test_the_customers_language_is_kept_and_proposed_for_his_number(visitor, counter):
    sale = counter.sell()
    assert '<article id="paper" class="paper " lang="en"' in visitor.get(url_of(sale)).html
    led = visitor.post(url_of(sale, "language/"), language="ar")
    assert (led.status, led.leads_to) == (303, url_of(sale))
    page = visitor.get(url_of(sale))
    assert '<html lang="en" dir="ltr">' in page.html, "the page is the agent's"
    assert 'lang="ar" dir="rtl">' in page.html
    assert "الإيصال" in page.text
    later, other = counter.sell(), counter.sell("18765550001")
    assert 'lang="ar" dir="rtl">' in visitor.get(url_of(later)).html
    assert 'class="paper " lang="en"' in visitor.get(url_of(other)).html
    visitor.post(url_of(sale, "language/"), language="xx")
    assert Sale.objects.get(pk=sale.pk).receipt_language == "ar"


def test_the_product_has_the_name_that_the_customer_knows(visitor, counter):
    sale = counter.sell()
    SkuText.objects.create(sku=sale.sku, language="ar", name="ديجيسل ١٠ دولار")
    assert "ديجيسل" not in visitor.get(url_of(sale)).text
    visitor.post(url_of(sale, "language/"), language="ar")
    page = visitor.get(url_of(sale))
    assert "ديجيسل ١٠ دولار" in page.text
    Sale.objects.filter(pk=sale.pk).update(sku=None)
    assert sale.sku_name in visitor.get(url_of(sale)).text, "the name of then, if the SKU is gone"


@pytest.mark.parametrize("field", ["description", "additional_information"])
def test_how_to_use_a_code_is_told_in_the_customers_language(visitor, pin, field):
    told = content(pin) | {"instructions": "Dial *121# and press call."}
    Voucher.objects.filter(sale=pin).update(sealed=sealing.seal(told))
    SkuText.objects.create(sku=pin.sku, language="ar", **{field: "اتصل بالرقم"})
    visitor.post(url_of(pin, "language/"), language="ar")
    assert "Dial *121#" in visitor.get(url_of(pin)).text, "it is not the catalogue's own text"
    Sku.objects.update(**{field: told["instructions"]})
    page = visitor.get(url_of(pin))
    assert ("اتصل بالرقم" in page.text, "Dial" in page.text) == (True, False)
    assert "Dial *121#" in visitor.get(f"/sales/{pin.correlation_id}/").text, "the agent's page"


def test_dates_and_amounts_are_written_as_the_customer_reads_them(visitor, counter):
    sale = counter.sell()
    visitor.post(url_of(sale, "language/"), language="es")
    page = visitor.get(url_of(sale))
    sale.refresh_from_db()
    with translation.override("es"):
        month = translation.gettext(sale.settled_at.strftime("%B"))
    assert f"de {month} de {sale.settled_at.year}" in page.text
    assert "Recibo" in page.text
    assert f"{sale.price:.2f}".replace(".", ",") in page.text.partition("Pagado")[2][:20]


def test_the_first_print_is_the_original_and_the_next_a_marked_copy_with_a_reason(visitor, pin):
    page = printed(visitor, pin)
    assert "COPY" not in page.text
    assert code_in(pin, page)
    refused = visitor.post(url_of(pin, "print/"), paper="80", number=2)
    assert (refused.status, "Choose why it is printed again." in refused.text) == (422, True)
    assert '<option value="80" selected>' in refused.html, "the input is kept"
    assert 'href="#reason"' in refused.html
    page = printed(visitor, pin, 2, reason="lost", paper="80")
    assert '<p class="paper-mark"><b>COPY 1</b></p>' in page.html
    assert code_in(pin, page)
    shown = visitor.get(url_of(pin)).text
    assert "COPY 1" in shown.partition("Printed")[2]
    assert "The customer lost it · it printed" in shown


def test_copies_are_limited_and_those_in_charge_may_print_twice_as_many(
    visitor, owner, pin, settings
):
    settings.RECEIPT_COPIES = 1
    printed(visitor, pin)
    printed(visitor, pin, 2, reason="lost")
    page = visitor.get(url_of(pin))
    assert "The owner or a manager can print it again." in page.text
    assert 'id="print"' not in page.html
    refused = visitor.post(url_of(pin, "print/"), paper="80", number=3, reason="lost")
    assert (refused.status, "No more copies." in refused.text) == (422, True)
    printed(Visitor(owner), pin, 3, reason="unreadable")
    refused = Visitor(owner).post(url_of(pin, "print/"), paper="80", number=4, reason="lost")
    assert refused.status == 422
    assert ReceiptPrint.objects.count() == 3


def test_the_same_press_twice_is_one_print_and_a_stale_page_prints_nothing(visitor, owner, pin):
    first = [visitor.post(url_of(pin, "print/"), paper="58", number=1) for _ in range(2)]
    assert [page.leads_to for page in first] == [url_of(pin, "prints/1/")] * 2
    assert ReceiptPrint.objects.count() == 1
    for stale in (1, 3, 0, "x", 99999):
        page = Visitor(owner).post(url_of(pin, "print/"), paper="58", number=stale, reason="lost")
        assert page.status == 422, stale
    assert ReceiptPrint.objects.count() == 1


def test_after_the_print_the_code_is_behind_a_tap(visitor, pin):
    assert code_in(pin, visitor.get(url_of(pin)))
    printed(visitor, pin)
    reads = Voucher.objects.get().read_count
    for url in (url_of(pin), f"/sales/{pin.correlation_id}/"):
        page = visitor.get(url)
        assert not code_in(pin, page)
        assert 'href="?code=1"' in page.html
    assert Voucher.objects.get().read_count == reads, "nothing was shown"
    for url in (url_of(pin), f"/sales/{pin.correlation_id}/"):
        assert code_in(pin, visitor.get(url, code=1))
    assert Voucher.objects.get().read_count == reads + 2
    assert "Shown again" in visitor.get(url_of(pin), code=1).text


def test_whether_it_printed_is_asked_and_the_first_answer_stays(visitor, pin):
    visitor.post(url_of(pin, "print/"), paper="58", number=1)
    page = visitor.get(url_of(pin))
    assert "Did it print?" in page.text
    visitor.post(url_of(pin, "prints/1/answer/"), came_out="no")
    visitor.post(url_of(pin, "prints/1/answer/"), came_out="yes")
    assert PrintAnswer.objects.get().came_out is False
    page = visitor.get(url_of(pin))
    assert code_in(pin, page), "it never came out"
    assert '<option value="no_paper" selected>' in page.html
    assert visitor.get(url_of(pin, "prints/1/")).leads_to == url_of(pin), "its paper is closed"


@pytest.mark.parametrize("paper", ["58", "pdf"])
def test_the_paper_of_a_print_is_open_for_its_printing_only(visitor, pin, paper, monkeypatch):
    """Else an original without an answer could be printed without end, and without a mark."""
    visitor.post(url_of(pin, "print/"), paper=paper, number=1)
    assert code_in(pin, visitor.get(url_of(pin, "prints/1/")))
    visitor.post(url_of(pin, "print/"), paper=paper, number=2, reason="lost")
    reads = Voucher.objects.get().read_count
    assert visitor.get(url_of(pin, "prints/1/")).leads_to == url_of(pin), "a copy came after it"
    assert visitor.get(url_of(pin, "prints/1/file/")).status == 404
    later = timezone.now() + prints.PAPER_OPEN
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert visitor.get(url_of(pin, "prints/2/")).leads_to == url_of(pin)
    assert visitor.get(url_of(pin, "prints/2/file/")).status == 404
    assert Voucher.objects.get().read_count == reads
    assert "Did it print?" in visitor.get(url_of(pin)).text


def test_what_is_printed_is_on_the_timeline_of_the_admin(visitor, pin):
    printed(visitor, pin)
    printed(visitor, pin, 2, reason="lost")
    told = [
        (m.what, m.detail, m.who)
        for m in timeline.of(pin)
        if "print" in m.what or "paper" in m.what
    ]
    assert told == [
        ("receipt printed", "58 mm, en", "counter"), ("the paper came out", "", "counter"),
        ("receipt printed: COPY 1", "58 mm, en, The customer lost it", "counter"),
        ("the paper came out", "", "counter"),
    ]  # fmt: skip


def test_the_owner_reads_who_looked_and_the_cashier_does_not(visitor, owner, pin):
    for _time in range(2):
        visitor.get(url_of(pin))
    assert "Looks at codes" not in visitor.get(url_of(pin)).text
    told = Visitor(owner).get(url_of(pin)).text.partition("Looks at codes")[2]
    assert told.count("· counter · on the screen") == 3


def file_of(visitor, sale, number=1, **form):
    printed_at = visitor.post(url_of(sale, "print/"), paper="pdf", number=number, **form)
    assert "Open the PDF" in visitor.get(printed_at.leads_to).text
    return visitor.get(url_of(sale, f"prints/{number}/file/"))


def picture(pdf, dots=203):
    (page,) = pypdfium2.PdfDocument(pdf)
    return page, page.render(scale=dots / 72).to_pil()


def test_the_pdf_says_it_all_and_its_pictures_can_be_read(visitor, esim, counter):
    file = file_of(visitor, esim)
    assert file.response["Content-Type"] == "application/pdf"
    assert "no-store" in file.response["Cache-Control"]
    page, drawn = picture(file.response.content)
    words = page.get_textpage().get_text_range()
    told = content(esim)["esim"]
    for part in (told["matching_id"], told["iccid"], "Counter", "iPhone"):
        assert part in words
    found = {code.text for code in zxingcpp.read_barcodes(drawn)}
    token = passport.token_of(esim)
    assert found == {told["activation_code"], f"http://testserver/r/{token}/"}
    assert len(file.response.content) < 60_000
    visitor.post(url_of(esim, "prints/1/answer/"), came_out="yes")
    assert visitor.get(url_of(esim, "prints/1/file/")).status == 404, "one file for one print"


@pytest.mark.parametrize(
    ("language", "name", "words"),
    [
        ("ar", "بطاقة ديجيسل", "المرجع"),
        ("en", "हिन्दी क्षत्रिय", "हिन्दी"),
        ("es", "Größe ñ বাংলা", "Recibo"),
    ],
)
def test_the_pdf_shapes_every_script_that_it_takes(visitor, counter, language, name, words):
    sale = counter.sell()
    Sale.objects.filter(pk=sale.pk).update(sku_name=name)
    visitor.post(url_of(sale, "language/"), language=language)
    page, _drawn = picture(file_of(visitor, sale).response.content)
    assert words in page.get_textpage().get_text_range()
    fonts = set(re.findall(rb"Noto\w+", file_bytes(visitor, sale)))
    assert len(fonts) >= 2, "the letters come from a font of their own"


def file_bytes(visitor, sale):
    return visitor.get(url_of(sale, "prints/1/file/")).response.content


def test_letters_that_no_font_has_are_told_and_printed_on_paper(visitor, counter):
    sale = counter.sell()
    Sale.objects.filter(pk=sale.pk).update(sku_name="話費 100")
    page = visitor.get(url_of(sale))
    assert "letters that a PDF cannot show (話費)" in page.text
    assert 'value="pdf"' not in page.html
    assert visitor.post(url_of(sale, "print/"), paper="pdf", number=1).status == 422
    assert not ReceiptPrint.objects.exists()
    assert visitor.post(url_of(sale, "print/"), paper="80", number=1).status == 303


def test_what_is_shared_is_the_public_address_and_no_secret(visitor, pin, settings):
    settings.PUBLIC_URL = "https://shop.example"
    visitor.post(url_of(pin, "language/"), language="es")
    page = visitor.get(url_of(pin))
    address = f"https://shop.example/r/{passport.token_of(pin)}/"
    for start in ("https://wa.me/?text=", "sms:?&amp;body="):
        [shared] = re.findall(f'href="{re.escape(start)}([^"]*)"', page.html)
        assert unquote(shared).endswith(f": {address}")
        assert "recibo" in unquote(shared)
    secret = content(pin)["pins"][0]["number"]
    assert secret not in unquote(page.html.partition('id="share"')[2])


def test_a_colleague_and_a_rival_print_nothing(colleague, rival, visitor, pin):
    visitor.post(url_of(pin, "print/"), paper="pdf", number=1)
    for person in (colleague, rival):
        stranger = Visitor(person)
        for path in ("", "prints/1/", "prints/1/file/", "data/"):
            assert stranger.get(url_of(pin, path)).status == 404, path
        for path in ("print/", "language/", "prints/1/answer/"):
            page = stranger.post(
                url_of(pin, path), paper="80", number=2, reason="lost", language="ar"
            )
            assert page.status == 404, path
    assert ReceiptPrint.objects.count() == 1


def test_data_left_is_a_bar_with_words(visitor, esim, counter, caplog):
    page = visitor.get(f"/sales/{esim.correlation_id}/")
    assert url_of(esim, "data/") in page.html
    page = visitor.get(url_of(esim, "data/"))
    assert "512 of 1,024 MB left" in page.text or "512 of 1024 MB left" in page.text
    assert '<meter min="0" max="100" low="10" value="50"' in page.html
    assert content(esim)["esim"]["iccid"] not in caplog.text
    counter.simulator.fault("http", kind="esim_status", status=503, count=5)
    page = visitor.get(url_of(esim, "data/"))
    assert (page.status, "No answer came." in page.text) == (200, True)


def test_data_left_of_other_goods_is_not_there(visitor, pin):
    assert visitor.get(url_of(pin, "data/")).status == 404


def test_what_arrived_otherwise_is_told_on_the_sale(visitor, counter):
    Sku.objects.filter(provider_id=AIRTIME).update(
        min_delivered=1512, max_delivered=1512, delivered_currency="JMD"
    )
    sale = counter.sell()
    assert "Not what was promised" not in visitor.get(f"/sales/{sale.correlation_id}/").text
    Sale.objects.filter(pk=sale.pk).update(delivered_amount=D(1), delivered_currency="JMD")
    page = visitor.get(f"/sales/{sale.correlation_id}/")
    assert "Not what was promised: JMD 1.00 arrived" in page.text


def test_the_page_asks_the_database_as_often_with_one_print_as_with_three(visitor, pin):
    counts = []
    for number in (1, 2, 3):
        printed(visitor, pin, number, reason="lost")
        with CaptureQueriesContext(connection) as asked:
            assert visitor.get(url_of(pin)).status == 200
        counts.append(len(asked))
    assert counts[0] == counts[2]


def test_the_letters_of_a_pdf_are_in_no_log(visitor, esim, caplog):
    visitor.post(url_of(esim, "print/"), paper="pdf", number=1)
    caplog.set_level("DEBUG")
    assert visitor.get(url_of(esim, "prints/1/file/")).status == 200
    assert "fontTools" not in {record.name.partition(".")[0] for record in caplog.records}
