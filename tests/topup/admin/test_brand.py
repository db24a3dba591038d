"""The brand in the admin: who may set it, what is taken, what the page says of a colour."""

import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from tests.brand import NAME, encoded, square
from tests.topup.admin.conftest import text_of, url
from topup.models import AuditEntry, Brand, BrandPicture
from topup.services import brands

ROOT = Path(__file__).parents[3]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_brand")]


def sent(content, name="x.png"):
    return SimpleUploadedFile(name, content, "image/png")


def form(**changes):
    return {"name": NAME, "colour": "#0b5d57"} | changes


def save(desk, **changes):
    """The form, sent to the page where it stands."""
    page = desk.get(url("brand_changelist"), follow=True)
    return desk.post(page.request["PATH_INFO"], form(**changes))


def test_a_superuser_sets_changes_and_takes_it_away(desk, boss):
    wide = encoded(Image.new("RGB", (600, 150), "red"))
    answer = save(desk, logo_file=sent(wide), icon_file=sent(square()), colour="#FFFF00")
    assert (answer.status_code, answer.headers["Location"]) == (302, url("brand_changelist"))
    brand = Brand.objects.get()
    assert (brand.name, brand.colour, brand.logo_dark) == (NAME, "#ffff00", "")
    kept = dict(BrandPicture.objects.values_list("purpose", "digest"))
    assert (kept["logo"], kept["maskable-512"]) == (brand.logo, brand.icon)
    entry = AuditEntry.objects.filter(subject="topup_brand").latest("id")
    assert (entry.actor_name, entry.changes["name"]) == (boss.username, [None, NAME])

    save(desk, name="Other", **{"logo_file-clear": "on"})
    changed = Brand.objects.get()
    assert (changed.pk, changed.name, changed.logo) == (brand.pk, "Other", "")
    assert changed.icon == brand.icon, "what was not sent stays"

    desk.post(url("brand_delete", brand.pk), {"post": "yes"})
    assert not Brand.objects.exists()


def test_the_admin_has_its_name_and_colour_and_its_own_without(desk):
    def sheets():
        html = desk.get("/admin/").content.decode()
        return re.findall(r'rel="stylesheet" href="([^"]+)"', html), "Estrella &amp; Co" in html

    (plain, named) = sheets()
    assert ([path for path in plain if "brand" in path], named) == ([], False)
    save(desk, colour="#ffcc00")
    brands.publish()
    found, named = sheets()
    assert [path.partition("css/")[2] or path for path in found if path not in plain] == [
        f"/brand/{brands.current().style}.css", "adminbrand.css",
    ]  # fmt: skip
    assert named
    rules = (ROOT / "static/css/adminbrand.css").read_text()
    assert set(re.findall(r"var\((--[a-z-]+)\)", rules)) == {"--brand", "--on-brand"}, "a pair"


def test_its_page_shows_the_logo_as_papers_have_it_or_says_that_they_have_none(desk):
    drawn = Image.new("RGBA", (600, 150))
    drawn.paste("#ffc000", (100, 0, 500, 150))
    drawn.paste("navy", (200, 50, 300, 100))
    told = "On paper: the name alone"
    for picture, address, is_told in (
        (drawn, True, False),
        (Image.new("RGB", (9, 9)), False, True),
    ):
        save(desk, logo_file=sent(encoded(picture)))
        brands.publish()
        page = desk.get(url("brand_change", Brand.objects.get().pk)).content.decode()
        assert ('<img src="data:image/png;base64,' in page, told in page) == (address, is_told)


def test_there_is_never_a_second_one(desk):
    save(desk)
    page = url("brand_change", Brand.objects.get().pk)
    assert desk.get(url("brand_add")).headers["Location"] == page
    assert desk.post(url("brand_add"), form(name="Two")).headers["Location"] == page
    assert Brand.objects.get().name == NAME
    assert "_addanother" not in text_of(desk.get(page))


