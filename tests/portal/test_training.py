"""Where a simulator stands in for the provider, nobody takes its sale for a real one."""

import pytest
from django.test import Client

from tests.portal.test_receipts import file_of, picture, url_of
from topup.services import passport

pytestmark = pytest.mark.django_db
TOLD = "Training: nothing is really sold"


@pytest.fixture
def sale(counter):
    return counter.sell()


def times(answer):
    return answer.content.decode().count(TOLD)


@pytest.mark.parametrize("is_training", [True, False], ids=["simulator", "real"])
def test_every_page_says_that_nothing_is_really_sold(visitor, sale, settings, is_training):
    settings.SIMULATOR = is_training
    stranger, agent = Client(), visitor.client
    public = f"/r/{passport.token_of(sale)}/"
    for path in ("/session/sign-in/", "/kiosk/enrol/", "/admin/login/", public):
        assert times(stranger.get(path)) == is_training, path
    assert times(agent.get("/sell/")) == is_training
    assert times(agent.get(url_of(sale))) == 3 * is_training, "the page, both ends of the paper"


def test_the_pdf_says_so_at_both_ends(visitor, sale, settings):
    settings.SIMULATOR = True
    page, _drawn = picture(file_of(visitor, sale).response.content)
    words = " ".join(page.get_textpage().get_text_range().split())
    assert words.count(TOLD) == 2
    assert (words.startswith(TOLD), words.endswith(TOLD)) == (True, True)
