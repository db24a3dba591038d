"""A person takes SKUs off sale and puts them back; no sync changes that."""

from collections.abc import Iterable

from django.utils import timezone

from catalog.models import Sku


def pause_skus(*, sku_ids: Iterable[int], reason: str) -> list[int]:
    """Take SKUs off sale; the ids of those that were on sale. Safe to repeat: the first
    reason stays."""
    running = Sku.objects.filter(pk__in=list(sku_ids), paused_at=None)
    ids = list(running.values_list("pk", flat=True))
    running.update(paused_at=timezone.now(), pause_reason=reason[:200])
    return ids


def unpause_skus(*, sku_ids: Iterable[int]) -> list[int]:
    """Put paused SKUs back on sale; the ids of those that were paused. Safe to repeat."""
    paused = Sku.objects.filter(pk__in=list(sku_ids)).exclude(paused_at=None)
    ids = list(paused.values_list("pk", flat=True))
    Sku.objects.filter(pk__in=ids).update(paused_at=None, pause_reason="")
    return ids
