"""The kill drill: a small one for real, and that its verdict can fail."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from decimal import Decimal as D
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests

from catalog.models import Sku
from ledger import services as ledger
from ledger.models import AccountKind, EntryKind
from portal.drill import facts, plan, verdict
from portal.drill.facts import Facts, FloatFact, OrderFact, PressFact, SaleFact
from portal.drill.html import Form, Page
from portal.drill.plan import PARTS, Wish
from portal.drill.shopper import Press
from portal.statewords import LOOKS
from tests.topup.counter import AIRTIME, PIN, make_counter
from topup.models import Sale
from topup.services import pricing, sales
from valuetopup.simulator.testing import SimulatorProcess

ROOT = Path(__file__).parents[2]


# --- a small one, for real ------------------------------------------------


@pytest.fixture
def short_folder():
    """For sockets; and the database's user must be able to enter it."""
    folder = Path(tempfile.mkdtemp(prefix="tn-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_thirty_sales_and_one_kill_of_each_part(short_folder):
    options = ["--sales", "30", "--kills", "8", "--seed", "5", "--shoppers", "4", "--quick"]
    done = subprocess.run(
        [sys.executable, "manage.py", "drill", *options], cwd=ROOT, capture_output=True,
        # Database and provider of the tests are named there: the drill has its own.
        env={**os.environ, "TMPDIR": str(short_folder)}, text=True, timeout=600, check=False,
    )  # fmt: skip
    said = done.stdout
    assert (done.returncode, done.stderr) == (0, ""), said + done.stderr
    assert "30 sales, 8 kills, seed 5" in said
    for part in PARTS:
        assert re.search(rf"^{part} +1   (first|all|one) \d+\.\d s$", said, re.MULTILINE), said
    assert re.search(r"^orders: \d+ posted, \d+ executed, at most 1 a sale$", said, re.MULTILINE)
    assert said.endswith(
        "PASSED: every sale is final, nothing was sent twice, every cent is right\n"
    )
    assert list(short_folder.iterdir()) == []


def test_a_part_that_does_not_exist_is_named():
    done = subprocess.run(
        [sys.executable, "manage.py", "drill", "--parts", "web,printer"], cwd=ROOT,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "no part is called printer" in done.stderr


# --- what a seed decides ----------------------------------------------------


def test_a_seed_repeats_the_drill_and_another_one_does_not():
    assert plan.wishes(3, 200) == plan.wishes(3, 200) != plan.wishes(4, 200)
    one, two = (plan.kills(seed, 16, sales=200, parts=PARTS) for seed in (3, 4))
    assert one == plan.kills(3, 16, sales=200, parts=PARTS) != two


@pytest.mark.parametrize("seed", range(5))
def test_everything_goes_wrong_once_and_every_part_is_killed_twice(seed):
    wishes = plan.wishes(seed, 200)
    troubles = Counter(wish.trouble for wish in wishes)
    assert len(wishes) == 200
    assert set(troubles) == {*plan.COMMON, *plan.SLOW, *plan.UNKNOWN, plan.PLAIN}
    assert sum(troubles[name] for name in plan.UNKNOWN) <= 5, "more would stop declines"
    assert len({wish.msisdn for wish in wishes}) == 200
    assert {wish.goods for wish in wishes} == {"amount", "range", "pin"}
    kills = plan.kills(seed, 16, sales=200, parts=PARTS)
    assert Counter(kill.part for kill in kills) == dict.fromkeys(PARTS, 2)
    assert [kill.after for kill in kills] == sorted(kill.after for kill in kills)
    assert kills[-1].after < 200


def test_a_quick_one_has_nothing_slow():
    troubles = {wish.trouble for wish in plan.wishes(1, 30, quick=True)}
    assert not troubles & {*plan.SLOW, *plan.UNKNOWN}


# --- the verdict, on facts made by hand ------------------------------------


def sale(name, state, basis="", *, charge="9.60", invoice=None, pin=False):
    return SaleFact(name, state, basis, "Shop", f"1876{name}", D(charge),
                    D(invoice) if invoice else None, pin)  # fmt: skip


SALES = {
    "done": sale("done", "completed", invoice="9.25"),
    "code": sale("code", "completed", charge="1.30", invoice="1.217", pin=True),
    "refused": sale("refused", "declined", "refused"),
    "unknown": sale("unknown", "declined", "absent"),
    "unsent": sale("unsent", "cancelled"),
    "late": sale("late", "delivered_late", "absent", invoice="2.00"),
}
ORDERS = {
    "done": OrderFact(1, 1, D("9.25")),
    "code": OrderFact(1, 1, D("1.217"), ["123 4567 89"]),
    "refused": OrderFact(1),
    "late": OrderFact(1, 1, D("2.00")),
}
RIGHT = Facts(
    presses=[
        PressFact(name, "plain", s.charge, s.recipient, frozenset([name]),
                  heading=str(LOOKS[s.state].heading), words="Code 1234 5678 9")
        for name, s in SALES.items()
    ],
    sales=list(SALES.values()),
    orders=ORDERS,
    floats=[FloatFact("Shop", D(500), D("489.10"), D(0))],
    wallet_opened=D("1000.00"),
    wallet_available=D("987.533"),
    provider_account=D("987.5330"),
    book_problems=[],
)  # fmt: skip


def with_sale(name, **changes):
    return {"sales": [replace(s, **changes) if s.name == name else s for s in RIGHT.sales]}


def with_press(name, **changes):
    return {"presses": [replace(p, **changes) if p.name == name else p for p in RIGHT.presses]}


def with_order(name, **changes):
    return {"orders": ORDERS | {name: replace(ORDERS.get(name, OrderFact()), **changes)}}


def test_right_facts_pass():
    assert verdict.findings(RIGHT) == []


WRONG = {
    "a sale is lost": (
        {"sales": [s for s in RIGHT.sales if s.name != "unsent"]},
        ["6 sales were confirmed, 5 are in the database", "sale unsent was confirmed and is lost"],
    ),
    "two rows of one press": (
        {"sales": [*RIGHT.sales, sale("twin", "cancelled")]},
        ["6 sales were confirmed, 7 are in the database",
         "sale twin was made, and nobody was told so"],
    ),
    "a refused confirm left a row": (
        with_press("unsent", refusal="422", sale_names=frozenset()),
        ["5 sales were confirmed, 6 are in the database",
         "sale unsent was made, and nobody was told so"],
    ),
    "two presses led to two sales": (
        with_press("done", sale_names=frozenset(["done", "twin"])),
        ["confirm of done led to ['done', 'twin']"],
    ),
    "no page told of the sale": (
        with_press("done", sale_names=frozenset()), ["confirm of done led to no sale"],
    ),
    "other terms": (
        with_press("unsent", charge=D("9.59")), ["sale unsent is not what was on its check page"],
    ),
    "other number": (
        with_press("unsent", recipient="1"), ["sale unsent is not what was on its check page"],
    ),
    "never final": (
        with_sale("unsent", state="in_doubt"),
        ["sale unsent is not final: in_doubt",
         "the page of unsent says 'Not sent', not 'Being checked'"],
    ),
    "no invoice": (
        with_sale("done", lacks_details=True),
        ["sale done still lacks its invoice or its code"],
    ),
    "posted twice": (with_order("refused", posts=2), ["order refused was posted 2 times"]),
    "executed twice": (
        with_order("done", posts=2, executed=2, charged=D("18.50")),
        ["order done was posted 2 times", "sale done was charged 18.50, booked 9.25",
         "the provider's wallet went from 1000.00 to 987.533, its journal charged 21.717"],
    ),
    "an order of nobody": (with_order("stray", posts=1), ["order stray is of no sale"]),
    "cancelled and sent": (
        with_order("unsent", posts=1), ["sale unsent was cancelled and posted"],
    ),
    "refused by nobody": (
        {"orders": {n: o for n, o in ORDERS.items() if n != "refused"}},
        ["sale refused is declined and was never posted"],
    ),
    "delivered for free": (
        with_sale("done", state="declined", basis="refused", invoice=None),
        ["sale done was delivered and is declined",
         "the float of Shop is 489.10; it began with 500 and paid 1.30",
         "the page of done says 'Done', not 'Refused'"],
    ),
    "paid for nothing": (
        with_order("done", executed=0, charged=D(0)),
        ["sale done is completed and was never delivered",
         "sale done was charged 0, booked 9.25",
         "the provider's wallet went from 1000.00 to 987.533, its journal charged 3.217"],
    ),
    "another invoice": (
        with_sale("done", invoice=D("9.26")), ["sale done was charged 9.25, booked 9.26"],
    ),
    "a cent gone from a float": (
        {"floats": [FloatFact("Shop", D(500), D("489.09"), D(0))]},
        ["the float of Shop is 489.09; it began with 500 and paid 10.90"],
    ),
    "money still held": (
        {"floats": [FloatFact("Shop", D(500), D("489.10"), D("9.60"))]},
        ["the float of Shop still holds 9.60"],
    ),
    "a tenth of a cent at the provider": (
        {"provider_account": D("987.532")},
        ["the provider has 987.533, our books say 987.532"],
    ),
    "books": ({"book_problems": ["entry x sums to 0.01"]}, ["entry x sums to 0.01"]),
    "a page that says something else": (
        with_press("refused", heading="Done"),
        ["the page of refused says 'Done', not 'Refused'"],
    ),
    "another code on the page": (
        with_press("code", words="1234 5678 0"), ["the page of code does not show its code"],
    ),
    "no code at all": (
        with_order("code", pins=[]), ["sale code is a PIN, and the provider gave none"],
    ),
    "a part is down": ({"missing_parts": ["beat"]}, ["beat was not started again"]),
    "a complaint": ({"complaints": ["agent: no price"]}, ["agent: no price"]),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_found(name):
    changes, sentences = WRONG[name]
    assert verdict.findings(replace(RIGHT, **changes)) == sentences


# --- the verdict, on what is really written ----------------------------------


@pytest.fixture
def counted(db, settings):
    """One top-up and one PIN sold through a real provider that executes duplicates."""
    with SimulatorProcess(duplicates="execute") as simulator:
        settings.VALUETOPUP_BASE_URL = simulator.url
        counter = make_counter(simulator)
        start = facts.float_balances()
        presses = [sell(counter, AIRTIME, "18765550000"), sell(counter, PIN, "")]

        def gather():
            return facts.gather(
                presses=presses, starts=start, journal=simulator.journal, currency="USD",
                control=f"{simulator.root}/control/", missing_parts=[], complaints=[],
            )  # fmt: skip

        yield SimpleNamespace(counter=counter, gather=gather)


def sell(counter, sku, msisdn):
    chosen = Sku.objects.get(provider_id=sku)
    quote = pricing.quote(
        shop=counter.shop, sku=chosen, face_value=chosen.min_face_value, recipient=msisdn
    )
    made = sales.open_sale(agent=counter.agent, quote=quote).sale
    sales.submit_sale(sale_id=made.pk)
    press = Press(
        Wish("pin" if sku == PIN else "amount", msisdn, plan.PLAIN),
        SimpleNamespace(person=counter.agent.username), Form("confirm", "", {"quote": quote.token}),
    )  # fmt: skip
    press.sale_urls.add(f"/sales/{made.correlation_id}/")
    press.heading = "Done"
    if sku == PIN:
        orders = facts.read_journal(counter.simulator.journal)
        press.words = orders[made.correlation_id].pins[0]
    return press


def test_what_is_really_right_passes(counted):
    found = counted.gather()
    assert verdict.findings(found) == []
    assert [order.posts for order in found.orders.values()] == [1, 1]


def test_a_second_post_is_really_found(counted):
    simulator, made = counted.counter.simulator, Sale.objects.get(kind="airtime")
    body = {"skuId": AIRTIME, "amount": 10, "transactionCurrencyCode": "USD",
            "mobile": made.recipient, "correlationId": made.correlation_id}  # fmt: skip
    again = requests.post(
        f"{simulator.url}/transaction/topup", json=body, timeout=5,
        auth=(simulator.user, simulator.password),
    )  # fmt: skip
    assert again.json()["responseCode"] == "000"
    name = made.correlation_id
    assert verdict.findings(counted.gather()) == [
        f"order {name} was posted 2 times",
        f"sale {name} was charged 18.600, booked 9.3000",
        "the provider has 9980.183, our books say 9989.4830",
    ]


def test_a_stolen_cent_is_really_found(counted):
    account = counted.counter.shop.float_account
    house = ledger.house(AccountKind.INCOME, "USD")
    ledger.post(kind=EntryKind.CORRECTION, key="theft", lines=[(account, D("-0.01")),
                                                               (house, D("0.01"))])  # fmt: skip
    account.refresh_from_db()
    paid = sum(Sale.objects.values_list("charge", flat=True))
    assert verdict.findings(counted.gather()) == [
        f"the float of Counter is {account.balance}; it began with 500.0000 and paid {paid}"
    ]


# --- small parts -----------------------------------------------------------


def test_a_page_is_read_as_an_agent_reads_it():
    page = Page(
        '<h1>Sell <b>now</b></h1><div class="problem" role="alert"><p>Try again later.</p></div>'
        '<a href="/x/">x</a><form id="goods" action="/sell/quote/"><input type="hidden" name="a" '
        'value="1"><fieldset><legend><h2>Any amount</h2></legend><input type="radio" name="sku" '
        'value="7"><input name="amount-7"></fieldset><fieldset><legend><h2>PINs</h2></legend>'
        '<input type="radio" name="sku" value="8"></fieldset></form><p>End</p>'
    )
    form = page.forms["goods"]
    assert (page.heading, page.problem, page.links) == ("Sell now", "Try again later.", ["/x/"])
    assert (form.action, form.hidden) == ("/sell/quote/", {"a": "1"})
    assert [(c.sku, c.amount, c.heading) for c in form.choices] == [
        ("7", "amount-7", "Any amount"), ("8", "", "PINs"),
    ]  # fmt: skip
    assert page.words.endswith("PINs End")


def test_the_killer_kills_what_the_supervisor_runs_and_sees_it_come_back():
    from portal.drill.killer import Killer, children
    from portal.supervisor import Log, Service, Supervisor

    with Path("/dev/null").open("w") as nowhere:
        supervisor = Supervisor(Log(nowhere))
        sleeper = [sys.executable, "-c", "import os, time; os.fork(); time.sleep(60)"]
        supervisor.start(*(Service(name, sleeper) for name in ("web", "beat")))
        before, end = supervisor.pids(), time.monotonic() + 60
        while not all(children(pid) for pid in before.values()):
            assert time.monotonic() < end
            time.sleep(0.02)
        kills = [plan.Kill(1, 0, "web", "all"), plan.Kill(2, 0, "beat", "one")]
        pressed = [1]
        killer = Killer(supervisor, kills, progress=lambda: pressed[0])
        assert killer.is_due()
        killer.start()
        while not (killer.done and killer.back()) and time.monotonic() < end:
            supervisor.children["web"].watch()
            time.sleep(0.02)
        assert not killer.is_due()
        assert supervisor.pids()["beat"] == before["beat"], "its time has not come"
        pressed[0] = 2
        while len(killer.done) < 2 and time.monotonic() < end:
            time.sleep(0.02)
        killer.finish()
        assert supervisor.pids()["web"] != before["web"]
        assert supervisor.pids()["beat"] == before["beat"], "only one that it started"
        assert [(done.part, done.manner) for done in killer.done] == [
            ("web", "all"), ("beat", "one"),
        ]  # fmt: skip
        supervisor.stop()
