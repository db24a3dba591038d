"""What every cached row has: the provider's raw row, its fingerprint, its retirement."""

from django.db import models


class CachedRow(models.Model):
    """A row of the provider's lists. Never deleted: what vanished is retired."""

    raw = models.JSONField(default=dict)
    row_hash = models.CharField(max_length=64, default="")
    seen_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True, blank=True, db_index=True)

    class Meta:
        abstract = True