def test_nobody_else_sees_or_sets_it(clerk):
    brand = Brand.objects.create(name=NAME)
    client = clerk("view_brand", "add_brand", "change_brand", "delete_brand", "view_brandpicture")
    pages = (
        url("brand_changelist"), url("brand_add"), url("brand_change", brand.pk),
        url("brand_delete", brand.pk), url("brand_history", brand.pk),
    )  # fmt: skip
    for page in pages:
        assert (client.get(page).status_code, client.post(page, form()).status_code) == (403, 403)
    assert url("brand_changelist") not in text_of(client.get("/admin/"))
    assert Brand.objects.get().name == NAME


def test_a_form_without_its_token_is_not_taken(boss):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(boss)
    assert strict.post(url("brand_add"), form(icon_file=sent(square()))).status_code == 403
    assert not Brand.objects.exists()
    assert not BrandPicture.objects.exists()


@pytest.mark.parametrize("field", ["logo_file", "logo_dark_file", "icon_file"])
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "This is no picture"),
        (b"", "This is no picture"),
        (square() + b"x" * 4 * 1024 * 1024, "The picture is too large"),
    ],
    ids=["svg", "nothing", "bytes"],
)
def test_a_file_that_is_not_kept_is_refused_beside_its_field(desk, field, content, told):
    answer = save(desk, **{field: sent(content)})
    assert answer.status_code == 200
    (problem,) = answer.context["adminform"].form.errors[field]
    assert told in problem
    assert not Brand.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"), ({"name": "x" * 41}, "name"), ({"name": "a\nb"}, "name"),
        ({"name": "abc\u202edef"}, "name"), ({"colour": "red"}, "colour"),
        ({"colour": "#fff"}, "colour"), ({"colour": "#12345g"}, "colour"),
        ({"colour": "#123456;}"}, "colour"),
    ],
)  # fmt: skip
def test_a_name_that_cannot_be_seen_and_what_is_no_colour_are_refused(desk, changes, field):
    answer = save(desk, **changes)
    assert list(answer.context["adminform"].form.errors) == [field]


def test_the_page_shows_what_comes_of_a_colour_and_says_where_it_was_moved(desk):
    save(desk, colour="#ffff00", logo_file=sent(square()))
    page = text_of(desk.get(url("brand_changelist"), follow=True))
    shown = re.search(r"On light screens: (#\w{6}), because #ffff00 could not be read\.", page)[1]
    assert page.count(f'fill="{shown}"') >= 3
    assert "On dark screens: as chosen." in page
    assert f'<image href="/brand/{Brand.objects.get().logo}/logo.webp"' in page
    assert "style=" not in re.search(r'<div class="brand-preview">.*?</div>', page, re.DOTALL)[0]
    save(desk, colour="#0b5d57")
    page = text_of(desk.get(url("brand_changelist"), follow=True))
    assert "On light screens: as chosen." in page


def test_the_admin_calls_itself_by_it(desk, branded):
    before = text_of(desk.get("/admin/"))
    assert re.search(r'id="site-name">\s*<a [^>]+>Distributor</a>', before)
    branded(icon=True)
    page = text_of(desk.get("/admin/"))
    assert "Estrella &amp; Co · Distributor</a>" in page
    assert re.search(r'rel="icon" href="/brand/\w{32}/any-192.png"', page)
    assert "Estrella &amp; Co · Distributor</title>" in text_of(Client().get("/admin/login/"))


def test_a_colour_can_be_looked_at_before_anybody_sees_it(desk):
    answer = save(desk, colour="#ffff00", _look="")
    page = text_of(answer)
    assert "because #ffff00 could not be read" in page
    assert "Nothing is saved yet." in page
    assert "errornote" not in page
    assert not Brand.objects.exists()
    brand = Brand.objects.create(name=NAME)
    page = text_of(save(desk, colour="#ff00ff", name="", _look=""))
    assert "because #ff00ff could not be read" in page
    assert "This field is required." in page
    brand.refresh_from_db()
    assert brand.colour == "#0b5d57"
