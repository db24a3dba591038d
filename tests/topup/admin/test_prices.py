"""Price books in the admin: drafts, rules, files, the check, two people, what-if, notices."""

import csv
import io
import re
from datetime import timedelta
from decimal import Decimal as D
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from catalog.models import Operator
from tests.topup.admin.conftest import act, messages_of, text_of, url
from tests.topup.prices import markup, share
from topup.models import (
    Announcement,
    BookState,
    Notice,
    Person,
    PriceBook,
    PriceRule,
    Role,
    Tier,
    WhatIf,
    WhatIfState,
)
from topup.services import notices, pricefiles, publishing, whatif
from topup.services.pricebooks import current_book
from topup.services.shops import open_shop
from topup.whatifchart import chart_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def maker(db):
    return Person.objects.create_user("maker", role=Role.ADMIN)


@pytest.fixture
def draft(maker):
    return publishing.draft_from(book=current_book(), by=maker)


def logged(row):
    return list(LogEntry.objects.filter(object_id=row.pk).values_list("change_message", flat=True))


def rule_form(book=None, **changes):
    """What the page of a rule posts."""
    empty = dict.fromkeys(("kind", "country", "operator", "product", "sku", "shop", "branch",
                           "tier", "rounding", "step", "note"), "")  # fmt: skip
    form = {**empty, "method": "markup", "value": "9"}
    return form | ({"book": book.pk} if book else {}) | changes


# --- books ------------------------------------------------------------------------------------


def test_a_draft_is_made_from_the_book_in_force(desk, boss):
    book = current_book()
    page = text_of(desk.get(url("pricebook_change", book.pk)))
    assert "Make a draft from it" in page
    assert "Check and publish" not in page
    done = desk.post(url("pricebook_draft", book.pk), follow=True)
    draft = PriceBook.objects.get(state=BookState.DRAFT)
    assert messages_of(done) == ["This is a draft with the same rules. Change them at will."]
    assert (draft.made_by, draft.rules.count()) == (boss, 2)
    assert logged(draft) == ["Made from Price book 1"]
    page = text_of(desk.get(url("pricebook_change", draft.pk)))
    for tool in ("Check and publish", "Rules from a file", "Throw away", "What if"):
        assert tool in page


def test_a_book_is_published_by_a_second_person_in_the_admin(desk, boss, draft, shop):
    PriceRule.objects.create(book=draft, **markup(9, shop=shop))
    page = text_of(desk.get(url("pricebook_publish", draft.pk)))
    assert "Nothing would lose money" in page
    done = desk.post(url("pricebook_publish", draft.pk), {"starts_at_0": "", "starts_at_1": ""},
                     follow=True)  # fmt: skip
    assert messages_of(done) == ["Published as price book 2; 1 shop is told."]
    draft.refresh_from_db()
    assert (draft.published_by, current_book()) == (boss, draft)
    assert logged(draft)[0].startswith("Published as 2, from ")
    again = desk.get(url("pricebook_publish", draft.pk), follow=True)
    assert messages_of(again) == ["This price book is published already."]


def test_a_rule_slipped_in_after_the_check_is_not_published_with_it(desk, boss, draft):
    address = url("pricebook_publish", draft.pk)
    seen = desk.get(address).context["seen"]
    form = {"starts_at_0": "", "starts_at_1": "", "seen": seen}
    rule = draft.rules.get(use="commission")
    rule.value = D(100)
    rule.save()
    refused = desk.post(address, form)
    draft.refresh_from_db()
    assert (refused.status_code, draft.state) == (422, "draft")
    assert "The rules have changed since you looked" in text_of(refused)
    desk.post(address, form | {"seen": refused.context["seen"]})
    draft.refresh_from_db()
    assert draft.state == "published"


def test_ones_own_draft_is_not_published_and_the_page_says_so(desk, boss):
    own = publishing.draft_from(book=current_book(), by=boss)
    address = url("pricebook_publish", own.pk)
    assert "Somebody else has to publish it" in text_of(desk.get(address))
    refused = desk.post(address, {})
    assert refused.status_code == 422
    assert "Somebody else has to publish it" in text_of(refused)
    own.refresh_from_db()
    assert own.state == BookState.DRAFT


