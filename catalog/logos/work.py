"""Which pictures are due, and what becomes of each. One at a time, never in a transaction."""

import time
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from catalog.logos.drawing import DrawError, draw
from catalog.logos.fetching import FetchError, fetch
from catalog.models import Logo, Operator, Product

MOST_SECONDS = 20.0  # of one turn; what is left waits for the next
AGAIN_AFTER_FAILURE = timedelta(days=7)
AGAIN_AFTER_SUCCESS = timedelta(days=30)
_CLAIM = timedelta(minutes=10)  # a worker that died is followed by another after this


def list_addresses() -> int:
    """Know every address that the lists name, and link what we have. How many are new.

    One that no list names any more is not looked at again.
    """
    known = set(Logo.objects.values_list("url", flat=True))
    named: set[str] = set()
    for model in (Operator, Product):
        rows = model._default_manager.filter(retired_at=None).exclude(image_url="")
        named.update(rows.order_by().values_list("image_url", flat=True).distinct())
    new = [url for url in sorted(named - known) if not url.endswith("/")]  # without an id
    now = timezone.now()
    Logo.objects.bulk_create(
        [Logo(url=url, next_try_at=now) for url in new], batch_size=500, ignore_conflicts=True
    )
    _due().exclude(url__in=named).update(next_try_at=now + AGAIN_AFTER_SUCCESS)
    _link_all()
    return len(new)


def fetch_due(*, seconds: float = MOST_SECONDS) -> int:
    """Fetch what is due until the time is over; how many are still due. Safe to repeat.

    Two workers at once never fetch the same one.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        logo = _claim()
        if logo is None:
            return 0
        _fetch(logo)
    return _due().count()


def _due() -> QuerySet[Logo]:
    return Logo.objects.filter(next_try_at__lte=timezone.now())


def _claim() -> Logo | None:
    """The one that waits longest, ours for ten minutes."""
    with transaction.atomic():
        rows = _due().select_for_update(skip_locked=True, of=("self",))
        logo: Logo | None = rows.defer("small", "large").order_by("next_try_at", "pk").first()
        if logo:
            now = timezone.now()
            Logo.objects.filter(pk=logo.pk).update(tried_at=now, next_try_at=now + _CLAIM)
    return logo


def _fetch(logo: Logo) -> None:
    now = timezone.now()
    try:
        drawn = draw(fetch(logo.url))
    except (FetchError, DrawError) as problem:
        _keep(logo, problem=str(problem)[:200], next_try_at=now + AGAIN_AFTER_FAILURE)
        return
    _keep(
        logo, problem="", small=drawn.small, large=drawn.large, digest=drawn.digest,
        fetched_at=now, next_try_at=now + AGAIN_AFTER_SUCCESS,
    )  # fmt: skip
    _link(logo.url, drawn.digest)


def _keep(logo: Logo, *, next_try_at: datetime, problem: str, **picture: object) -> None:
    """A picture that we have stays, also when a later try brings none."""
    values = {"next_try_at": next_try_at, "problem": problem, **picture}
    Logo.objects.filter(pk=logo.pk).update(**values)


def _link(url: str, digest: str) -> None:
    for model in (Operator, Product):
        rows = model._default_manager.filter(image_url=url).exclude(logo_digest=digest)
        rows.update(logo_digest=digest)


def _link_all() -> None:
    """Rows whose address has changed show its picture, or none until it is there."""
    digests = dict(Logo.objects.exclude(digest="").values_list("url", "digest"))
    for model in (Operator, Product):
        columns = model._default_manager.values_list("pk", "image_url", "logo_digest")
        wrong: dict[str, list[int]] = {}
        for pk, url, digest in columns:
            wanted = digests.get(url, "")
            if wanted != digest:
                wrong.setdefault(wanted, []).append(pk)
        for digest, pks in wrong.items():
            model._default_manager.filter(pk__in=pks).update(logo_digest=digest)
