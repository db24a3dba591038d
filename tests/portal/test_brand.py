"""The brand on every surface where a person reads a name, and what is public of it."""

import json
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pyotp
import pypdfium2
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.kiosk import COOKIE
from tests.brand import NAME
from tests.portal.conftest import Visitor
from topup.models import BrandPicture
from topup.services import brands, kiosks, passport, second_factor
from topup.services.counting import Counted
from topup.services.shifts import count_shift, open_shift, seal_shift

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_brand")]
HTML = "Estrella &amp; Co"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def kiosk(counter, owner):
    visitor = Visitor()
    _kiosk, code = kiosks.create(shop=counter.shop, name="Door", by=owner)
    visitor.client.cookies[COOKIE] = kiosks.swap(code)[1]
    return visitor


@pytest.fixture
def sale(counter):
    return counter.sell()


def test_every_page_bears_its_name_and_none_the_products(branded, visitor, kiosk, sale):
    pages = {
        Visitor(): ("/session/sign-in/", "/session/language/", "/nothing/", "/offline/"),
        visitor: ("/sell/", "/sales/", "/money/", "/shift/", f"/receipts/{sale.correlation_id}/",
                  f"/r/{passport.token_of(sale)}/"),
        kiosk: ("/kiosk/", "/kiosk/off/", "/kiosk/modes/", "/kiosk/help/", "/sell/"),
    }  # fmt: skip
    everywhere = [(who, path) for who, paths in pages.items() for path in paths]
    for who, path in everywhere:
        html = who.get(path).html
        assert ("TopNet" in html, HTML in html) == (not path.startswith("/r/"), False), path
        assert "/brand/" not in html, path
    branded()
    for who, path in everywhere:
        html = who.get(path).html
        assert ("TopNet" in html, HTML in html) == (False, True), path
        assert re.search(r'href="/brand/ffff00-\w{12}\.css"', html), path


def test_the_products_own_name_is_written_in_one_place():
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in ("portal", "topup", "catalog", "ledger", "templates", "static/js")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".html", ".txt", ".js"} and "TopNet" in path.read_text()
    }
    assert found == {"topup/services/brands.py"}


def test_a_receipt_bears_name_and_logo_on_every_paper(branded, visitor, counter):
    plain = counter.sell()
    page = visitor.get(f"/receipts/{plain.correlation_id}/")
    assert 'id="paper"' in page.html
    assert (NAME in _paper(page.html), "<img" in _paper(page.html)) == (False, False)
    branded(logo=True)
    logo = brands.current().paper
    for paper in ("58", "80", "pdf"):
        sale = counter.sell(f"1876555100{len(paper)}{paper[0]}"[:11])
        form = {"paper": paper, "number": 1, "language": "en"}
        led = visitor.post(f"/receipts/{sale.correlation_id}/print/", **form)
        printed = visitor.get(led.leads_to)
        if paper == "pdf":
            file = visitor.get(f"{led.leads_to}file/").response
            (sheet,) = pypdfium2.PdfDocument(file.content)
            assert NAME in sheet.get_textpage().get_text_bounded()
            (drawn,) = sheet.get_objects([pypdfium2.raw.FPDF_PAGEOBJ_IMAGE])
            left, bottom, right, top = drawn.get_bounds()
            found = [(right - left) * 25.4 / 72, (top - bottom) * 25.4 / 72]
            assert found == pytest.approx([logo.width, logo.height], abs=0.1)
            assert bottom > sheet.get_height() * 0.7, "at its head"
        else:
            html = _paper(printed.html)
            assert HTML in html, paper
            shown = f'src="{logo.address}" width="151" height="38" alt="{HTML}"'
            assert html.index(shown) < html.index("paper-title"), paper
            assert re.findall(r'src="(?!data:)', html) == [], "nothing more is asked for"


def _paper(html):
    return re.search(r'<article id="paper".*?</article>', html, re.DOTALL)[0]


def test_the_z_report_says_under_which_name_the_day_was_sold(branded, visitor, counter):
    brand = branded()
    shift = open_shift(person=counter.agent, counts=[Counted("cash", "USD", Decimal(50))])
    count_shift(shift_id=shift.pk, counts=[Counted("cash", "USD", Decimal(50))], by=counter.agent)
    seal_shift(shift_id=shift.pk, by=counter.agent)
    assert HTML in _paper(visitor.get(f"/shift/{shift.number}/report/").html)
    brand.name = "Other"
    brands.save(brand)
    brands.publish()
    again = visitor.get(f"/shift/{shift.number}/report/").html
    assert ("Other" in again, HTML in _paper(again)) == (True, True), (
        "printed again, it is the same"
    )


def test_a_logo_stands_in_place_of_the_name_and_says_it(branded, visitor, kiosk, sale):
    brand = branded(logo=True, icon=True)
    address = f'src="/brand/{brand.logo}/logo.webp" width="384" height="96" alt="{HTML}"'
    for who, path in ((visitor, "/sell/"), (kiosk, "/kiosk/"),
                      (visitor, f"/r/{passport.token_of(sale)}/")):  # fmt: skip
        html = who.get(path).html
        assert address in html, path
        assert f'rel="icon" href="/brand/{brand.icon}/any-192.png"' in html, path
    kiosk.post("/kiosk/modes/", mode="contrast")
    assert address not in kiosk.get("/kiosk/").html, "made for no black ground"


# --- the app on a screen ----------------------------------------------------------------


