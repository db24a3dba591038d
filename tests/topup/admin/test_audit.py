"""The audit log in the admin: to look at, with links from what it is about."""

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.topup.admin.conftest import act, text_of, url
from tests.topup.admin.test_people import of
from topup.models import AuditEntry, Factor, Person, Role, Shop, What
from topup.services import second_factor
from topup.services.audit import record

EXPORT = "/reports/file/?as=csv"


def rows(page):
    return list(page.context["cl"].result_list)


def test_a_change_on_a_page_is_taken_down_with_who_and_from_where(desk, boss, agent):
    desk.post(url("person_change", agent.pk), of(agent, first_name="Ann"), follow=True)
    row = AuditEntry.objects.filter(subject="topup_person", what=What.CHANGED).latest("id")
    assert row.changes["first_name"] == ["", "Ann"]
    assert (row.actor_id, row.actor_name, row.address) == (boss.pk, "boss", "127.0.0.1")
    assert (row.origin, len(row.request_id)) == ("admin:topup_person_change", 32)
    deed = AuditEntry.objects.get(subject="django_admin_log")
    assert (deed.request_id, deed.person_id) == (row.request_id, agent.pk)
    assert LogEntry.objects.get().user == boss


def test_an_action_on_a_list_has_its_name_too(desk, boss, shop):
    act(desk, "shop", "freeze", shop)
    row = AuditEntry.objects.filter(subject="topup_shop", what=What.CHANGED).latest("id")
    assert (row.changes["is_frozen"], row.actor_name) == ([False, True], "boss")


def test_the_list_tells_before_and_after_and_has_filters(desk, shop):
    Shop.objects.filter(pk=shop.pk).update(day_limit="500", hotline="<b>")
    record(What.SIGNED_OUT, name="somebody")
    text = text_of(desk.get(url("auditentry_changelist")))
    assert "day_limit: – → 500" in text
    assert "hotline:  → &lt;b&gt;" in text
    page = desk.get(url("auditentry_changelist", query="?subject=topup_shop&what=changed"))
    assert [row.object_name for row in rows(page)] == ["Corner"]
    page = desk.get(url("auditentry_changelist", query="?q=somebody"))
    assert [row.what for row in rows(page)] == [What.SIGNED_OUT]


def test_a_shop_and_a_person_lead_to_their_history(desk, agent, other_shop):
    Shop.objects.filter(pk=agent.shop_id).update(hotline="1")
    Shop.objects.filter(pk=other_shop.pk).update(hotline="1")
    shop_page = text_of(desk.get(url("shop_change", agent.shop_id)))
    link = f"{url('auditentry_changelist')}?shop_id={agent.shop_id}"
    assert link in shop_page
    found = rows(desk.get(link))
    assert {row.shop_id for row in found} == {agent.shop_id}
    assert {row.subject for row in found} >= {"topup_shop", "topup_person"}
    person_page = text_of(desk.get(url("person_change", agent.pk)))
    for query in (f"?person_id={agent.pk}", f"?actor_id={agent.pk}"):
        assert url("auditentry_changelist", query=query) in person_page
        assert desk.get(url("auditentry_changelist", query=query)).status_code == 200


def test_who_may_not_see_the_log_sees_no_link_and_no_page(clerk, shop):
    client = clerk("view_shop")
    assert "Audit log" not in text_of(client.get(url("shop_change", shop.pk)))
    assert client.get(url("auditentry_changelist")).status_code == 403


def test_nobody_changes_the_log_not_even_a_superuser(desk, shop):
    row = AuditEntry.objects.latest("id")
    page = desk.get(url("auditentry_change", row.pk))
    assert page.status_code == 200
    assert 'name="_save"' not in text_of(page)
    assert desk.post(url("auditentry_change", row.pk), {"what": "x"}).status_code == 403
    assert desk.post(url("auditentry_delete", row.pk), {"post": "yes"}).status_code == 403
    assert desk.get(url("auditentry_add")).status_code == 403


def test_the_list_asks_the_database_as_often_for_three_rows_as_for_one(desk, shop):
    def queries():
        with CaptureQueriesContext(connection) as found:
            desk.get(url("auditentry_changelist", query="?subject=topup_tier"))
        return len(found)

    record(What.EXPORTED, name="x")
    one = queries()
    for _ in range(3):
        record(What.EXPORTED, name="x")
    assert queries() == one


@pytest.fixture
def colleague(db):
    person = Person.objects.create_user("colleague", role=Role.ADMIN, is_staff=True)
    secret = second_factor.new_secret()
    code = second_factor.pyotp.TOTP(secret).now()
    second_factor.enrol(person=person, secret=secret, code=code)
    return person


def take_away(client, factor):
    return client.post(
        url("factor_changelist"),
        {"action": "take_away", "_selected_action": [factor.pk]}, follow=True,
    )  # fmt: skip


def test_a_superuser_takes_a_lost_factor_away_and_the_log_names_him(desk, colleague):
    factor = Factor.objects.get(person=colleague)
    page = take_away(desk, factor)
    assert "Give colleague a new password too" in text_of(page)
    assert not Factor.objects.filter(person=colleague).exists()
    row = AuditEntry.objects.get(subject="topup_factor", what=What.REMOVED)
    assert (row.actor_name, row.person_id) == ("boss", colleague.pk)
    assert LogEntry.objects.get().change_message == "Taken away"


def test_never_his_own(desk, boss):
    secret = second_factor.new_secret()
    code = second_factor.pyotp.TOTP(secret).now()
    factor, _codes = second_factor.enrol(person=boss, secret=secret, code=code)
    page = take_away(desk, factor)
    assert "taken away by somebody else" in text_of(page)
    assert Factor.objects.filter(person=boss).exists()


def test_who_is_no_superuser_takes_none_away(clerk, colleague):
    client = clerk("view_factor", "change_factor", "delete_factor")
    take_away(client, Factor.objects.get(person=colleague))
    assert Factor.objects.filter(person=colleague).exists()
    assert client.post(
        url("factor_delete", Factor.objects.get().pk), {"post": "yes"}
    ).status_code == 403  # fmt: skip


def test_a_file_that_is_taken_along_is_written_down(client, shop):
    owner = Person.objects.create_user("owner", role=Role.OWNER, shop=shop)
    client.force_login(owner)
    answer = client.get(EXPORT)
    assert answer.headers["Content-Type"].startswith("text/csv")
    row = AuditEntry.objects.get(what=What.EXPORTED)
    assert (row.actor_name, row.shop_id) == ("owner", shop.pk)
    assert row.object_name in answer.headers["Content-Disposition"]
    assert row.object_name.endswith(".csv")
