"""Offers of kiosks in the admin: found by what people have in hand, and without what opens them."""

import re

import pytest

from tests.topup.admin.conftest import text_of, url
from tests.topup.counter import PIN
from tests.topup.offerdesk import NUMBER, make_desk
from topup.models import KioskOffer
from topup.services import kiosks, offers, vouchers


@pytest.fixture
def stand(simulator, db):
    """A shop with a kiosk and its counter."""
    return make_desk(simulator)


def found(desk, **asked):
    """The offers that the list shows, and its page."""
    page = desk.get(url("kioskoffer_changelist"), asked)
    return [offer.pk for offer in page.context["cl"].result_list], text_of(page)


def cells(page):
    """What stands in the one row, by column."""
    told = re.findall(r'<t[dh] class="field-(\w+)[^>]*>(.*?)</t[dh]>', page)
    return {name: re.sub("<[^>]*>", "", text).strip() for name, text in told}


def test_an_offer_says_what_was_chosen_who_has_it_and_which_sale_came_of_it(desk, stand):
    offer = stand.offer()
    row = cells(found(desk)[1])
    assert (row.pop("made") != "", row) == (True, {
        "of_kiosk": str(stand.kiosk), "of_shop": str(stand.shop), "goods": offer.sku.name,
        "face": f"{offer.face_value:.2f} USD", "shown": f"{offer.shown_price:.2f} USD",
        "state": "waits", "claimed_by": "-", "of_sale": "-",
    })  # fmt: skip
    stand.claim(offer)
    row = cells(found(desk)[1])
    assert (row["state"], row["claimed_by"]) == ("at the counter", stand.agent.username)
    sale = stand.sell(offer)
    page = found(desk)[1]
    assert (cells(page)["state"], cells(page)["of_sale"]) == ("sold", sale.correlation_id)
    assert url("sale_change", sale.pk) in page


def test_one_finds_it_by_the_code_while_it_is_good_by_its_kiosk_and_by_its_sale(desk, stand):
    other, _code = kiosks.create(shop=stand.shop, name="Street", by=stand.owner)
    sold, waits = stand.offer(), stand.offer(kiosk=other)
    spoken = f"{waits.code[:3]} {waits.code[3:]}"
    sale = stand.sell(sold)
    assert [found(desk, q=q)[0] for q in (waits.code, spoken, sold.code)] == [
        [waits.pk], [waits.pk], []
    ]  # fmt: skip
    assert found(desk, q=other.terminal_id.lower())[0] == [waits.pk]
    assert found(desk, q=sale.correlation_id)[0] == [sold.pk]
    claim_number = offers.claim_number(sale)
    for odd in (claim_number, NUMBER, "x", "K-0000", "\u0663" * 6):
        assert found(desk, q=odd)[0] == [], odd
    assert found(desk, state__exact="sold")[0] == [sold.pk]
    assert found(desk, shop__id__exact=stand.shop.pk)[0] == [waits.pk, sold.pk]


def test_no_page_has_what_opens_a_sale_at_the_kiosk_nor_the_number(desk, stand):
    pin, airtime = stand.offer(sku=PIN), stand.offer()
    sale = stand.sell(pin)
    stand.quote(airtime)
    claim_number = offers.claim_number(sale)
    hidden = [pin.code, airtime.code, claim_number, claim_number.replace(" ", ""), NUMBER, "gAAAA"]
    hidden += [one.number for one in vouchers.read(sale=sale, person=stand.agent).pins]
    pages = [found(desk, q=q)[1] for q in ("", sale.correlation_id)]
    pages += [text_of(desk.get(url("kioskoffer_change", one.pk))) for one in (pin, airtime)]
    assert all(sale.correlation_id in pages[place] for place in (0, 1, 2))
    leaks = [(place, s) for place, page in enumerate(pages) for s in hidden if s in page]
    assert leaks == []


def test_nobody_makes_changes_or_removes_an_offer(desk, stand):
    offer = stand.offer()
    before = KioskOffer.objects.values().get()
    assert desk.get(url("kioskoffer_add")).status_code == 403
    for page in ("change", "delete"):
        answer = desk.post(url(f"kioskoffer_{page}", offer.pk), {"post": "yes", "state": "sold"})
        assert answer.status_code == 403
    assert KioskOffer.objects.values().get() == before


def test_the_list_costs_the_same_queries_for_one_offer_and_for_three(
    desk, stand, django_assert_num_queries
):
    for count in (1, 3):
        for _number in range(count - KioskOffer.objects.count()):
            stand.claim(stand.offer())
        with django_assert_num_queries(6):  # session, person, shops, count, offers, claims
            page = desk.get(url("kioskoffer_changelist"))
        assert page.context["cl"].result_count == count
