"""What the provider's answer to a sale says, for lists."""

from django import template

from portal import statewords
from topup.models import Sale

register = template.Library()


@register.filter
def why_refused(sale: Sale) -> str:
    """A sentence for a sale that the provider refused; "" for all others. Asks nothing."""
    return statewords.why(sale)
