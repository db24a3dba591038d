"""The Z-report on rolls of 80 and 58 mm: whole, on one page, black on white."""

import pytest

from tests.browser.conftest import PHONE
from tests.browser.test_access import cash
from tests.browser.test_paper import FAULTS, NARROWEST, sizes
from tests.stack import wait_for
from topup.services.shifts import count_shift, open_shift, seal_shift, unfinished_of


def test_a_z_report_fits_its_rolls(open_page, counter):
    counter.agent.first_name, counter.agent.last_name = "Anne-Marie", "of the Old Harbour Bridge"
    counter.agent.save()
    shift = open_shift(person=counter.agent, counts=[cash("123456.78")])
    for number in ("18765550000", "18765550501"):
        counter.sell(number)
    wait_for(lambda: not unfinished_of(shift), "both sales to end")
    count_shift(shift_id=shift.pk, counts=[cash("100000.05")], by=counter.agent)
    seal_shift(shift_id=shift.pk, by=counter.agent, note="a long word: " + "w" * 60)
    page = open_page(f"/shift/{shift.number}/report/", viewport=PHONE, color_scheme="dark")
    for roll in ("80", "58"):
        page.select_option("#paper-size", roll)
        ((width, _height),) = sizes(page.pdf(prefer_css_page_size=True))
        assert width == pytest.approx(int(roll), abs=1)
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print")
        assert page.evaluate(FAULTS, NARROWEST[roll]) == []
        page.emulate_media(media="null")
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
