"""The stories of docs/money.md, played and compared with its tables, line by line."""

import re
from dataclasses import dataclass
from decimal import Decimal as D
from pathlib import Path

import pytest

from ledger.models import Account, AccountKind, Entry, EntryKind
from ledger.queries import balance_of
from tests.topup.conftest import outcome, success
from tests.topup.test_contradictions import without_invoice
from topup import books, gateway
from topup.evidence import Verdict
from topup.models import Claim, Sale, Way
from topup.services import claims, provider, resolving, sales
from topup.services.moves import move
from topup.services.refunds import refund_sale
from topup.states import SaleState

pytestmark = pytest.mark.django_db
DOC = (Path(__file__).parents[2] / "docs/money.md").read_text(encoding="utf-8")
S = SaleState


@dataclass
class Story:
    """The tables under one heading."""

    entries: list[dict[str, D]]
    holds: dict[str, D]


def amount(text):
    return D(text.replace("−", "-").replace("+", ""))


def tables(text):
    """Each table as its header and its rows, without the ruler between."""
    for block in re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE):
        rows = [
            [cell.strip() for cell in line.strip("|\n").split("|")]
            for line in block.split("\n")
            if line
        ]
        yield rows[0], rows[2:]


def stories():
    found = {}
    for part in re.split(r"^### ", DOC, flags=re.MULTILINE)[1:]:
        name, text = part.split("\n", 1)
        text = re.split(r"^## ", text, flags=re.MULTILINE)[0]
        story = Story([], {})
        for header, rows in tables(text):
            values = {row[0]: amount(row[1]) for row in rows}
            if header[1] == "line":
                story.entries.append(values)
            else:
                assert header == ["account", "holds"]
                story.holds = values
        found[name] = story
    return found


STORIES = stories()


class Teller:
    """Plays what the headings say."""

    def __init__(self, sold, boss, second, clock, monkeypatch):
        self.sold, self.boss, self.second = sold, boss, second
        self.clock, self.monkeypatch = clock, monkeypatch

    def apply(self, sale, *outcomes):
        for found in outcomes:
            sale = sales.apply_outcome(sale_id=sale.pk, outcome=found)
        return sale

    def a_sale(self):
        return self.sold(S.COMPLETED)

    def a_sale_that_is_refused(self):
        return self.sold(S.DECLINED)

    def the_invoice_comes_later(self):
        return self.apply(self.without_invoice(), success())

    def without_invoice(self):
        return self.apply(self.sold(), *[without_invoice()] * 4)

    def delivered_after_our_decline(self):
        sale = self.sold(S.IN_DOUBT, age=200)
        for _ in range(2):
            self.apply(sale, outcome(Verdict.DENIED, "898"))
            self.clock.jump(61)
        return self.apply(sale, success())

    def a_late_delivery_is_charged(self):
        late = self.delivered_after_our_decline()
        resolving.settle_late(sale=late, by=self.boss, way=Way.CHARGE, reason="agreed")

    def a_refund(self):
        return refund_sale(sale=self.a_sale(), by=self.boss, reason="nothing came")

    def the_provider_pays_the_claim(self):
        self.a_refund()
        claims.claim_credited(claim_id=Claim.objects.get().pk, by=self.boss, reference="CR-1")

    def a_claim_is_written_off(self):
        self.a_refund()
        claim = Claim.objects.get()
        claims.ask_write_off(claim_id=claim.pk, by=self.boss, note="they say no")
        claims.write_off(claim_id=claim.pk, by=self.second)

    def the_invoice_comes_after_the_refund(self):
        sale = self.without_invoice()
        refund_sale(sale=sale, by=self.boss, reason="nothing came")
        self.apply(sale, success())

    def the_wallet_is_opened_and_funded(self):
        self.monkeypatch.setattr(gateway, "balance", lambda: D("-250.5"))  # negative is money
        provider.open_provider_account()
        provider.fund_wallet(amount=D(50), by=self.boss, memo="by bank", key="k")


@pytest.fixture
def teller(shop, sold, boss, second, clock, monkeypatch):
    return Teller(sold, boss, second, clock, monkeypatch)


def play(teller, name):
    getattr(teller, re.sub(r"\W+", "_", name.lower()))()


@pytest.mark.parametrize("name", STORIES)
def test_a_story_of_the_document_is_true(teller, name):
    story = STORIES[name]
    play(teller, name)
    told = Entry.objects.exclude(key="deposit:start").order_by("id")
    posted = [
        {line.account.kind: line.amount for line in entry.lines.select_related("account")}
        for entry in told
    ]
    # Entries that an earlier story has shown may be left out before the first of this one.
    assert posted[len(posted) - len(story.entries) :] == story.entries
    held = {account.kind: balance_of(account) for account in Account.objects.all()}
    assert {kind: amount for kind, amount in held.items() if amount} == story.holds
    assert list(books.problems()) == []


def test_every_heading_of_a_story_is_played(teller):
    assert len(STORIES) == 10
    for name in list(STORIES):
        assert hasattr(teller, re.sub(r"\W+", "_", name.lower())), name


def first_column(header):
    for found, rows in tables(DOC):
        if found[0] == header[0] and found[-1] == header[1]:
            return [re.search(r"`(\w+)", row[0])[1] for row in rows]
    raise AssertionError(f"no table {header}")


def test_the_chart_of_accounts_is_that_of_the_code():
    assert first_column(("account", "kind")) == [kind.value for kind in CHART]
    assert set(CHART) == set(AccountKind)


CHART = (
    AccountKind.FLOAT, AccountKind.PROVIDER, AccountKind.BANK, AccountKind.INCOME,
    AccountKind.COMMISSION, AccountKind.VARIANCE, AccountKind.LATE, AccountKind.CLAIMS,
    AccountKind.REFUNDS, AccountKind.OPENING,
)  # fmt: skip


def test_the_kinds_of_entries_are_those_of_the_code():
    assert first_column(("kind", "when")) == [kind.value for kind in EntryKind]


def test_the_kinds_of_accounts_are_told_as_they_are():
    told = {row[0]: row[2] for header, rows in tables(DOC) if header[-1] == "kind" for row in rows}
    for text, kind in told.items():
        account = Account(kind=re.search(r"`(\w+)", text)[1])
        assert ("asset" in kind) == (account.natural_sign == -1), text


def test_a_reversed_sale_moves_no_money_either(teller, sold, boss):
    """Told in docs/sale.md; it has no story of its own because it has no entry."""
    sale = sold(S.PENDING, age=90000)
    move(sale, S.IN_REVIEW)
    words = {"reason": "x", "evidence": "y"}
    resolving.resolve(sale=sale, by=boss, way=Way.REVERSED, **words)
    assert Sale.objects.get().state == S.REVERSED
    assert Entry.objects.filter(reference=sale.correlation_id).count() == 0
