"""What the provider says, on the counter's pages: answers, promotions, names, logos."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.logos.drawing import draw
from catalog.models import Country, Logo, Operator, Product, Promotion, Sku, SkuText
from catalog.sync.promotions import refresh
from tests.catalog.test_logos import picture
from tests.catalog.test_promotions import Lists, spans, told
from tests.portal.conftest import AIRTIME, RANGE, Visitor
from topup.models import Person, Sale, SeenCode

pytestmark = pytest.mark.django_db
EVIL = "<script>x</script> {{7*7}} مرحبا"


@pytest.fixture
def airtime(counter):
    return Sku.objects.select_related("operator", "product").get(provider_id=AIRTIME)


def sell_page(visitor, sku, **more):
    return visitor.get("/sell/", number="18765550000", operator=sku.operator_id, **more)


# Answers


def test_a_code_nobody_knows_is_shown_in_the_providers_words(visitor, counter):
    counter.simulator.fault("code", code="777", count=2)
    sale = counter.sell()
    Sale.objects.filter(pk=sale.pk).update(response_message=EVIL)
    page = visitor.get(f"/sales/{sale.correlation_id}/")
    assert "Being checked" in page.text
    assert '<bdi dir="auto">&lt;script&gt;x&lt;/script&gt; {{7*7}} مرحبا</bdi>' in page.html
    assert '<bdi dir="ltr">(777)</bdi>' in page.html
    assert SeenCode.objects.get(code="777").times == 1


def test_a_sale_that_is_checked_says_why(visitor, counter):
    sale = counter.sell("18765550560")
    page = visitor.get(f"/sales/{sale.correlation_id}/")
    assert "Being checked" in page.text
    assert "The operator did not answer the provider in time." in page.text
    assert "own words" not in page.text


def test_the_list_says_why_a_sale_was_refused(visitor, counter):
    counter.sell("18765550510")
    counter.sell()
    page = visitor.get("/sales/")
    assert page.text.count("This product is sold out.") == 1
    assert "It was delivered." not in page.text


def test_a_sale_that_is_done_says_nothing_of_codes(visitor, counter):
    sale = counter.sell()
    assert "state-answer" not in visitor.get(f"/sales/{sale.correlation_id}/").html


# Promotions


@pytest.fixture
def here(airtime):
    """Promotions name this operator as the catalogue does."""
    country = Country.objects.get(pk="JM")
    Country.objects.filter(pk="JM").update(name="Jamaica")
    return {"product": {"countryCode": country.code, "operatorName": airtime.operator.name}}


def test_a_promotion_stands_under_the_operator_with_the_time_over_there(visitor, airtime, here):
    end = (timezone.now() + timedelta(days=2)).replace(hour=12, minute=0)
    refresh(Lists([told(**here, endDate=f"{end:%Y-%m-%d}T23:59:00", restriction="Prepaid only")]))
    page = sell_page(visitor, airtime)
    year = f" {end.year}" if end.year != timezone.now().year else ""
    assert f"Triple credit until {end.day} {end:%b}{year} 23:59 ( Jamaica )" in page.text
    assert "Prepaid only" in page.text
    assert page.html.count('class="promoted"') == len(Sku.objects.filter(operator=airtime.operator))


def test_one_to_come_says_from_when_and_marks_nothing(visitor, airtime, here):
    coming = told(**here, startDate="2198-01-02T00:00:00", description="Double data")
    refresh(Lists(upcoming=[coming]))
    page = sell_page(visitor, airtime)
    assert "Double data from 2 Jan 2198 00:00 ( Jamaica )" in page.text
    assert 'class="promoted"' not in page.html


def test_only_the_amounts_that_it_concerns_are_marked(visitor, airtime, here):
    own = {"product": {**here["product"], "productId": airtime.product.provider_id}}
    refresh(Lists([told(**own, **spans((10, 20)))]))
    page = sell_page(visitor, airtime)
    tiles = re.findall(r'<label for="sku-(\d+)">(.*?)</label>', page.html, re.DOTALL)
    marked = {int(pk) for pk, inside in tiles if "promoted" in inside}
    assert airtime.pk in marked
    products = set(Sku.objects.filter(pk__in=marked).values_list("product", flat=True))
    assert products == {airtime.product_id}


def test_the_check_page_tells_what_the_amount_gets(visitor, counter, here):
    refresh(Lists([told(**here, **spans((20, 50)))]))
    page, _token = visitor.to_check(sku=RANGE, amount="25")
    assert "Triple credit until" in page.text
    assert "$20 – $50" in page.text
    page, _token = visitor.to_check(sku=RANGE, amount="19.99")
    assert "Triple credit" not in page.text


def test_the_words_of_a_promotion_are_escaped_and_have_their_own_direction(visitor, airtime, here):
    odd = told(**here, description=EVIL, promotionName="x", restriction=EVIL, endDate=EVIL)
    refresh(Lists([odd]))
    page = sell_page(visitor, airtime)
    assert "<script>x" not in page.html
    assert (
        page.html.count('<bdi dir="auto">&lt;script&gt;x&lt;/script&gt; {{7*7}} مرحبا</bdi>') >= 3
    )


def test_an_operator_takes_one_query_however_many_promotions_it_has(visitor, airtime, here):
    counted = []
    sell_page(visitor, airtime)  # the first page of a session asks more
    for count in (1, 3):
        refresh(Lists([told(**here, description=f"No {number}") for number in range(count)]))
        with CaptureQueriesContext(connection) as captured:
            page = sell_page(visitor, airtime)
        assert page.text.count("No 0") >= 1
        sqls = [query["sql"] for query in captured.captured_queries]
        counted.append((len(sqls), sum('FROM "catalog_promotion"' in sql for sql in sqls)))
    assert counted[0] == counted[1]
    assert counted[0][1] == 1


# Names


@pytest.fixture
def arabic(airtime, colleague):
    for sku in Sku.objects.all():
        SkuText.objects.create(
            sku=sku, language="ar", name=f"اسم {sku.pk}", product_name="منتج", description=""
        )
    colleague.language = "ar"
    colleague.save(update_fields=["language"])
    return colleague


def test_names_are_in_the_persons_language_at_no_query_more(counter, airtime, arabic):
    english, own = Visitor(counter.agent), Visitor(arabic)
    counted = []
    for visitor in (english, own):
        sell_page(visitor, airtime)  # the first page of a session asks more
        with CaptureQueriesContext(connection) as captured:
            page = sell_page(visitor, airtime)
        counted.append(len(captured))
    assert counted[0] == counted[1]
    assert 'dir="rtl"' in page.html
    assert "منتج" in page.text, "the name of a range's product"
    found = own.get("/sell/browse/", q="Digicel")
    assert f"اسم {airtime.pk}" in found.text


def test_the_check_page_has_the_name_and_the_sale_keeps_english(counter, airtime, arabic):
    visitor = Visitor(arabic)
    page, token = visitor.to_check()
    assert f"اسم {airtime.pk}" in page.text
    visitor.post("/sell/confirm/", quote=token)
    assert Sale.objects.get().sku_name == airtime.name


# Logos


@pytest.fixture
def drawn(airtime):
    """A picture of the operator and its products."""
    made = draw(picture())
    Logo.objects.create(
        url="http://x.example/1", digest=made.digest, small=made.small, large=made.large,
        next_try_at=timezone.now(),
    )  # fmt: skip
    Operator.objects.filter(pk=airtime.operator_id).update(logo_digest=made.digest)
    return made


def test_initials_stand_where_there_is_no_picture(visitor, airtime):
    page = sell_page(visitor, airtime)
    assert "tile-initials" in page.html
    assert "tile-logo" not in page.html


def test_the_picture_stands_on_the_operators_buttons_and_the_check_page(visitor, airtime, drawn):
    check, _token = visitor.to_check()
    pages = sell_page(visitor, airtime), visitor.get("/sell/browse/JM/"), check
    for page in pages:
        tag = re.search(r'<img class="tile-logo[^>]*>', page.html)[0]
        assert f'src="/logos/{drawn.digest}/64.webp"' in tag
        for part in ('alt=""', 'loading="lazy"', 'width="', 'height="'):
            assert part in tag
    Product.objects.filter(pk=airtime.product_id).update(logo_digest="f" * 32)
    check, _token = visitor.to_check()
    assert f"/logos/{'f' * 32}/64.webp" in check.html


def test_a_picture_is_kept_for_a_year_by_everybody(client: Client, drawn):
    for size, kept in ((64, drawn.small), (128, drawn.large)):
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(f"/logos/{drawn.digest}/{size}.webp")
        assert (answer.status_code, answer.content) == (200, kept)
        assert answer.headers["Content-Type"] == "image/webp"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Cookie" not in answer.headers.get("Vary", "")
        assert not answer.cookies
        assert len(captured) == 1


@pytest.mark.parametrize(
    "path", ["{}/65.webp", "{}/64.png", "{}x/64.webp", "../{}/64.webp", "{}/999999999999.webp"]
)
def test_other_addresses_are_not_there_and_not_kept(client: Client, drawn, path):
    answer = client.get("/logos/" + path.format(drawn.digest))
    assert answer.status_code == 404
    assert "no-store" in answer.headers["Cache-Control"]
    missing = client.get(f"/logos/{'0' * 32}/64.webp")
    assert (missing.status_code, "no-store" in missing.headers["Cache-Control"]) == (404, True)


def test_the_admin_shows_promotions_logos_and_codes_alone(client: Client, drawn, here):
    boss = Person.objects.create_superuser("boss", role="admin")
    client.force_login(boss)
    refresh(Lists([told(**here, description=EVIL, **spans((10, None)))], [told(**here)]))
    for model in ("promotion", "logo", "errorcode"):
        page = client.get(f"/admin/catalog/{model}/")
        assert page.status_code == 200
        assert "<script>x" not in page.content.decode()
        assert client.get(f"/admin/catalog/{model}/add/").status_code == 403
    for state, count in (("running", 1), ("upcoming", 0), ("ended", 0)):
        page = client.get(f"/admin/catalog/promotion/?is={state}").content.decode()
        assert (page.count("field-standing") > 0) is bool(count), state
    row = Promotion.objects.first()
    detail = client.get(f"/admin/catalog/promotion/{row.pk}/change/")
    assert "providers_row" in detail.content.decode()
    logo = client.get(f"/admin/catalog/logo/{Logo.objects.get().pk}/change/").content.decode()
    assert f"/logos/{drawn.digest}/128.webp" in logo
