"""Questions before a sale and an operator's trouble, by keyboard and for everyone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import Operator
from tests.browser.conftest import AXE, SCRIPTS, arrive, forgive, heading, to_check
from tests.browser.test_access import RULES, TARGETS
from topup.models import OperatorWeather, SafetyRules, Sale

SMALL = {"width": 320, "height": 640}


def assert_for_everyone(page):
    """Axe, targets, no sideways scroll; then the same right to left."""
    page.wait_for_load_state()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for direction in ("ltr", "rtl"):
        page.evaluate("way => { document.documentElement.dir = way }", direction)
        found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
        assert [problem["id"] for problem in found["violations"]] == []
        assert page.evaluate(TARGETS) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


@SCRIPTS
def test_a_second_time_is_asked_and_sold_by_keyboard(open_page, counter, scripts):
    counter.sell("18761234567")
    SafetyRules.objects.update(repeat_is_on=True, asks_money=True)
    page = open_page(scripts=scripts, viewport=SMALL)
    to_check(page)
    if scripts:
        page.wait_for_timeout(500)  # an Enter before the price could be read sells nothing
    page.press("#confirm .primary", "Enter")
    arrive(page, ".problem")
    if scripts:
        assert_for_everyone(page)
    for field in ("#answer-repeat", "#answer-money"):
        page.press(field, "Space")
    page.press("#confirm .primary", "Enter")
    page.wait_for_url("**/sales/**")
    assert Sale.objects.count() == 2
    if scripts:
        heading(page, "Done")
    forgive(open_page, "422")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_paused_operator_says_so_for_everyone(open_page, counter, scheme):
    SafetyRules.objects.update(pause_is_on=True)  # else the next look at the weather ends it
    later = timezone.now() + timedelta(minutes=5)
    operator = Operator.objects.get()
    OperatorWeather.objects.create(operator=operator, paused_until=later, pauses=1)
    page = open_page("/sell/?number=18761234567", viewport=SMALL, color_scheme=scheme)
    page.wait_for_selector(".weather-banner")
    assert_for_everyone(page)
    page.goto("/sell/browse/JM/")
    page.wait_for_selector(".weather.bad")
    assert_for_everyone(page)
