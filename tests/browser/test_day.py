"""A whole day: two agents at the counter and an admin, from the deposit to the sealed shift."""

import re
from collections import Counter as Tally
from decimal import Decimal as D
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.db import connection
from playwright.sync_api import expect

from tests.browser.conftest import DESK, cookie_of, to_check
from tests.stack import wait_for
from topup import books
from topup.models import Claim, DepositRequest, Dispute, Owed, Person, Role, Sale, Shift
from topup.services import claimcode, counting
from topup.states import UNFINISHED, SaleState

#: How many sales, and how the number they go to ends.
SALES = {"0000": 26, "0852": 4, "0501": 3, "0853": 3, "0121": 2, "0503": 2}
ONE_SHIFT = re.compile(r"/shift/\d+/$")
DONE = {"0000", "0852", "0121", "0503"}


@pytest.fixture
def people(counter):
    make = Person.objects.create_user
    owner = make("olga", role=Role.OWNER, shop=counter.shop)
    boss = make("boss", role=Role.ADMIN, is_staff=True, is_superuser=True)
    return {"agent": counter.agent, "owner": owner, "boss": boss}


@pytest.fixture
def desks(people, stack, open_page):
    """A window for each, signed in."""
    found = {}
    for name, person in people.items():
        page = open_page("/session/sign-in/", signed_in=False, viewport=DESK)
        page.context.add_cookies([cookie_of(person, stack.web_url)])
        found[name] = page
    return found


def test_two_agents_and_an_admin_live_a_whole_day(desks, counter):
    owner, agent, boss = desks["owner"], desks["agent"], desks["boss"]
    reference = ask_for_money(owner)
    approve(boss, reference)
    owner.goto("/money/")
    expect(owner.locator(".float-figure")).to_have_text("$700.00")
    for page in (owner, agent):
        open_shift(page)
    sell_all(owner, agent)
    counter.assert_right()
    refund(agent, boss)
    give_back(agent, owner)
    cash_up(agent, missing=a_done_sale("counter"))
    cash_up(owner, missing=None)
    read_the_books(owner)
    assert list(books.problems()) == []
    a_stolen_cent_is_named()


def ask_for_money(page):
    page.goto("/money/deposits/new/")
    page.fill("[name=amount]", "200")
    page.click("main button.primary")
    page.wait_for_url("**/money/deposits/D-*/")
    deposit = DepositRequest.objects.get()
    expect(page.locator("main")).to_contain_text(deposit.reference)
    return deposit.reference


def approve(page, reference):
    page.goto("/admin/")
    page.click("text=1 deposit")
    page.click(f"text={reference}")
    page.click("text=Approve or refuse")
    page.click("text=Approve: put it on the float")
    wait_for(lambda: DepositRequest.objects.get().state == "approved", "the approval")


def open_shift(page):
    page.goto("/shift/")
    page.fill("[name='n-cash-USD-10']", "5")
    page.click("text=Open the shift")
    page.wait_for_url(ONE_SHIFT)


def sell_all(*pages):
    """Everybody serves the next customer while the last sale goes on by itself."""
    endings = [ending for ending, count in SALES.items() for _ in range(count)]
    for at, ending in enumerate(endings):
        page = pages[at % 2]
        page.goto("/sell/")
        # One sale has a price of its own: the one whose money will be missing.
        to_check(page, f"187655{at % 10}{ending}", product="250" if at == 1 else "$10")
        page.click("text=/^Sell for /")
        page.wait_for_selector("#state")
    unfinished = Sale.objects.filter(state__in=UNFINISHED)
    wait_for(lambda: not unfinished.exists(), "every sale to end", seconds=60)
    states = Tally(Sale.objects.values_list("state", flat=True))
    assert states == {SaleState.COMPLETED: 34, SaleState.DECLINED: 6}
    for sale in Sale.objects.all():
        assert (sale.recipient[-4:] in DONE) == (sale.state == SaleState.COMPLETED)


