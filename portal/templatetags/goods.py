"""Goods as the counter shows them: picture, promotions, and name in the language of the page."""

from datetime import datetime
from decimal import Decimal

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from catalog import promotions, texts
from catalog.models import Operator, Promotion, Sku
from portal import arrivalwords
from portal.templatetags.counter import icon, money_text

register = template.Library()
register.filter(texts.country_name)
register.filter("lasting", arrivalwords.validity)
SMALL, LARGE = 36, 48  # pixels on the page; the picture is sharp on every screen


@register.simple_tag
def logo(operator: Operator, size: str = "") -> SafeString:
    """The operator's tile: its picture, else its initials. Asks the database nothing."""
    if operator.logo_digest:
        return _picture(operator.logo_digest, size)
    return format_html(
        '<span class="tile-initials {}" aria-hidden="true">{}</span>', size, operator.initials
    )


@register.simple_tag
def logo_of(sku: Sku, size: str = "") -> SafeString | str:
    """The product's picture, else the operator's tile; nothing for goods of neither."""
    if sku.product and sku.product.logo_digest:
        return _picture(sku.product.logo_digest, size)
    return logo(sku.operator, size) if sku.operator else ""


@register.simple_tag
def promotions_of(operator: Operator) -> list[Promotion]:
    """What runs or is to come for an operator. One query, however often a page asks."""
    known: list[Promotion] | None = getattr(operator, "_promotions", None)
    if known is None:
        known = operator._promotions = promotions.of_operator(operator)  # type: ignore[attr-defined]
    return known


@register.simple_tag
def promotions_for(sku: Sku, face_value: Decimal) -> list[Promotion]:
    """Those that run now for this amount. One query, or none."""
    return promotions.for_amount(sku, face_value)


@register.simple_tag
def promoted(sku: Sku, operator: Operator | None) -> SafeString | str:
    """The mark on an amount, or a range of them, that a promotion concerns; else nothing."""
    now = timezone.now()
    for promotion in promotions_of(operator) if operator else []:
        if promotion.has_begun(now) and promotion.concerns(sku):
            where = "" if sku.is_fixed else _amounts(promotion)
            return format_html(
                '<span class="promoted">{}<span><bdi dir="auto">{}</bdi>{}</span></span>',
                icon("zap"), _short(promotion), format_html(" · {}", where) if where else "",
            )  # fmt: skip
    return ""


@register.filter
def offers(promotion: Promotion) -> str:
    """What it offers, in the provider's words."""
    return promotion.description or promotion.name


@register.filter
def has_begun(promotion: Promotion) -> bool:
    return promotion.has_begun(timezone.now())


@register.filter
def when(promotion: Promotion) -> SafeString | str:
    """ "until 27 Nov 23:59 (Jamaica)", "from 1 Dec 00:00 (Jamaica)": by the clock there."""
    begun = promotion.has_begun(timezone.now())
    local = promotion.local_end if begun else promotion.local_start
    text = promotion.end_text if begun else promotion.start_text
    if not text:
        return ""
    time = format_html('<bdi dir="auto">{}</bdi>', _clock(local) if local else text)
    place = texts.country_name(promotion.country) if promotion.country else ""
    end = format_html(" (<bdi>{}</bdi>)", place) if place else ""
    return format_html(_("until {time}") if begun else _("from {time}"), time=time) + end


@register.filter
def for_amounts(promotion: Promotion) -> str:
    """ "$10 – $100": the amounts it asks for; "" for all."""
    return _amounts(promotion)


@register.filter
def named(sku: Sku) -> str:
    """A SKU's name in the language of the page."""
    return texts.localised(sku).shown_name


@register.filter
def product_named(sku: Sku) -> str:
    return texts.localised(sku).shown_product_name


@register.filter
def described(sku: Sku) -> str:
    """What it is, in the language of the page; its name where nothing is said."""
    own = texts.localised(sku)
    return own.shown_description or own.shown_name


def _picture(digest: str, size: str) -> SafeString:
    side = SMALL if size == "small" else LARGE
    small, large = (reverse("logos:logo", args=[digest, dots]) for dots in (64, 128))
    return format_html(
        '<img class="tile-logo {0}" src="{1}" srcset="{1} 64w, {2} 128w" sizes="{3}px" alt="" '
        'width="{3}" height="{3}" loading="lazy" decoding="async">',
        size, small, large, side,
    )  # fmt: skip


def _short(promotion: Promotion) -> str:
    text = promotion.description or promotion.name
    return text if len(text) <= 60 else f"{text[:59]}…"


def _clock(local: datetime) -> str:
    """Day, month and time, and the year where it is another one."""
    is_far = local.year != timezone.now().year
    return date_format(local, "j M Y H:i" if is_far else "j M H:i")


def _amounts(promotion: Promotion) -> str:
    return ", ".join(_span(span) for span in promotion.ranges if span["min"] or span["max"])


def _span(span: dict[str, str | None]) -> str:
    currency = span["currency"] or ""
    least, most = (_amount(span[end], currency) for end in ("min", "max"))
    if least and most:
        return least if least == most else f"{least} – {most}"
    if least:
        return _("from %(amount)s") % {"amount": least}
    return _("up to %(amount)s") % {"amount": most}


def _amount(text: str | None, currency: str) -> str:
    if not text:
        return ""
    return money_text(Decimal(text), currency, trim=True) if currency else text
