"""What is asked before a sale is made, and when nothing of a kind is sold for a while.

`guard` runs in the transaction of the sale, after its hold: the hold has locked the
shop's float, so of two sales at once the second sees the first. `look` asks the same
without a lock, for the check page. The rules are one row that the admin sets.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from django.db.models import (
    BooleanField,
    Case,
    Count,
    ExpressionWrapper,
    F,
    Func,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.fields.json import KT
from django.utils import timezone
from django.utils.translation import gettext as _

from topup.answers import NO_ANSWERS, Answers, Given, Question, judge
from topup.models import Kind, Person, SafetyAnswer, SafetyRules, Sale, Shop
from topup.models.safety import CoolDownOf, LargeAsks, Rule
from topup.questions import question_for
from topup.safetyerrors import CoolDownError, RepeatError, SafetyError, WrongAnswerError
from topup.services import cooldowns, offerterms, samegoods
from topup.states import GIVEN_BACK, UNFINISHED

VOUCHERS = (Kind.PIN, Kind.GIFT_CARD)


class PlainAccount(Func):
    """Letters and digits of an account alone: how it is typed says nothing."""

    template = "upper(regexp_replace(%(expressions)s, '[^[:alnum:]]', '', 'g'))"
    output_field = TextField()


class Goods(offerterms.Terms, Protocol):
    """What the guard reads of a quote."""

    @property
    def sku_id(self) -> int: ...
    @property
    def face_value(self) -> Decimal: ...
    @property
    def face_currency(self) -> str: ...
    @property
    def recipient(self) -> str: ...
    @property
    def correlation_id(self) -> str: ...
    @property
    def clear_extras(self) -> dict[str, str]: ...


@dataclass(frozen=True)
class _Case:
    """One sale that is about to be made."""

    agent: Person
    shop: Shop
    quote: Goods
    kind: Kind
    rules: SafetyRules
    now: datetime
    beside: Collection[str] = ()

    @property
    def to(self) -> QuerySet[Sale]:
        """Sales of this shop to the same number, or to the same account of a bill."""
        sales = Sale.objects.filter(shop=self.shop)
        if self.kind == Kind.BILL:
            account = sales.alias(account=KT("extras__account_number"))
            return account.filter(kind=Kind.BILL, account=self.number)
        return sales.filter(recipient=self.number)

    @property
    def number(self) -> str:
        if self.kind == Kind.BILL:
            return self.quote.clear_extras.get("account_number", "")
        return self.quote.recipient


def current_rules() -> SafetyRules:
    """The rules in force; as we think best, if nobody has set any."""
    return SafetyRules.objects.first() or SafetyRules()


def switch_off() -> None:
    """Ask nothing and pause no operator: for a drill, whose shoppers are no people."""
    switches = ("asks_money", "repeat_is_on", "scam_is_on", "large_is_on", "pause_is_on")
    SafetyRules.objects.update_or_create(only=True, defaults=dict.fromkeys(switches, False))


def guard(
    *, agent: Person, shop: Shop, quote: Goods, kind: Kind, answers: Answers = NO_ANSWERS,
    beside: Collection[str] = (),
) -> None:  # fmt: skip
    """Let a sale pass whose questions are answered, and write the answers down.

    `beside` are keys of sales that are made together with this one, and were looked at with it:
    they are no earlier ones.
    Errors (nothing sold): `CoolDownError`, `RepeatError`, `WrongAnswerError`, `SafetyError`.
    What was answered wrongly is written by `write_down`, after the sale was undone.
    """
    case = _Case(agent, shop, quote, kind, current_rules(), timezone.now(), beside)
    vouchers = _vouchers(case)
    questions = _questions(case, vouchers)
    answered = [given for one in questions if (given := judge(one, answers))]
    _check_all(questions, answered)
    _record(case, answered)
    if vouchers and case.rules.scam_is_on and vouchers["run"] + 1 >= case.rules.run_count:
        cooldowns.begin_after_run(
            agent=agent, shop=shop, rules=case.rules, count=vouchers["run"] + 1
        )


def look(*, agent: Person, shop: Shop, quote: Goods, kind: Kind) -> list[Question]:
    """What will be asked about a quote. Error: `CoolDownError`."""
    case = _Case(agent, shop, quote, kind, current_rules(), timezone.now())
    return _questions(case, _vouchers(case))


def unfinished_to(shop: Shop, recipient: str) -> Sale | None:
    """The newest sale of the shop to this number that has no end yet, whatever was sold."""
    if not recipient:
        return None
    sales = Sale.objects.filter(shop=shop, recipient=recipient, state__in=UNFINISHED)
    return sales.order_by("-id").first()


def write_down(*, agent: Person, shop: Shop, key: str, refusal: SafetyError) -> None:
    """Keep the answers of a sale that was refused; after a wrong one, a cool-down."""
    wrong = [given for given in refusal.given if not given.is_right]
    _write(agent, shop, key, wrong)
    if any(given.question.rule == Rule.SCAM for given in wrong):
        cooldowns.begin_after_wrong_answer(agent=agent, shop=shop, rules=current_rules())


def _check_all(questions: list[Question], answered: list[Given]) -> None:
    wrong = [given for given in answered if not given.is_right]
    told: dict[str, Any] = {"questions": [*questions], "given": [*answered]}
    if any(given.question.rule == Rule.SCAM for given in wrong):
        raise WrongAnswerError(**told)
    if wrong:
        raise SafetyError(
            _("These are not the last four digits of the number. Nothing is sold yet."), **told
        )
    open_ones = [one for one in questions if one not in [given.question for given in answered]]
    for one in open_ones:
        if one.rule == Rule.REPEAT:
            raise RepeatError(earlier=one.earlier, is_same=one.is_same, **told)
    if open_ones:
        raise SafetyError(**told)


def _questions(case: _Case, vouchers: dict[str, int]) -> list[Question]:
    """All that is asked about a sale. Error: `CoolDownError`."""
    rules, key = case.rules, case.quote.correlation_id
    found = []
    if changes := offerterms.changes(case.quote):  # whatever the rules say
        found.append(Question(Rule.OFFER, offerterms.name_of(changes), key, changes=changes))
    if rules.repeat_is_on and case.number and (found_one := _earlier(case)):
        earlier, is_same = found_one
        repeat = Question(
            Rule.REPEAT, earlier.correlation_id, key, earlier=earlier, is_same=is_same
        )
        found.append(repeat)
    if _is_large_and_new(case):
        digits = "".join(filter(str.isdecimal, case.number))[-4:]
        found.append(Question(Rule.LARGE, _large_asks(rules, digits), key, digits=digits))
    if vouchers and _asks_about_voucher(case, vouchers):
        found.append(Question(Rule.SCAM, question_for(key), key))
    if rules.asks_money:
        found.append(Question(Rule.MONEY, "received", key))
    return found


def _earlier(case: _Case) -> tuple[Sale, bool] | None:
    """What was sold to the same number, and whether it was the same goods; the same first.

    The same: unfinished, however old, or not long ago. Other goods: unfinished ones alone.
    """
    quote, waits = case.quote, Q(state__in=UNFINISHED)
    since = case.now - timedelta(minutes=case.rules.repeat_minutes)
    same = samegoods.same_sales(
        sku_id=quote.sku_id, face_value=quote.face_value, face_currency=quote.face_currency
    )
    sales = _alike(case).exclude(state__in=GIVEN_BACK).exclude(correlation_id__in=case.beside)
    if case.kind == Kind.BILL:  # another biller has other accounts
        sales = sales.filter(samegoods.same_biller(quote.sku_id))
    sales = sales.annotate(is_same=ExpressionWrapper(same, output_field=BooleanField()))
    sales = sales.filter(waits | Q(is_same=True, created_at__gt=since))
    # An unfinished one first: whether it arrives is not known yet.
    found = sales.alias(waits=Case(When(waits, then=1), default=0))
    one = found.order_by(F("is_same").desc(nulls_last=True), "-waits", "-id").first()
    return (one, bool(one.is_same)) if one else None


def _alike(case: _Case) -> QuerySet[Sale]:
    """As `to`; an account in any spelling: "04 12" is "04-12"."""
    if case.kind != Kind.BILL:
        return case.to
    sales = Sale.objects.filter(shop=case.shop, kind=Kind.BILL)
    plain = PlainAccount(KT("extras__account_number"))
    return sales.alias(plain=plain).filter(plain=PlainAccount(Value(case.number)))


def _is_large_and_new(case: _Case) -> bool:
    rules = case.rules
    if not rules.large_is_on or case.quote.price <= rules.large_above or not case.number:
        return False
    return not case.to.exclude(state__in=GIVEN_BACK).exists()


def _large_asks(rules: SafetyRules, digits: str) -> str:
    """An account without four digits is confirmed by a tick."""
    return str(rules.large_asks) if len(digits) == 4 else str(LargeAsks.TICK)


def _vouchers(case: _Case) -> dict[str, int]:
    """How many PINs and gift cards were sold lately; empty where none is sold now.

    Error: `CoolDownError`.
    """
    rules = case.rules
    if case.kind not in VOUCHERS or not rules.scam_is_on:
        return {}
    if until := cooldowns.until(agent=case.agent, shop=case.shop, now=case.now):
        raise CoolDownError(until=until)
    windows = {
        "quiet": rules.scam_quiet_minutes, "count": rules.scam_count_minutes,
        "run": rules.run_minutes,
    }  # fmt: skip
    since = {name: case.now - timedelta(minutes=minutes) for name, minutes in windows.items()}
    sold = Sale.objects.filter(
        shop=case.shop, kind__in=VOUCHERS, created_at__gt=min(since.values())
    ).exclude(state__in=GIVEN_BACK)
    if rules.cool_down_of == CoolDownOf.PERSON:
        sold = sold.filter(agent=case.agent)
    return sold.aggregate(
        **{name: Count("pk", filter=Q(created_at__gt=at)) for name, at in since.items()}
    )


def _asks_about_voucher(case: _Case, vouchers: dict[str, int]) -> bool:
    rules = case.rules
    return (
        case.quote.price > rules.scam_above
        or vouchers["quiet"] == 0
        or vouchers["count"] + 1 >= rules.scam_count
    )


def _record(case: _Case, answered: list[Given]) -> None:
    _write(case.agent, case.shop, case.quote.correlation_id, answered)


def _write(agent: Person, shop: Shop, key: str, given: list[Given]) -> None:
    if given:
        SafetyAnswer.objects.bulk_create(
            SafetyAnswer(
                key=key, shop=shop, person=agent, rule=one.question.rule,
                question=one.question.name, answer=one.word, is_right=one.is_right,
            )
            for one in given
        )  # fmt: skip
