"""What people see of a sale: lists, receipts, advice, the timeline; each only what is theirs."""

from decimal import Decimal as D

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from tests.topup.conftest import answer, pin_payload, topup_payload
from topup import queries, refusals
from topup.errors import InsufficientFloatError
from topup.evidence import judge_status
from topup.models import Alarm, Person, Role, Sale, Stop
from topup.models.alarm import AlarmKind, StopKind
from topup.services import alarms, receipts, sales, shops, timeline, vouchers
from topup.services.delivered import Arrival
from topup.services.vouchers import VoucherPin
from topup.states import Basis, SaleState
from valuetopup import codes

pytestmark = pytest.mark.django_db
S = SaleState


@pytest.fixture
def owner(shop):
    return Person.objects.create_user("owner", role=Role.OWNER, shop=shop)


@pytest.fixture
def colleague(shop):
    return Person.objects.create_user("colleague", role=Role.CASHIER, shop=shop)


def test_each_person_sees_his_own_and_the_owner_the_shop_s(
    agent, colleague, owner, other_agent, sold
):
    sale = sold()
    admin = Person.objects.create_user("boss", role=Role.ADMIN)
    seen = {person.username: list(queries.sales_for(person))
            for person in (agent, owner, colleague, other_agent, admin)}  # fmt: skip
    assert seen == {"agent": [sale], "owner": [sale], "colleague": [], "rival": [], "boss": []}
    assert queries.sale_for(owner, sale.correlation_id) == sale
    for stranger in (colleague, other_agent, admin):
        with pytest.raises(Sale.DoesNotExist):
            queries.sale_for(stranger, sale.correlation_id)


def test_sales_are_found_by_what_is_on_the_receipt(agent, sold):
    other = sold(recipient="18767654321")
    sale = sold(S.COMPLETED)
    number = receipts.number_of(sale)
    for text in ("1234567", "876 123", "Digicel", "digicel 1234", sale.provider_reference,
                 sale.correlation_id.upper(), sale.correlation_id[:8], number):  # fmt: skip
        found = queries.search_sales(agent, text=text).sales
        assert sale in found, text
    for text in ("nothing", "18760000000", number + "9", "251125-", "9" * 30 + "-1"):
        assert queries.search_sales(agent, text=text).sales == [], text
    assert queries.search_sales(agent, text=number).sales == [sale]
    assert queries.search_sales(agent, text="1234567\x00").sales == [sale], "no database stores it"
    assert queries.search_sales(agent).sales == [other, sale], "unfinished first"


def test_an_old_sale_is_found_by_its_whole_number_in_all(agent, sold, monkeypatch):
    old = sold(S.COMPLETED, recipient="18767654321")
    waiting = sold(S.PENDING, recipient="18767654321")
    latest = [sold(S.DECLINED) for _ in range(3)]
    monkeypatch.setattr(queries, "SEARCHED", 2)
    for text in ("+1 876 765-4321", receipts.number_of(old), old.correlation_id[:8]):
        found = queries.search_sales(agent, text=text)
        assert old in found.sales, text
        assert found.is_cut
    assert queries.search_sales(agent, text="7654321").sales == [waiting], "unfinished ones always"
    assert queries.search_sales(agent, text="digicel").sales == [waiting, *latest[:0:-1]]
    assert queries.search_sales(agent).sales == [waiting, *latest[::-1], old]
    assert not queries.search_sales(agent).is_cut


def test_pages_of_the_list_follow_each_other(agent, sold):
    done = [sold(S.COMPLETED) for _ in range(3)]
    waiting = [sold(S.PENDING) for _ in range(2)]
    whole = [*waiting[::-1], *done[::-1]]
    for most in (1, 2, 3, 4):
        pages = [queries.search_sales(agent, first=first, most=most).sales
                 for first in range(0, 6, most)]  # fmt: skip
        assert [sale for page in pages for sale in page] == whole, most


def test_sales_are_filtered_by_group(agent, sold):
    made = {state: sold(state) for state in (S.CREATED, S.PENDING, S.COMPLETED, S.DECLINED)}
    groups = {name: {sale.state for sale in queries.search_sales(agent, state_group=name).sales}
              for name in ("open", "done", "refused", "", "odd")}  # fmt: skip
    assert groups["open"] == {S.CREATED, S.PENDING}
    assert (groups["done"], groups["refused"]) == ({S.COMPLETED}, {S.DECLINED})
    assert groups[""] == groups["odd"] == set(made)
    assert queries.open_count(agent) == 2


def test_a_receipt_of_a_top_up_says_what_arrived_and_under_which_reference(shop, agent, sku, sold):
    type(sku).objects.filter(pk=sku.pk).update(raw={"validity": "5D"})
    sale = sold()
    told = judge_status(answer("000", topup_payload()))
    sale = sales.apply_outcome(sale_id=sale.pk, outcome=told)
    receipt = receipts.build(sale=sale, person=agent)
    assert receipt.number == f"{sale.receipt_day:%y%m%d}-{sale.pk:06d}"
    assert (receipt.operator_reference, receipt.provider_reference) == ("OP-1", "128959196")
    assert (receipt.price, receipt.currency) == (D("10.00"), "USD")
    assert receipt.arrival == Arrival(D(1550), "JMD", has_come=True)
    assert (receipt.validity, receipt.state, receipt.is_delivered) == ("5D", "done", True)
    assert (receipt.shop_name, receipt.voucher, receipt.is_code_awaited) == ("Corner", None, False)
    assert receipt.recipient.replace(" ", "") == "+18761234567"


