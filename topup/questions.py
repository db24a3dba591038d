"""What is asked before a PIN or a gift card is sold, and the answer that lets it be sold.

Half of them want a "no", so that pressing the same answer all day stops a sale. Which one
is asked follows from the key of the quote: to load the page again asks the same.
"""

import hashlib
from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Reply(models.TextChoices):
    YES = "yes", _("Yes")
    NO = "no", _("No")


@dataclass(frozen=True)
class ScamQuestion:
    """One question, and the reply after which the sale goes on."""

    text: str | Promise
    right: Reply


QUESTIONS: dict[str, ScamQuestion] = {
    "here": ScamQuestion(_("Is the customer standing in front of you?"), Reply.YES),
    "called": ScamQuestion(
        _("Has anyone phoned or written to you and asked for this code?"), Reply.NO
    ),
    "counted": ScamQuestion(_("Have you counted the customer’s money yourself?"), Reply.YES),
    "read_out": ScamQuestion(
        _("Will you read the code out on the telephone, or send a picture of it?"), Reply.NO
    ),
    "handed": ScamQuestion(
        _("Will you hand the code only to the customer who is here?"), Reply.YES
    ),
    "boss": ScamQuestion(
        _("Did somebody say he is your boss, the distributor or the operator, and told you to?"),
        Reply.NO,
    ),
    "own": ScamQuestion(_("Does the customer know what this code is for?"), Reply.YES),
    "fine": ScamQuestion(
        _("Does the customer need the code to pay a fine, a tax, a fee or for a prize?"), Reply.NO
    ),
}


def question_for(key: str) -> str:
    """The name of the question that is asked about a quote."""
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big")
    return list(QUESTIONS)[number % len(QUESTIONS)]
