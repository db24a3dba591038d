"""The questions before a sale on the check page: what a form answers, and how they are shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog.models import Sku
from portal.decorators import AgentRequest
from portal.statewords import Look, look
from topup.answers import Answers, Question
from topup.errors import TopupError
from topup.kinds import BY_CATEGORY
from topup.models import Kind, Sale
from topup.models.safety import LargeAsks, Rule
from topup.queries import sales_for
from topup.questions import Reply
from topup.safetyerrors import SafetyError, WrongAnswerError
from topup.services import safety
from topup.services.pricing import Quote


def answers_of(data: Mapping[str, str]) -> Answers:
    """What was answered; `second_time=x2` was said before anybody asked."""
    return Answers(
        second_time=data.get("second_time", "") == "x2",
        words={str(rule): data.get(f"answer-{rule}", "")[:60] for rule in Rule},
        tokens={str(rule): data.get(f"ask-{rule}", "") for rule in Rule},
    )


@dataclass(frozen=True)
class Shown:
    """One question on the page, with what was typed before."""

    question: Question
    typed: str
    earlier: "Earlier | None" = None

    @property
    def rule(self) -> str:
        return str(self.question.rule)

    @property
    def field_id(self) -> str:
        """Where one answers it."""
        return f"answer-{self.rule}" + ("-yes" if self.rule == Rule.SCAM else "")

    @property
    def asks_digits(self) -> bool:
        return self.question.name == LargeAsks.DIGITS

    @property
    def replies(self) -> list[tuple[str, Any]]:
        return Reply.choices


@dataclass(frozen=True)
class Earlier:
    """A sale to the same number; `is_seen`: this person may look at it."""

    sale: Sale
    look: Look
    is_seen: bool


def asked(
    request: AgentRequest, quoted: Quote, sku: Sku, error: TopupError | None
) -> dict[str, Any]:
    """For the check page: the questions, an unfinished sale to the number, and `brake`.

    `question_id`: where to answer first, when an answer is lacking or wrong and may be mended.
    `brake`: an error that a look ahead has found, these goods are not sold now.
    """
    brake: TopupError | None = None
    found: list[Question] = []
    if isinstance(error, SafetyError):
        found = [*error.questions]
    elif sku.category in BY_CATEGORY:
        try:
            kind = Kind(BY_CATEGORY[sku.category])
            found = safety.look(agent=request.user, shop=request.shop, quote=quoted, kind=kind)
        except TopupError as refusal:
            brake = refusal
    second = request.POST.get("second_time", request.GET.get("second_time", ""))
    is_lacking = isinstance(error, SafetyError) and not stops(error)
    shown = [Shown(one, *context_of(request, one)) for one in found]
    waiting = safety.unfinished_to(request.shop, quoted.recipient)
    if waiting in [one.question.earlier for one in shown]:
        waiting = None
    return {
        "asked": shown, "brake": brake, "second_time": "x2" if second == "x2" else "",
        "unfinished": _earlier(request, waiting) if waiting else None,
        "question_id": shown[0].field_id if shown and is_lacking else "",
    }  # fmt: skip


def stops(error: TopupError | None) -> bool:
    """True for an answer that ended it: the form is not shown again."""
    return isinstance(error, WrongAnswerError)


def context_of(
    request: AgentRequest, question: Question, *, behind: str = ""
) -> tuple[str, Earlier | None]:
    """What was typed before, and the sale it is about. `behind`: ends the name of the field."""
    typed = request.POST.get(f"answer-{question.rule}{behind}", "")[:60]
    if question.rule == Rule.SCAM:
        typed = ""  # read and answered anew each time
    return typed, _earlier(request, question.earlier) if question.earlier else None


def _earlier(request: AgentRequest, sale: Sale) -> Earlier:
    is_seen = sales_for(request.user).filter(pk=sale.pk).exists()
    return Earlier(sale, look(sale), is_seen)
