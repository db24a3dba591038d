"""Shifts and what is owed in the admin: figures, gaps, and nothing to change."""

import pytest

from tests.topup.admin.conftest import text_of, url
from topup.models import Owed, Shift, Tender
from topup.services import shifts
from topup.services.counting import Counted

pytestmark = pytest.mark.django_db


@pytest.fixture
def counted(counter):
    """Shifts of one shop: the first with a gap of −5, the second without one."""

    def make(number, amount):
        shift = shifts.open_shift(
            person=counter.agent, counts=[Counted(Tender.CASH, "USD", 50)]
        )  # fmt: skip
        counter.sell(f"1876555050{number}")
        sold = shift.sales.get().collected_amount
        counts = [Counted(Tender.CASH, "USD", 50 + sold + amount)]
        shifts.count_shift(shift_id=shift.pk, counts=counts, by=counter.agent)
        return shifts.seal_shift(shift_id=shift.pk, by=counter.agent, note="who knows")

    return [make(1, -5), make(2, 0)]


def test_the_list_tells_the_gaps_and_narrows_to_them(desk, counted):
    page = text_of(desk.get(url("shift_changelist")))
    assert "cash -5.00 USD" in page
    for query, wanted in (("?gap=yes", [1]), ("?gap=no", [2]), ("", [2, 1])):
        rows = desk.get(url("shift_changelist", query=query)).context["cl"].result_list
        assert [shift.number for shift in rows] == wanted


def test_a_shift_is_shown_with_its_counts_and_its_digest(desk, counted):
    page = text_of(desk.get(url("shift_change", counted[0].pk)))
    for told in ("1 sold, expected ", "who knows", counted[0].digest, "icon-yes.svg"):
        assert told in page
    assert "icon-no.svg" not in page


def test_what_is_owed_is_listed_with_its_sale(desk, counted):
    page = text_of(desk.get(url("owed_changelist")))
    owed = Owed.objects.latest("id")
    assert owed.sale.correlation_id in page
    assert "owed to the customer" in text_of(desk.get(url("owed_change", owed.pk)))


def test_slips_that_were_never_printed_are_found(desk, counted):
    Owed.objects.update(never_printed=True)
    for query, is_there in (("?never_printed__exact=1", True), ("?never_printed__exact=0", False)):
        page = text_of(desk.get(url("owed_changelist", query=query)))
        assert (Owed.objects.latest("id").sale.correlation_id in page) == is_there


def test_nobody_changes_anything_of_it(desk, counted):
    for name in ("shift", "owed"):
        row = {"shift": Shift, "owed": Owed}[name].objects.latest("id")
        assert desk.get(url(f"{name}_add")).status_code == 403
        assert desk.get(url(f"{name}_delete", row.pk)).status_code == 403
        assert desk.post(url(f"{name}_change", row.pk), {"state": "open"}).status_code == 403


def test_lists_ask_the_same_number_of_queries_for_one_and_for_three(
    desk, counter, counted, django_assert_num_queries
):
    lists = [url("shift_changelist"), url("owed_changelist")]
    for address in lists:
        with django_assert_num_queries(4):
            desk.get(address)
    shifts.open_shift(person=counter.agent, counts=[])
    counter.sell("18765550502")
    for address in lists:
        with django_assert_num_queries(4):
            desk.get(address)
