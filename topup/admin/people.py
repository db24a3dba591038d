"""People who sign in, and who may give whom which rights."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from topup.models import Person, Role

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


class RoleRules:
    """What role, shop and the admin's door have to do with each other; a mixin of forms."""

    cleaned_data: dict[str, Any]
    instance: Person

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data  # type: ignore[misc]
        role = data.get("role", self.instance.role)
        if role != Role.ADMIN and not data.get("shop"):
            self.add_error("shop", _("An agent or a shop owner needs a shop."))  # type: ignore[attr-defined]
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
    list_filter = ("role", "is_active", "is_staff", "shop")
    list_select_related = ("shop",)
    show_full_result_count = False
    autocomplete_fields = ("shop",)
    fieldsets = (
        *(UserAdmin.fieldsets or ()),
        (gettext_lazy("Counter"), {"fields": ("role", "shop", "language")}),
    )
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
