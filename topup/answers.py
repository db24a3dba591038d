"""Questions that are asked before a sale, and their answers as a form brings them back.

A question travels as a signed word that holds the key of the quote, the rule and what
exactly was asked. An answer counts only beside the question that is asked now: one from
another quote, or about an earlier sale that is not the newest any more, is none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core import signing

from topup.models import Sale
from topup.models.safety import LargeAsks, Rule
from topup.questions import QUESTIONS, Reply

_SALT = "topup.safety"


@dataclass(frozen=True)
class Question:
    """Something to ask about the quote of this key. `earlier`: the sale it is about.

    `is_same`: that sale was of the same goods, not only to the same number. `changes`: what
    is not as a kiosk showed it.
    """

    rule: Rule
    name: str
    key: str
    earlier: Sale | None = field(default=None, compare=False)
    is_same: bool = field(default=True, compare=False)
    digits: str = field(default="", compare=False, repr=False)
    changes: tuple[Any, ...] = field(default=(), compare=False)

    @property
    def token(self) -> str:
        return signing.dumps([self.key, str(self.rule), self.name], salt=_SALT)

    @property
    def field_name(self) -> str:
        return f"ask-{self.rule}"

    @property
    def text(self) -> str:
        return str(QUESTIONS[self.name].text)


@dataclass(frozen=True)
class Answers:
    """What a form or a caller says. `second_time` by itself was said before it was asked."""

    second_time: bool = False
    words: Mapping[str, str] = field(default_factory=dict)  # by rule, as typed
    tokens: Mapping[str, str] = field(default_factory=dict)  # by rule, the question it is about


@dataclass(frozen=True)
class Given:
    """One answer, judged."""

    question: Question
    word: str
    is_right: bool


NO_ANSWERS = Answers()


def judge(question: Question, answers: Answers) -> Given | None:
    """The answer to a question; None if there is none."""
    rule = question.rule
    if rule == Rule.REPEAT and answers.second_time:
        return Given(question, "x2", is_right=True)
    word = answers.words.get(rule, "").strip()
    if not word or not _is_about(question, answers.tokens.get(rule, "")):
        return None
    if rule == Rule.SCAM:
        is_right = word == QUESTIONS[question.name].right
        return Given(question, word if word in Reply.values else "?", is_right)
    if rule == Rule.LARGE and question.name == LargeAsks.DIGITS:
        typed = "".join(word.split())
        is_right = typed.isdecimal() and "".join(str(int(one)) for one in typed) == question.digits
        return Given(question, "the digits" if is_right else "other digits", is_right)
    return Given(question, "yes", is_right=True) if word == "yes" else None


def _is_about(question: Question, token: str) -> bool:
    try:
        return signing.loads(token[:500], salt=_SALT) == [
            question.key, str(question.rule), question.name,
        ]  # fmt: skip
    except signing.BadSignature:
        return False