@pytest.mark.parametrize(
    ("day", "hour", "words"),
    [("2020-01-01", "08:00", "This time is over"), ("2031-13-01", "08:00", "Enter a valid date"),
     ("2031-01-01", "", "Enter a valid time")],
)  # fmt: skip
def test_a_wrong_time_publishes_nothing(desk, draft, day, hour, words):
    form = {"starts_at_0": day, "starts_at_1": hour}
    page = desk.post(url("pricebook_publish", draft.pk), form)
    assert page.status_code == 422
    assert words in text_of(page)
    assert day in text_of(page), "what was typed is kept"
    draft.refresh_from_db()
    assert draft.state == BookState.DRAFT


def test_the_check_is_told_in_words_and_has_to_be_meant(desk, draft, sku, shop):
    cheap = {"use": "price", "method": "fixed_price", "value": D(5), "sku": sku}
    PriceRule.objects.create(book=draft, **cheap)
    PriceRule.objects.create(book=draft, **markup(1, kind="pin"))
    PriceRule.objects.create(book=draft, **markup(2, kind="pin"))
    address = url("pricebook_publish", draft.pk)
    page = text_of(desk.get(address))
    assert "1 SKU would lose money at 1 shop" in page
    assert "Digicel 10 USD" in page
    assert "Price: 5 (SKU Digicel 10 USD)" in page
    assert "These rules never win" in page
    assert "Price: cost + 1 % (kind Top-up)" not in page
    assert "Price: cost + 1 % (kind PIN)" in page
    refused = desk.post(address, {})
    assert (refused.status_code, "say that it is meant" in text_of(refused)) == (422, True)
    desk.post(address, {"despite": "on"})
    assert current_book() == draft


def test_a_book_without_a_price_for_all_says_so(desk, draft):
    draft.rules.filter(use="price").delete()
    address = url("pricebook_publish", draft.pk)
    assert "No price rule is for everything" in text_of(desk.get(address))
    assert desk.post(address, {}).status_code == 422
    assert desk.post(address, {"despite": "on"}).status_code == 302


def test_a_book_that_has_not_begun_is_withdrawn(desk, boss, draft, maker, shop):
    PriceRule.objects.create(book=draft, **markup(9))
    publishing.publish(book_id=draft.pk, by=boss, starts_at=timezone.now() + timedelta(days=1))
    assert "to come" in text_of(desk.get(url("pricebook_changelist")))
    address = url("pricebook_withdraw", draft.pk)
    assert "The prices of today stay" in text_of(desk.get(address))
    done = desk.post(address, follow=True)
    assert messages_of(done) == ["Withdrawn; 1 shop is told."]
    assert messages_of(desk.post(address, follow=True)) == [
        "Only a price book that has not begun can be withdrawn."
    ]


def test_a_draft_is_thrown_away_and_a_published_book_is_not(desk, draft):
    address = url("pricebook_discard", draft.pk)
    assert "removed" in text_of(desk.get(address))
    assert messages_of(desk.post(address, follow=True)) == ["The draft is gone."]
    assert not PriceBook.objects.filter(pk=draft.pk).exists()
    desk.post(url("pricebook_discard", current_book().pk))
    assert current_book().version == 1


DEEDS = ("draft", "publish", "withdraw", "discard", "rows", "file", "replay")


def test_every_deed_asks_for_its_own_permission(clerk, draft, shop):
    client = clerk("view_pricebook", "view_pricerule")
    page = text_of(client.get(url("pricebook_change", draft.pk)))
    for words in (
        "Make a draft",
        "Check and publish",
        "Throw away",
        "Rules from a file",
        "What if",
    ):
        assert words not in page
    refused = {deed for deed in DEEDS
               if client.post(url(f"pricebook_{deed}", draft.pk)).status_code == 403}  # fmt: skip
    assert refused == {*DEEDS} - {"file"}
    for deed, permission in (
        ("draft", "add_pricebook"), ("rows", "change_pricerule"), ("publish", "publish_pricebook"),
        ("replay", "add_whatif"),
    ):  # fmt: skip
        client = clerk("view_pricebook", permission)
        assert client.post(url(f"pricebook_{deed}", draft.pk)).status_code in {200, 302, 422}, deed
    draft.refresh_from_db()
    assert draft.state == BookState.PUBLISHED
    other = PriceBook.objects.filter(state=BookState.DRAFT).get()
    client = clerk("view_pricebook", "delete_pricebook")
    client.post(url("pricebook_discard", other.pk))
    assert not PriceBook.objects.filter(state=BookState.DRAFT).exists()


