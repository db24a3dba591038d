"""Safety in the admin: one row of rules, cool-downs that are lifted, operators held by hand."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.database import check_now
from tests.topup.admin.conftest import act, text_of, url
from topup import attention
from topup.models import AuditEntry, CoolDown, OperatorWeather, SafetyAnswer, SafetyRules
from topup.models.weather import Hold


def audited(subject):
    check_now()
    return AuditEntry.objects.filter(subject=subject).order_by("id").last()


def rules_form(desk, **changes):
    """The form as the page shows it, with some fields changed."""
    page = desk.get(url("safetyrules_changelist"), follow=True)
    form = page.context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    values = {name: value for name, value in values.items() if value is not False} | changes
    row = SafetyRules.objects.get()
    return page, desk.post(url("safetyrules_change", row.pk), values)


def test_the_list_leads_to_the_one_row_and_a_change_is_audited(desk, boss, shop):
    page, answer = rules_form(desk, repeat_is_on="on", repeat_minutes=20)
    assert "A customer who comes back later than this is asked nothing." in text_of(page)
    assert answer.status_code == 302
    assert SafetyRules.objects.get().repeat_minutes == 20
    entry = audited("topup_safetyrules")
    assert entry.changes["repeat_minutes"] == [10, 20]
    assert entry.actor_name == boss.username


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"repeat_minutes": 0}, "greater than or equal to 1"),
        ({"pause_minutes": 90}, "The longest pause is shorter than the first one."),
        ({"large_above": "-1"}, "greater than or equal to 0"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(desk, shop, changes, told):
    _page, answer = rules_form(desk, **changes)
    assert told in text_of(answer)


def test_the_row_is_made_when_it_is_lacking_and_for_those_who_may_look(desk, clerk, shop):
    SafetyRules.objects.all().delete()
    assert desk.get(url("safetyrules_changelist")).status_code == 302
    assert SafetyRules.objects.get().repeat_is_on
    assert clerk("view_sale").get(url("safetyrules_changelist")).status_code == 403


def test_a_cool_down_needs_somebody_and_is_lifted_by_who_may(desk, boss, agent, clerk):
    until = timezone.now() + timedelta(minutes=9)
    row = CoolDown.objects.create(shop=agent.shop, person=agent, reason="a run", until=until)
    texts = [need.text for need in attention.needs(boss)]
    assert "1 cool-down of PINs and gift cards is running" in texts
    assert 'value="lift"' not in text_of(clerk("view_cooldown").get(url("cooldown_changelist")))
    desk.force_login(boss)
    act(desk, "cooldown", "lift", row)
    row.refresh_from_db()
    assert (row.lifted_by, row.lifted_at is not None) == (boss, True)
    assert audited("topup_cooldown").changes.keys() == {"lifted_at", "lifted_by_id"}
    assert attention.needs(boss) == []


def test_an_operator_is_held_with_a_reason_and_that_is_audited(desk, boss, sku, shop):
    form = {"operator": sku.operator_id, "hold": "closed", "hold_reason": " "}
    assert "Write down why." in text_of(desk.post(url("operatorweather_add"), form))
    assert not OperatorWeather.objects.exists()
    desk.post(url("operatorweather_add"), form | {"hold_reason": "strike"})
    row = OperatorWeather.objects.get()
    assert (row.hold, row.hold_reason, row.held_by) == (Hold.CLOSED, "strike", boss)
    assert audited("topup_operatorweather").changes["hold"] == ["", "closed"]
    assert "1 operator is paused or closed" in [need.text for need in attention.needs(boss)]
    back = {"hold": "", "hold_reason": "it is over"}
    desk.post(url("operatorweather_change", row.pk), back)
    assert OperatorWeather.objects.get().hold == Hold.NONE
    assert audited("topup_operatorweather").changes["hold"] == ["closed", ""]


@pytest.mark.parametrize("count", [1, 3])
def test_the_lists_ask_a_fixed_number_of_queries(
    desk, agent, sku, django_assert_num_queries, count
):
    who = {"shop": agent.shop, "person": agent}
    OperatorWeather.objects.create(operator=sku.operator)
    for number in range(count):
        SafetyAnswer.objects.create(key=f"{number}", rule="scam", is_right=True, **who)
        CoolDown.objects.create(reason="a run", until=timezone.now(), **who)
    for model in ("safetyanswer", "cooldown", "operatorweather"):
        with django_assert_num_queries(4):  # session, person, count, rows
            desk.get(url(f"{model}_changelist"))
