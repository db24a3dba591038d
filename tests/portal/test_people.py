"""People of the shop, for those in charge of it; and one's own PIN."""

import pytest

from portal.till import COOKIE
from tests.portal.conftest import PASSWORD, Visitor
from topup.models import Device, Person, Role
from topup.services import tills
from topup.services.people import NewPerson, add_person, set_active, set_pin, try_pin

pytestmark = pytest.mark.django_db
CODE, NEW = "7391", "4826"


@pytest.fixture
def manager(counter):
    return Person.objects.create_user("manager", role=Role.MANAGER, shop=counter.shop)


@pytest.fixture
def boss(owner):
    return Visitor(owner)


def form(**changes):
    return {
        "username": "nia", "first_name": "Nia", "last_name": "", "role": "cashier",
        "language": "en", "pin": CODE, "password": "",
    } | changes  # fmt: skip


def opens(person, pin):
    person.refresh_from_db()
    return try_pin(person_id=person.pk, shop=person.shop, pin=pin) == person


def test_an_owner_sees_everybody_of_his_shop_and_its_tills(boss, owner, colleague, rival):
    set_active(person=colleague, is_active=False)
    tills.enrol(shop=owner.shop, name="Front desk", by=owner)
    page = boss.get("/people/")
    assert page.status == 200
    for told in ("counter cashier · no PIN", "owner shop owner · ", "frozen", "Front desk"):
        assert told in page.text
    assert "rival" not in page.text


def test_a_cashier_sees_nobody(visitor, colleague):
    for path in ("", "add/", f"{colleague.pk}/"):
        assert visitor.get(f"/people/{path}").status == 403
    for deed in ("pin", "freeze", "unfreeze", "unlock"):
        assert visitor.post(f"/people/{colleague.pk}/{deed}/", pin=CODE).status == 403
    assert visitor.post("/people/add/", **form()).status == 403
    assert Person.objects.filter(username="nia").count() == 0


def test_people_of_another_shop_are_not_there(boss, rival):
    assert boss.get(f"/people/{rival.pk}/").status == 404
    for deed in ("pin", "freeze", "unfreeze", "unlock"):
        assert boss.post(f"/people/{rival.pk}/{deed}/", pin=CODE).status == 404
    rival.refresh_from_db()
    assert (rival.is_active, rival.pin_hash) == (True, "")


@pytest.mark.parametrize("path", ["999999999999999", "9" * 16, "x", "-1", "1/other"])
def test_an_odd_address_is_not_there(boss, path):
    assert boss.get(f"/people/{path}/").status == 404


def test_somebody_is_added_with_a_first_pin(boss, owner):
    done = boss.post("/people/add/", **form())
    assert (done.status, done.leads_to) == (303, "/people/")
    nia = Person.objects.get(username="nia")
    assert (nia.role, nia.shop, nia.is_staff) == (Role.CASHIER, owner.shop, False)
    assert opens(nia, CODE)
    assert "Nia is added." in boss.get("/people/").text


