"""What is asked before a sale is made, and when nothing of a kind is sold for a while.

`guard` runs in the transaction of the sale, after its hold: the hold has locked the
shop's float, so of two sales at once the second sees the first. `look` asks the same
without a lock, for the check page. The rules are one row that the admin sets.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db.models import Count, Func, Q, QuerySet, TextField, Value
from django.db.models.fields.json import KT
from django.utils import timezone
from django.utils.translation import gettext as _

from topup.answers import NO_ANSWERS, Answers, Given, Question, judge
from topup.models import Kind, Person, SafetyAnswer, SafetyRules, Sale, Shop
from topup.models.safety import CoolDownOf, LargeAsks, Rule
from topup.questions import question_for
from topup.safetyerrors import CoolDownError, RepeatError, SafetyError, WrongAnswerError
from topup.services import cooldowns, offerterms
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
    *, agent: Person, shop: Shop, quote: Goods, kind: Kind, answers: Answers = NO_ANSWERS
) -> None:
    """Let a sale pass whose questions are answered, and write the answers down.

    Errors (nothing sold): `CoolDownError`, `RepeatError`, `WrongAnswerError`, `SafetyError`.
    What was answered wrongly is written by `write_down`, after the sale was undone.
    """
    case = _case(agent, shop, quote, kind)
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
    case = _case(agent, shop, quote, kind)
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


def _case(agent: Person, shop: Shop, quote: Goods, kind: Kind) -> _Case:
    return _Case(agent, shop, quote, kind, current_rules(), timezone.now())


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
            raise RepeatError(earlier=one.earlier, **told)
    if open_ones:
        raise SafetyError(**told)


def _questions(case: _Case, vouchers: dict[str, int]) -> list[Question]:
    """All that is asked about a sale. Error: `CoolDownError`."""
    rules, key = case.rules, case.quote.correlation_id
    found = []
    if changes := offerterms.changes(case.quote):  # whatever the rules say
        found.append(Question(Rule.OFFER, offerterms.name_of(changes), key, changes=changes))
    if rules.repeat_is_on and case.number and (earlier := _earlier(case)):
        found.append(Question(Rule.REPEAT, earlier.correlation_id, key, earlier=earlier))
    if _is_large_and_new(case):
        digits = "".join(filter(str.isdecimal, case.number))[-4:]
        found.append(Question(Rule.LARGE, _large_asks(rules, digits), key, digits=digits))
    if vouchers and _asks_about_voucher(case, vouchers):
        found.append(Question(Rule.SCAM, question_for(key), key))
    if rules.asks_money:
        found.append(Question(Rule.MONEY, "received", key))
    return found


def _earlier(case: _Case) -> Sale | None:
    """The same, sold to the same number: unfinished, however old, or not long ago."""
    since = case.now - timedelta(minutes=case.rules.repeat_minutes)
    same = _alike(case).filter(sku_id=case.quote.sku_id).exclude(state__in=GIVEN_BACK)
    recent = same.filter(Q(created_at__gt=since) | Q(state__in=UNFINISHED))
    # An unfinished one first: whether it arrives is not known yet.
    return recent.alias(is_done=~Q(state__in=UNFINISHED)).order_by("is_done", "-id").first()


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
