"""What the kinds share: whether a number is needed, and the fields that belong to one."""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from catalog.models import Sku
from topup.errors import ExtraError, RecipientError

#: What is typed besides number and amount: a value for each name, all text.
type Extras = dict[str, str]
type Label = str | Promise

MOST_INFOS = 5
MOST_TEXT = 1500  # of all together, as JSON: a quote travels in an address
INFO = "info-"  # an additional info travels as "info-<its name>"
#: What the client can send; anything else would fail only after the money is held.
_SENDABLE = re.compile(r"[1-9]\d{5,17}", re.ASCII)
_ASKS = re.compile(
    r"\b(required|requires|mandatory|must be (given|provided)|(please|must) (give|provide|enter)"
    r"|additional info)", re.IGNORECASE,
)  # fmt: skip
_INFO_NAME = re.compile(r"[\w .:/()-]{1,50}")
_INFO_VALUE = re.compile(r"[^\x00-\x1f]{1,100}")  # no database keeps a NUL


class Number(StrEnum):
    """Whether goods go to a number of the customer."""

    NEEDED = "needed"
    MAY = "may"
    NONE = "none"


@dataclass(frozen=True)
class Field:
    """One thing that is asked for besides the number and the amount.

    `pattern` must fit the whole value after its spaces at the ends are gone; `problem` is
    said where it does not. A `is_secret` one is kept sealed; a tick is "yes" or nothing.
    """

    name: str
    label: Label
    pattern: str
    problem: Label
    is_required: bool = False
    is_secret: bool = False
    is_tick: bool = False
    is_digits: bool = False  # for the keyboard of a phone
    is_prompted: bool = False  # optional, and asked for before the price all the same
    most: int = 60
    hint: Label = ""


def clean(fields: Sequence[Field], typed: Mapping[str, str]) -> Extras:
    """What was typed in these fields, checked; empty ones are left out, strange ones too.

    Error: `ExtraError` that names the field.
    """
    found: Extras = {}
    for field in fields:
        value = _plain_digits(" ".join(typed.get(field.name, "").split()))
        if not value:
            if field.is_required:
                raise ExtraError(_missing(field), name=field.name)
            continue
        if len(value) > field.most or not re.fullmatch(field.pattern, value):
            raise ExtraError(str(field.problem), name=field.name)
        found[field.name] = value
    found |= _infos(typed)
    if len(json.dumps(found)) > MOST_TEXT:
        raise ExtraError(_("This is more text than can be sent. Shorten it."), name=list(found)[-1])
    return found


def asks_by_text(sku: Sku) -> bool:
    """True where the SKU's own text seems to ask for a detail; the provider has no field for it."""
    return bool(_ASKS.search(f"{sku.description}\n{sku.additional_information}"))


def _plain_digits(text: str) -> str:
    """With the digits of every script as 0 to 9: the provider knows no others."""
    return "".join(str(unicodedata.digit(sign)) if sign.isdecimal() else sign for sign in text)


def _missing(field: Field) -> str:
    if field.is_tick:
        return str(field.problem)
    return _("Fill in: %(field)s.") % {"field": field.label}


def _infos(typed: Mapping[str, str]) -> Extras:
    """What the provider wants by names of its own, as a SKU's text may say."""
    infos = {name: value.strip() for name, value in typed.items() if name.startswith(INFO)}
    infos = {name: value for name, value in infos.items() if value}
    for name, value in infos.items():
        if not (_INFO_NAME.fullmatch(name.removeprefix(INFO)) and _INFO_VALUE.fullmatch(value)):
            raise ExtraError(_("Use a short name and a short value."), name=name)
    if len(infos) > MOST_INFOS:
        raise ExtraError(_("At most five more details can be sent."), name=list(infos)[-1])
    return infos


def infos_of(extras: Extras) -> list[tuple[str, str]]:
    """The additional infos among them, each by its own name: as the client takes them."""
    return [(name.removeprefix(INFO), value) for name, value in extras.items()
            if name.startswith(INFO)]  # fmt: skip


def check_if_given(sku: Sku, recipient: str) -> None:
    """No number is needed; one that is given must be of the SKU's country. Error: as below."""
    if recipient:
        check_number(sku, recipient)


def check_number(sku: Sku, recipient: str) -> None:
    """A number in the SKU's country. Its length is hardly judged: numbers surprise.

    Error: `RecipientError`.
    """
    if not _SENDABLE.fullmatch(recipient):
        raise RecipientError(_("This is not a complete number. Check the number."))
    if sku.dial_codes and not any(recipient.startswith(str(code)) for code in sku.dial_codes):
        codes = ", ".join(f"+{code}" for code in sku.dial_codes)
        raise RecipientError(
            _("This product is for numbers that begin with %(codes)s. Check the number.")
            % {"codes": codes}
        )
