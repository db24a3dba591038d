"""Statement and figures in a browser: for everyone, on a small screen, in the dark, mirrored."""

from tests.browser.conftest import DESK
from tests.browser.test_access import SMALL, TARGETS, violations
from topup.models import Person, Role

PAGES = ["/reports/?period=month&by=operator", "/reports/statement/"]


def test_figures_and_statement_are_for_everyone(open_page, counter):
    Person.objects.filter(pk=counter.agent.pk).update(role=Role.OWNER)
    counter.sell()
    counter.sell("18765550501")
    for viewport, scheme in ((SMALL, "dark"), (DESK, "light")):
        page = open_page(PAGES[0], viewport=viewport, color_scheme=scheme)
        for path in PAGES:
            page.goto(path)
            assert page.evaluate(TARGETS) == [], path
            for direction in ("ltr", "rtl"):
                page.evaluate("to => { document.documentElement.dir = to; }", direction)
                assert violations(page) == [], (path, direction)
                width = page.evaluate("document.documentElement.scrollWidth")
                assert width <= viewport["width"], (path, direction)


def test_a_file_is_saved_under_its_own_name(open_page, counter):
    counter.sell()
    page = open_page("/reports/")
    with page.expect_download() as started:
        page.get_by_role("link", name="Every sale as CSV").click()
    assert started.value.suggested_filename.startswith("sales-")
    text = started.value.path().read_text(encoding="utf-8-sig")
    assert "18765550000" in text
