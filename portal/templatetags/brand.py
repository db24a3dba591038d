"""Under whose name a page stands; also for pages that are made without a request."""

from django import template

from topup.services import brands

register = template.Library()


@register.simple_tag
def the_brand() -> brands.Branding:
    """What is shown now."""
    return brands.current()


@register.simple_tag
def the_brand_last_known() -> brands.Branding:
    """For pages that tell of our own fault: what this process showed last, and asks nobody."""
    return brands.last_known()