def test_somebody_is_added_with_a_password(boss):
    boss.post("/people/add/", **form(pin="", password="Long-enough-7", role="manager"))
    nia = Person.objects.get(username="nia")
    assert (nia.check_password("Long-enough-7"), nia.role) == (True, Role.MANAGER)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"username": ""}, "Type a user name."),
        ({"username": "counter"}, "This user name is taken. Choose another one."),
        ({"username": "a b"}, "Enter a valid username."),
        ({"pin": ""}, "Give a first PIN, or a password, or both."),
        ({"pin": "1234"}, "This PIN is too easy to guess."),
        ({"pin": "12"}, "A PIN has 4 to 8 digits."),
        ({"password": "12345678"}, "This password is too common."),
        ({"role": "owner"}, "Select a valid choice."),
        ({"role": "admin"}, "Select a valid choice."),
        ({"language": "xx"}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_told_and_the_rest_kept(boss, change, told):
    page = boss.post("/people/add/", **form(first_name="Nia X", **change))
    assert (page.status, told in page.text) == (422, True)
    assert 'value="Nia X"' in page.html
    assert f'value="{CODE}"' not in page.html, "a PIN is not written into a page"
    assert Person.objects.filter(first_name="Nia X").count() == 0


def test_a_manager_adds_cashiers_and_nobody_above(manager):
    visitor = Visitor(manager)
    assert visitor.post("/people/add/", **form(role="manager")).status == 422
    assert visitor.post("/people/add/", **form()).status == 303


def test_a_manager_leaves_those_in_charge_alone(manager, owner):
    visitor = Visitor(manager)
    page = visitor.get(f"/people/{owner.pk}/")
    assert (page.status, "Freeze" in page.text) == (200, False)
    for deed in ("pin", "freeze", "unlock"):
        assert visitor.post(f"/people/{owner.pk}/{deed}/", pin=CODE).status == 403
    assert visitor.post(f"/people/{manager.pk}/freeze/").status == 403, "nor himself"
    owner.refresh_from_db()
    assert (owner.is_active, owner.pin_hash) == (True, "")


def test_an_owner_cannot_freeze_himself(boss, owner):
    assert boss.post(f"/people/{owner.pk}/freeze/").status == 403
    assert boss.get("/people/").status == 200


def test_a_frozen_person_is_out_and_comes_back(boss, visitor, counter):
    done = boss.post(f"/people/{counter.agent.pk}/freeze/")
    assert done.leads_to == f"/people/{counter.agent.pk}/"
    assert "is frozen: nothing can be done under this name" in boss.get(done.leads_to).text
    assert visitor.get("/sell/").leads_to.startswith("/session/sign-in/")
    boss.post(f"/people/{counter.agent.pk}/unfreeze/")
    assert visitor.get("/sell/").status == 200


def test_one_in_charge_sets_a_new_pin_and_unlocks_the_old(boss, counter):
    agent = counter.agent
    page = boss.post(f"/people/{agent.pk}/pin/", pin="1111")
    assert (page.status, "too easy to guess" in page.text) == (422, True)
    boss.post(f"/people/{agent.pk}/pin/", pin=CODE)
    assert opens(agent, CODE)
    Person.objects.filter(pk=agent.pk).update(pin_tries=4)
    assert "Unlock the PIN" in boss.get(f"/people/{agent.pk}/").text
    boss.post(f"/people/{agent.pk}/unlock/")
    agent.refresh_from_db()
    assert agent.pin_tries == 0


@pytest.mark.parametrize("first", ["", CODE])
def test_ones_own_pin_needs_the_password_or_the_pin_as_it_is(visitor, counter, first):
    agent = counter.agent
    agent.set_password(PASSWORD)
    agent.save()
    visitor.client.force_login(agent)
    if first:
        set_pin(person=agent, pin=first)
    for proof in (PASSWORD, first):
        if not proof:
            continue
        page = visitor.post("/people/me/", proof="wrong", pin=NEW, again=NEW)
        assert (page.status, "This is not your password. Type it again." in page.text) == (
            422,
            True,
        )
        done = visitor.post("/people/me/", proof=proof, pin=NEW, again=NEW)
        assert (done.status, done.leads_to) == (303, "/sell/")
        assert opens(agent, NEW)
        set_pin(person=agent, pin=first or CODE)


def test_a_wrong_old_pin_is_counted_like_any_other(visitor, counter):
    set_pin(person=counter.agent, pin=CODE)
    for left in (4, 3, 2, 1):
        page = visitor.post("/people/me/", proof="1928", pin=NEW, again=NEW)
        assert f"{left} tr" in page.text
    assert "locked for 15 minutes" in visitor.post(
        "/people/me/", proof="1928", pin=NEW, again=NEW
    ).text  # fmt: skip
    assert visitor.post("/people/me/", proof=CODE, pin=NEW, again=NEW).status == 422


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"proof": ""}, "Type your password, or the PIN you have now."),
        ({"pin": "1234", "again": "1234"}, "too easy to guess"),
        ({"again": "9999"}, "The two new PINs are not the same."),
        ({"again": ""}, "Type the new PIN again."),
    ],
)
def test_a_new_own_pin_that_cannot_be_is_told(visitor, counter, change, told):
    set_pin(person=counter.agent, pin=CODE)
    page = visitor.post("/people/me/", **{"proof": CODE, "pin": NEW, "again": NEW} | change)
    assert (page.status, told in page.text) == (422, True)
    assert opens(counter.agent, CODE)


def test_at_a_till_one_stays_signed_in_with_the_new_pin(counter, owner):
    set_pin(person=counter.agent, pin=CODE)
    visitor = Visitor()
    visitor.client.cookies[COOKIE] = tills.enrol(shop=counter.shop, name="x", by=owner)[1]
    visitor.post("/till/lock/", person=counter.agent.pk, pin=CODE)
    visitor.post("/people/me/", proof=CODE, pin=NEW, again=NEW)
    assert visitor.get("/sell/").status == 200


def test_who_came_by_pin_gives_nobody_a_password(counter, owner):
    set_pin(person=owner, pin=CODE)
    visitor = Visitor()
    visitor.client.cookies[COOKIE] = tills.enrol(shop=counter.shop, name="x", by=owner)[1]
    visitor.post("/till/lock/", person=owner.pk, pin=CODE)
    page = visitor.post("/people/add/", **form(password="Long-enough-7", role="manager"))
    assert (page.status, "A PIN is not enough to give a password." in page.text) == (422, True)
    assert 'value="Nia"' in page.html
    assert not Person.objects.filter(username="nia").exists()
    assert visitor.post("/people/add/", **form()).status == 303


def test_tills_are_frozen_by_those_in_charge_of_their_shop(boss, visitor, owner, rival):
    other = Person.objects.create_user("other", role=Role.OWNER, shop=rival.shop)
    ours, theirs = (tills.enrol(shop=by.shop, name="Front", by=by)[0].pk for by in (owner, other))
    assert boss.post(f"/people/tills/{ours}/freeze/").leads_to == "/people/"
    assert visitor.post(f"/people/tills/{ours}/unfreeze/").status == 403
    assert boss.post(f"/people/tills/{theirs}/freeze/").status == 404
    assert boss.post(f"/people/tills/{ours}/burn/").status == 404
    assert list(Device.objects.order_by("pk").values_list("is_frozen", flat=True)) == [True, False]
    boss.post(f"/people/tills/{ours}/unfreeze/")
    assert not Device.objects.get(pk=ours).is_frozen


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_one_and_for_three(
    boss, owner, django_assert_num_queries, count
):
    for number in range(count):
        add_person(by=owner, new=NewPerson(username=f"p{number}", pin=CODE))
        tills.enrol(shop=owner.shop, name=f"t{number}", by=owner)
    boss.get("/people/")
    with django_assert_num_queries(6):  # session, person, shop, people, tills, unfinished
        page = boss.get("/people/")
    assert page.html.count("/freeze/") == count


def test_a_long_list_comes_in_pages(boss, owner):
    Person.objects.bulk_create(
        Person(username=f"p{number:03}", shop=owner.shop) for number in range(60)
    )
    pages = [boss.get("/people/", page=number) for number in (1, 2, 3, "x")]
    assert [page.html.count('class="card row"') for page in pages] == [50, 12, 0, 50]
