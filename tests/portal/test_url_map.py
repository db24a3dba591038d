"""Every address of the counter, asked for by people who have no business there."""

import re
from uuid import uuid4

import pytest
from django.urls import URLPattern, get_resolver

from catalog.models import Operator, Sku
from tests.portal.conftest import PIN, Visitor
from topup.models import (
    BasketItem,
    BulkFile,
    BulkRow,
    DepositRequest,
    Device,
    Dispute,
    Kiosk,
    KioskOffer,
    Level,
    Notice,
    NoticeRead,
    Owed,
    Person,
    Role,
    Sale,
    Shift,
    Shop,
)  # fmt: skip
from topup.services import (
    baskets,
    bulk,
    deposits,
    disputes,
    kiosks,
    notices,
    offers,
    passport,
    shifts,
    tills,
)  # fmt: skip
from topup.services.shops import place

pytestmark = pytest.mark.django_db
#: Answers to everybody, and how: 410 is a link that was used or is none.
PUBLIC = {
    "home": 302, "session:sign_in": 200, "session:sign_out": 405, "session:welcome": 410,
    "till:look": 404, "passport:status": 200, "passport:data": 404,
    "logos:logo": 404, "health:live": 200, "health:ready": 200, "health:metrics": 404,
    "brand:style": 404, "brand:logo": 404, "brand:icon": 404,
    "app:manifest": 200, "app:worker": 200, "app:offline": 200, "session:language": 200,
}  # fmt: skip
PUBLIC |= {"kiosk:enrol": 200, "kiosk:off": 200, "kiosk:beat": 405, "kiosk:worker": 200}
FORMS = {
    "kiosk:enrol": 303,
    "kiosk:off": 405,
    "kiosk:beat": 404,
    "kiosk:worker": 405,
    "session:sign_in": 422,
    "session:sign_out": 302,
    "session:welcome": 410,
    "till:look": 405,
    "passport:status": 405,
    "passport:data": 405,
    "logos:logo": 405,
    "brand:style": 405,
    "brand:logo": 405,
    "brand:icon": 405,
    "health:metrics": 404,
    "app:manifest": 405,
    "app:worker": 405,
    "app:offline": 405,
    "session:language": 422,
}
#: Parts of addresses that name nothing which belongs to a shop.
OF_NO_ROW = {"signed", "code", "uidb64", "token", "deed", "digest", "size", "purpose", "name"}
DEEDS = {"deed": "freeze", "kiosk_deed": "block"}  # by converter
#: Where others are led.
DOORS = ("/session/sign-in/", "/till/lock/", "/kiosk/enrol/")
IN_CHARGE = {
    "people:list", "people:add", "people:person", "people:pin", "people:freeze", "people:unfreeze",
    "people:unlock", "people:till", "people:kiosks", "people:hotline", "people:kiosk",
    "people:kiosk_code", "people:kiosk_message", "people:kiosk_retire", "people:kiosk_deed",
    "till:start", "till:forget", "money:deposits", "money:ask",
    "money:deposit", "money:proof", "money:picture", "money:take_back", "money:transfer",
    "reports:statement", "reports:statement_export",
    "bulk:files", "bulk:template", "bulk:file", "bulk:start", "bulk:pause", "bulk:resume",
    "bulk:cancel", "bulk:answer", "bulk:rows", "bulk:bad", "bulk:result",
}  # fmt: skip

EVIL = '"><script>x</script><img src=x>{{7777*7777}}'
BAD = re.compile(r"<script>|<img src=x|60481729")


def _named(resolver=None, space=""):
    """Name, route and parameters of every page but those of the admin."""
    for found in (resolver or get_resolver()).url_patterns:
        if isinstance(found, URLPattern):
            yield f"{space}{found.name}", str(found.pattern), [*found.pattern.converters]
        elif found.app_name != "admin":
            for name, route, wanted in _named(found, f"{found.namespace}:"):
                yield name, f"{found.pattern}{route}", wanted


@pytest.fixture
def world(counter, owner):
    """One row of everything at the counter's shop: what the addresses ask for."""
    sale = counter.sell(sku=PIN)
    asked = deposits.ask(by=owner, shop=counter.shop, amount=5, paid_by="bank", key=uuid4())
    shift = shifts.open_shift(person=counter.agent, counts=[])
    owed = Owed.objects.create(sale=sale, shift=shift, tender="cash", amount=1, currency="USD")
    till, _token = tills.enrol(shop=counter.shop, name="Front", by=owner)
    kiosk, _code = kiosks.create(shop=counter.shop, name="Door", by=owner)
    notices.write(text="Hello", to=counter.shop)
    disputes.raise_dispute(sale=sale, by=counter.agent, reason="other", text=EVIL)
    rows = f"number,sku,amount,reference\n18765550001,{PIN},9,{EVIL}\n".encode()
    file = bulk.send(by=owner, shop=counter.shop, name=EVIL, data=rows, key=uuid4())
    item = baskets.add(agent=counter.agent, shop=counter.shop, quote=counter.quote(sku=PIN))
    kiosks.call_help(kiosk)
    quote = counter.quote()
    offer = offers.make(
        kiosk=kiosk, sku=Sku.objects.get(pk=quote.sku_id), face_value=quote.face_value,
        recipient=quote.recipient, language="en",
    )  # fmt: skip
    return {
        "offer_id": offer.pk,
        "file_id": file.pk, "item_id": item.pk, "basket_key": item.basket.key,
        "correlation_id": sale.correlation_id, "reference": asked.deposit.reference,
        "number": shift.number, "owed_id": owed.pk, "device_id": till.pk, "kiosk_id": kiosk.pk,
        "person_id": counter.agent.pk, "notice_id": counter.shop.notices.get().pk,
        "signed": passport.token_of(sale), "code": "JM", "uidb64": "MQ", "token": "x-y",
        "digest": "0" * 32, "size": 64, "purpose": "any-192", "name": "ffff00-0",
    }  # fmt: skip


