"""The queue of deposits in the admin: seen, approved, refused; and float moved by hand."""

from decimal import Decimal as D
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry

from tests.topup.admin.conftest import messages_of, text_of, url
from tests.topup.conftest import float_of
from tests.topup.plans import as_if_large
from topup import attention
from topup.models import DepositProof, DepositRequest, DepositState, PaidBy, Person, Role
from topup.models.deposit import QUEUE
from topup.services import deposits
from topup.services.shops import open_shop

S = DepositState


@pytest.fixture
def owner(shop):
    return Person.objects.create_user("owner", role=Role.OWNER, shop=shop)


@pytest.fixture
def asked(shop, owner):
    def make(amount="250"):
        return deposits.ask(
            by=owner, shop=shop, amount=D(amount), paid_by=PaidBy.BANK, key=uuid4()
        ).deposit

    return make


def decide(client, deposit, **data):
    return client.post(url("depositrequest_decide", deposit.pk), data, follow=True)


def state_of(deposit):
    return DepositRequest.objects.get(pk=deposit.pk).state


def log():
    return list(LogEntry.objects.order_by("pk").values_list("user__username", "change_message"))


def test_a_deposit_is_approved_from_its_page(desk, boss, shop, asked):
    deposit = asked()
    page = text_of(desk.get(url("depositrequest_decide", deposit.pk)))
    assert "250.00 USD" in page
    assert "This is its first." in page
    done = decide(desk, deposit, approve="1")
    assert messages_of(done) == [f"{deposit.reference}: on the float."]
    assert float_of(shop) == (D(350), D(0))
    assert log() == [("boss", "Approved")]
    again = decide(desk, deposit, approve="1")
    assert (float_of(shop), len(log())) == ((D(350), D(0)), 1), messages_of(again)


def test_a_refusal_needs_a_reason_and_says_so(desk, asked):
    deposit = asked()
    page = decide(desk, deposit, refuse="1", reason="")
    assert (page.status_code, "Say why" in text_of(page)) == (422, True)
    decide(desk, deposit, refuse="1", reason="Nothing has come.")
    assert state_of(deposit) == S.REFUSED
    assert log() == [("boss", "Refused: Nothing has come.")]


def test_two_people_are_asked_for_above_the_limit(desk, client, shop, asked, settings):
    settings.SECOND_PERSON_ABOVE = 200
    deposit = asked()
    assert "Approve, first of two" in text_of(desk.get(url("depositrequest_decide", deposit.pk)))
    decide(desk, deposit, approve="1")
    page = decide(desk, deposit, approve="1")
    assert (page.status_code, "A second person must" in text_of(page)) == (422, True)
    client.force_login(Person.objects.create_superuser("second", role=Role.ADMIN))
    decide(client, deposit, approve="1")
    assert (state_of(deposit), float_of(shop)[0]) == (S.APPROVED, D(350))
    assert log() == [("boss", "Approved, first of two"), ("second", "Approved")]


def test_a_duplicate_is_shown_and_needs_its_tick(desk, shop, asked):
    first, second = asked(), asked()
    page = text_of(desk.get(url("depositrequest_decide", first.pk)))
    assert f"The same amount within three days as {second.reference}" in page
    told = decide(desk, first, approve="1")
    assert (told.status_code, state_of(first)) == (422, S.WAITING)
    assert "say that you have checked it" in text_of(told)
    decide(desk, first, approve="1", is_checked="on")
    assert state_of(first) == S.APPROVED
    assert "although: The same amount" in log()[0][1]


@pytest.mark.parametrize("change", ["reference", "another"])
def test_who_approves_approves_what_he_saw(desk, shop, asked, change):
    deposit = asked()
    address = url("depositrequest_decide", deposit.pk)
    seen = desk.get(address).context["seen"]
    if change == "reference":
        DepositRequest.objects.filter(pk=deposit.pk).update(bank_reference="SLIP 8")
    else:
        asked()  # the same amount: a warning that was not there
    told = decide(desk, deposit, approve="1", is_checked="on", seen=seen)
    assert (told.status_code, float_of(shop)[0]) == (422, D(100))
    assert "It has changed since you looked" in text_of(told)
    decide(desk, deposit, approve="1", is_checked="on", seen=told.context["seen"])
    assert (state_of(deposit), float_of(shop)[0]) == (S.APPROVED, D(350))


