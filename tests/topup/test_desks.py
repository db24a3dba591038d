"""Desks: each opens its own pages, none gives rights, and all are put right when made again."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.urls import reverse

from topup.models import Person, Role
from topup.services import desks
from topup.services.desks import AUDITOR, CATALOGUE, DESKS, FINANCE, SHOPS, SUPPORT, make_desks

pytestmark = pytest.mark.django_db
#: Deeds and pages that hand out rights.
KEYS = {
    "auth.add_group", "auth.change_group", "auth.delete_group", "auth.add_permission",
    "auth.change_permission", "topup.add_factor", "topup.change_factor", "topup.delete_factor",
    "topup.delete_person",
}  # fmt: skip
PAGES = {
    "auditentry": {AUDITOR},
    "factor": {AUDITOR},
    "sale": {SUPPORT, FINANCE, AUDITOR},
    "shop": {SUPPORT, SHOPS, FINANCE, AUDITOR},
    "person": {SUPPORT, SHOPS, AUDITOR},
    "depositrequest": {FINANCE, AUDITOR},
    "pricebook": {FINANCE, AUDITOR},
    "dispute": {SUPPORT, FINANCE, AUDITOR},
    "refund": {SUPPORT, FINANCE, AUDITOR},
    "resolution": {SUPPORT, FINANCE, AUDITOR},
    "owed": {SUPPORT, FINANCE, AUDITOR},
    "shift": {SUPPORT, FINANCE, AUDITOR},
    "claim": {FINANCE, AUDITOR},
    "dayclose": {FINANCE, AUDITOR},
    "daytotal": {SUPPORT, FINANCE, AUDITOR},
    "pricerule": {FINANCE, AUDITOR},
    "whatif": {FINANCE, AUDITOR},
    "notice": {SUPPORT, SHOPS, FINANCE, AUDITOR},
    "device": {SUPPORT, SHOPS, AUDITOR},
    "kiosk": {SUPPORT, SHOPS, AUDITOR},
    "kioskoffer": {SUPPORT, FINANCE, AUDITOR},
    "alarm": {SUPPORT, FINANCE, CATALOGUE, AUDITOR},
    "blockednumber": {SUPPORT, SHOPS, AUDITOR},
    "stop": {SUPPORT, FINANCE, CATALOGUE, AUDITOR},
    "provideridentity": {FINANCE, AUDITOR},
}
ELSEWHERE = {
    "ledger_entry": {FINANCE, AUDITOR},
    "catalog_sku": {SUPPORT, SHOPS, FINANCE, CATALOGUE, AUDITOR},
    "catalog_syncrun": {SUPPORT, SHOPS, FINANCE, CATALOGUE, AUDITOR},
    "auth_group": {AUDITOR},
}


@pytest.fixture(autouse=True)
def made():
    make_desks()


@pytest.fixture
def at(client):
    """Signs in somebody of one desk; a client."""

    def sign_in(name):
        person = Person.objects.create_user(f"of {name}", role=Role.ADMIN, is_staff=True)
        person.groups.add(Group.objects.get(name=name))
        client.force_login(person)
        return client

    return sign_in


@pytest.mark.parametrize("name", DESKS)
def test_a_desk_opens_its_pages_and_no_others(at, name):
    client = at(name)
    opened = {}
    for model, who in {**{f"topup_{m}": w for m, w in PAGES.items()}, **ELSEWHERE}.items():
        status = client.get(reverse(f"admin:{model}_changelist")).status_code
        opened[model] = (status == 200, name in who, status)
    assert {m: told for m, told in opened.items() if told[0] != told[1]} == {}
    assert {told[2] for told in opened.values()} <= {200, 403}


@pytest.mark.parametrize("name", DESKS)
def test_no_desk_may_hand_out_rights(name):
    assert DESKS[name].rights & KEYS == set()


@pytest.mark.parametrize("name", [SHOPS, AUDITOR])
def test_who_looks_after_people_gives_nobody_rights_not_even_himself(at, name, shop):
    client = at(name)
    me = Person.objects.get(username=f"of {name}")
    boss = Person.objects.create_superuser("boss", role=Role.ADMIN)
    group = Group.objects.get(name=FINANCE)
    form = {
        "role": "admin", "language": "en", "is_active": "on", "is_staff": "on",
        "is_superuser": "on", "groups": [group.pk],
        "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00",
    }  # fmt: skip
    for person in (me, boss):
        answer = client.post(
            reverse("admin:topup_person_change", args=[person.pk]),
            {"username": person.username, **form},
        )
        assert answer.status_code == 403
        password = reverse("admin:auth_user_password_change", args=[person.pk])
        new = {"password1": "Long-enough-7", "password2": "Long-enough-7"}
        assert client.post(password, {**new, "usable_password": "true"}).status_code == 403
    client.post(
        reverse("admin:topup_person_add"),
        {"username": "new", "password1": "Long-enough-7", "password2": "Long-enough-7",
         "usable_password": "true", **form},
    )  # fmt: skip
    made = Person.objects.filter(username="new").first()
    assert made is None or not (made.is_staff or made.is_superuser or made.groups.exists())
    client.post(reverse("admin:auth_group_change", args=[group.pk]), {"name": "x"})
    assert (Group.objects.get(pk=group.pk).name, me.groups.count()) == (FINANCE, 1)


def test_the_auditor_may_only_look():
    assert {right.split(".")[1].split("_")[0] for right in DESKS[AUDITOR].rights} == {"view"}
    everything = {right for desk in DESKS.values() for right in desk.rights if ".view_" in right}
    assert DESKS[AUDITOR].rights >= everything


def test_making_them_again_changes_nothing_and_mends_what_was_changed(capsys):
    assert make_desks() == []
    group = Group.objects.get(name=CATALOGUE)
    group.permissions.add(Permission.objects.get(codename="change_group"))
    own = Group.objects.create(name="Night desk")
    own.permissions.add(Permission.objects.get(codename="change_sku"))
    call_command("make_roles")
    assert "Catalogue: made" in capsys.readouterr().out
    assert not group.permissions.filter(codename="change_group").exists()
    assert own.permissions.count() == 1, "groups of others are left alone"
    assert {g.name for g in Group.objects.all()} == {*DESKS, "Night desk"}


def test_a_misspelt_right_stops_it(monkeypatch):
    monkeypatch.setitem(DESKS, "Odd", desks.Desk(("topup.shpo",)))
    with pytest.raises(desks.UnknownRightError, match=r"Odd: topup\.view_shpo"):
        make_desks()
