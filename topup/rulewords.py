"""Rules in words: how they make an amount, for which goods, for whom."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from topup.models.price import Method, Rounding
from topup.models.sale import Kind

if TYPE_CHECKING:
    from topup.models import PriceRule

_HOW: dict[str, Promise | str] = {
    Method.MARKUP: gettext_lazy("cost + %(value)s %%"),
    Method.FEE: gettext_lazy("face value + %(value)s"),
    Method.FEE_PERCENT: gettext_lazy("face value + %(value)s %%"),
    Method.FIXED_PRICE: "%(value)s",
    Method.SHARE_OF_MARGIN: gettext_lazy("%(value)s %% of price − cost"),
    Method.SHARE_OF_FACE: gettext_lazy("%(value)s %% of the face value"),
    Method.FIXED_COMMISSION: "%(value)s",
}
_FOR: dict[str, Promise] = {
    "country": gettext_lazy("country"), "operator": gettext_lazy("operator"),
    "product": gettext_lazy("product"), "sku": gettext_lazy("SKU"), "shop": gettext_lazy("shop"),
    "branch": gettext_lazy("branch"), "tier": gettext_lazy("tier"),
}  # fmt: skip
#: What `scope` needs joined to a rule.
SCOPE = tuple(_FOR)


def how(rule: "PriceRule") -> str:
    """ "cost + 8 %", "50 % of price − cost, rounded down to 0.05"."""
    text = str(_HOW[rule.method]) % {"value": plain(rule.value)}
    if rule.step is not None or rule.rounding:
        text = f"{text}, {_rounding(rule)}"
    return f"{text}, {_('may lose')}" if rule.may_lose else text


def paid_by(rule: "PriceRule") -> str:
    """The rule that paid a commission: "50 % of price − cost, price book 3, rule 12"."""
    values = {"how": how(rule), "version": rule.book.version, "rule": rule.pk}
    return _("%(how)s, price book %(version)s, rule %(rule)s") % values


def _rounding(rule: "PriceRule") -> str:
    way = {
        Rounding.UP: _("rounded up"), Rounding.DOWN: _("rounded down"),
        Rounding.NEAREST: _("rounded to the nearest"),
    }.get(Rounding(rule.rounding)) if rule.rounding else _("rounded")  # fmt: skip
    return f"{way} {plain(rule.step)}" if rule.step is not None else str(way)


def scope(rule: "PriceRule") -> str:
    """ "operator Digicel, tier Gold"; "everything". Names what it joins: see `SCOPE`."""
    said = [f"{word} {value}" for name, word in _FOR.items() if (value := getattr(rule, name))]
    if rule.kind:
        kind = dict(Kind.choices).get(rule.kind, rule.kind)
        said.insert(0, f"{_('kind')} {kind}")
    return ", ".join(said) or _("everything")


def plain(amount: Decimal) -> str:
    """8, 0.05, 1000: no zeros behind the point, no exponent."""
    return f"{amount.normalize():f}"
