"""People who sign in."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.utils.translation import gettext_lazy as _

from topup.models import Person


@admin.register(Person)
class PersonAdmin(UserAdmin):
    list_display = ("username", "first_name", "last_name", "role", "shop", "is_active")
    list_filter = ("role", "shop", "is_active")
    list_select_related = ("shop",)
    show_full_result_count = False
    autocomplete_fields = ("shop",)
    fieldsets = (
        *(UserAdmin.fieldsets or ()),
        (_("Counter"), {"fields": ("role", "shop", "language")}),
    )
    add_fieldsets = (
        *UserAdmin.add_fieldsets,
        (_("Counter"), {"fields": ("role", "shop", "language", "is_staff")}),
    )
