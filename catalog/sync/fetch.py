"""Reads all lists of the provider. No database, no transaction; all or nothing."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from valuetopup import Client
from valuetopup.errors import ConfigurationError, RefusedError, ValueTopupError
from valuetopup.types import Country, Operator, Product, Sku

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Fetched:
    """The lists as read; `operators` by country code."""

    countries: list[Country]
    products: list[Product]
    skus: list[Sku]
    gift_cards: list[Sku]
    operators: dict[str, list[Operator]]


class FetchError(Exception):
    """A list could not be read. The text says in plain words which, and why."""


def fetch(client: Client, tell: Tell) -> Fetched:
    """Every list, in one go. Error: `FetchError` at the first that cannot be read."""
    countries = _read(tell, _("countries"), client.countries)
    products = _read(tell, _("products"), client.products)
    skus = _read(tell, _("SKUs"), client.skus)
    gift_cards = _read(tell, _("gift cards"), lambda: _gift_cards(client, tell))
    rows: list[Product | Sku] = [*products, *skus, *gift_cards]
    codes = sorted({row.country_code for row in rows if row.operator_id and row.country_code})
    return Fetched(countries, products, skus, gift_cards, _operators(client, codes, tell))


def _gift_cards(client: Client, tell: Tell) -> list[Sku]:
    cards: list[Sku] = []
    for card in client.gift_card_skus():
        cards.append(card)
        if len(cards) % 100 == 0:
            tell(_("Gift cards: %(count)d read.") % {"count": len(cards)})
    return cards


def _operators(client: Client, codes: list[str], tell: Tell) -> dict[str, list[Operator]]:
    """Operators name no country in their rows: one call for each country we sell to."""
    found: dict[str, list[Operator]] = {}
    for number, code in enumerate(codes, start=1):
        name = _("operators of %(country)s") % {"country": code}
        found[code] = _call(name, lambda code=code: client.operators(country_code=code))  # type: ignore[misc]
        tell(
            _("Operators: %(number)d of %(all)d countries.") % {"number": number, "all": len(codes)}
        )
    return found


def _read[T](tell: Tell, name: str, call: Callable[[], list[T]]) -> list[T]:
    tell(_("Reading %(list)s…") % {"list": name})
    rows = _call(name, call)
    tell(_("Read %(list)s: %(count)d.") % {"list": name, "count": len(rows)})
    return rows


def _call[T](name: str, call: Callable[[], list[T]]) -> list[T]:
    try:
        return call()
    except ValueTopupError as error:
        raise FetchError(_in_words(name, error)) from error


def _in_words(name: str, error: ValueTopupError) -> str:
    values = {"list": name, "status": error.http_status}
    if isinstance(error, ConfigurationError):
        return (
            _(
                "The provider refused us while its list of %(list)s was read (HTTP %(status)s). "
                "Check the address, the user and the password. Nothing was changed."
            )
            % values
        )
    if isinstance(error, RefusedError):
        return _(
            "The provider answered %(code)s “%(text)s” when its list of %(list)s was read. "
            "Nothing was changed."
        ) % (values | {"code": error.code, "text": error.message[:200]})
    return (
        _(
            "The provider did not answer in a readable way while its list of %(list)s was read. "
            "Nothing was changed; the next sync tries again."
        )
        % values
    )