@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_queries_for_one_row_and_for_three(
    desk, draft, shop, sku, django_assert_num_queries, count
):
    current_book().pk  # noqa: B018
    PriceBook.objects.filter(state=BookState.DRAFT).exclude(pk=draft.pk).delete()
    draft.rules.all().delete()
    for number in range(count):
        PriceRule.objects.create(book=draft, **markup(number, sku=sku, shop=shop))
        PriceBook.objects.create(note=f"n {number}")
        Notice.objects.create(shop=shop, text="x")
    for model, queries, query in (
        ("pricerule", 5, f"?book__id__exact={draft.pk}"), ("pricebook", 4, ""), ("notice", 4, ""),
    ):  # fmt: skip
        address = url(f"{model}_changelist", query=query)
        desk.get(address)
        with django_assert_num_queries(queries):
            page = desk.get(address)
    assert page.context["cl"].result_count == count


# --- rules ------------------------------------------------------------------------------------


def test_a_rule_is_added_to_a_draft_and_its_use_follows_from_its_method(desk, boss, draft, sku):
    form = rule_form(draft, method="share_of_face", value="3.5", sku=sku.pk, step="0.05",
                     rounding="nearest")  # fmt: skip
    assert desk.post(url("pricerule_add"), form).status_code == 302
    rule = draft.rules.get(sku=sku)
    assert (rule.use, rule.value, rule.rounding, rule.step) == (
        "commission", D("3.5"), "nearest", D("0.05"),
    )  # fmt: skip
    draft.refresh_from_db()
    assert draft.edited_by == [boss.pk]
    page = text_of(desk.get(url("pricerule_changelist", query=f"?book__id__exact={draft.pk}")))
    assert "3.5 % of the face value, rounded to the nearest 0.05" in page
    assert "SKU Digicel 10 USD" in page


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"value": "1001"}, "1000 %"), ({"value": "-1"}, "below zero"), ({"value": "x"}, "digits"),
        ({"value": "1.550"}, "a thousand or a part"),
        ({"method": "share_of_margin", "value": "101"}, "100 %"),
        ({"method": "fixed_price", "value": "0"}, "more than zero"),
        ({"step": "0"}, "more than zero"), ({"step": "0.003"}, "a multiple of 0.01"),
        ({"method": ""}, "required"), ({"method": "magic"}, "valid choice"),
        ({"kind": "pin", "sku": "SKU"}, "not of this kind"),
        ({"country": "HT", "sku": "SKU"}, "not of this country"),
        ({"operator": "OTHER", "sku": "SKU"}, "not of this operator"),
        ({"country": "HT", "operator": "OPERATOR"}, "not of this country"),
        ({"branch": "BRANCH", "shop": "SHOP"}, "does not lie in this branch"),
        ({"tier": "TIER", "shop": "SHOP"}, "not of this tier"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_right_is_refused_in_words(desk, draft, sku, shop, wrong, words):
    haiti = type(sku.country).objects.create(code="HT", name="Haiti")
    ids = {
        "SKU": sku.pk, "OPERATOR": sku.operator_id, "SHOP": shop.pk,
        "OTHER": Operator.objects.create(provider_id=9, name="Other", country=haiti).pk,
        "BRANCH": open_shop(name="Branch", level="sub_distributor").pk,
        "TIER": Tier.objects.create(name="Gold").pk,
    }  # fmt: skip
    changes = {name: ids.get(value, value) for name, value in wrong.items()}
    page = desk.post(url("pricerule_add"), rule_form(draft, **changes))
    assert page.status_code == 200
    assert words in " ".join(str(error) for error in page.context["errors"])
    assert draft.rules.count() == 2


def test_rules_of_a_published_book_are_read_only(desk, draft):
    rule = current_book().rules.first()
    page = desk.get(url("pricerule_change", rule.pk))
    assert 'name="value"' not in text_of(page)
    assert desk.post(url("pricerule_change", rule.pk), rule_form(value="1")).status_code == 403
    assert desk.post(url("pricerule_delete", rule.pk), {"post": "yes"}).status_code == 403
    act(desk, "pricerule", "delete_selected", rule, post="yes")
    published = rule_form(current_book())
    assert "valid choice" in text_of(desk.post(url("pricerule_add"), published))
    assert current_book().rules.count() == 2


def test_a_rule_stays_in_its_book(desk, draft, boss):
    other = PriceBook.objects.create()
    rule = draft.rules.first()
    desk.post(url("pricerule_change", rule.pk), rule_form(other, value="11"))
    rule.refresh_from_db()
    draft.refresh_from_db()
    assert (rule.value, rule.book, draft.edited_by) == (11, draft, [boss.pk])


def test_rules_of_a_draft_are_removed_and_who_did_it_is_known(desk, draft, boss):
    first, second = draft.rules.all()
    act(desk, "pricerule", "delete_selected", first, post="yes")
    desk.post(url("pricerule_delete", second.pk), {"post": "yes"})
    draft.refresh_from_db()
    assert (draft.rules.count(), draft.edited_by) == (0, [boss.pk])


def test_a_draft_that_is_published_meanwhile_changes_no_more(desk, draft, boss, monkeypatch):
    """Between our look at the book and the lock on it; here it is undone with the refusal."""
    real, second = publishing.lock_book, Person.objects.create_user("second", role=Role.ADMIN)

    def late(book_id):
        monkeypatch.setattr(publishing, "lock_book", real)
        publishing.publish(book_id=book_id, by=second)
        return real(book_id)

    monkeypatch.setattr(publishing, "lock_book", late)
    done = desk.post(url("pricerule_add"), rule_form(draft), follow=True)
    assert messages_of(done) == [
        "This price book is published: its rules do not change. Make a new draft."
    ]
    assert draft.rules.count() == 2


# --- files ------------------------------------------------------------------------------------


def file_of(desk, book):
    answer = desk.get(url("pricebook_file", book.pk))
    return b"".join(answer.streaming_content).decode()


def said(book):
    return list(book.rules.order_by("id").values_list(*publishing.COPIED))


def test_a_file_that_went_out_comes_in_the_same(desk, draft, sku, maker):
    shop, gold = open_shop(name="=1+1"), Tier.objects.create(name="Gold, old")
    PriceRule.objects.create(book=draft, sku=sku, shop=shop, rounding="up", step=D("0.05"),
                             **share("12.5", may_lose=True, note="- because"))  # fmt: skip
    PriceRule.objects.create(book=draft, operator=sku.operator, kind="airtime", **markup("0.0001"))
    PriceRule.objects.create(book=draft, product=sku.product, tier=gold, **markup(7))
    PriceRule.objects.create(book=draft, country=sku.country, branch=shop, **markup(7))
    text = file_of(desk, draft)
    assert "'=1+1" in text, "no cell is a formula"
    assert "1/JM" in text
    other = publishing.draft_from(book=current_book(), by=maker)
    done = desk.post(url("pricebook_rows", other.pk), {"rows": text, "replaces": "on"}, follow=True)
    assert messages_of(done) == ["6 rules are taken in."]
    assert said(other) == said(draft)
    assert logged(other) == ["Took in 6 rules"]


def test_rows_pasted_from_a_spreadsheet_are_added(desk, boss, draft, sku):
    rows = "Method\tValue\tsku\nmarkup\t8 %\t11\n\nfixed_commission\t0.25\t11\n"
    desk.post(url("pricebook_rows", draft.pk), {"rows": rows})
    assert [(r.use, r.value, r.sku) for r in draft.rules.order_by("id")[2:]] == [
        ("price", 8, sku), ("commission", D("0.25"), sku),
    ]  # fmt: skip
    draft.refresh_from_db()
    assert draft.edited_by == [boss.pk]


def test_every_wrong_row_is_told_and_nothing_is_taken_in(desk, draft, sku):
    rows = (
        "method,value,kind,sku,operator,shop,step,may_lose,rounding\n"
        "markup,8,,11,,,,,\n"
        "magic,8,,,,,,,\n"
        "markup,,,,,,,,\n"
        "markup,1e99,,,,,,,\n"
        "markup,2000,,,,,,,\n"
        "markup,8,pin,11,,,,,\n"
        "markup,8,,99,,,,,\n"
        "markup,8,,,1/HT,Nowhere,,,\n"
        "markup,8,,,,,x,,\n"
        "markup,8,,,,,0.005,maybe,sideways\n"
        "share_of_margin,50.00001,,,,,,,\n"
    )
    page = desk.post(url("pricebook_rows", draft.pk), {"rows": rows, "replaces": "on"})
    assert page.status_code == 422
    told = [(problem.row, problem.text) for problem in page.context["problems"]]
    assert [row for row, _text in told] == [3, 4, 5, 6, 7, 8, 9, 9, 10, 11, 11, 12]
    words = " ".join(text for _row, text in told)
    for part in ("one of markup", "is no figure", "1000 %", "not of this kind", "no “99”",
                 "no “1/HT”", "no “Nowhere”", "yes, or nothing", "one of up",
                 "four decimals"):  # fmt: skip
        assert part in words
    assert "magic,8" in text_of(page), "what was pasted is kept"
    assert draft.rules.count() == 2


@pytest.mark.parametrize("rows", ["x", "method;price\nmarkup;8", "\n\n", '"', "method,value"])
def test_what_is_no_table_is_refused(desk, draft, rows):
    assert desk.post(url("pricebook_rows", draft.pk), {"rows": rows}).status_code == 422
    assert draft.rules.count() == 2


def test_reading_costs_the_same_queries_for_any_number_of_rows(
    draft, sku, shop, maker, django_assert_max_num_queries
):
    rows = io.StringIO()
    writer = csv.writer(rows)
    writer.writerow(["method", "value", "sku", "operator", "shop", "country"])
    for number in range(500):
        writer.writerow(["markup", number % 100, 11, "1/JM", "Corner", "JM"])
    with django_assert_max_num_queries(16):
        found = pricefiles.take_in(book_id=draft.pk, by=maker, text=rows.getvalue(), replaces=True)
    assert (len(found.rules), draft.rules.count()) == (500, 500)


# --- what-if ----------------------------------------------------------------------------------


def ask(desk, book, **changes):
    today = timezone.localdate()
    form = {"first": today - timedelta(days=3), "last": today} | changes
    return desk.post(url("pricebook_replay", book.pk), form, follow=True)


def test_a_what_if_shows_winners_and_losers_by_shop(desk, draft, counter):
    counter.sell()
    PriceRule.objects.create(book=draft, **share(100, shop=counter.shop))
    page = ask(desk, draft)
    assert page.status_code == 200
    (name, cells), *rest = page.context["rows"]
    assert (name, rest) == ("Counter", [])
    assert cells == ["1", "", "0.37", "0.75", "+0.38", "10.05", "10.05", "0.38", "0.00", "−0.38"]
    text = text_of(page)
    assert "1 would earn more, 0 less" in text
    assert '<title id="chart-title">' in text
    assert 'fill="#2e8b57"' in text
    assert "+0.38</text>" in text
    assert 'style="' not in text[text.index("<figure>") : text.index("</figure>")]


def test_a_blocked_sale_is_counted(desk, draft, counter):
    counter.sell()
    PriceRule.objects.create(book=draft, use="price", method="fixed_price", value=D(1),
                             shop=counter.shop)  # fmt: skip
    page = ask(desk, draft)
    assert page.context["total"] == [
        "1", "1", "0.37", "0.00", "−0.37", "10.05", "0.00", "0.38", "0.00", "−0.38",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [{"first": "2031-01-02", "last": "2031-01-01"}, {"first": "2020-01-01"}, {"last": "x"}],
)
def test_a_wrong_period_is_refused(desk, draft, wrong):
    assert ask(desk, draft, **wrong).status_code == 422
    assert WhatIf.objects.count() == 0


def test_a_what_if_of_no_sales_says_so(desk, draft, shop):
    assert "No sale was completed in these days." in text_of(ask(desk, draft))


def test_progress_is_shown_and_what_was_lost_is_started_again(desk, boss, draft, monkeypatch):
    sent = []
    monkeypatch.setattr(whatif, "_nudge", sent.append)
    now = timezone.now()
    asked = WhatIf.objects.create(
        book=draft, since=now, until=now, asked_by=boss, state=WhatIfState.RUNNING,
        sales_total=90, sales_done=30,
    )  # fmt: skip
    address = url("whatif_change", asked.pk)
    page = text_of(desk.get(address))
    assert "30 of 90 sales" in page
    assert 'http-equiv="refresh"' in page
    assert messages_of(desk.post(url("whatif_again", asked.pk), follow=True)) == [
        "It is being counted, or done already."
    ]
    WhatIf.objects.update(state=WhatIfState.FAILED)
    page = text_of(desk.get(address))
    assert "The counting has stopped." in page
    assert 'http-equiv="refresh"' not in page
    desk.post(url("whatif_again", asked.pk))
    asked.refresh_from_db()
    assert asked.state == WhatIfState.WAITING


def test_many_shops_are_on_pages(desk, boss, draft, monkeypatch):
    monkeypatch.setattr("topup.admin.whatifs.PER_PAGE", 2)
    now, shops = timezone.now(), [open_shop(name=f"Shop {n}") for n in range(5)]
    result = [[shop.pk, 1, 0, "1", "1", "1", str(number), "0", "0"]
              for number, shop in enumerate(shops)]  # fmt: skip
    asked = WhatIf.objects.create(book=draft, since=now, until=now, state=WhatIfState.DONE,
                                  result=result)  # fmt: skip
    names = [
        [name for name, _cells in desk.get(
            url("whatif_change", asked.pk, query=f"?page={page}")).context["rows"]]
        for page in ("1", "3", "9", "0", "x")
    ]  # fmt: skip
    assert names == [["Shop 4", "Shop 3"], ["Shop 0"], ["Shop 0"], ["Shop 4", "Shop 3"],
                     ["Shop 4", "Shop 3"]]  # fmt: skip


def test_bars_stand_on_both_sides_of_zero():
    chart = chart_of([("A", D(30)), ("B", D(0)), ("A very long name of a shop indeed", D(-10))])
    gain, nothing, loss = chart.bars
    assert (gain.x, gain.width) == (chart.zero, 315.0)
    assert (nothing.width, loss.x + loss.width) == (1.0, chart.zero)
    assert (loss.width, loss.is_gain, loss.text) == (105.0, False, "−10.00")
    assert loss.label == "A very long name of a s…"
    assert chart_of([]).bars == []
    assert len(chart_of([(str(n), D(n)) for n in range(50, -50, -1)]).bars) == 20


# --- trace, notices ---------------------------------------------------------------------------


def test_a_sale_names_its_book_and_both_rules_with_links(desk, counter):
    sale = counter.sell()
    page = text_of(desk.get(url("sale_change", sale.pk)))
    assert f'<a href="{url("pricebook_change", sale.price_rule.book_id)}">Price book 1</a>' in page
    for rule, words in (
        (sale.price_rule_id, "Price: cost + 8 % (everything)"),
        (sale.commission_rule_id, "Commission: 50 % of price − cost (everything)"),
    ):
        assert f'<a href="{url("pricerule_change", rule)}">{words}</a>' in page


def test_a_notice_is_written_to_a_branch(desk, boss, shop, clock):
    clock.stop()
    north = open_shop(name="North", level="sub_distributor")
    hill = open_shop(name="Hill", parent=north)
    key = re.search(r'name="key" value="([^"]+)"', text_of(desk.get(url("notice_add"))))[1]
    form = {"text": "Closed on Sunday.", "shop": north.pk, "and_below": "on", "key": key}
    for _press in range(2):
        done = desk.post(url("notice_add"), form, follow=True)
        assert messages_of(done) == ["2 shops are told."]
    assert Notice.objects.count() == 2, "the second press told nobody"
    assert {notice.shop for notice in Notice.objects.all()} == {north, hill}
    assert LogEntry.objects.get().change_message == "Told 2 shops: Closed on Sunday."
    assert "Closed on Sunday." in text_of(desk.get(url("notice_changelist", query="?read=no")))
    assert "Closed on Sunday." not in text_of(desk.get(url("notice_changelist", query="?read=yes")))
    assert desk.post(url("notice_add"), {"text": "  "}).status_code == 422
    day = timezone.localdate()
    form = {"text": "To all.", "ends_on": day - timedelta(days=1), "key": uuid4()}
    assert "This day is over." in text_of(desk.post(url("notice_add"), form))
    desk.post(url("notice_add"), form | {"ends_on": day})
    assert Notice.objects.filter(text="To all.", announcement__ends_on=day).count() == 3


def test_a_notice_is_withdrawn_at_every_shop_by_who_may_write(clerk, boss, shop):
    open_shop(name="Hill")
    notices.write(text="Wrong.")
    rows = Notice.objects.all()
    client = clerk("view_notice")
    act(client, "notice", "withdraw", *rows)
    assert Announcement.objects.get().withdrawn_at is None
    client.force_login(boss)
    for told in ("1 announcement is withdrawn.", "0 announcements are withdrawn."):
        assert messages_of(act(client, "notice", "withdraw", *rows)) == [told]
    assert Announcement.objects.get().withdrawn_by.username == "boss"
    assert LogEntry.objects.get().change_message == "Withdrawn at every shop"


def test_only_those_who_may_add_notices_write(clerk, shop):
    client = clerk("view_notice")
    assert client.get(url("notice_changelist")).status_code == 200
    assert client.post(url("notice_add"), {"text": "Hello"}).status_code == 403
    assert Notice.objects.count() == 0
