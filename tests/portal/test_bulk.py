"""The pages of a file of many sales."""

import csv
import io
from decimal import Decimal as D
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.portal.conftest import AIRTIME, PIN, Page, Visitor
from topup import bulkfile
from topup.models import AuditEntry, BulkFile, Person, Role, Sale
from topup.models.bulk import BulkState
from topup.services import bulk, bulkfigures, sales

pytestmark = pytest.mark.django_db
HEAD = "number,sku,amount,reference"


@pytest.fixture
def boss(owner, monkeypatch):
    monkeypatch.setattr("topup.services.bulkleases.nudge", lambda file_id: None)
    return Visitor(owner)


def rows(*numbers, sku=AIRTIME, ref="A"):
    return "\n".join([HEAD, *(f"1876555{n:04d},{sku},10,{ref}-{n}" for n in numbers)]).encode()


def send(visitor, data, *, key=None, name="list.csv"):
    sent = {"file": SimpleUploadedFile(name, data), "key": key or uuid4()}
    return Page(visitor.client.post("/bulk/", sent, headers=visitor.headers))


def checked(visitor, data, **given):
    """The page of a file that was looked at, and the file."""
    url = send(visitor, data, **given).leads_to
    file = BulkFile.objects.latest("pk")
    assert url == f"/bulk/{file.pk}/"
    bulk.work(file_id=file.pk)
    file.refresh_from_db()
    return visitor.get(url), file


