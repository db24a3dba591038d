"""People of the distributor, signed in to the admin."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from topup.models import Person, Role


@pytest.fixture(autouse=True)
def _cheap_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


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
    return response.content.decode()


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


def act(client, model, action, *rows, **more):
    """Choose rows of a list and start an action."""
    return client.post(
        url(f"{model}_changelist"),
        {"action": action, "_selected_action": [row.pk for row in rows], **more},
        follow=True,
    )
