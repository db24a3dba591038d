"""Second factors of the distributor's people: who has one, and taking one away."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.admin import ReadOnly
from topup.admin.base import person_of
from topup.errors import FactorError
from topup.models import Factor
from topup.services import second_factor


@admin.register(Factor)
class FactorAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("person", "made_at", "codes_left", "wrong_tries", "locked_until")
    list_select_related = ("person",)
    search_fields = ("person__username",)
    fields = readonly_fields = list_display
    actions = ("take_away",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Factor]:
        factors: QuerySet[Factor] = super().get_queryset(request)
        return factors.annotate(left=Count("codes", filter=Q(codes__used_at=None)))

    def has_reset_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    @admin.display(description=gettext_lazy("recovery codes left"))
    def codes_left(self, factor: Any) -> int:
        return int(factor.left)

    @admin.action(
        description=gettext_lazy("Take away: the next sign-in sets up a new one"),
        permissions=["reset"],
    )
    def take_away(self, request: HttpRequest, queryset: QuerySet[Factor]) -> None:
        for factor in queryset.select_related("person"):
            try:
                second_factor.reset(person=factor.person, by=person_of(request))
            except FactorError as error:
                messages.error(request, error.message)
                continue
            self.log_change(request, factor, "Taken away")
            text = _(
                "Taken away. Give %(name)s a new password too if somebody else may know it: who "
                "signs in next sets up the new factor."
            )
            messages.success(request, text % {"name": factor.person.username})
