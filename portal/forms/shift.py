"""What is typed about a shift: counts, money in and out, and how a customer pays or is paid."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from topup import amounts
from topup.denominations import denominations
from topup.models import CashKind, Owed, Person, Shop, Tender
from topup.services.counting import Counted, Pair, currencies_of
from topup.services.owed import shifts_that_pay

_MOST_NOTES = re.compile(r"\d{1,5}")


@dataclass
class CountField:
    """One figure to type: how many of a note, or an amount."""

    name: str
    note: Decimal | None  # None: an amount
    value: str = ""
    error: str = ""


@dataclass
class CountBlock:
    """The fields of one tender and currency."""

    tender: str
    currency: str
    fields: list[CountField]

    @property
    def label(self) -> str:
        return str(Tender(self.tender).label)

    @property
    def has_notes(self) -> bool:
        return self.fields[0].note is not None


class CountForm:
    """A count: notes and coins one by one where they are known, else one amount. Empty is none."""

    def __init__(self, pairs: Iterable[Pair], data: Mapping[str, str] | None = None) -> None:
        self.data = data
        self.blocks = [CountBlock(*pair, fields=self._fields(*pair)) for pair in pairs]
        self.counts = [self._read(block) for block in self.blocks]

    def _fields(self, tender: str, currency: str) -> list[CountField]:
        notes = denominations(currency) if tender == Tender.CASH else []
        names = [(f"n-{tender}-{currency}-{note}", note) for note in notes]
        fields = [CountField(name, note) for name, note in names]
        fields = fields or [CountField(f"a-{tender}-{currency}", None)]
        for field in fields:
            field.value = (self.data or {}).get(field.name, "").strip()[:20]
        return fields

    def _read(self, block: CountBlock) -> Counted:
        total, notes = Decimal(0), {}
        for field in block.fields:
            number = _number(field, block.currency)
            total += number * (field.note or 1)
            if field.note is not None and number:
                notes[f"{field.note}"] = int(number)
        return Counted(block.tender, block.currency, total, notes)

    @property
    def errors(self) -> list[CountField]:
        return [field for block in self.blocks for field in block.fields if field.error]

    def is_valid(self) -> bool:
        return self.data is not None and not self.errors


def _number(field: CountField, currency: str) -> Decimal:
    """What was typed, with `error` set when it cannot be read."""
    if not field.value:
        return Decimal(0)
    if field.note is None:
        try:
            return amounts.read(field.value, currency)
        except ValueError as error:
            field.error = str(error)
            return Decimal(0)
    if not _MOST_NOTES.fullmatch(field.value):
        field.error = _("Type how many there are, in digits: %(typed)s") % {"typed": field.value}
        return Decimal(0)
    return Decimal(field.value)


class MoveForm(forms.Form):
    """Cash put in or taken out, and why. The key records it once."""

    kind = forms.ChoiceField(
        choices=[(CashKind.IN, gettext_lazy("Put in")), (CashKind.OUT, gettext_lazy("Taken out"))],
        error_messages={"required": gettext_lazy("Say whether it is put in or taken out.")},
    )
    amount = forms.CharField(
        max_length=20, error_messages={"required": gettext_lazy("Type the amount.")}
    )
    currency = forms.ChoiceField(required=False)
    reason = forms.CharField(
        max_length=200, error_messages={"required": gettext_lazy("Write down what it is for.")}
    )
    key = forms.UUIDField()

    def __init__(self, *args: Any, shop: Shop, **options: Any) -> None:
        super().__init__(*args, **options)
        self.currencies = currencies_of(shop)
        self.initial.setdefault("key", uuid4())
        field = self.fields["currency"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(name, name) for name in self.currencies]

    def clean_amount(self) -> Decimal:
        named = self.data.get("currency") or self.currencies[0]
        return _positive(self.cleaned_data["amount"], named)

    def clean_currency(self) -> str:
        return self.cleaned_data["currency"] or self.currencies[0]


def _positive(typed: str, currency: str) -> Decimal:
    try:
        amount = amounts.read(typed, currency)
    except ValueError as error:
        raise forms.ValidationError(str(error)) from None
    if amount <= 0:
        raise forms.ValidationError(_("Type an amount above zero."))
    return amount


class PayOutForm(forms.Form):
    """Money back to a customer: his code, or why there is none, and out of which drawer."""

    code = forms.CharField(max_length=20, required=False)
    reason = forms.CharField(max_length=200, required=False)
    tender = forms.ChoiceField(choices=Tender.choices)
    shift = forms.ChoiceField(required=False)
    key = forms.UUIDField()

    def __init__(self, *args: Any, person: Person, owed: Owed, **options: Any) -> None:
        super().__init__(*args, **options)
        self.shifts = {str(shift.pk): shift for shift in shifts_that_pay(person)}
        self.initial.update(key=uuid4(), tender=owed.tender, shift=str(owed.shift_id))
        field = self.fields["shift"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(pk, self._name(pk)) for pk in self.shifts]

    def _name(self, pk: str) -> str:
        shift = self.shifts[pk]
        told = pgettext("a drawer", "shift %(number)s, %(person)s")
        return told % {"number": shift.number, "person": shift.person.get_username()}

    @property
    def shift_choices(self) -> list[tuple[str, str, bool]]:
        chosen = self["shift"].value() or next(iter(self.shifts), "")
        return [(pk, self._name(pk), pk == chosen) for pk in self.shifts]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first = next(iter(self.shifts.values()), None)
        data["shift"] = self.shifts.get(data.get("shift", ""), first)
        return data


class PaymentForm:
    """How the customer pays on the check page; an empty form is cash in the wallet's currency."""

    def __init__(self, data: Mapping[str, str] | None = None) -> None:
        data = data or {}
        self.tender = data.get("tender") or str(Tender.CASH)
        self.currency = data.get("currency", "")
        owed = data.get("owed", "")
        self.owed_id = int(owed) if re.fullmatch(r"[0-9]{1,17}", owed) else None
        self.code = data.get("code", "")[:40]
        self.tenders = Tender.choices

    @property
    def terms(self) -> dict[str, Any]:
        """For `open_sale`."""
        return {
            "tender": self.tender, "collected_currency": self.currency, "owed_id": self.owed_id,
            "code": self.code,
        }  # fmt: skip
