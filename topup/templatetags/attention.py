"""`{% needs_of user as needs %}`: what waits for a person, on the admin's first page."""

from django import template

from topup.attention import Need, needs
from topup.models import Person

register = template.Library()


@register.simple_tag
def needs_of(person: object) -> list[Need]:
    """Nothing for somebody who is not signed in."""
    return needs(person) if isinstance(person, Person) else []
