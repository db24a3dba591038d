"""The shop's own margin beside what it sells, and notices of the distributor."""

import re
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import Sku
from tests.portal.conftest import GOOD, RANGE, Visitor
from topup.models import Announcement, AuditEntry, Notice, NoticeRead, Person, Role, Sale
from topup.services import notices
from topup.services.shops import open_shop

pytestmark = pytest.mark.django_db
TILES = "/sell/?number=18765550000"


@pytest.fixture
def boss(db):
    return Person.objects.create_user("boss", role=Role.ADMIN, is_staff=True)


def hide(visitor, hidden=True, **more):
    return visitor.post("/session/margin/", hide="1" if hidden else "0", **more)


def test_the_margin_is_seen_before_and_after_a_sale(visitor):
    assert "you keep $0.37" in visitor.get(TILES).text
    check, token = visitor.to_check()
    assert "You keep $0.37 · your float pays $9.68" in check.text
    sale = visitor.get(visitor.post("/sell/confirm/", quote=token).leads_to)
    assert "Your commission $0.37" in sale.text
    assert "Rule: commission 50 % of price − cost, price book 1" in sale.text


def test_a_hidden_margin_is_nowhere_in_the_page(visitor, counter):
    assert hide(visitor).leads_to == "/sell/"
    check, token = visitor.to_check()
    sale = visitor.post("/sell/confirm/", quote=token).leads_to
    for page in (visitor.get(TILES), check, visitor.get(sale), visitor.get("/sales/")):
        assert page.status == 200
        html = re.sub(r"[\w%=-]{32,}", "", page.html)  # tokens have any letters
        for told in ("0.37", "9.68", "keep", "earn", "Rule:"):
            assert told not in html
    assert Sale.objects.get().commission, "there is one"
    assert "Show my commission" in visitor.get(sale).text
    hide(visitor, False)
    assert "$0.37" in visitor.get(sale).text


def test_pressing_twice_hides_it_all_the_same_and_hides_nobody_else_s(visitor, counter, colleague):
    hide(visitor)
    hide(visitor)
    counter.agent.refresh_from_db()
    colleague.refresh_from_db()
    assert (counter.agent.hides_margin, colleague.hides_margin) == (True, False)


@pytest.mark.parametrize(
    "path",
    [TILES, "/sell/?number=18765550000&operator=1&sku=2", "/sales/"],
)
def test_the_switch_leads_back_to_its_page(visitor, path):
    assert hide(visitor, next=path).leads_to == path


@pytest.mark.parametrize("bad", ["", "https://evil.example/", "//evil.example", "javascript:1",
                                 "/\\evil.example", "evil"])  # fmt: skip
def test_the_switch_leads_to_no_foreign_page(visitor, bad):
    assert hide(visitor, next=bad).leads_to == "/sell/"


def test_a_refused_form_keeps_what_was_typed_behind_the_switch(visitor):
    sku = Sku.objects.get(provider_id=RANGE)
    page = visitor.quote(sku=RANGE, amount="9999")
    assert page.status == 422
    here = page.value_of("next").replace("&amp;", "&")
    again = visitor.get(hide(visitor, next=here).leads_to)
    assert again.status == 200
    assert f'name="amount-{sku.pk}"' in again.html
    assert 'value="9999"' in again.html


def test_the_check_page_of_a_refused_sale_is_found_again(visitor, counter):
    _page, token = visitor.to_check()
    counter.shop.is_frozen = True
    counter.shop.save()
    refused = visitor.post("/sell/confirm/", quote=token)
    assert refused.status == 422
    back = hide(visitor, next=refused.value_of("next").replace("&amp;", "&"))
    assert "Check before you sell" in visitor.get(back.leads_to).text


def test_a_refused_sale_earns_nothing_to_show(visitor):
    sale = visitor.sell(number="18765550501")
    found = Sale.objects.get()
    assert "Your commission" in visitor.get(sale).text
    Sale.objects.filter(pk=found.pk).update(state="cancelled")
    assert "commission" not in visitor.get(sale).text


def test_a_receipt_never_shows_the_margin(visitor, counter):
    sale = counter.sell()
    page = visitor.get(f"/receipts/{sale.correlation_id}/")
    assert page.status == 200
    for told in ("0.37", "9.68", "9.30", "ommission", "Rule"):
        assert told not in page.html


def test_a_stranger_has_no_margin_to_hide(db):
    assert hide(Visitor()).leads_to.startswith("/session/sign-in/")


# --- notices ------------------------------------------------------------------------------------


