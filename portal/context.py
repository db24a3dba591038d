"""What every page of the counter shows."""

from django.http import HttpRequest


def counter(request: HttpRequest) -> dict[str, object]:
    """The shop and its float, for the bar on top."""
    shop = getattr(request.user, "shop", None) if hasattr(request, "user") else None
    return {"shop": shop}
