"""The basket on its page: items with their questions, what a form answers, and what came of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.contrib.sessions.backends.base import SessionBase
from django.http import QueryDict

from portal import checkwords
from portal.decorators import AgentRequest
from portal.safetywords import Shown, context_of
from portal.statewords import Look, look
from portal.templatetags.counter import money_text
from topup.answers import Answers, Question
from topup.basketerrors import BasketItemError
from topup.models import Basket, Owed, OwedState, Person, Sale
from topup.models.basket import BasketState
from topup.models.safety import Rule
from topup.services import baskets, receipts
from topup.services.basketlines import Line
from topup.states import GIVEN_BACK

_FLAG = "basket"  # in a session: whether the person has a basket with something in it


@dataclass(frozen=True)
class Ask(Shown):
    """One question about one item, with what was typed before."""

    item_id: int = 0

    @property
    def field(self) -> str:
        return f"answer-{self.rule}-{self.item_id}"


@dataclass(frozen=True)
class Row:
    """One item as it is shown. `money`: the sealed question whether its money was received."""

    line: Line
    asks: tuple[Ask, ...]
    money: str
    problem: str
    typed: tuple[tuple[str, str], ...]  # whose bill it is, and what was typed besides
    is_accepted: bool  # the new price
    is_meant: bool  # the second time

    @property
    def new_price(self) -> str:
        """What a press says yes to."""
        return f"{self.line.quote.price:f}" if self.line.quote else ""


def rows_of(
    request: AgentRequest, lines: Sequence[Line], refusal: BasketItemError | None
) -> list[Row]:
    """The items with their questions; those of a refused press are asked instead."""
    found = []
    for line in lines:
        item_id, questions, problem = line.item.pk, line.questions, ""
        if line.error:
            problem = line.error.message
        elif refusal and refusal.item_id == item_id:
            problem = refusal.message
            questions = getattr(refusal.cause, "questions", ()) or questions
        repeats = (Rule.REPEAT, Rule.MONEY) if line.is_twin else (Rule.MONEY,)
        found.append(Row(
            line=line, problem=problem, typed=_typed(line),
            asks=tuple(_ask(request, one, item_id) for one in questions if one.rule not in repeats),
            money=next((one.token for one in questions if one.rule == Rule.MONEY), ""),
            is_accepted=bool(request.POST.get(f"accept-{item_id}")),
            is_meant=request.POST.get(f"second-{item_id}") == "x2",
        ))  # fmt: skip
    return found


def _typed(line: Line) -> tuple[tuple[str, str], ...]:
    if line.quote is None or line.item.sku is None:
        return ()
    told = checkwords.lines(line.quote, line.item.sku)
    return (*told.account, *told.typed)


def _ask(request: AgentRequest, question: Question, item_id: int) -> Ask:
    return Ask(question, *context_of(request, question, behind=f"-{item_id}"), item_id)


def items_of(data: QueryDict) -> list[int]:
    """The items that a form shows."""
    typed = data.getlist("item")[: baskets.MOST_ITEMS]
    return [int(one) for one in typed if one.isascii() and one.isdigit() and len(one) < 16]


def answers_of(data: QueryDict) -> dict[int, Answers]:
    """What was answered, by item; "money received" is answered once for all."""
    return {pk: _answers(data, pk) for pk in items_of(data)}


def _answers(data: Mapping[str, str], pk: int) -> Answers:
    words = {str(rule): data.get(f"answer-{rule}-{pk}", "")[:60] for rule in Rule}
    return Answers(
        second_time=data.get(f"second-{pk}", "") == "x2",
        words=words | {str(Rule.MONEY): data.get("answer-money", "")[:60]},
        tokens={str(rule): data.get(f"ask-{rule}-{pk}", "") for rule in Rule},
    )


def accepted_of(data: QueryDict) -> dict[int, Decimal]:
    """New prices that somebody has said yes to, by item."""
    found = {}
    for pk in items_of(data):
        try:
            found[pk] = Decimal(data.get(f"accept-{pk}", "")[:30])
        except InvalidOperation:
            continue
    return found


def prices(sums: Mapping[str, Decimal]) -> list[tuple[str, str]]:
    """What may be collected, one amount for each currency the shop takes."""
    return [(currency, money_text(amount, currency)) for currency, amount in sums.items()]


@dataclass(frozen=True)
class SoldRow:
    """A sale of a sold basket."""

    sale: Sale
    look: Look
    owed: Owed | None

    @property
    def number(self) -> str:
        """As it is printed on the receipt."""
        return receipts.number_of(self.sale)

    @property
    def is_to_give_back(self) -> bool:
        """Came to nothing, and the customer's money still lies here."""
        return self.sale.state in GIVEN_BACK and (
            self.owed is None or self.owed.state == OwedState.OWED
        )


def sold_rows(basket: Basket) -> list[SoldRow]:
    """The sales of a sold basket, in its order; two queries."""
    items = basket.items.filter(sale__isnull=False).select_related("sale").order_by("pk")
    sales = [item.sale for item in items if item.sale]
    owed = {one.sale_id: one for one in Owed.objects.filter(sale__in=sales)}
    return [SoldRow(sale, look(sale), owed.get(sale.pk)) for sale in sales]


def collected(rows: Iterable[SoldRow]) -> Decimal:
    """What these sales collected, in the currency of their basket."""
    return sum((row.sale.collected_amount or Decimal(0) for row in rows), Decimal(0))


def lately_sold(person: Person) -> list[Basket]:
    """The last baskets a person has sold at his shop: where a lost answer is found."""
    rows = Basket.objects.filter(person=person, shop=person.shop_id, state=BasketState.SOLD)
    return list(rows.order_by("-pk")[:3])


def note(session: SessionBase, *, is_filled: bool) -> None:
    """Remember whether the header has to ask for a basket; written only when it changes."""
    if session.get(_FLAG, False) != is_filled:
        session[_FLAG] = is_filled


def count(session: SessionBase, person: Person) -> int:
    """How many items wait; asks the database only when there is a basket."""
    return baskets.count_of(person) if session.get(_FLAG) else 0
