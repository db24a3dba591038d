"""Every page of a shop's and the distributor's business, by who looks at it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bench.seed import Seeded
from topup.models import DepositRequest, Person, Sale, Shift

Address = Callable[[Seeded], str]


def sign_in(client: Client, person: Person) -> None:
    client.force_login(person)


def at(name: str, query: str = "", *arguments: Any) -> Address:
    """An address by its name."""
    return lambda seeded: reverse(name, args=arguments) + (f"?{query}" if query else "")


def of_sale(name: str) -> Address:
    """The page of the latest sale of the shop that is done."""

    def find(seeded: Seeded) -> str:
        sales = Sale.objects.filter(shop=seeded.shop, state="completed", disputes=None).order_by(
            "-pk"
        )
        return reverse(name, args=[sales[0].correlation_id])

    return find


def in_admin(model: str, query: str = "") -> Address:
    return at(f"admin:{model}_changelist", query)


def row_of(model: str, find: Callable[[Seeded], Any]) -> Address:
    return lambda seeded: reverse(f"admin:{model}_change", args=[find(seeded).pk])


def _sale(seeded: Seeded) -> Sale:
    return Sale.objects.filter(state="completed").order_by("-pk")[50]


def of_shop(model: str) -> Address:
    return lambda seeded: in_admin(model, f"shop__id__exact={seeded.shop.pk}")(seeded)


def of_shift(name: str, state: str) -> Address:
    """A shift of the cashier."""

    def find(seeded: Seeded) -> str:
        shift = Shift.objects.filter(person=seeded.cashier, state=state).order_by("-pk")[0]
        return reverse(name, args=[shift.number])

    return find


def of_deposit(seeded: Seeded) -> str:
    deposit = DepositRequest.objects.filter(shop=seeded.shop, state="approved").order_by("-pk")[0]
    return reverse("money:deposit", args=[deposit.reference])


def of_account(seeded: Seeded) -> str:
    account = seeded.shop.float_account_id
    return reverse("admin:ledger_entry_changelist") + f"?lines__account={account}"


def since(name: str, days: int) -> Address:
    """A report of the last days."""

    def find(seeded: Seeded) -> str:
        today = timezone.localdate()
        first = today - timedelta(days=days - 1)
        return f"{reverse(name)}?period=own&from={first}&to={today}"

    return find


#: What is told in the table → who looks, and where.
PLACES: dict[str, tuple[str, Address]] = {
    "sell": ("cashier", at("sell:start")),
    "sell: a number": ("cashier", at("sell:start", "number=18761234567")),
    "browse": ("cashier", at("sell:browse")),
    "sales": ("owner", at("sales:list")),
    "sales of a cashier": ("cashier", at("sales:list")),
    "sales: done": ("owner", at("sales:list", "state=done")),
    "sales: refused": ("owner", at("sales:list", "state=refused")),
    "sales: part of a number": ("owner", at("sales:list", "q=4711")),
    "sales: operator": ("owner", at("sales:list", "q=operator+3")),
    "sales: nothing found": ("owner", at("sales:list", "q=xyzzy")),
    "sales: page 5": ("owner", at("sales:list", "page=5")),
    "a sale": ("owner", of_sale("sales:sale")),
    "receipt": ("owner", of_sale("receipts:receipt")),
    "report of the week": ("owner", at("reports:sales")),
    "report of the month, by cashier": ("owner", at("reports:sales", "period=month&by=cashier")),
    "report of today, of a cashier": ("cashier", at("reports:sales", "period=today")),
    "statement": ("owner", at("reports:statement")),
    "statement of 90 days": ("owner", since("reports:statement", 90)),
    "statement of a year": ("owner", since("reports:statement", 365)),
    "report of a year": ("owner", since("reports:sales", 365)),
    "sale to dispute": ("owner", of_sale("disputes:raise")),
    "disputes": ("owner", at("disputes:list")),
    "money": ("owner", at("money:hub")),
    "deposits": ("owner", at("money:deposits")),
    "a deposit": ("owner", of_deposit),
    "a new deposit": ("owner", at("money:ask")),
    "own shift": ("cashier", of_shift("shift:shift", "open")),
    "count of the shift": ("cashier", of_shift("shift:count", "open")),
    "shifts": ("owner", at("shift:list")),
    "a sealed shift": ("owner", of_shift("shift:shift", "sealed")),
    "report of a shift": ("owner", of_shift("shift:report", "sealed")),
    "owed to customers": ("owner", at("shift:owed")),
    "people": ("owner", at("people:list")),
    "a person": ("owner", lambda s: reverse("people:person", args=[s.cashier.pk])),
    "notices": ("owner", at("notices:list")),
    "file: report of a week": ("owner", at("reports:export")),
    "admin: overview": ("boss", at("admin:index")),
    "admin: shops": ("boss", in_admin("topup_shop")),
    "admin: sales": ("boss", in_admin("topup_sale")),
    "admin: sales of a shop": ("boss", of_shop("topup_sale")),
    "admin: sales, declined": ("boss", in_admin("topup_sale", "state=declined")),
    "admin: sales, flagged": ("boss", in_admin("topup_sale", "flagged=yes")),
    "admin: sales, a number": ("boss", in_admin("topup_sale", "q=18760004711")),
    "admin: a sale": ("boss", row_of("topup_sale", _sale)),
    "admin: alarms": ("boss", in_admin("topup_alarm")),
    "admin: deposits": ("boss", in_admin("topup_depositrequest")),
    "admin: deposits that wait": ("boss", in_admin("topup_depositrequest", "is=open")),
    "admin: disputes": ("boss", in_admin("topup_dispute")),
    "admin: claims": ("boss", in_admin("topup_claim")),
    "admin: refunds": ("boss", in_admin("topup_refund")),
    "admin: shifts": ("boss", in_admin("topup_shift")),
    "admin: shifts of a shop": ("boss", of_shop("topup_shift")),
    "admin: owed": ("boss", in_admin("topup_owed")),
    "admin: sales decided by hand": ("boss", in_admin("topup_resolution")),
    "admin: daily closes": ("boss", in_admin("topup_dayclose")),
    "admin: price books": ("boss", in_admin("topup_pricebook")),
    "admin: price rules": ("boss", in_admin("topup_pricerule")),
    "admin: what-ifs": ("boss", in_admin("topup_whatif")),
    "admin: notices": ("boss", in_admin("topup_notice")),
    "admin: people": ("boss", in_admin("topup_person")),
    "admin: tills": ("boss", in_admin("topup_device")),
    "admin: blocked numbers": ("boss", in_admin("topup_blockednumber")),
    "admin: audit log": ("boss", in_admin("topup_auditentry")),
    "admin: accounts": ("boss", in_admin("ledger_account")),
    "admin: entries": ("boss", in_admin("ledger_entry")),
    "admin: entries of a float": ("boss", of_account),
    "admin: holds": ("boss", in_admin("ledger_hold")),
    "admin: report of the week": ("boss", in_admin("topup_daytotal")),
    "admin: report of today by shop": ("boss", in_admin("topup_daytotal", "period=today&by=shop")),
}
