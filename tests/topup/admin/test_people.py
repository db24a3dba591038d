"""People in the admin: roles, shops, and rights that nobody can give himself."""

import pytest
from django.contrib.admin.models import LogEntry

from tests.topup.admin.conftest import act, messages_of, text_of, url
from topup.models import Person, Role


def values(**changes):
    return {
        "username": "new", "role": "cashier", "language": "en", "usable_password": "true",
        "password1": "Long-enough-7", "password2": "Long-enough-7",
    } | changes  # fmt: skip


def of(person, **changes):
    """What the change page of a person posts."""
    kept = {
        "username": person.username, "role": person.role, "shop": person.shop_id or "",
        "language": person.language, "is_active": "on",
        "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00",
    }  # fmt: skip
    return {name: value for name, value in (kept | changes).items() if value is not None}


def test_an_agent_is_added_to_a_shop(desk, boss, shop):
    done = desk.post(url("person_add"), values(shop=shop.pk), follow=True)
    assert done.status_code == 200
    agent = Person.objects.get(username="new")
    assert (agent.role, agent.shop, agent.is_staff) == (Role.CASHIER, shop, False)
    assert agent.check_password("Long-enough-7")
    assert LogEntry.objects.get(object_id=agent.pk).user == boss


@pytest.mark.parametrize("role", ["cashier", "owner"])
def test_an_agent_or_owner_needs_a_shop(desk, shop, role):
    page = desk.post(url("person_add"), values(role=role))
    assert page.status_code == 200
    assert "A cashier, a manager or a shop owner needs a shop." in text_of(page)
    assert not Person.objects.filter(username="new").exists()


def test_only_the_distributors_people_enter_the_admin(desk, shop, agent):
    page = desk.post(url("person_add"), values(shop=shop.pk, is_staff="on"))
    assert "Only the distributor&#x27;s people may enter the admin." in text_of(page)
    page = desk.post(url("person_change", agent.pk), of(agent, is_superuser="on"))
    assert "Only the distributor&#x27;s people may enter the admin." in text_of(page)
    agent.refresh_from_db()
    assert (agent.is_staff, agent.is_superuser) == (False, False)
    desk.post(url("person_add"), values(role="admin", is_staff="on"))
    assert Person.objects.get(username="new").is_staff


def test_one_of_the_distributors_people_does_not_become_an_agent_with_a_key_to_the_admin(
    desk, shop, clerk
):
    clerk()
    person = Person.objects.get(username="clerk")
    desk.force_login(Person.objects.get(username="boss"))
    page = desk.post(
        url("person_change", person.pk), of(person, role="cashier", shop=shop.pk, is_staff="on")
    )
    assert "Only the distributor" in text_of(page)
    person.refresh_from_db()
    assert person.role == Role.ADMIN


def test_who_may_edit_people_gives_himself_and_others_no_rights(clerk, boss, agent):
    client = clerk("view_person", "change_person", "add_person")
    person = Person.objects.get(username="clerk")
    for target in (person, boss):
        answer = client.post(url("person_change", target.pk), of(target, is_superuser="on"))
        assert answer.status_code == 403
        assert client.get(f"/admin/topup/person/{target.pk}/password/").status_code == 403
    rights = {"is_staff": "on", "is_superuser": "on", "role": "admin", "hotline": ""}
    client.post(url("person_change", agent.pk), of(agent, **rights))
    agent.refresh_from_db()
    assert (agent.role, agent.is_staff, agent.is_superuser) == ("admin", False, False)
    client.post(url("person_add"), values(role="admin", is_staff="on", is_superuser="on"))
    new = Person.objects.get(username="new")
    assert (new.is_staff, new.is_superuser) == (False, False)
    assert Person.objects.filter(is_superuser=True).count() == 1


def test_nobody_is_removed(desk, agent):
    assert desk.get(url("person_delete", agent.pk)).status_code == 403
    assert desk.post(url("person_delete", agent.pk), {"post": "yes"}).status_code == 403
    assert "delete_selected" not in text_of(desk.get(url("person_changelist")))


def test_a_person_is_made_inactive_instead(desk, client, agent):
    desk.post(url("person_change", agent.pk), of(agent, is_active=None))
    agent.refresh_from_db()
    assert agent.is_active is False


def test_a_new_password_is_set_by_a_superuser_and_never_shown(desk, agent):
    address = f"/admin/topup/person/{agent.pk}/password/"
    new = {"password1": "Another-long-8", "password2": "Another-long-8", "usable_password": "true"}
    done = desk.post(address, new, follow=True)
    assert messages_of(done) == ["Password changed successfully."]
    agent.refresh_from_db()
    assert agent.check_password("Another-long-8")
    page = text_of(desk.get(url("person_change", agent.pk)))
    assert agent.password not in page
    assert agent.password.rsplit("$", 1)[-1] not in page


def test_staff_without_permission_see_no_people(clerk, agent):
    client = clerk("view_shop")
    assert client.get(url("person_changelist")).status_code == 403
    assert client.get(url("person_change", agent.pk)).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_costs_the_same_queries_for_one_person_and_for_three(
    desk, shop, django_assert_num_queries, count
):
    for number in range(1, count):
        Person.objects.create_user(f"agent {number}", shop=shop)
    desk.get(url("person_changelist"))
    with django_assert_num_queries(4):
        page = desk.get(url("person_changelist"))
    assert page.context["cl"].result_count == count


def log_of(person):
    return list(LogEntry.objects.filter(object_id=person.pk).values_list("user", "change_message"))


def test_people_are_frozen_and_let_in_again_by_an_action(desk, boss, agent, other_agent):
    done = act(desk, "person", "freeze", agent, other_agent)
    assert messages_of(done) == ["2 people are frozen."]
    assert messages_of(act(desk, "person", "freeze", agent)) == ["0 people are frozen."]
    act(desk, "person", "unfreeze", agent)
    agent.refresh_from_db()
    other_agent.refresh_from_db()
    assert (agent.is_active, other_agent.is_active) == (True, False)
    assert log_of(agent) == [(boss.pk, "Unfrozen"), (boss.pk, "Frozen")]


def test_nobody_freezes_himself(desk, boss):
    assert messages_of(act(desk, "person", "freeze", boss)) == ["0 people are frozen."]
    boss.refresh_from_db()
    assert boss.is_active


def test_only_superusers_freeze_those_who_may_enter_the_admin(clerk, boss, agent):
    client = clerk("view_person", "change_person")
    assert messages_of(act(client, "person", "freeze", boss, agent)) == ["1 person is frozen."]
    boss.refresh_from_db()
    assert boss.is_active
    assert 'value="freeze"' not in text_of(clerk("view_person").get(url("person_changelist")))


def test_a_locked_pin_is_unlocked_by_an_action(desk, agent):
    Person.objects.filter(pk=agent.pk).update(pin_tries=5)
    assert messages_of(act(desk, "person", "unlock_pin", agent)) == ["1 PIN is unlocked."]
    agent.refresh_from_db()
    assert (agent.pin_tries, len(log_of(agent))) == (0, 1)


def test_people_are_found_by_their_shop(desk, agent, other_agent):
    page = desk.get(url("person_changelist", query="?q=harbour"))
    assert list(page.context["cl"].result_list) == [other_agent]
