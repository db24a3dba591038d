"""Which goods a row of a file means: exactly one SKU, or a reason why not."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from catalog.enums import Category
from catalog.lookup import find_operator
from catalog.models import Operator, Sku
from catalog.msisdn import MsisdnError, country_of, normalize
from catalog.queries import sellable
from topup import amounts, bulkfile
from topup.bulkerrors import BulkRowError
from topup.errors import QuoteError
from topup.services.pricing import check_face_value

#: What is sold from a file: nothing that has a secret for a customer who stands there.
SOLD = (Category.RTR, Category.BILL_PAY)
_MOST_SKUS = 1000
type _Of = tuple[tuple[int, ...], str, Category]


@dataclass(frozen=True)
class Goods:
    """What is sold to whom."""

    sku: Sku
    face_value: Decimal
    recipient: str = ""
    account: str = ""

    @property
    def extras(self) -> dict[str, str]:
        return {"account_number": self.account} if self.account else {}


@dataclass
class Finder:
    """Remembers what it has read of the catalogue; for one round of work."""

    _lists: dict[_Of, Sequence[Sku]] = field(default_factory=dict)
    _operators: dict[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)

    def find(self, cells: dict[str, str]) -> Goods:
        """The goods of a row. May ask the provider for the number's operator.

        Error: `BulkRowError` with a sentence.
        """
        recipient, account = _number(cells.get("number", "")), cells.get("account", "")
        if not recipient and not account:
            raise BulkRowError(_("The row has neither a number nor an account."))
        amount = _amount(cells.get("amount", ""))
        kind = Category.BILL_PAY if account else Category.RTR
        if typed := cells.get("sku", ""):
            found: Sequence[Sku] = _by_id(typed, kind)
        else:
            found = self._by_names(cells, recipient, kind)
        sku, value = _one(found, amount, cells.get("currency", "").upper())
        face = value or sku.min_face_value
        if face is None:
            raise BulkRowError(_("The row has no amount."))
        return Goods(sku, face, recipient, account)

    def _by_names(self, cells: dict[str, str], recipient: str, kind: Category) -> Sequence[Sku]:
        product, operator = cells.get("product", ""), cells.get("operator", "")
        if operator:
            operators = self._named(operator, recipient)
        elif recipient and kind == Category.RTR:
            best = find_operator(recipient).best
            if best is None:
                raise BulkRowError(_("The operator of this number is not known. Write it down."))
            operators = (best.pk,)
        elif product:
            operators = ()
        else:
            raise BulkRowError(_("Write down whose bill it is: the operator, product or SKU id."))
        key = (operators, product.casefold(), kind)
        if key not in self._lists:
            self._lists[key] = _listed(operators, product, kind)
        return self._lists[key]

    def _named(self, name: str, recipient: str) -> tuple[int, ...]:
        country = country_of(recipient) if recipient else None
        key = (name.casefold(), country.pk if country else "")
        if key not in self._operators:
            rows = Operator.objects.filter(_by_name_or_id("", name))
            if country:
                rows = rows.filter(country=country)
            self._operators[key] = tuple(rows.values_list("pk", flat=True)[:20])
        if not self._operators[key]:
            raise BulkRowError(
                _("No operator is called %(name)s for this number.") % {"name": name[:60]}
            )
        return self._operators[key]


def _number(text: str) -> str:
    if not text:
        return ""
    if bulkfile.is_spoilt(text):
        raise BulkRowError(
            _("The spreadsheet has changed this number into a figure. Format the column as text.")
        )
    try:
        return normalize(text)
    except MsisdnError as error:
        raise BulkRowError(error.message) from None


def _amount(text: str) -> str:
    """As it was typed: how it is read hangs on the money of the goods."""
    if text and not any(amounts.ways(text)):
        raise BulkRowError(amounts.no_amount())
    return text


def _by_id(typed: str, kind: Category) -> list[Sku]:
    if not (typed.isascii() and typed.isdigit() and len(typed) < 16):
        raise BulkRowError(_("The SKU id has digits only."))
    found = list(_joined(Q(provider_id=int(typed))))
    if not found:
        raise BulkRowError(_("This SKU is not on sale."))
    return _of_kind(found, kind)


def _listed(operators: tuple[int, ...], product: str, kind: Category) -> list[Sku]:
    wanted = Q(operator__in=operators) if operators else Q()
    if product:
        wanted &= Q(name__iexact=product) | _by_name_or_id("product__", product)
    found = list(_joined(wanted)[:_MOST_SKUS])
    if not found:
        raise BulkRowError(_("No such product is on sale there."))
    return _of_kind(found, kind)


def _by_name_or_id(path: str, text: str) -> Q:
    named = Q(**{f"{path}name__iexact": text})
    if text.isascii() and text.isdigit() and len(text) < 16:
        named |= Q(**{f"{path}provider_id": int(text)})
    return named


def _joined(wanted: Q) -> QuerySet[Sku]:
    rows = sellable().filter(wanted).select_related("product", "operator", "country")
    return rows.defer("raw", "product__raw", "operator__raw", "country__raw").order_by("pk")


def _of_kind(found: list[Sku], kind: Category) -> list[Sku]:
    if of_kind := [sku for sku in found if sku.category == kind]:
        return of_kind
    categories = {sku.category for sku in found}
    if not categories & {*SOLD}:
        raise BulkRowError(
            _("Files are for top-ups, bundles and bills. Codes and cards are sold at the counter.")
        )
    if kind == Category.BILL_PAY:
        raise BulkRowError(_("This is no bill: leave the account empty and write the number."))
    raise BulkRowError(_("This is a bill: write the account."))


def _one(found: Sequence[Sku], amount: str, currency: str) -> tuple[Sku, Decimal | None]:
    """The one SKU that fits, a fixed amount before a range; and the amount, if one was typed."""
    fits = [sku for sku in found if not currency or sku.face_currency == currency]
    if not fits:
        raise BulkRowError(_("It is not sold in %(currency)s.") % {"currency": currency[:3]})
    values: dict[int, Decimal] = {}
    if amount:
        values = _read(fits, amount)
        fits = [sku for sku in fits if sku.pk in values]
        fits = [sku for sku in fits if sku.is_fixed] or fits
    elif len(fits) > 1 or not fits[0].is_fixed:
        raise BulkRowError(_("The row has no amount."))
    if not fits:
        raise BulkRowError(_("This amount is not sold there."))
    if len(fits) > 1:
        ids = ", ".join(str(sku.provider_id) for sku in fits[:4])
        raise BulkRowError(
            _("More than one product fits: write the currency or the SKU id (%(ids)s).")
            % {"ids": ids}
        )
    return fits[0], values.get(fits[0].pk)


def _read(skus: Sequence[Sku], amount: str) -> dict[int, Decimal]:
    """The amount for each SKU that takes it.

    What may be a thousand or a part is refused, as the sale bar asks about it; in money of
    three decimals 1.500 may be plain.
    """
    found: dict[int, Decimal] = {}
    unclear = ""
    for sku in skus:
        ways = amounts.ways(amount, sku.face_currency)
        takes = [value for value in ways if _takes(sku, value)]
        if len(ways) > 1:
            unclear = amounts.unclear(amount, sku.face_currency)
        if takes and len(ways) > 1:
            raise BulkRowError(unclear)
        if takes:
            found[sku.pk] = takes[0]
    if unclear and not found:
        raise BulkRowError(unclear)
    return found


def _takes(sku: Sku, amount: Decimal) -> bool:
    try:
        check_face_value(sku, amount)
    except QuoteError:
        return False
    return True