@pytest.fixture
def addresses(world):
    """(name, address, whether it names a row) of every page."""
    found = []
    for name, route, wanted in _named():
        path = re.sub(
            r"<(?:(\w+):)?(\w+)>", lambda part: str(DEEDS.get(part[1]) or world[part[2]]), route
        )
        rows = {*wanted} - OF_NO_ROW
        found.append((name, f"/{path}", bool(rows)))
    assert len(found) > 60
    return found


def facts():
    """What somebody could have changed."""
    return [
        [*Person.objects.order_by("pk").values_list("is_active", "pin_hash", "hides_margin")],
        [*Shift.objects.order_by("pk").values_list("state", "person")],
        [*Dispute.objects.values_list("state")], [*Owed.objects.values_list("state")],
        [*Person.objects.order_by("pk").values_list("shop__deposits__state")],
        [*Person.objects.order_by("pk").values_list("shop__devices__is_frozen")],
        [*NoticeRead.objects.values_list()], [*Shop.objects.order_by("pk").values_list("hotline")],
        [*Kiosk.objects.values_list()],
        [*BulkFile.objects.values_list("state")],
        [*BasketItem.objects.values_list("basket__state")],
        [*KioskOffer.objects.values_list("state", "kiosk__help_wanted_at")],
    ]  # fmt: skip


def test_nobody_sees_no_page_and_does_nothing(addresses):
    before = facts()
    for name, path, _is_row in addresses:
        for sent, public in (("get", PUBLIC), ("post", FORMS)):
            answer = getattr(Visitor(), sent)(path)
            if name in public:
                assert answer.status == public[name], (sent, path)
            elif answer.status != 405 and not name.startswith("health:") and name != "home":
                assert answer.status == 303, (sent, path)
                assert answer.leads_to.startswith(DOORS), path
        for method in ("put", "delete", "patch"):
            answer = getattr(Visitor().client, method)(path)
            assert answer.status_code in {302, 303, 403, 404, 405, 410} or name in PUBLIC, path
    assert facts() == before


@pytest.mark.parametrize("relation", ["another", "above", "below"])
def test_a_row_of_another_shop_is_not_there(addresses, counter, rival, relation):
    if relation == "above":
        place(shop=rival.shop, parent=None, level=Level.SUB_DISTRIBUTOR)
        place(shop=counter.shop, parent=rival.shop, level=Level.SHOP)
    if relation == "below":
        place(shop=counter.shop, parent=None, level=Level.SUB_DISTRIBUTOR)
        place(shop=rival.shop, parent=counter.shop, level=Level.SHOP)
    boss = Visitor(Person.objects.create_user("boss", role=Role.OWNER, shop=rival.shop))
    before = facts()
    for _name, path, is_row in addresses:
        if is_row:
            answers = boss.get(path).status, boss.post(path).status
            assert {*answers} <= {404, 405}, (path, answers)
            assert 404 in answers, path
    assert facts() == before


def test_a_cashier_has_no_page_of_those_in_charge(addresses, visitor):
    before = facts()
    for name, path, _is_row in addresses:
        if name in IN_CHARGE:
            answers = visitor.get(path).status, visitor.post(path).status
            assert {*answers} <= {403, 404, 405}, (path, answers)
            assert {403, 404} & {*answers}, path
    assert facts() == before


def test_no_form_is_taken_without_its_token(addresses, owner):
    before, strict = facts(), Visitor(owner, enforce_csrf_checks=True)
    for name, path, _is_row in addresses:
        answer = strict.post(path)
        open_to_all = {"home", "health:live", "health:metrics"}
        assert answer.status in {303, 403, 405} or name in open_to_all, (name, path)
    assert strict.get("/people/").status == 200, "still signed in"
    assert facts() == before


def test_a_frozen_person_with_a_session_is_nobody(addresses, owner):
    gone = Visitor(owner)
    assert gone.get("/people/").status == 200
    Person.objects.filter(pk=owner.pk).update(is_active=False)
    for name, path, _is_row in addresses:
        if name not in PUBLIC and (answer := gone.get(path)).status != 405:
            assert answer.leads_to.startswith(DOORS), path


def test_no_name_and_no_word_that_somebody_typed_is_markup(addresses, world, counter, owner):
    short = EVIL[:38]  # without its end
    Shop.objects.update(name=EVIL, address=EVIL, hotline=short)
    Person.objects.update(first_name=EVIL, last_name=EVIL)
    Device.objects.update(name=short)
    Kiosk.objects.update(name=short, message=EVIL, version=EVIL)
    Notice.objects.update(text=EVIL)
    DepositRequest.objects.update(bank_reference=short, note=EVIL, warning=EVIL)
    Sale.objects.update(sku_name=EVIL, operator_name=EVIL, product_name=EVIL)
    Operator.objects.update(name=EVIL)
    BulkFile.objects.update(name=EVIL, note=EVIL)
    BulkRow.objects.update(reason=EVIL)
    boss, seen = Visitor(owner), 0
    boss.post(f"/shift/{world['number']}/move/", kind="in", amount="1", reason=EVIL, key=uuid4())
    boss.post(f"/shift/{world['number']}/count/")
    boss.post(f"/shift/{world['number']}/seal/", note=EVIL)
    for _name, path, _is_row in addresses:
        answer = boss.get(path).response
        if answer.headers.get("Content-Type", "").startswith("text/html") and not answer.streaming:
            seen += "&lt;script&gt;" in answer.content.decode()
            assert not BAD.search(answer.content.decode()), path
    assert seen > 12
