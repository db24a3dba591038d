"""The counter as an app of its own on a screen: manifest, worker, and the page without a line.

The worker keeps files that never change and one page that says nothing about anybody. It
keeps no page of the counter and sends nothing again: see static/js/worker.js.
"""

import json
from functools import cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

#: What the page without a line is drawn with.
FILES = ("css/tokens.css", "css/base.css", "css/components.css", "js/app.js", "icons.svg")
ICONS = (("any", 192), ("any", 512), ("maskable", 192), ("maskable", 512))
BRAND, PAGE = "#0b5d57", "#f4f6f7"


@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    """What a browser asks before it puts the counter on the screen."""
    icons = [
        {"src": static(f"icons/{purpose}-{size}.png"), "sizes": f"{size}x{size}",
         "type": "image/png", "purpose": purpose}
        for purpose, size in ICONS
    ]  # fmt: skip
    told = {
        "id": reverse("home"), "name": "TopNet", "short_name": "TopNet", "lang": get_language(),
        "description": _("The counter where prepaid credit is sold."),
        "start_url": reverse("sell:start"), "scope": "/", "display": "standalone",
        "theme_color": BRAND, "background_color": PAGE, "icons": icons,
    }  # fmt: skip
    return JsonResponse(told, content_type="application/manifest+json")


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The worker of the whole site, with the files of this very version."""
    return worker_for(offline=reverse("app:offline"))


def worker_for(*, offline: str, files: tuple[str, ...] = FILES) -> HttpResponse:
    """The worker with the page to show without a line, and what that is drawn with."""
    paths = [static(name) for name in files]
    version = sha256(json.dumps([offline, *paths, _source()]).encode()).hexdigest()[:12]
    told = {"version": version, "offline": offline, "files": paths}
    text = f"const TOLD = {json.dumps(told)};\n{_source()}"
    return HttpResponse(text, content_type="text/javascript; charset=utf-8")


@cache
def _source() -> str:
    return (Path(settings.BASE_DIR) / "static/js/worker.js").read_text(encoding="utf-8")


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """The page that is kept for when there is no line: the same for everybody of a language."""
    wanted = request.GET.get("language", "")
    code = wanted if wanted in dict(settings.LANGUAGES) else get_language() or "en"
    with override(code):
        # Without the request: nothing of the person or the shop gets into what is kept.
        return HttpResponse(render_to_string("app/offline.html"))
