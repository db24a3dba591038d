"""People of the distributor, signed in to the admin."""

from io import BytesIO
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.urls import URLResolver, reverse
from django.utils import timezone
from PIL import Image

from catalog.models import ErrorCode, Logo, Promotion, SyncRun
from ledger.models import Entry
from tests.topup.counter import PIN
from topup.models import (
    BlockedNumber,
    Brand,
    BulkFile,
    Claim,
    CoolDown,
    DayClose,
    DepositRequest,
    Device,
    Dispute,
    Factor,
    KioskOffer,
    OperatorWeather,
    Owed,
    Person,
    Refund,
    Resolution,
    Role,
    SafetyAnswer,
    Sale,
    SeenCode,
    Shift,
)
from topup.models.alarm import AlarmKind, StopKind
from topup.sealing import seal
from topup.services import alarms, kiosks, notices, publishing, whatif
from topup.services.asking import ask_now
from topup.services.pricebooks import current_book
from topup.services.provider import check_identity
from topup.services.sales import poll_sale
from topup.states import SaleState


@pytest.fixture
def boss(db):
    return Person.objects.create_superuser("boss", role=Role.ADMIN)


@pytest.fixture
def desk(client, boss):
    """A client of a superuser."""
    client.force_login(boss)
    return client


@pytest.fixture
def clerk(client, db):
    """Signs in a person with these permissions and no others; a client."""

    def sign_in(*codenames):
        person, _new = Person.objects.get_or_create(
            username="clerk", defaults={"role": Role.ADMIN, "is_staff": True}
        )
        person.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        assert person.user_permissions.count() == len(codenames)
        client.force_login(person)
        return client

    return sign_in


def url(name, *arguments, query=""):
    return reverse(f"admin:topup_{name}", args=arguments) + query


def text_of(response):
    return b"".join(response).decode()


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


def act(client, model, action, *rows, **more):
    """Choose rows of a list and start an action."""
    return client.post(
        url(f"{model}_changelist"),
        {"action": action, "_selected_action": [row.pk for row in rows], **more},
        follow=True,
    )


@pytest.fixture
def pin_sale(counter, boss):
    """A PIN that was sold through the simulator, asked about, and talked about."""
    sale = counter.sell(sku=PIN)
    assert sale.state == SaleState.COMPLETED
    ask_now(sale_id=sale.pk, by=boss)
    poll_sale(sale_id=sale.pk)
    alarms.raise_alarm(AlarmKind.SLOW, "slow", sale=sale)
    alarms.stop(StopKind.SELLING, "HTTP 401")
    check_identity()
    Group.objects.create(name="Clerks")
    Brand.objects.create(name="Star Credit")
    _words()
    _decisions(sale, boss)
    notices.write(text="Closed on Sunday.", to=sale.shop)
    draft = publishing.draft_from(book=current_book(), by=boss)
    whatif.start(book=draft, since=sale.created_at, until=timezone.now(), by=boss)
    Factor.objects.create(person=boss, sealed=seal("JBSWY3DPEHPK3PXP"))
    BlockedNumber.objects.create(prefix="1876", reason="x", made_by=boss)
    Device.objects.create(shop=sale.shop, name="Till", token_hash="x", enrolled_by=boss)
    kiosk, _code = kiosks.create(shop=sale.shop, name="Door", by=boss)
    KioskOffer.objects.create(
        kiosk=kiosk, shop=sale.shop, code="481516", language="en", sku=sale.sku, face_value=5,
        shown_price=5, currency="USD", expires_at=timezone.now(),
    )  # fmt: skip
    DepositRequest.objects.create(
        reference="D-3K7M9Q", shop=sale.shop, amount=50, currency="USD", paid_by="bank",
        asked_by=sale.agent,
    )  # fmt: skip
    shift = Shift.objects.create(shop=sale.shop, person=sale.agent, number=1)
    Owed.objects.create(sale=sale, shift=shift, tender="cash", amount=10, currency="USD")
    _safety(sale)
    BulkFile.objects.create(
        key=uuid4(), shop=sale.shop, made_by=sale.agent, name="x", currency="USD", row_count=1
    )
    SyncRun.objects.create(state="held", suspicions={"gone:skus": 0.5}, reason="Half is gone.")
    return sale


def _words():
    """What the provider says besides its lists."""
    now = timezone.now()
    SeenCode.objects.create(code="9901", last_seen_at=now)
    ErrorCode.objects.create(code="9901", text="odd", last_seen_at=now)
    Promotion.objects.create(fingerprint="x", name="3X", seen_at=now)
    drawn = BytesIO()
    Image.new("RGB", (64, 64), "teal").save(drawn, "WEBP")
    Logo.objects.create(
        url="http://x.example/1", digest="0" * 32, next_try_at=now,
        small=drawn.getvalue(), large=drawn.getvalue(),
    )  # fmt: skip


def _safety(sale):
    """Rules, an answer, a cool-down, an operator."""
    who = {"shop": sale.shop, "person": sale.agent}
    SafetyAnswer.objects.create(key=sale.correlation_id, rule="scam", is_right=True, **who)
    CoolDown.objects.create(reason="a run", until=timezone.now(), **who)
    OperatorWeather.objects.create(operator=sale.sku.operator)


def _decisions(sale, boss):
    """A row of each kind of decision about a sale."""
    Dispute.objects.create(sale=sale, reason="twice", raised_by=sale.agent, due_at=timezone.now())
    Claim.objects.create(sale=sale, amount=1, currency="USD")
    Refund.objects.create(sale=sale, entry=Entry.objects.last(), reason="x", made_by=boss)
    DayClose.objects.create(day="2026-01-31")
    Resolution.objects.create(
        sale=sale, way="leave", amount=0, currency="USD", reason="x", asked_by=boss,
        state="dropped",
    )  # fmt: skip


@pytest.fixture
def addresses(pin_sale):
    """Name and address of every page of the admin; a row of its own for each model."""
    found = []
    for pattern in admin.site.get_urls():
        nested = pattern.url_patterns if isinstance(pattern, URLResolver) else [pattern]
        found += [(each.name, _address(each, pin_sale)) for each in nested if each.name]
    assert len(found) > 60
    return found


def _address(pattern, sale):
    """The address behind a name, with the parameters that it asks for."""
    wanted = pattern.pattern.converters or pattern.pattern.regex.groupindex
    values = {"shop_id": sale.shop_id, "sale_id": sale.pk, "app_label": "topup"}
    values["content_type_id"] = ContentType.objects.get_for_model(Sale).pk
    values["run_id"] = SyncRun.objects.get().pk
    if set(wanted) & {"object_id", "id"}:
        row = _model_of(pattern.name)._default_manager.order_by("pk").last()
        values["object_id"] = values["id"] = row.pk
    address = reverse(f"admin:{pattern.name}", kwargs={name: values[name] for name in wanted})
    if pattern.name == "autocomplete":
        return address + "?app_label=topup&model_name=person&field_name=shop"
    return address


def _model_of(name):
    labels = {f"{m._meta.app_label}_{m._meta.model_name}": m for m in admin.site._registry}
    labels |= {"auth_user": Person, "view_on": Sale}
    return labels["_".join(name.split("_")[:2])]
