"""What every page of the counter shows: the shop, its float, its unfinished sales."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from topup.models import Person, Shop
from topup.queries import open_count


def counter(request: HttpRequest) -> dict[str, object]:
    """Lazy: a fragment that shows none of it asks the database nothing."""
    person = getattr(request, "user", None)
    if not isinstance(person, Person) or person.shop_id is None:
        return {}
    return {
        "shop": SimpleLazyObject(lambda: _shop(request, person)),
        "unfinished_count": SimpleLazyObject(lambda: open_count(person)),
    }


def _shop(request: HttpRequest, person: Person) -> Shop:
    known: Shop | None = getattr(request, "shop", None)
    return known or Shop.objects.select_related("float_account").get(people=person)
