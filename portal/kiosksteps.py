"""The screens of a visit in their order: which comes next, which was before, what lacks.

Each screen asks one thing. A screen that comes too early, by the browser's back button or
a typed address, leads to the first one that was not answered yet.
"""

from dataclasses import dataclass, fields

from portal.visit import Visit
from topup.models import Kind

START, KIND, NUMBER, COUNTRY = "start", "kind", "number", "country"
OPERATOR, PRODUCT, AMOUNT, READ_BACK, CODE = "operator", "product", "amount", "read_back", "code"
STATE, DIAL = "state", "dial"
#: To where the modes, help and the idle question may lead back.
SCREENS = frozenset(
    {KIND, NUMBER, COUNTRY, DIAL, OPERATOR, PRODUCT, AMOUNT, READ_BACK, CODE, STATE}
)
_BY_NUMBER = (KIND, NUMBER, OPERATOR, PRODUCT, AMOUNT, READ_BACK)
_BY_COUNTRY = (KIND, COUNTRY, OPERATOR, PRODUCT, AMOUNT, READ_BACK)
#: What the steps above the screens count; the amount is a part of the product.
_COUNTED = (KIND, (NUMBER, COUNTRY, DIAL), OPERATOR, (PRODUCT, AMOUNT), READ_BACK, CODE)


@dataclass(frozen=True)
class Step:
    """Where a screen stands among the steps."""

    number: int
    most: int

    @property
    def dots(self) -> list[str]:
        """ "done", "here" or "" for each step."""
        return [
            "here" if at == self.number else "done" if at < self.number else ""
            for at in range(1, self.most + 1)
        ]


def step_of(name: str) -> Step | None:
    """The step of a screen; None for those beside the way."""
    for at, names in enumerate(_COUNTED, start=1):
        if name == names or (name in names and isinstance(names, tuple)):
            return Step(at, len(_COUNTED))
    return None


def way(visit: Visit) -> tuple[str, ...]:
    """The screens of what is bought, in order."""
    return _BY_NUMBER if visit.kind in ("", Kind.AIRTIME) else _BY_COUNTRY


def lacking(visit: Visit, name: str) -> str:
    """The screen that has to be answered before this one; "" if none lacks."""
    if not visit.language:
        return START
    if name not in way(visit):
        return "" if name in (CODE, STATE, DIAL) else _first(visit)
    for before in way(visit):
        if before == name:
            return ""
        if not _is_answered(visit, before):
            return before
    return ""


def _first(visit: Visit) -> str:
    return next((name for name in way(visit) if not _is_answered(visit, name)), READ_BACK)


def _is_answered(visit: Visit, name: str) -> bool:
    answers = {
        KIND: visit.kind, NUMBER: visit.msisdn, COUNTRY: visit.country,
        OPERATOR: visit.operator, PRODUCT: visit.sku, AMOUNT: visit.face_value,
    }  # fmt: skip
    return bool(answers.get(name))


def before(visit: Visit, name: str, *, asks_amount: bool = False) -> str:
    """The screen that Back leads to."""
    beside = {KIND: START, DIAL: NUMBER, STATE: KIND, CODE: KIND}
    if name in beside:
        return beside[name]
    order = [one for one in way(visit) if one != AMOUNT or asks_amount or name == AMOUNT]
    return order[order.index(name) - 1] if name in order else KIND


#: What is forgotten when an earlier answer changes: all that hung on it.
_AFTER_PRODUCT = {"sku", "amount", "face_value", "shown"}
_ASKED = {"code", "claim", "is_code_given", "is_claim_given"}  # after a sale
_AFTER = {
    KIND: {"kind", "country", "number", "msisdn", "operator"} | _AFTER_PRODUCT | _ASKED,
    NUMBER: {"operator"} | _AFTER_PRODUCT,
    COUNTRY: {"operator"} | _AFTER_PRODUCT,
    OPERATOR: _AFTER_PRODUCT,
    PRODUCT: _AFTER_PRODUCT,
    AMOUNT: {"face_value", "shown"},
    STATE: _ASKED,
}


def forgotten(name: str) -> dict[str, object]:
    """The fields of a visit that go back to nothing when this screen is answered anew."""
    return {one.name: one.default for one in fields(Visit) if one.name in _AFTER[name]}