def sold(file, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        bulk.work(file_id=file.pk)
    for sale in Sale.objects.filter(state="created"):
        sales.submit_sale(sale_id=sale.pk)
    bulk.work(file_id=file.pk)
    file.refresh_from_db()


def cells_of(page):
    text = b"".join(page.response.streaming_content).decode("utf-8-sig")
    return [*csv.reader(io.StringIO(text))]


def test_from_the_money_page_to_the_result(boss, counter, django_capture_on_commit_callbacks):
    assert 'href="/bulk/"' in boss.get("/money/").html
    page, file = checked(boss, rows(1, 2, 501, ref="=1+1") + b"\n12,1001104,10,short\n")
    assert "Ready to start" in page.text
    assert "4 of 4 rows" in page.text
    total = bulkfigures.figures(file).to_sell.price
    wrong = boss.post(f"/bulk/{file.pk}/start/", total="1", key=page.value_of("key"))
    assert (wrong.status, Sale.objects.count()) == (422, 0)
    assert "This is not the total of the rows. Nothing was sold." in wrong.text
    assert wrong.value_of_field("total") == "1"
    assert wrong.value_of("key") == page.value_of("key")
    for _press in range(2):
        done = boss.post(f"/bulk/{file.pk}/start/", total=str(total), key=page.value_of("key"))
        assert (done.status, done.leads_to) == (303, f"/bulk/{file.pk}/")
    sold(file, django_capture_on_commit_callbacks)
    assert file.state == BulkState.DONE
    page = boss.get(f"/bulk/{file.pk}/")
    assert "Finished" in page.text
    assert "4 of 4 rows" in page.text
    found = cells_of(boss.get(f"/bulk/{file.pk}/result/"))
    assert [(line[1], line[7]) for line in found[1:]] == [
        ("'=1+1-1", "done"), ("'=1+1-2", "done"), ("'=1+1-501", "refused"),
        ("short", "cannot be sold"),
    ]  # fmt: skip
    assert found[1][12] == file.rows.get(number=2).correlation_id
    assert found[1][13] == Sale.objects.get(correlation_id=found[1][12]).provider_reference
    assert AuditEntry.objects.filter(what="exported").count() == 1
    listed = boss.get(f"/bulk/{file.pk}/rows/", show="sold")
    assert listed.html.count("sale-row") == 2
    assert "=1+1-1" in listed.text
    counter.assert_right()


def test_bad_rows_come_back_as_a_file_that_can_be_sent_again(boss):
    page, file = checked(boss, rows(1, sku=PIN, ref="+R"))
    assert "No row of this file" not in page.text
    assert "start/" not in page.html
    found = cells_of(boss.get(f"/bulk/{file.pk}/not-sold/"))
    assert found[0] == [*bulkfile.COLUMNS, "reason"]
    assert found[1][-2] == "'+R-1"
    assert found[1][-1].startswith("Files are for top-ups")
    again = "\n".join(",".join(f'"{cell}"' for cell in line) for line in found).encode()
    _page, second = checked(boss, again)
    assert second.rows.get().cells == file.rows.get().cells


def test_the_template_can_be_sent(boss):
    page = boss.get("/bulk/template/")
    data = b"".join(page.response.streaming_content)
    assert len(bulkfile.read(data)) == 2


BAD = {
    "nothing in it": (b"", "This file is empty."),
    "only spaces": (b" \n", "This file is empty."),
    "no head": (b"18765550001,10\n", "The first line must name the columns"),
    "no rows": (b"number,amount\n\n", "There are no rows"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "This is no CSV file"),
    "twice the same": (b"number,amount,Phone\n1,2,3\n", "Two columns are called number"),
    "too many rows": (b"number,amount\n" + b"1,1\n" * 10_001, "at most 10000 rows"),
    "too large": (b"number,amount\n" + b"1" * bulkfile.MOST_BYTES, "larger than 4 MB"),
    "endless columns": (b"number,amount" + b"," * 30_000 + b"\n1,1\n", "This is no CSV file"),
    "an endless cell": (b"number,amount\n" + b"1" * 200_000, "This is no CSV file"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_none_says_what_to_do_and_is_not_kept(boss, name):
    data, sentence = BAD[name]
    page = send(boss, data)
    assert (page.status, BulkFile.objects.count()) == (422, 0)
    assert sentence in page.text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_any_spreadsheet_is_read(encoding, mark):
    text = f"Referencia{mark}Monto{mark}Número\r\nCafé{mark}10{mark}18765550001\r\n"
    (line,) = bulkfile.read(text.encode(encoding))
    assert line.cells == {"reference": "Café", "amount": "10", "number": "18765550001"}


def test_two_presses_are_one_file_and_a_key_is_for_one_file(boss):
    key = uuid4()
    urls = {send(boss, rows(1), key=key).leads_to for _press in range(2)}
    assert (len(urls), BulkFile.objects.count()) == (1, 1)
    assert send(boss, rows(2), key=key).status == 422


def test_pause_go_on_and_cancel(boss, django_capture_on_commit_callbacks):
    page, file = checked(boss, rows(1, 2, 2))
    assert "1 row waits for your word" in page.text
    total = bulkfigures.figures(file).asked.price
    stale = boss.post(f"/bulk/{file.pk}/answer/", ask="repeat", word="yes", total=total + 1)
    assert stale.status == 303
    assert file.rows.filter(state="asked").count() == 1
    for odd in ({"ask": "x"}, {"total": "NaN"}, {"total": "1e999"}, {"word": "maybe"}):
        typed = {"ask": "repeat", "word": "yes", "total": total} | odd
        assert boss.post(f"/bulk/{file.pk}/answer/", **typed).status == 303
    assert file.rows.filter(state="asked").count() == 1
    boss.post(f"/bulk/{file.pk}/answer/", ask="repeat", word="yes", total=total)
    price = bulkfigures.figures(file).to_sell.price
    assert price == 3 * total
    boss.post(f"/bulk/{file.pk}/start/", total=price, key=uuid4())
    for step, state in (("pause", "paused"), ("go-on", "running"), ("pause", "paused"),
                        ("cancel", "cancelled"), ("go-on", "cancelled")):  # fmt: skip
        assert boss.post(f"/bulk/{file.pk}/{step}/").leads_to == f"/bulk/{file.pk}/"
        file.refresh_from_db()
        assert file.state == state
    page = boss.get(f"/bulk/{file.pk}/")
    assert "give it back" in page.text


@pytest.mark.parametrize("total", ["", "NaN", "Infinity", "1e5", "-5", "9" * 40, "1,000", "<b>"])
def test_a_total_that_is_no_amount_starts_nothing(boss, total):
    _page, file = checked(boss, rows(1))
    page = boss.post(f"/bulk/{file.pk}/start/", total=total, key=uuid4())
    file.refresh_from_db()
    assert (page.status, file.state) == (422, BulkState.CHECKED)


def test_a_page_that_asks_again_has_no_script_to_do_so(boss, counter):
    url = send(boss, rows(1)).leads_to
    page = boss.get(url)
    assert '<noscript><meta http-equiv="refresh"' in page.html
    assert "0 of 1 row" in page.text
    part = Visitor(BulkFile.objects.get().made_by, htmx=True).get(url)
    assert part.html.startswith('<div id="progress"')
    assert "hx-swap-oob" in part.html, "the float in the header moves, too"
    bulk.work(file_id=BulkFile.objects.get().pk)
    assert "refresh" not in boss.get(url).html.split("</head>")[0].replace("refresh?", "")


def test_a_form_that_was_sent_after_the_session_ended_comes_back_to_its_page(boss):
    _page, file = checked(boss, rows(1))
    gone = Visitor().post(f"/bulk/{file.pk}/start/", total="1", key=uuid4())
    assert gone.leads_to == f"/session/sign-in/?next=%2Fbulk%2F{file.pk}%2F"
    assert Visitor().post("/bulk/").leads_to == "/session/sign-in/?next=%2Fbulk%2F"


@pytest.mark.parametrize("count", [1, 3])
def test_lists_take_as_many_queries_for_any_length(boss, django_assert_num_queries, count):
    _page, file = checked(boss, rows(*range(count)))
    for number in range(count - 1):
        send(boss, rows(20 + number))
    with django_assert_num_queries(6):
        boss.get(f"/bulk/{file.pk}/rows/")
    with django_assert_num_queries(5):
        boss.get("/bulk/")
    with django_assert_num_queries(7):
        boss.get(f"/bulk/{file.pk}/")


def test_the_distributor_sees_files_and_changes_none(boss):
    _page, file = checked(boss, rows(1))
    admin_client = Visitor(Person.objects.create_superuser("admin", role=Role.ADMIN)).client
    listed = Page(admin_client.get("/admin/topup/bulkfile/"))
    assert "list.csv" in listed.text
    shown = Page(admin_client.get(f"/admin/topup/bulkfile/{file.pk}/change/"))
    assert (shown.status, 'name="_save"' in shown.html) == (200, False)
    assert admin_client.post(f"/admin/topup/bulkfile/{file.pk}/delete/").status_code == 403


def test_the_shops_limit_of_the_day_is_told_before(boss, counter):
    counter.shop.day_limit = D(12)
    counter.shop.save(update_fields=["day_limit"])
    page, _file = checked(boss, rows(1, 2))
    assert "This shop may sell for 12.00 USD more today." in page.text
