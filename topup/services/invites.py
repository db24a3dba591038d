"""Many shops and their owners at once, from a CSV: read, judged row by row, then made.

Each row is made in a transaction of its own: a bad one stops none of the others. A row
whose shop is there already is left alone, so the same file can be sent again.
"""

import csv
import io
import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from ledger.money import unit
from topup import amounts
from topup.errors import InviteError, TopupError
from topup.models import Level, Person, Role, Shop, Tier
from topup.services.shops import MOST_ABOVE, open_shop

COLUMNS = (
    "shop", "under", "level", "tier", "owner", "first_name", "last_name", "language",
    "credit_limit",
)  # fmt: skip
MOST_ROWS, MOST_BYTES = 2_000, 256 * 1024


@dataclass
class Row:
    """One row of the file: what it says, what is wrong with it, and what came of it.

    `warning` is what may be wrong; such a row is made all the same.
    """

    number: int  # as a spreadsheet counts: the header is 1
    values: dict[str, str]
    problems: list[str] = field(default_factory=list)
    warning: str = ""
    is_there: bool = False  # a shop of this name exists
    credit_limit: Decimal = Decimal(0)
    person_id: int | None = None  # the owner, once made
    is_made: bool = False

    @property
    def is_good(self) -> bool:
        return not self.problems and not self.is_there

    def __getitem__(self, column: str) -> str:
        if column not in COLUMNS:  # a template tries this before an attribute
            raise KeyError(column)
        return self.values.get(column, "")

    @property
    def level(self) -> str:
        return self["level"] or Level.SHOP

    @property
    def credit(self) -> Decimal:
        """The limit as it was read; `credit_limit` is the cell to a template."""
        return self.credit_limit

    @property
    def level_name(self) -> str:
        """In words, where it is one."""
        return str(Level(self.level).label) if self.level in Level.values else self.level


def read(data: bytes) -> list[Row]:
    """The rows of a file: UTF-8, columns in any order, between commas or semicolons.

    Error: `InviteError` for a file that cannot be read as one.
    """
    if len(data) > MOST_BYTES:
        raise InviteError(_("The file is larger than 256 KB. Send it in parts."))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InviteError(_("The file is not UTF-8. Save it as “CSV UTF-8”.")) from None
    if "\0" in text:
        raise InviteError(_("The file is no CSV. Save it as “CSV UTF-8”."))
    first = text.split("\n", 1)[0]
    mark = ";" if first.count(";") > first.count(",") else ","
    try:
        lines = list(csv.reader(io.StringIO(text), delimiter=mark, strict=True))
    except csv.Error:
        raise InviteError(_("The file is no CSV: a quotation mark is not closed.")) from None
    header = [name.strip().lower().replace(" ", "_") for name in lines[0]] if lines else []
    _check_header(header)
    rows = [
        Row(number, _values(header, line),
            problems=[] if len(line) <= len(header) else [_("There are more cells than columns.")])
        for number, line in enumerate(lines[1:], 2) if any(cell.strip() for cell in line)
    ]  # fmt: skip
    if not rows:
        raise InviteError(_("The file has a header and no rows."))
    if len(rows) > MOST_ROWS:
        raise InviteError(_("The file has more than 2,000 rows. Send it in parts."))
    return rows


def _values(header: list[str], line: list[str]) -> dict[str, str]:
    values = {name: cell.strip() for name, cell in zip(header, line, strict=False)}
    # As the sign-in reads it, else nobody could sign in.
    return values | {"owner": Person.normalize_username(values.get("owner", ""))}


def _check_header(header: list[str]) -> None:
    unknown = [name for name in header if name not in COLUMNS]
    if "shop" not in header or unknown or len(set(header)) < len(header):
        raise InviteError(
            _("The first row must name the columns, each once: %(columns)s. “shop” is needed.")
            % {"columns": ", ".join(COLUMNS)}
        )


@dataclass
class _Known:
    """What there is already, by name: in the database, and from earlier rows."""

    shops: dict[str, tuple[str, int]]  # level, how many lie above
    usernames: set[str]
    tiers: set[str]
    alike: dict[str, str]  # names without what hardly tells them apart
    seen: dict[str, int] = field(default_factory=dict)


def judge(rows: list[Row], *, may_lend: bool) -> None:
    """Write into each row what is wrong with it, in words; makes nothing. Three queries."""
    names = {row["owner"] for row in rows if row["owner"]}
    found = list(Shop.objects.values_list("name", "level", "ancestors"))
    known = _Known(
        shops={name: (level, len(above)) for name, level, above in found},
        usernames=set(Person.objects.filter(username__in=names).values_list("username", flat=True)),
        tiers=set(Tier.objects.values_list("name", flat=True)),
        alike={_plain(name): name for name, _level, _above in found},
    )
    for row in rows:
        _judge_row(row, known, may_lend)
        if row.is_good:
            above = known.shops[row["under"]][1] + 1 if row["under"] else 0
            known.shops[row["shop"]] = (row.level, above)
            if row["owner"]:
                known.usernames.add(row["owner"])


