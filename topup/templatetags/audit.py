"""Links from a row of the admin to what the audit log knows of it."""

from typing import Any
from urllib.parse import urlencode

from django import template
from django.db.models import Model
from django.urls import reverse
from django.utils.translation import gettext as _

from topup.models import Person, Shop
from topup.models.audit import WATCHED

register = template.Library()
_TABLES = {watched.table for watched in WATCHED}


@register.simple_tag
def audit_links(row: Model | None, user: Any) -> list[tuple[str, str]]:
    """(words, address) of each list of the log about this row, for who may see the log."""
    if row is None or row._meta.db_table not in _TABLES or not _may_see(user):
        return []
    url = reverse("admin:topup_auditentry_changelist")
    where: list[tuple[str, dict[str, Any]]] = []
    if isinstance(row, Shop):
        where.append((_("Audit log"), {"shop_id": row.pk}))
    elif isinstance(row, Person):
        where.append((_("Audit log"), {"person_id": row.pk}))
        where.append((_("What this person did"), {"actor_id": row.pk}))
    else:
        where.append((_("Audit log"), {"subject": row._meta.db_table, "object_id": row.pk}))
    return [(words, f"{url}?{urlencode(query)}") for words, query in where]


def _may_see(user: Any) -> bool:
    return bool(user.has_perm("topup.view_auditentry"))
