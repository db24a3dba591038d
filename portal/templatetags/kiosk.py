"""What the kiosk's screens say and show: the visit, numbers to be spoken, countries by name."""

import re
from typing import Any

from django import template
from django.http import HttpRequest
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from catalog import texts
from catalog.msisdn import group
from portal import visit

register = template.Library()
country_name = register.filter(texts.country_name)
_FEWEST = 6  # digits before a number is written in groups


@register.simple_tag(takes_context=True)
def the_visit(context: dict[str, Any]) -> visit.Visit:
    """The visit of the customer; an empty one where the page knows no session."""
    request: HttpRequest | None = context.get("request")
    return visit.of(request) if request is not None else visit.Visit()


@register.filter
def spoken(text: str) -> str:
    """A number for a voice: digit by digit, with a rest between its groups."""
    groups = re.findall(r"\d+", str(text))
    return ", ".join(" ".join(part) for part in groups)


@register.filter
def spoken_number(msisdn: str) -> str:
    """A customer's number for a voice."""
    return spoken(group(msisdn)) if msisdn else ""


@register.filter
def typed_number(digits: str) -> str:
    """What was typed so far, in groups as soon as there is something to group."""
    plain = re.sub(r"\D", "", digits)
    if len(plain) < _FEWEST:
        return digits
    told = group(plain.removeprefix("00"))
    return told if digits.startswith(("+", "00")) else told.removeprefix("+")


@register.filter
def six(code: str) -> SafeString:
    """Six digits in two groups, from left to right in every language."""
    return format_html('<bdi dir="ltr" class="six">{}</bdi>', f"{code[:3]} {code[3:]}".strip())


@register.filter
def touch_here(code: str) -> str:
    """The invitation below a language, in that language; "" where it has no words yet."""
    with translation.override(code):
        told = _("Touch here to begin")
    return "" if code != "en" and told == "Touch here to begin" else told