def test_the_picture_is_a_picture_and_nothing_else(desk, clerk, asked):
    deposit = asked()
    assert desk.get(url("depositrequest_picture", deposit.pk)).status_code == 404
    DepositProof.objects.create(deposit=deposit, picture=b"\xff\xd8\xff", digest="d" * 64)
    answer = desk.get(url("depositrequest_picture", deposit.pk))
    assert (answer.content, answer["Content-Type"]) == (b"\xff\xd8\xff", "image/jpeg")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "<img" in text_of(desk.get(url("depositrequest_decide", deposit.pk)))
    client = clerk("view_shop", "view_sale")
    assert client.get(url("depositrequest_picture", deposit.pk)).status_code == 403


def test_what_waits_comes_first_and_of_that_the_oldest(desk, asked):
    old, done, new = asked("1"), asked("2"), asked("3")
    decide(desk, done, refuse="1", reason="no")
    page = desk.get(url("depositrequest_changelist"))
    assert list(page.context["cl"].result_list) == [old, new, done]
    for query, rows in (("?is=waiting", [old, new]), ("?is=refused", [done])):
        page = desk.get(url("depositrequest_changelist", query=query))
        assert list(page.context["cl"].result_list) == rows


def test_those_who_may_only_look_decide_nothing(clerk, asked):
    deposit = asked()
    client = clerk("view_depositrequest")
    assert deposit.reference in text_of(client.get(url("depositrequest_changelist")))
    assert "Approve or refuse" not in text_of(client.get(url("depositrequest_changelist")))
    assert client.get(url("depositrequest_decide", deposit.pk)).status_code == 403
    assert decide(client, deposit, approve="1").status_code == 403
    client = clerk("view_depositrequest", "change_depositrequest")
    decide(client, deposit, approve="1")
    assert state_of(deposit) == S.APPROVED


def test_what_waits_is_in_the_box_on_the_first_page(desk, boss, asked, settings):
    settings.LOW_FLOAT = 0
    deposit = asked()
    asked("300")
    (need,) = attention.needs(boss)
    assert need.text == "2 deposits wait for approval"
    page = desk.get(need.url)
    assert page.context["cl"].result_count == 2
    assert url("depositrequest_decide", deposit.pk) in text_of(page)


def test_the_queue_is_read_along_its_index_and_not_sorted(asked):
    """A page of it takes as long among 100,000 decided deposits as among ten."""
    asked()
    as_if_large(DepositRequest._meta.db_table)
    plan = DepositRequest.objects.order_by(*QUEUE)[:50].explain()
    assert ("deposit_queue" in plan, "Sort" in plan) == (True, False)


@pytest.mark.parametrize("count", [1, 3])
def test_the_queue_costs_the_same_for_one_and_for_three(
    desk, asked, django_assert_num_queries, count
):
    for number in range(count):
        asked(str(10 + number))
    with django_assert_num_queries(4):
        desk.get(url("depositrequest_changelist"))


@pytest.fixture
def transfer(desk, shop, other_shop):
    def post(key=None, **changes):
        data = {
            "source": shop.pk, "target": other_shop.pk, "amount": "25", "memo": "lent",
            "key": str(key or uuid4()),
        }  # fmt: skip
        return desk.post(url("depositrequest_transfer"), data | changes, follow=True)

    return post


def test_float_is_moved_between_any_two_shops_once(transfer, desk, shop, other_shop):
    assert url("depositrequest_transfer") in text_of(desk.get(url("depositrequest_changelist")))
    key = uuid4()
    done = transfer(key)
    assert messages_of(done) == ["25.00 moved from Corner to Harbour."]
    transfer(key)
    assert (float_of(shop)[0], float_of(other_shop)[0]) == (D(75), D(125))
    told = "Moved 25.00 from Corner to Harbour: lent"
    assert log() == [("boss", told)] * 2, "on the page of each shop, once"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"amount": "100.01"}, "at most 100.00 USD can be moved"),
        ({"amount": "0"}, "more than zero"), ({"memo": ""}, "required"), ({"key": "x"}, "valid"),
    ],
)  # fmt: skip
def test_a_wrong_transfer_moves_nothing(transfer, shop, changes, told):
    page = transfer(**changes)
    assert (page.status_code, told in text_of(page)) == (422, True)
    assert (float_of(shop)[0], log()) == (D(100), [])


def test_only_those_who_may_post_to_the_ledger_move_float(clerk, shop):
    client = clerk("view_shop", "view_depositrequest", "change_depositrequest")
    assert client.get(url("depositrequest_transfer")).status_code == 403
    assert url("depositrequest_transfer") not in text_of(
        client.get(url("depositrequest_changelist"))
    )
    assert clerk("view_shop", "add_entry").get(url("depositrequest_transfer")).status_code == 200


def test_shops_are_looked_for_and_not_all_written_into_the_page(desk, shop):
    open_shop(name="Far Away")
    page = text_of(desk.get(url("depositrequest_transfer")))
    assert ("data-ajax--url" in page, "Far Away" in page) == (True, False)
