"""Demo data: two shops with float, people to sign in as and a kiosk, on loopback only."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from topup.models import Kiosk, Person, Shop
from topup.models.person import Role
from topup.services import kiosks
from topup.services.shops import add_float, open_shop

FLOAT = Decimal(500)
SHOPS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("Corner Shop", {"address": "12 Market Street", "hotline": "+1 876 555 0100"}),
    ("Bridge Kiosk", {"address": "3 Bridge Road", "hotline": "+1 876 555 0101"}),
)
KIOSK = "At the door"  # of the first shop
# user name, role, which shop
PEOPLE = (
    ("admin", Role.ADMIN, None),
    ("owner", Role.OWNER, 0),
    ("agent", Role.CASHIER, 0),
    ("agent2", Role.CASHIER, 1),
)


class DemoRefusedError(Exception):
    """Demo logins are for this machine's simulator only."""


@transaction.atomic
def make_demo_data(password: str) -> bool:
    """Make shops, float and people, if there is nobody yet; True if it did.

    Error: `DemoRefusedError` when the provider is not on this machine. Safe to repeat.
    """
    if not settings.PROVIDER_IS_LOOPBACK:
        raise DemoRefusedError(
            "Demo logins can be made only with the simulator of this machine, "
            f"not with the provider at {settings.VALUETOPUP_BASE_URL}."
        )
    if Person.objects.exists():
        return False
    shops = [open_shop(name=name, **terms) for name, terms in SHOPS]
    hashed = make_password(password)  # one for all: hashing is slow on purpose
    for name, role, place in PEOPLE:
        _make_person(name, role, shops[place] if place is not None else None, hashed)
    admin = Person.objects.get(username="admin")
    for shop in shops:
        add_float(shop=shop, amount=FLOAT, by=admin, memo="demo float", key=f"demo:{shop.pk}")
    kiosks.create(shop=shops[0], name=KIOSK, by=Person.objects.get(username="owner"))
    return True


def demo_kiosk() -> str:
    """A new code for the demo's kiosk; "" where a browser is it already, or there is none."""
    waits = Kiosk.objects.filter(name=KIOSK, enrolled_at=None, retired_at=None)
    kiosk = waits.filter(created_by__username="owner").select_related("created_by").first()
    return kiosks.new_code(kiosk=kiosk, by=kiosk.created_by) if kiosk else ""


def demo_logins(password: str) -> list[str]:
    """User names of the demo people who still have this password."""
    names = [name for name, _, _ in PEOPLE]
    known = dict(Person.objects.filter(username__in=names).values_list("username", "password"))
    right = {hashed: check_password(password, hashed) for hashed in set(known.values())}
    return [name for name in names if name in known and right[known[name]]]


def _make_person(name: str, role: Role, shop: Shop | None, hashed: str) -> None:
    is_admin = role == Role.ADMIN
    Person.objects.create(
        username=name, password=hashed, role=role, shop=shop, is_staff=is_admin,
        is_superuser=is_admin,
    )  # fmt: skip
