"""An agent's sales: the list, one sale's live state, the receipt, and whose they are."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from portal import statewords
from portal.views import sales as views
from portal.views.sales import PAUSES
from tests.portal.conftest import PIN, Visitor
from topup.models import Sale, Voucher
from topup.services import sales
from topup.states import SaleState

pytestmark = pytest.mark.django_db


@pytest.fixture
def sold(counter):
    """A sale that was sent to the simulator; by the last digits of its number."""

    def make(ending="0000", **goods):
        return counter.sell(f"1876555{ending}", **goods)

    return make


def url_of(sale, rest=""):
    return f"/sales/{sale.correlation_id}/{rest}"


def age(sale, **by):
    """Make a sale older."""
    Sale.objects.filter(pk=sale.pk).update(created_at=timezone.now() - timedelta(**by))


def test_every_state_has_a_picture_and_words():
    assert set(statewords.LOOKS) == set(SaleState.values)


def test_a_done_sale_says_so_and_stops_looking(visitor, sold):
    page = visitor.get(url_of(sold()))
    assert "Done Delivered to the customer." in page.text
    assert "data-look" not in page.html
    assert "http-equiv" not in page.html
    assert "/receipts/" in page.html


def test_an_open_sale_looks_again_with_scripts_and_without(visitor, htmx, sold):
    sale = sold("0852")
    page = visitor.get(url_of(sale))
    assert "In progress Do not sell it again." in page.text
    assert '<noscript><meta http-equiv="refresh"' in page.html
    for looks in (0, 3, 99):
        part = htmx.get(url_of(sale), n=looks)
        assert f"?n={looks + 1}" in part.html
        pause = int(re.search(r"load delay:(\d+)ms, wake from:body", part.html)[1]) / 1000
        planned = PAUSES[min(looks, len(PAUSES) - 1)]
        assert planned * 0.8 <= pause <= planned * 1.2
    assert part.html.lstrip().startswith('<div id="state"')
    assert 'id="float" class="float" hx-swap-oob="true"' in part.html


def test_after_ten_minutes_a_button_asks_instead(visitor, sold):
    sale = sold("0852")
    age(sale, minutes=11)
    page = visitor.get(url_of(sale))
    assert "data-look" not in page.html
    assert "Check again" in page.text
    led = visitor.post(url_of(sale, "ask/"))
    assert (led.status, led.leads_to) == (303, url_of(sale))
    assert Sale.objects.get().next_poll_at <= timezone.now()
    assert "asked by hand" in list(sale.events.values_list("note", flat=True))


def test_a_doubtful_sale_never_says_failed(visitor, sold):
    page = visitor.get(url_of(sold("0503")))
    assert "Being checked" in page.text
    assert "Do not sell it again" in page.text
    assert "fail" not in page.text.lower()


def test_a_refusal_says_what_to_do(visitor, sold, counter):
    page = visitor.get(url_of(sold("0501")))
    told = "Refused The operator does not know this number. Check the number with the customer"
    assert told in page.text
    assert "Can be put right here" in page.text
    assert "The money is back on your float." in page.text
    assert counter.float() == (500, 0)


def test_a_sale_not_sent_yet_can_be_cancelled_once(visitor, counter):
    sale = counter.confirm()
    with time_machine.travel(sale.created_at + timedelta(seconds=1), tick=False):
        page = visitor.get(url_of(sale))
    assert "Cancel, do not send" not in page.text, "not in the first seconds"
    age(sale, seconds=5)
    assert "Cancel, do not send" in visitor.get(url_of(sale)).text
    visitor.post(url_of(sale, "cancel/"))
    page = visitor.get(url_of(sale))
    assert "Not sent Nothing was sent and nothing was charged." in page.text
    assert counter.float() == (500, 0)
    assert sales.submit_sale(sale_id=sale.pk) is None, "a late message sends nothing"


def test_too_late_to_cancel_is_told(visitor, sold):
    sale = sold()
    visitor.post(url_of(sale, "cancel/"))
    page = visitor.get(url_of(sale))
    assert "Too late: the sale is on its way." in page.text
    assert Sale.objects.get().state == SaleState.COMPLETED


def code_of(sale, agent):
    from topup.services import vouchers

    return vouchers.read(sale=sale, person=agent).pins[0].spoken


def test_a_code_is_on_the_sale_and_the_receipt_and_nowhere_else(visitor, owner, counter, sold):
    sale = sold(sku=PIN)
    code = code_of(sale, counter.agent)
    assert code in visitor.get(url_of(sale)).text
    assert code in visitor.get(f"/receipts/{sale.correlation_id}/").text
    assert code in Visitor(owner).get(url_of(sale)).text
    assert code not in visitor.get("/sales/").text
    assert code not in visitor.get("/sell/").text


def test_a_code_on_its_way_is_told_and_looked_for(visitor, counter, simulator):
    simulator.fault("pins_later", kind="pin", times=2)
    sale = counter.sell(sku=PIN)
    page = visitor.get(url_of(sale))
    assert "Paid. The code is on its way" in page.text
    assert "data-look" in page.html
    assert "Paid. The code is on its way" in visitor.get(f"/receipts/{sale.correlation_id}/").text
    for _ in range(3):
        sales.poll_sale(sale_id=sale.pk)
    assert code_of(sale, counter.agent) in visitor.get(url_of(sale)).text


@pytest.mark.parametrize("path", ["/sales/{}/", "/receipts/{}/"])
def test_what_belongs_to_others_is_not_there(visitor, rival, colleague, owner, sold, path):
    url = path.format(sold(sku=PIN).correlation_id)
    assert visitor.get(url).status == 200
    assert Visitor(owner).get(url).status == 200
    for stranger in (rival, colleague):
        assert Visitor(stranger).get(url).status == 404
    reads = Voucher.objects.get().read_count
    Visitor(rival).get(url)
    assert Voucher.objects.get().read_count == reads
    assert visitor.get(path.format("nonsense")).status == 404


@pytest.mark.parametrize("deed", ["ask/", "cancel/"])
def test_others_cannot_act_on_a_sale(visitor, rival, counter, deed):
    sale = counter.confirm()
    assert Visitor(rival).post(url_of(sale, deed)).status == 404
    assert visitor.get(url_of(sale, deed)).status == 405
    assert Sale.objects.get().state == SaleState.CREATED


def test_the_list_shows_unfinished_first_then_the_newest(visitor, sold):
    first, pending, last = sold(), sold("0852"), sold("0501")
    found = re.findall(r'href="/sales/([0-9a-f-]{36})/"', visitor.get("/sales/").html)
    assert found == [sale.correlation_id for sale in (pending, last, first)]


@pytest.mark.parametrize(
    ("query", "states"),
    [
        ({}, {"completed", "pending", "declined"}),
        ({"state": "open"}, {"pending"}),
        ({"state": "done"}, {"completed"}),
        ({"state": "refused"}, {"declined"}),
        ({"state": "nonsense"}, {"completed", "pending", "declined"}),
        ({"q": "555 0852"}, {"pending"}),
        ({"q": "digicel"}, {"completed", "pending", "declined"}),
        ({"q": "no such thing"}, set()),
        ({"q": "\x00"}, {"completed", "pending", "declined"}),
        ({"page": "2"}, set()),
        ({"page": "-1"}, {"completed", "pending", "declined"}),
        ({"page": "²"}, {"completed", "pending", "declined"}),
    ],
)
def test_the_list_is_searched_and_narrowed(visitor, sold, query, states):
    made = {sale.correlation_id: sale.state for sale in (sold(), sold("0852"), sold("0501"))}
    page = visitor.get("/sales/", **query)
    assert page.status == 200
    found = re.findall(r'href="/sales/([0-9a-f-]{36})/"', page.html)
    assert {made[name] for name in found} == states


def test_an_owner_sees_the_shop_an_agent_his_own(owner, colleague, sold):
    sold()
    assert "+1 876 555 0000" in Visitor(owner).get("/sales/").text
    assert "No sales yet." in Visitor(colleague).get("/sales/").text


def test_a_long_list_has_pages(visitor, counter):
    made = [counter.confirm(f"1876555{1000 + number}") for number in range(22)]
    first = visitor.get("/sales/")
    assert "Older" in first.text
    assert made[21].correlation_id in first.html
    assert made[0].correlation_id not in first.html
    second = visitor.get("/sales/", page=2)
    assert made[0].correlation_id in second.html
    assert "Newer" in second.text
    assert "Older" not in second.text


def test_the_list_asks_the_same_number_of_queries_for_one_and_for_three(
    visitor, sold, django_assert_num_queries
):
    sold()
    with django_assert_num_queries(6):
        visitor.get("/sales/")
    sold()
    sold()
    with django_assert_num_queries(6):
        visitor.get("/sales/")


def test_the_float_beside_a_final_state_is_never_older_than_it(htmx, counter, monkeypatch):
    """The sale ends after the shop was read and before the sale is: no later look mends it."""
    sale = counter.confirm("18765550501")
    own_sale = views._own_sale

    def ends_meanwhile(request, correlation_id):
        sales.submit_sale(sale_id=sale.pk)
        return own_sale(request, correlation_id)

    monkeypatch.setattr(views, "_own_sale", ends_meanwhile)
    page = htmx.get(url_of(sale))
    assert "Refused" in page.text
    assert "Float left: $500.00" in page.text


def test_a_look_at_a_sale_is_cheap(htmx, sold, django_assert_num_queries):
    sale = sold("0852")
    with django_assert_num_queries(6):
        htmx.get(url_of(sale))


def test_the_receipt_says_what_was_bought(visitor, sold):
    sale = sold()
    page = visitor.get(f"/receipts/{sale.correlation_id}/")
    for told in ("Counter", "Digicel", "+1 876 555 0000", f"Paid ${sale.price:.2f}", "done"):
        assert told in page.text
    assert "no proof of delivery" not in page.text


def test_a_receipt_of_an_unfinished_sale_proves_nothing(visitor, sold):
    page = visitor.get(f"/receipts/{sold('0852').correlation_id}/")
    assert "This is no proof of delivery." in page.text


def test_times_are_those_of_the_shop(visitor, counter):
    sale = counter.sell()
    at = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
    Sale.objects.filter(pk=sale.pk).update(created_at=at, settled_at=at)
    assert "Jan. 31, 2026 11:30 p.m." in visitor.get("/sales/").text
    counter.shop.time_zone = "Asia/Karachi"
    counter.shop.save()
    assert "Feb. 1, 2026 4:30 a.m." in visitor.get("/sales/").text
    assert "Feb. 1, 2026 4:30 a.m." in visitor.get(f"/receipts/{sale.correlation_id}/").text
