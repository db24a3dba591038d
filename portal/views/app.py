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

from topup import colours
from topup.services import brands

#: What the page without a line is drawn with.
FILES = ("css/tokens.css", "css/base.css", "css/components.css", "js/app.js", "icons.svg")
ICONS = (("any", 192), ("any", 512), ("maskable", 192), ("maskable", 512))


@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    """What a browser asks before it puts the counter on the screen."""
    brand = brands.current(at_once=True)
    icons = [
        {"src": _icon(brand, f"{purpose}-{size}"), "sizes": f"{size}x{size}",
         "type": "image/png", "purpose": purpose}
        for purpose, size in ICONS
    ]  # fmt: skip
    told = {
        "id": reverse("home"), "name": brand.name, "short_name": brand.name,
        "lang": get_language(),
        "description": _("The counter where prepaid credit is sold."),
        "start_url": reverse("sell:start"), "scope": "/", "display": "standalone",
        "theme_color": colours.shades(brand.colour, colours.LIGHT).brand,
        "background_color": colours.LIGHT.page, "icons": icons,
    }  # fmt: skip
    return JsonResponse(told, content_type="application/manifest+json")


def _icon(brand: brands.Branding, name: str) -> str:
    return (
        reverse("brand:icon", args=[brand.icon, name])
        if brand.icon
        else static(f"icons/{name}.png")
    )


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The worker of the whole site, with the files of this very version."""
    return worker_for(offline=reverse("app:offline"))


def worker_for(*, offline: str, files: tuple[str, ...] = FILES, told: str = "") -> HttpResponse:
    """The worker with the page to show without a line, and what that is drawn with.

    `told`: what else that page says; when it changes the browser takes the page anew.
    """
    brand = brands.current(at_once=True)
    paths = [*(static(name) for name in files), *_files_of(brand)]
    parts = [offline, *paths, brand.version, told, _source()]
    version = sha256(json.dumps(parts).encode()).hexdigest()[:12]
    known = {"version": version, "offline": offline, "files": paths}
    text = f"const TOLD = {json.dumps(known)};\n{_source()}"
    return HttpResponse(text, content_type="text/javascript; charset=utf-8")


def _files_of(brand: brands.Branding) -> list[str]:
    """Colours and logo of the brand: without a line its page looks as the others do."""
    logos = [logo.digest for logo in (brand.logo, brand.logo_dark) if logo]
    sheets = [reverse("brand:style", args=[brand.style])] if brand.style else []
    return [*sheets, *(reverse("brand:logo", args=[digest]) for digest in logos)]


@cache
def _source() -> str:
    return (Path(settings.BASE_DIR) / "static/js/worker.js").read_text(encoding="utf-8")


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """The page that is kept for when there is no line: the same for everybody of a language."""
    brands.current(at_once=True)  # what is kept here stays for long
    wanted = request.GET.get("language", "")
    code = wanted if wanted in dict(settings.LANGUAGES) else get_language() or "en"
    with override(code):
        # Without the request: nothing of the person or the shop gets into what is kept.
        return HttpResponse(render_to_string("app/offline.html"))