def a_done_sale(name, at=0):
    done = Sale.objects.filter(agent__username=name, state=SaleState.COMPLETED).order_by("id")
    return done[at]


def refund(agent, boss):
    """The customer got nothing; the distributor believes it; his money goes back by the code."""
    sale = a_done_sale("counter", at=3)
    agent.goto(f"/sales/{sale.correlation_id}/")
    agent.click("text=Something is not right")
    agent.locator("[name=reason]").first.check()
    agent.click("text=Tell the distributor")
    expect(agent.locator("#dispute")).to_contain_text("Answer by")
    boss.goto("/admin/topup/dispute/?is=open")
    boss.click("text=Decide")
    boss.fill("[name=answer]", "You are right.")
    boss.click("[name=refund]")
    wait_for(lambda: Dispute.objects.get().state == "refunded", "the answer")
    assert Claim.objects.get().amount == sale.invoice_amount


def give_back(agent, owner):
    """Every customer whose sale came to nothing gets his money, against the code he holds."""
    for row in Owed.objects.select_related("sale__agent"):
        page = agent if row.sale.agent.username == "counter" else owner
        page.goto(f"/receipts/{row.sale.correlation_id}/")
        code = claimcode.spoken(claimcode.code_of(row.sale.correlation_id))
        expect(page.locator("#paper")).to_contain_text(code)
        page.goto(f"/shift/owed/{row.pk}/")
        page.fill("[name=code]", code)
        page.click("main button.primary")
        page.wait_for_url("**/shift/owed/")
    assert set(Owed.objects.values_list("state", flat=True)) == {"paid"}
    assert Owed.objects.count() == 7


def cash_up(page, missing):
    """Counted blind; what is missing is one sale's money, and the page finds which."""
    page.goto("/shift/")
    shift = Shift.objects.get(number=int(page.url.rstrip("/").rpartition("/")[2]))
    [cash] = counting.figures(shift)
    there = cash.expected - (missing.price if missing else 0)
    page.click("text=Count and close")
    page.fill("[name='n-cash-USD-10']", str(int(there // 10)))
    page.fill("[name='n-cash-USD-0.01']", str(int(there % 10 * 100)))
    page.click("text=That is all there is")
    page.wait_for_url(ONE_SHIFT)
    if missing:
        expect(page.locator("main")).to_contain_text("Gap: missing")
        found = page.locator(f".sayings a[href*='{missing.correlation_id}']")
        expect(found.first).to_be_visible()
        page.fill("#note", "one customer has not paid")
    page.click("text=Seal the shift")
    page.click("text=Z-report")
    expect(page.locator("#paper")).to_contain_text("Sealed by")
    shift.refresh_from_db()
    assert (shift.state, shift.totals["has_gap"]) == ("sealed", bool(missing))


def read_the_books(page):
    page.goto("/reports/statement/")
    balance = f"${counter_balance():.2f}"
    expect(page.locator("main")).to_contain_text(balance)
    for kind in ("CSV", "XLSX"):
        with page.expect_download() as told:
            page.click(f"text=All of it as {kind}")
        content = told.value.path().read_bytes()
        if kind == "CSV":
            assert content.decode("utf-8-sig").count("\n") >= 36  # deposits, sales, a refund
        else:
            assert "xl/workbook.xml" in ZipFile(BytesIO(content)).namelist()


def counter_balance():
    return Person.objects.get(username="counter").shop.float_account.balance


def a_stolen_cent_is_named():
    sale = a_done_sale("olga")
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "UPDATE ledger_line SET amount = amount - %s WHERE id = (SELECT l.id FROM ledger_line l"
            " JOIN ledger_entry e ON e.id = l.entry_id JOIN ledger_account a ON a.id = l.account_id"
            " WHERE e.key = %s AND a.kind = 'income')",
            [D("0.01"), f"sale:{sale.correlation_id}"],
        )
        cursor.execute("SET session_replication_role = origin")
    assert any(sale.correlation_id in told for told in books.problems())
