"""People who sign in, and who may give whom which rights."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from topup.admin.invites import links_file
from topup.models import Person, Role
from topup.services import people

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


class RoleRules:
    """What role, shop and the admin's door have to do with each other; a mixin of forms."""

    cleaned_data: dict[str, Any]
    instance: Person

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data  # type: ignore[misc]
        role = data.get("role", self.instance.role)
        if role != Role.ADMIN and not data.get("shop"):
            self.add_error("shop", _("A cashier, a manager or a shop owner needs a shop."))  # type: ignore[attr-defined]
        is_staff = data.get("is_staff", self.instance.is_staff)
        if role != Role.ADMIN and (is_staff or data.get("is_superuser")):
            raise ValidationError(_("Only the distributor's people may enter the admin."))
        return data


class PersonForm(RoleRules, UserChangeForm):
    class Meta(UserChangeForm.Meta):
        model = Person


class NewPersonForm(RoleRules, AdminUserCreationForm):
    class Meta(AdminUserCreationForm.Meta):
        model = Person


@admin.register(Person)
class PersonAdmin(UserAdmin):
    """Nobody is removed (the books name people): take `active` away instead.

    Rights are given by superusers alone, and only they touch people who may enter
    the admin; else whoever may edit people could make himself anything.
    """

    form = PersonForm
    add_form = NewPersonForm
    list_display = ("username", "first_name", "last_name", "role", "shop", "is_active", "is_staff")
    list_filter = ("role", "is_active", "is_staff")
    search_fields = (*UserAdmin.search_fields, "shop__name")
    list_select_related = ("shop",)
    show_full_result_count = False
    autocomplete_fields = ("shop",)
    fieldsets = (
        *(UserAdmin.fieldsets or ()),
        (gettext_lazy("Counter"), {"fields": ("role", "shop", "language")}),
    )
    actions = ("freeze", "unfreeze", "unlock_pin", "welcome_links")
    add_fieldsets = (
        *UserAdmin.add_fieldsets,
        (gettext_lazy("Counter"), {"fields": ("role", "shop", "language", "is_staff")}),
    )

    def formfield_for_dbfield(self, db_field: Any, request: Any, **options: Any) -> Any:
        if db_field.name == "language":
            return forms.ChoiceField(choices=settings.LANGUAGES, label=gettext_lazy("Language"))
        return super().formfield_for_dbfield(db_field, request, **options)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_colleague = obj is not None and (obj.is_staff or obj.is_superuser)
        if is_colleague and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = super().get_readonly_fields(request, obj)
        return shown if request.user.is_superuser else (*shown, *RIGHTS)

    @admin.action(description=gettext_lazy("Freeze: no more signing in"), permissions=["change"])
    def freeze(self, request: HttpRequest, queryset: QuerySet[Person]) -> None:
        count = self._each(
            request, queryset, lambda one: people.set_active(person=one, is_active=False), "Frozen"
        )
        text = ngettext("%(count)d person is frozen.", "%(count)d people are frozen.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)

    @admin.action(description=gettext_lazy("Unfreeze"), permissions=["change"])
    def unfreeze(self, request: HttpRequest, queryset: QuerySet[Person]) -> None:
        count = self._each(
            request, queryset, lambda one: people.set_active(person=one, is_active=True), "Unfrozen"
        )
        text = ngettext("%(count)d person may sign in.", "%(count)d people may sign in.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)

    @admin.action(description=gettext_lazy("Unlock the PIN"), permissions=["change"])
    def unlock_pin(self, request: HttpRequest, queryset: QuerySet[Person]) -> None:
        count = self._each(
            request, queryset, lambda one: people.clear_pin_lock(person=one), "PIN unlocked"
        )
        text = ngettext("%(count)d PIN is unlocked.", "%(count)d PINs are unlocked.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)

    @admin.action(
        description=gettext_lazy("Links to set a first password (CSV)"), permissions=["change"]
    )
    def welcome_links(
        self, request: HttpRequest, queryset: QuerySet[Person]
    ) -> StreamingHttpResponse:
        return links_file(request, list(queryset.values_list("pk", flat=True)))

    def _each(
        self, request: HttpRequest, queryset: QuerySet[Person], deed: Callable[[Person], bool],
        log: str,
    ) -> int:  # fmt: skip
        """Do it to those whom this person may change, himself left out; how many changed."""
        changed = 0
        for one in queryset:
            is_self = one.pk == request.user.pk
            if not is_self and self.has_change_permission(request, one) and deed(one):
                changed += 1
                self.log_change(request, one, log)
        return changed