def test_a_receipt_of_a_pin_says_that_its_code_is_on_its_way(agent, other_agent, sold, pin_sku):
    sale = sold(sku=pin_sku, recipient="")
    bare = judge_status(answer("000", pin_payload("9.20", pins=())))
    sale = sales.apply_outcome(sale_id=sale.pk, outcome=bare)
    receipt = receipts.build(sale=sale, person=agent)
    assert (receipt.voucher, receipt.is_code_awaited, receipt.recipient) == (None, True, "")
    with pytest.raises(PermissionDenied):
        receipts.build(sale=sale, person=other_agent)


def test_a_code_keeps_what_belongs_to_it_and_can_be_read_out(agent, sold, pin_sku):
    payload = pin_payload("9.20")
    payload["product"]["instructions"] = "Dial *123#"
    sale = sales.apply_outcome(
        sale_id=sold(sku=pin_sku, recipient="").pk, outcome=judge_status(answer("000", payload))
    )
    content = vouchers.read(sale=sale, person=agent)
    assert content.instructions == "Dial *123#"
    pin = content.pins[0]
    assert (pin.control_number, pin.expiration_date) == ("10000001", "1/1/2030")
    assert (pin.delivered_amount, pin.delivered_currency) == ("15", "USD")
    assert pin.spoken == "000 0000 001"
    assert VoucherPin("12345678901").spoken == "1234 5678 901"


def declined(basis, code):
    return Sale(state=S.DECLINED, basis=basis, response_code=code)


@pytest.mark.parametrize("code", sorted(codes.REFUSED))
def test_every_refusal_tells_the_agent_what_to_do_next(code):
    assert refusals.advice(declined(Basis.REFUSED, code)).endswith(".")


def test_what_was_not_sent_or_not_received_can_be_sold_again():
    assert "again" in refusals.advice(Sale(state=S.CANCELLED))
    assert "again" in refusals.advice(declined(Basis.ABSENT, "898"))
    assert refusals.advice(declined(Basis.REFUSED, "H400"))
    for state in set(S) - {S.CANCELLED, S.DECLINED}:
        assert refusals.advice(Sale(state=state)) == ""


def test_the_timeline_tells_the_whole_story_in_order(agent, sold):
    sale = sold(S.PENDING)
    sale.calls.create(call="status", started_at=timezone.now(), answered_at=timezone.now(),
                      response_code="000", details={"invoice_amount": "9.25"})  # fmt: skip
    sales.apply_outcome(sale_id=sale.pk, outcome=judge_status(answer("000", topup_payload())))
    story = timeline.of(sale)
    assert [moment.at for moment in story] == sorted(moment.at for moment in story)
    told = " | ".join(f"{moment.what}: {moment.detail}" for moment in story)
    for part in ("order sent", "in progress", "status asked", "provider answered: 000",
                 "invoice_amount 9.25", "done", "shop float -9.60"):  # fmt: skip
        assert part in told, told
    assert "agent" in {moment.who for moment in story}


@pytest.mark.parametrize(
    ("currency", "needed", "available", "words"),
    [
        ("USD", "9.6", "9.599", ["9.60 USD", "9.59 USD"]),
        ("KWD", "2.931", "2.9309", ["2.931 KWD", "2.930 KWD"]),
        ("JPY", "958", "957.9", ["958 JPY", "957 JPY"]),
    ],
)
def test_want_of_float_is_told_in_the_money_people_pay_in(currency, needed, available, words):
    error = InsufficientFloatError(available=D(available), needed=D(needed), currency=currency)
    assert all(word in error.message for word in words), error.message


def test_an_alarm_is_raised_once_until_a_person_has_seen_it(agent, sold):
    sale = sold()
    for _ in range(2):
        alarms.raise_alarm(AlarmKind.LATE, "x" * 400, sale=sale)
        alarms.raise_alarm(AlarmKind.BALANCE, "little")
    assert Alarm.objects.count() == 2
    alarm = Alarm.objects.get(sale=sale)
    assert alarms.clear_alarm(alarm_id=alarm.pk, by=agent) is True
    assert alarms.clear_alarm(alarm_id=alarm.pk, by=agent) is False
    alarms.raise_alarm(AlarmKind.LATE, "again", sale=sale)
    assert Alarm.objects.count() == 3


def test_a_stop_holds_until_a_person_lifts_it(agent):
    assert alarms.clear_stop(kind=StopKind.SELLING, by=agent) is False
    for _ in range(2):
        alarms.stop(StopKind.SELLING, "why")
    assert (Stop.objects.count(), alarms.is_stopped(StopKind.SELLING)) == (1, True)
    assert alarms.is_stopped(StopKind.ABSENCE) is False
    assert alarms.clear_stop(kind=StopKind.SELLING, by=agent) is True
    assert alarms.is_stopped(StopKind.SELLING) is False
    assert Stop.objects.get().cleared_by == agent


def test_float_is_added_once_by_its_key_and_corrected_by_a_new_entry(shop, agent):
    for _ in range(2):
        entry = shops.add_float(shop=shop, amount=D(50), by=agent, memo="cash", key="slip 7")
    shops.add_float(shop=shop, amount=D(-20), by=agent, memo="wrong shop", key="slip 8")
    shop.float_account.refresh_from_db()
    assert shop.float_account.balance == D(130)
    assert (entry.posted_by, entry.memo, entry.kind) == (agent, "cash", "deposit")