def test_the_manifest_names_it_and_its_icons(branded):
    before = json.loads(Visitor().get("/manifest.webmanifest").html)
    assert (before["name"], before["theme_color"]) == ("TopNet", "#0b5d57")
    brand = branded(icon=True, colour="#123456")
    told = json.loads(Visitor().get("/manifest.webmanifest").html)
    assert (told["name"], told["short_name"], told["theme_color"]) == (NAME, NAME, "#123456")
    assert [icon["src"] for icon in told["icons"]] == [
        f"/brand/{brand.icon}/{purpose}-{size}.png"
        for purpose in ("any", "maskable") for size in (192, 512)
    ]  # fmt: skip
    assert [Visitor().get(icon["src"]).status for icon in told["icons"]] == [200] * 4


@pytest.mark.parametrize("address", ["/worker.js", "/kiosk/worker.js"])
def test_a_worker_is_another_one_when_the_brand_is_and_keeps_what_it_needs(branded, address):
    before = _told(address)
    brand = branded(logo=True)
    after = _told(address)
    assert before["version"] != after["version"]
    added = set(after["files"]) - set(before["files"])
    assert added == {f"/brand/{brands.current().style}.css", f"/brand/{brand.logo}/logo.webp"}
    assert [Visitor().get(path).status for path in added] == [200, 200]
    brand.name = "Other"
    brands.save(brand)
    brands.publish()
    assert _told(address)["version"] not in {before["version"], after["version"]}


def _told(address):
    return json.loads(re.match(r"const TOLD = (.*);\n", Visitor().get(address).html)[1])


@pytest.mark.parametrize("address", ["/offline/", "/kiosk/off/"])
def test_a_page_that_is_kept_is_never_made_from_an_old_brand(branded, address):
    """Another process saved, and this one has not looked yet."""
    brands.current(at_once=True)
    known = replace(brands._known, look_again_at=float("inf"))
    branded()
    brands._known = known
    assert "TopNet" in Visitor().get("/session/sign-in/").html, "for some seconds"
    assert "TopNet" not in Visitor().get(address).html


# --- when something is away -------------------------------------------------------------


@pytest.mark.parametrize("address", ["/sell/", "/kiosk/"])
def test_a_page_of_our_own_fault_bears_the_name_and_asks_nobody(
    branded, visitor, kiosk, address, monkeypatch
):
    branded()
    client = (kiosk if address == "/kiosk/" else visitor).client
    client.raise_request_exception = False
    monkeypatch.setattr(brands, "current", None)  # who looks for the brand of now fails
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE topup_shop RENAME TO topup_gone")
    answer = client.get(address)
    assert (answer.status_code, HTML in answer.content.decode()) == (500, True)


# --- what is public ---------------------------------------------------------------------


def test_pictures_and_colours_are_for_everybody_and_never_change(branded, kiosk):
    brand = branded(logo=True, icon=True)
    kinds = {
        f"/brand/{brands.current().style}.css": "text/css; charset=utf-8",
        f"/brand/{brand.logo}/logo.webp": "image/webp",
        f"/brand/{brand.icon}/any-512.png": "image/png",
    }
    for visitor in (Visitor(), kiosk):
        for path, kind in kinds.items():
            answer = visitor.get(path).response
            assert (answer.status_code, answer["Content-Type"]) == (200, kind), path
            assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
            assert answer["X-Content-Type-Options"] == "nosniff"
            assert not answer.cookies


@pytest.mark.parametrize(
    "address",
    ["ffff00-000000000000.css", "ffff00.css", "0b5d57-.css", "zzzzzz-000000000000.css",
     "{logo}/any-192.png", "{logo}/logo.png", "{icon}/logo.webp", "{icon}/any-64.png",
     "0" * 32 + "/logo.webp"],
)  # fmt: skip
def test_nothing_else_is_public(branded, address):
    brand = branded(logo=True, icon=True)
    path = "/brand/" + address.format(logo=brand.logo, icon=brand.icon)
    assert Visitor().get(path).status == 404
    assert BrandPicture.objects.count() == 5


def test_a_style_sheet_is_there_without_a_database(branded, django_assert_num_queries):
    branded()
    with django_assert_num_queries(0):
        sheet = Visitor().get(f"/brand/{brands.current().style}.css")
    assert "--brand: #ffff00" in sheet.html


# --- the rest ---------------------------------------------------------------------------


def test_a_page_costs_no_query_more(branded, visitor, kiosk, counter):
    receipt = f"/receipts/{counter.sell().correlation_id}/"
    paths = (
        (visitor, "/sell/"),
        (visitor, "/sales/"),
        (visitor, receipt),
        (kiosk, "/kiosk/"),
        (Visitor(), "/offline/"),
    )
    before = [_queries(who, path) for who, path in paths]
    branded(logo=True, icon=True)
    assert [_queries(who, path) for who, path in paths] == before


def _queries(who, path):
    who.get(path)  # what is asked once is asked here
    with CaptureQueriesContext(connection) as queries:
        assert who.get(path).status == 200
    return len(queries)


def test_the_app_of_codes_shows_it(branded, counter):
    def issuer():
        secret = second_factor.new_secret()
        address = second_factor.app_address(secret=secret, person=counter.agent)
        return pyotp.parse_uri(address).issuer

    assert issuer() == "TopNet"
    branded(name="Estrella: Uno")
    assert issuer() == "Estrella  Uno"


def test_a_name_is_never_markup(branded, visitor, kiosk, sale):
    branded(name="<script>x</script>{{7*7}}", logo=True)
    for who, path in ((visitor, "/sell/"), (kiosk, "/kiosk/"), (kiosk, "/kiosk/off/"),
                      (visitor, f"/r/{passport.token_of(sale)}/"),
                      (visitor, f"/receipts/{sale.correlation_id}/")):  # fmt: skip
        html = who.get(path).html
        assert ("<script>x" in html, "&lt;script&gt;x" in html) == (False, True), path
