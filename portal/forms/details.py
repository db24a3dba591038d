"""What is typed besides number and amount: the fields of the chosen goods, and free details.

In a form and in an address a field is `x-<its name>`, a free detail a pair
`info-name-1`, `info-value-1`. A secret is in no address and in no page that we write.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from catalog.models import Sku
from topup.kinds import BY_CATEGORY, CLEAR_NAMES, KINDS
from topup.kinds.base import INFO, Extras, Field, asks_by_text, infos_of

PREFIX = "x-"
ROWS = 3  # of free details
#: In every form whose page has shown the fields.
SHOWN = "details"


@dataclass
class Box:
    """One field on the page."""

    field: Field
    value: str = ""
    error: str = ""

    @property
    def name(self) -> str:
        return f"{PREFIX}{self.field.name}"

    @property
    def shown_value(self) -> str:
        """What the page may hold of it."""
        return "" if self.field.is_secret else self.value


@dataclass
class Info:
    """One free detail: a name and a value."""

    number: int
    name: str = ""
    value: str = ""
    error: str = ""


class DetailsForm:
    """The fields of a SKU, as they were typed, or else as they are remembered.

    `kept` are values that are sent without being typed again: the secrets of a quote that
    is asked for anew.
    """

    def __init__(
        self, sku: Sku, data: Mapping[str, str], *, remembered: Extras | None = None,
        kept: Extras | None = None,
    ) -> None:  # fmt: skip
        kind = BY_CATEGORY.get(sku.category)
        fields = KINDS[kind].fields(sku) if kind else ()
        takes_infos = kind is not None and KINDS[kind].TAKES_INFOS
        self.sku = sku
        self.was_shown = SHOWN in data
        self.kept = kept or {}
        old = remembered or {}
        self.boxes = [
            Box(field, typed_in(data, f"{PREFIX}{field.name}", old.get(field.name, ""))[:200])
            for field in fields
        ]
        self.infos = list(_infos(data, old)) if takes_infos else []

    @property
    def typed(self) -> Extras:
        """As the services take it, not checked yet."""
        found = {box.field.name: box.value for box in self.boxes if box.value}
        infos = {f"{INFO}{row.name}": row.value for row in self.infos if row.name or row.value}
        return {**self.kept, **found, **infos}

    @property
    def is_due(self) -> bool:
        """True if the fields have to be seen before a price is told, and were not yet."""
        wanted = any(b.field.is_required or b.field.is_prompted for b in self.boxes)
        return not self.was_shown and (wanted or self._text_asks)

    def box(self, name: str) -> Box | None:
        return next((box for box in self.boxes if box.field.name == name), None)

    def fail(self, name: str, message: str) -> None:
        """Say at a field what is wrong with it."""
        if box := self.box(name):
            box.error = message
            return
        if self.infos:
            last = self.infos[-1]
            next((row for row in self.infos if f"{INFO}{row.name}" == name), last).error = message

    @property
    def needed(self) -> list[Box]:
        return [box for box in self.boxes if box.field.is_required]

    @property
    def others(self) -> list[Box]:
        return [box for box in self.boxes if not box.field.is_required]

    @property
    def errors(self) -> list[tuple[str, str]]:
        """The id of a field and what is wrong there."""
        rows = [(f"info-name-{row.number}", row.error) for row in self.infos if row.error]
        return [(box.name, box.error) for box in self.boxes if box.error] + rows

    @property
    def asks_infos(self) -> bool:
        """True where free details stand open: the SKU seems to want one, or one was typed."""
        return self._text_asks or any(r.name or r.value or r.error for r in self.infos)

    @property
    def _text_asks(self) -> bool:
        return bool(self.infos) and asks_by_text(self.sku)

    @property
    def is_open(self) -> bool:
        """True where what is optional is not folded away."""
        filled = any(box.value or box.error or box.field.is_prompted for box in self.others)
        return filled or not self.needed or self.asks_infos


def _infos(data: Mapping[str, str], remembered: Extras) -> Iterator[Info]:
    """Three rows: what was typed; where nothing was sent, what is remembered."""
    old = infos_of(remembered)
    was_sent = "info-name-1" in data
    for number in range(1, ROWS + 1):
        if was_sent or number > len(old):
            name, value = (typed_in(data, f"info-{part}-{number}") for part in ("name", "value"))
        else:
            name, value = old[number - 1]
        yield Info(number, " ".join(name.split())[:80], value.strip()[:200])


def typed_in(data: Mapping[str, str], name: str, otherwise: str = "") -> str:
    """One field as it was typed, without what nobody can see: no database keeps a NUL.

    All that is typed of details comes through here.
    """
    text = data.get(name, otherwise)
    spaced = "".join(" " if one in "\t\n\r" else one for one in text)
    return "".join(one for one in spaced if unicodedata.category(one) != "Cc").strip()


def address_of(extras: Extras) -> dict[str, str]:
    """What was typed, as parameters of an address: nothing secret."""
    fields = {f"{PREFIX}{n}": value for n, value in extras.items() if n in CLEAR_NAMES}
    infos = infos_of(extras)
    for number, (name, value) in enumerate(infos[:ROWS], start=1):
        fields |= {f"info-name-{number}": name, f"info-value-{number}": value}
    return fields


def carried(data: Mapping[str, str]) -> dict[str, str]:
    """What of a form or an address may go into the next one: nothing secret, nothing huge."""
    names = [f"{PREFIX}{name}" for name in sorted(CLEAR_NAMES)]
    names += [f"info-{part}-{n}" for n in range(1, ROWS + 1) for part in ("name", "value")]
    return {n: text for n in names if (text := typed_in(data, n)) and len(text) <= 100}