def test_a_notice_is_on_the_sell_page_of_each_person_until_he_reads_it(
    visitor, counter, colleague, owner
):
    notices.write(text="Closed on <Sunday>.", to=counter.shop)
    page = visitor.get(TILES)
    assert "Closed on &lt;Sunday&gt;." in page.html
    pk = Notice.objects.get().pk
    back = visitor.post(f"/notices/{pk}/read/", next=TILES)
    assert (back.status, back.leads_to) == (303, TILES)
    shown = {
        person: "Closed on" in Visitor(person).get(TILES).text
        for person in (counter.agent, colleague, owner)
    }
    assert list(shown.values()) == [False, True, True]
    Visitor(owner).post(f"/notices/{pk}/read/")
    page = Visitor(colleague).get("/notices/")
    assert ("read by counter, owner" in page.text, "new" in page.text) == (True, True)
    assert "Closed on" in Visitor(colleague).get(TILES).text
    newcomer = Person.objects.create_user("newcomer", shop=counter.shop)
    assert "Closed on" not in Visitor(newcomer).get(TILES).text, "it was before his time"


def test_a_notice_ends_with_its_last_day_where_the_shop_is(visitor, counter, monkeypatch):
    counter.shop.time_zone = "America/Jamaica"
    counter.shop.save()
    notices.write(text="Half price.", to=counter.shop, ends_on=date(2036, 12, 31))
    for hour, is_shown in ((4, True), (5, False)):  # midnight there is five o'clock here
        at = datetime(2037, 1, 1, hour, tzinfo=UTC)
        monkeypatch.setattr(timezone, "now", lambda at=at: at)
        page = Visitor(counter.agent).get(TILES)
        assert ("Half price." in page.text) == is_shown
        assert ("until the end of Dec. 31, 2036" in page.text) == is_shown
    assert "Half price." in Visitor(counter.agent).get("/notices/").text, "it is kept"


def test_what_is_withdrawn_is_kept_and_shown_nowhere(visitor, counter, boss):
    notices.write(text="Wrong.", by=boss)
    made = Announcement.objects.get()
    assert notices.withdraw(announcement_id=made.pk, by=boss) is True
    assert notices.withdraw(announcement_id=made.pk, by=boss) is False
    for path in (TILES, "/notices/"):
        assert "Wrong." not in visitor.get(path).text
    assert Notice.objects.get().text == "Wrong."
    deeds = AuditEntry.objects.filter(subject="topup_announcement").order_by("id")
    assert [deed.what for deed in deeds] == ["created", "changed"]
    assert set(deeds[1].changes) == {"withdrawn_at", "withdrawn_by_id"}


def test_a_fragment_has_no_notice(htmx, counter):
    notices.write(text="Closed.", to=counter.shop)
    assert "Closed." not in htmx.get("/sell/", number=GOOD).text


def test_the_newest_notice_is_shown_and_more_are_on_their_page(visitor, counter):
    for number in range(2):
        notices.write(text=f"Notice {number}", to=counter.shop)
    page = visitor.get("/sell/")
    assert ["Notice 1" in page.text, "Notice 0" in page.text] == [True, False]
    assert 'href="/notices/"' in page.html
    assert "Notice 0" in visitor.get("/notices/").text
    visitor.post(f"/notices/{Notice.objects.first().pk}/read/")
    page = visitor.get("/sell/")
    assert ("Notice 0" in page.text, 'href="/notices/"' in page.html) == (True, False)


def test_a_notice_of_another_shop_is_not_there(visitor):
    other = open_shop(name="Other")
    notices.write(text="Secret", to=other)
    pk = Notice.objects.get().pk
    assert visitor.post(f"/notices/{pk}/read/").status == 404
    assert visitor.post("/notices/99999999999999999999/read/").status == 404
    assert visitor.get(f"/notices/{pk}/read/").status == 405
    for path in ("/notices/", "/sell/"):
        assert "Secret" not in visitor.get(path).text
    assert not NoticeRead.objects.exists()


def test_old_notices_are_on_pages_of_twenty(visitor, counter):
    assert "has written nothing yet" in visitor.get("/notices/").text
    Notice.objects.bulk_create(Notice(shop=counter.shop, text=f"Notice {n}.") for n in range(25))
    first, second = visitor.get("/notices/"), visitor.get("/notices/?page=2")
    assert (first.text.count("Notice "), second.text.count("Notice ")) == (40, 10)
    assert ["?page=2" in first.html, "?page=1" in second.html] == [True, True]
    for odd in ("0", "-1", "x", "²", "9" * 40):
        assert visitor.get(f"/notices/?page={odd}").status == 200


@pytest.mark.parametrize("path", ["/sell/", "/notices/"])
def test_notices_cost_one_query_whatever_their_number(visitor, counter, owner, path):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as found:
            visitor.get(path)
        return len([q for q in found.captured_queries if "topup_notice" in q["sql"]]), len(found)

    visitor.get(path)
    notices.write(text="one", to=counter.shop)
    notices.mark_read(notice_id=Notice.objects.get().pk, by=owner)
    once = queries()
    for _ in range(3):
        notices.write(text="more", to=counter.shop)
    assert (once[0], queries()) == (1, once)


def test_other_pages_do_not_ask_for_notices(visitor, counter):
    assert isinstance(counter.agent, Person)
    with CaptureQueriesContext(connection) as found:
        visitor.get("/sales/")
    assert not any("topup_notice" in query["sql"] for query in found.captured_queries)
