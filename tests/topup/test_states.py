"""The states, their words and their moves: one table, held by the database as well."""

import re
from itertools import product
from pathlib import Path
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import PROTECT, ForeignKey

from ledger import services as ledger
from topup import states
from topup.models import Sale, SaleEvent
from topup.services.moves import move
from topup.states import MOVES, SaleState

S = SaleState
WORDS = {
    "not sent": {S.CREATED, S.CANCELLED},
    "sending": {S.SUBMITTED},
    "in progress": {S.PENDING},
    "being checked": {S.IN_DOUBT, S.IN_REVIEW},
    "done": {S.COMPLETED},
    "refused": {S.DECLINED},
    "money returned": {S.REVERSED, S.REFUNDED},
    "done late": {S.DELIVERED_LATE},
}
PROMISED = {
    S.CREATED: {S.SUBMITTED, S.CANCELLED},
    S.SUBMITTED: {S.COMPLETED, S.DECLINED, S.PENDING, S.IN_DOUBT, S.CANCELLED},
    S.PENDING: {S.IN_DOUBT, S.COMPLETED, S.DECLINED, S.IN_REVIEW},
    S.IN_DOUBT: {S.PENDING, S.COMPLETED, S.DECLINED, S.IN_REVIEW},
    S.IN_REVIEW: {S.COMPLETED, S.DECLINED, S.REVERSED},
    S.COMPLETED: {S.REFUNDED},
    S.DECLINED: {S.DELIVERED_LATE},
    S.REVERSED: {S.DELIVERED_LATE},
}


def test_each_state_has_the_word_people_see():
    assert {word: {s for s in S if s.label == word} for word in WORDS} == WORDS
    assert set().union(*WORDS.values()) == set(S)


def test_the_moves_are_those_promised():
    assert {(old, new) for old, news in PROMISED.items() for new in news} == MOVES


def test_every_state_is_unfinished_delivered_or_given_back_and_never_two():
    groups = [states.UNFINISHED, states.DELIVERED, states.GIVEN_BACK]
    assert sum(map(len, groups)) == len(S) == len(frozenset().union(*groups))
    assert states.POLLED < states.OPEN < states.UNFINISHED


def set_by_force(sale, state):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE topup_sale DISABLE TRIGGER USER")
        cursor.execute("UPDATE topup_sale SET state = %s WHERE id = %s", [state, sale.pk])
        cursor.execute("ALTER TABLE topup_sale ENABLE TRIGGER USER")


def is_allowed(sale, new):
    try:
        with transaction.atomic():
            Sale.objects.filter(pk=sale.pk).update(state=new)
            transaction.set_rollback(True)
    except DatabaseError as error:
        return "Invalid transition" not in str(error)
    return True


@pytest.mark.django_db
def test_the_database_allows_these_moves_and_no_others(sold):
    sale = sold(S.SUBMITTED)
    allowed = set()
    for old in S:
        set_by_force(sale, old)
        allowed |= {(old, new) for new in set(S) - {old} if is_allowed(sale, new)}
    assert allowed == MOVES


@pytest.mark.django_db
def test_a_move_that_is_not_in_the_table_or_was_made_before_does_nothing(sold):
    sale = sold(S.SUBMITTED)
    for old, new in product(S, S):
        if (old, new) not in MOVES:
            sale.state = old
            assert move(sale, new, flag="touched") is False
    sale.state = S.PENDING  # out of date: the row says submitted
    assert move(sale, S.COMPLETED, flag="touched") is False
    sale.refresh_from_db()
    assert (sale.state, sale.flag) == (S.SUBMITTED, "")
    assert sale.events.count() == 2


@pytest.mark.django_db
def test_the_rows_of_a_story_cannot_be_changed_or_removed(sold):
    sale = sold(S.DECLINED)
    events = SaleEvent.objects.filter(sale=sale)
    for change in (
        lambda: events.update(note="another story"),
        lambda: events.delete(),
        lambda: Sale.objects.filter(pk=sale.pk).delete(),
        lambda: Sale.objects.filter(pk=sale.pk).update(charge=1),
        lambda: Sale.objects.filter(pk=sale.pk).update(recipient="18760000000"),
        lambda: Sale.objects.filter(pk=sale.pk).update(correlation_id="other"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


AGREED = (
    "kind", "recipient", "provider_sku_id", "sku_name", "face_value", "face_currency", "currency",
    "price", "cost", "commission", "charge", "quote_expires_at",
)  # fmt: skip


def write(pattern, **columns):
    """A row like another one, but for some columns."""
    agreed = {name: getattr(pattern, name) for name in AGREED}
    key = str(uuid4())
    hold = ledger.place_hold(account=pattern.shop.float_account, amount=pattern.charge, key=key)
    return Sale.objects.create(
        shop=pattern.shop, agent=pattern.agent, hold=hold, correlation_id=key,
        **(agreed | columns),
    )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ({"charge": 9}, "sale_charge_is_price_less_commission"),
        ({"commission": -1, "charge": 11}, "sale_amounts_positive"),
        ({"cost": 0}, "sale_amounts_positive"),
        ({"basis": "refused"}, "sale_basis_of_declined"),
        ({"state": S.SUBMITTED}, "sale_sent_has_its_times"),
    ],
)
def test_the_database_refuses_a_sale_that_contradicts_itself(sold, columns, rule):
    pattern = sold(S.CREATED)
    write(pattern)
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        write(pattern, **columns)


def test_only_one_module_writes_the_state_of_a_sale():
    writers = {
        path.name
        for path in Path("topup").rglob("*.py")
        if re.search(r"Sale\.objects[^;]{0,120}?\.update\([^)]*\bstate=", path.read_text())
    }
    assert writers == {"moves.py"}


def test_what_money_hangs_on_is_protected():
    found = {
        f"{model.__name__}.{field.name}"
        for app in ("ledger", "topup")
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey) and field.remote_field.on_delete is not PROTECT
    }
    # Sales keep a snapshot of their own, rows of a file their text; an item of a basket is an
    # offer until it is a sale; stars, weather and old keys are no money. A claim that was sold
    # is kept by a trigger.
    assert found == {
        "Sale.sku", "BulkRow.sku", "KioskOffer.sku", "KioskClaim.offer",
        "BasketItem.sku", "BasketItem.basket",
        "PriceRule.book", "WhatIf.book", "OperatorWeather.operator",
        "Favourite.person", "Favourite.shop", "Favourite.sku", "SpentToken.kiosk",
    }  # fmt: skip
