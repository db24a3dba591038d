"""Browsing without a number."""

import pytest
from django.utils import timezone

from catalog.models import Country, Sku
from tests.portal.conftest import AIRTIME, PIN

pytestmark = pytest.mark.django_db


def test_countries_lead_to_operators_and_operators_to_what_they_sell(visitor):
    assert 'href="/sell/browse/JM/"' in visitor.get("/sell/browse/").html
    page = visitor.get("/sell/browse/jm/")
    assert "Digicel" in page.text
    operator = Sku.objects.get(provider_id=PIN).operator_id
    goods = visitor.get("/sell/", operator=operator)
    assert "PINs" in goods.text
    assert "Digicel" in goods.text


def test_a_number_typed_after_the_operator_may_be_local(visitor):
    Country.objects.filter(pk="JM").update(number_length=7)
    operator = Sku.objects.get(provider_id=AIRTIME).operator_id
    page = visitor.get("/sell/", operator=operator, number="555 0000")
    assert "+1 876 555 0000" in page.text


def test_a_page_that_asks_no_number_pops_no_keyboard_up(visitor):
    pin = Sku.objects.get(provider_id=PIN)
    assert "autofocus" in visitor.get("/sell/", operator=pin.operator_id).html
    Sku.objects.exclude(pk=pin.pk).update(retired_at=timezone.now())
    assert "autofocus" not in visitor.get("/sell/", operator=pin.operator_id).html


def test_search_finds_by_every_word_and_leads_to_the_product(visitor, htmx):
    sku = Sku.objects.get(provider_id=PIN)
    page = visitor.get("/sell/browse/", q="flex jamaica")
    assert f"?operator={sku.operator_id}&amp;sku={sku.pk}" in page.html
    assert htmx.get("/sell/browse/", q="flex").html.lstrip().startswith('<div id="browse"')
    nothing = visitor.get("/sell/browse/", q="xyzzy <b>")
    assert "Nothing on sale matches “xyzzy &lt;b&gt;”." in nothing.text


def test_what_cannot_be_sold_here_is_not_offered(visitor):
    Sku.objects.update(category="sim")
    assert "Nothing is on sale yet." in visitor.get("/sell/browse/").text
    assert "Nothing is on sale for this country now." in visitor.get("/sell/browse/JM/").text


def test_an_unknown_country_is_not_there(visitor):
    page = visitor.get("/sell/browse/ZZ/")
    assert (page.status, "There is no such page here" in page.text) == (404, True)


def test_lists_ask_a_fixed_number_of_queries(visitor, django_assert_num_queries):
    visitor.get("/sell/browse/")  # what is kept for a while is asked once
    for number in range(3):
        with django_assert_num_queries(7):
            visitor.get("/sell/browse/")
        with django_assert_num_queries(9):
            visitor.get("/sell/browse/JM/")
        with django_assert_num_queries(8):
            visitor.get("/sell/browse/", q="digicel")
        sku = Sku.objects.get(provider_id=AIRTIME)
        Country.objects.create(code=f"X{number}", name=f"Land {number}")
        sku.pk, sku.provider_id, sku.name = None, 5000 + number, f"Digicel {number}"
        sku.country_id = f"X{number}"
        sku.save()