def _judge_row(row: Row, known: _Known, may_lend: bool) -> None:
    name = row["shop"]
    if name and name in known.seen:
        told = _("The shop is in row %(row)d already. Give it another name.")
        row.problems.append(told % {"row": known.seen[name]})
    elif name in known.shops:
        row.is_there = True
        return
    known.seen.setdefault(name, row.number)
    if (other := known.alike.setdefault(_plain(name), name)) != name:
        told = _("“%(name)s” is called almost the same. Make it only if it is another shop.")
        row.warning = told % {"name": other}
    _judge_shop(row, known)
    _judge_owner(row, known)
    row.credit_limit = _judge_credit(row, may_lend)


def _plain(name: str) -> str:
    """A name without its case, spaces, points and Latin accents; signs of other scripts stay."""
    folded = unicodedata.normalize("NFKD", name).casefold()
    kept = [one for one in folded if not "\u0300" <= one <= "\u036f"]
    return "".join(one for one in kept if unicodedata.category(one)[0] not in "ZP") or name


def _judge_shop(row: Row, known: _Known) -> None:
    tell = row.problems.append
    _judge_text(row, "shop", Shop, "name")
    if row.level not in Level.values:
        tell(_("The level must be “shop” or “sub_distributor”."))
    if row["tier"] and row["tier"] not in known.tiers:
        tell(_("There is no tier “%(tier)s”. Make it first, or leave the cell empty.")
             % {"tier": row["tier"]})  # fmt: skip
    if not row["under"]:
        return
    above = known.shops.get(row["under"])
    if above is None:
        tell(_("There is no “%(name)s” to lie under. Write its row above this one.")
             % {"name": row["under"]})  # fmt: skip
    elif above[0] != Level.SUB_DISTRIBUTOR:
        tell(_("“%(name)s” is no sub-distributor: nothing lies under a shop.")
             % {"name": row["under"]})  # fmt: skip
    elif above[1] + 1 > MOST_ABOVE:
        tell(_("The tree would be too deep."))


def _judge_owner(row: Row, known: _Known) -> None:
    tell = row.problems.append
    for column in ("first_name", "last_name"):
        _judge_text(row, column, Person, column)
    if row["language"] and row["language"] not in dict(settings.LANGUAGES):
        tell(_("The language must be one of: %(codes)s.")
             % {"codes": ", ".join(code for code, _name in settings.LANGUAGES)})  # fmt: skip
    if not row["owner"]:
        if row["first_name"] or row["last_name"]:
            tell(_("A name without a user name: fill in “owner”."))
        return
    _judge_text(row, "owner", Person, "username")
    if row["owner"] in known.usernames:
        tell(_("The user name “%(name)s” is taken. Choose another one.")
             % {"name": row["owner"]})  # fmt: skip


def _judge_text(row: Row, column: str, model: type[Shop | Person], name: str) -> None:
    """What the table itself says of a text: needed, too long, letters that are not allowed."""
    try:
        column_of: Any = model._meta.get_field(name)
        column_of.clean(row[column], None)
    except ValidationError as error:
        row.problems.append(f"{column}: {' '.join(error.messages)}")


def _judge_credit(row: Row, may_lend: bool) -> Decimal:
    typed = row["credit_limit"]
    if not typed:
        return Decimal(0)
    try:
        limit = amounts.read(typed)
    except ValueError:
        is_unclear = len(amounts.ways(typed)) > 1
        row.problems.append(amounts.unclear(typed) if is_unclear else _no_limit())
        return Decimal(0)
    if limit % unit(settings.VALUETOPUP_WALLET_CURRENCY):
        row.problems.append(_no_limit())
        return Decimal(0)
    if limit and not may_lend:
        row.problems.append(_("You may not give credit. Leave the credit limit empty."))
    return limit


def _no_limit() -> str:
    return _("The credit limit must be an amount such as 500 or 500.50.")


def make(rows: list[Row]) -> None:
    """Make the good rows, in their order; what fails is told in its row."""
    for row in rows:
        if row.is_good:
            _make_row(row)


def _make_row(row: Row) -> None:
    try:
        with transaction.atomic():
            parent = Shop.objects.get(name=row["under"]) if row["under"] else None
            tier = Tier.objects.get(name=row["tier"]) if row["tier"] else None
            shop = open_shop(
                name=row["shop"], credit_limit=row.credit_limit, parent=parent, tier=tier,
                level=row.level,
            )  # fmt: skip
            row.person_id = _make_owner(row, shop).pk if row["owner"] else None
    except TopupError as error:
        row.problems.append(error.message)
    except (IntegrityError, Shop.DoesNotExist, Tier.DoesNotExist):
        row.problems.append(_("It was not made: its names were used or taken away meanwhile."))
    else:
        row.is_made = True


def _make_owner(row: Row, shop: Shop) -> Person:
    """Without a password: he sets it himself, with a link that works once."""
    owner = Person(
        username=row["owner"], role=Role.OWNER, shop=shop, first_name=row["first_name"],
        last_name=row["last_name"], language=row["language"] or settings.LANGUAGE_CODE,
    )  # fmt: skip
    owner.set_unusable_password()
    owner.save(force_insert=True)
    return owner


def waiting_for_password(person_ids: list[int]) -> list[Person]:
    """Those of them, of shops, who have never set a password: they can be sent a link."""
    people = Person.objects.filter(pk__in=person_ids, is_active=True, is_staff=False)
    found = people.exclude(role=Role.ADMIN).select_related("shop").order_by("shop__name", "pk")
    return [person for person in found if not person.has_usable_password()]
