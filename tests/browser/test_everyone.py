"""A sample of what `./dev axe` looks at: each screen of a kiosk in two languages and modes."""

import pytest

from tests.browser.everyone import look_at_screen
from tests.browser.kioskwalk import switch
from tests.browser.test_access import SMALL, forgive_status
from tests.browser.test_kiosk import TALL, at_kiosk, screens  # noqa: F401


@pytest.mark.parametrize(
    ("language", "mode"),
    [("ar", "low"), ("hi", "200")],
    ids=["ar", "hi"],
)
def test_a_kiosk_is_for_everyone(at_kiosk, open_page, language, mode):  # noqa: F811
    page = at_kiosk()
    switch(page, mode)
    told = {}
    for name in screens(page, language):
        if name != "start":  # which is in the first language still
            told[name] = look_at_screen(page, language, sizes=(SMALL, TALL))
    for name in ("modes", "language", "idle", "help", "state"):
        page.goto(f"/kiosk/{name}/")
        told[name] = look_at_screen(page, language, sizes=(SMALL, TALL))
    assert {name: found for name, found in told.items() if found} == {}
    assert len(told) == 13
    forgive_status(open_page)


def test_what_is_wrong_would_be_seen(at_kiosk):  # noqa: F811
    page = at_kiosk()
    assert look_at_screen(page, "en", sizes=(TALL,)) == []
    page.evaluate(
        """() => { document.documentElement.lang = "ur";
            const es = document.querySelector("button[value=es]");
            es.style.cssText = "height: 40px; min-height: 0";
            document.querySelector("h1").style.cssText = "width: 3000px; color: #ccc"; }"""
    )
    told = " ".join(look_at_screen(page, "en", sizes=(TALL,)))
    for wrong in ("lang and dir are ur", "color-contrast", 'value="es"', "scrolls sideways: 30"):
        assert wrong in told
