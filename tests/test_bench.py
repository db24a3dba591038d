"""The benchmark fills a database as the product would: right books, and pages that open."""

import pytest
from django.test import Client

from bench import places
from bench.seed import seed
from topup import books
from topup.models import Sale

pytestmark = pytest.mark.django_db


def test_a_year_of_business_has_right_books_and_its_pages_open():
    seeded = seed(400)
    assert Sale.objects.count() == 400
    assert list(books.problems()) == []
    clients = {role: Client() for role in ("boss", "owner", "cashier")}
    for role, client in clients.items():
        places.sign_in(client, getattr(seeded, role))
    answers = {
        name: clients[role].get(address(seeded)).status_code
        for name, (role, address) in places.PLACES.items()
    }
    assert {name: status for name, status in answers.items() if status != 200} == {}
