"""The pictures of docs/screens, made anew: `./dev screens [name …] [--all]`.

Starts a product of its own with the simulator, goes through counter and kiosk as people do,
and writes WebP. A picture of which next to nothing changed stays as it is (times, references
and codes differ from run to run); `--all` writes every one.
"""

import re
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops
from playwright.sync_api import Browser, Page, sync_playwright

from bench.oneproduct import Product, one_product
from tests.browser.kioskwalk import Wish, press, switch, walk
from tests.browser_path import FLAGS, find_chromium

FOLDER = Path(__file__).parents[1] / "docs/screens"
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
TALL = {"width": 1080, "height": 1920}
NUMBER = "18762234567"  # one that the lookup knows
TEN = re.compile(r"(?<![\d.,])10(?![\d.,])")  # whatever stands around it
TEN_DOLLARS = Wish(number=NUMBER, product=".product", words=TEN, amount="")
EDGE, GAP = (201, 209, 214), 12
#: A picture whose pixels differ by less than this part has not changed: times and codes do.
ALIKE = 0.008
QUALITY = 82
type Journey = Callable[[Browser, Product], dict[str, Image.Image]]


def picture(page: Page, *, selector: str = "", scale: float = 1) -> Image.Image:
    """What is seen, or one part of it; smaller where a screen is large."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready.then(() => 0)")
    shown = page.locator(selector) if selector else page
    image = Image.open(BytesIO(shown.screenshot(animations="disabled"))).convert("RGB")
    size = round(image.width * scale), round(image.height * scale)
    return image if scale == 1 else image.resize(size, Image.Resampling.LANCZOS)


def side_by_side(images: list[Image.Image], *, each_row: int = 0) -> Image.Image:
    """In rows, with a margin around each."""
    across = each_row or len(images)
    rows = [images[at : at + across] for at in range(0, len(images), across)]
    wide = max(sum(one.width + GAP for one in row) for row in rows) + GAP
    tall = sum(max(one.height for one in row) + GAP for row in rows) + GAP
    sheet, y = Image.new("RGB", (wide, tall), EDGE), GAP
    for row in rows:
        x = GAP
        for one in row:
            sheet.paste(one, (x, y))
            x += one.width + GAP
        y += max(one.height for one in row) + GAP
    return sheet


def difference(old: Path, new: Image.Image) -> float:
    """The part of the pixels that are not the same; 1 for another size, or none before."""
    if not old.is_file():
        return 1
    with Image.open(old) as kept:
        was = kept.convert("RGB")
    if was.size != new.size:
        return 1
    far = ImageChops.difference(was, new).convert("L").point([0] * 48 + [255] * 208)
    return far.histogram()[255] / (far.width * far.height)


@contextmanager
def window(browser: Browser, product: Product, viewport: Any, **more: Any) -> Iterator[Page]:
    context = browser.new_context(
        base_url=product.url, viewport=viewport, locale="en-US", timezone_id="America/Jamaica",
        service_workers="block", reduced_motion="reduce", **more,
    )  # fmt: skip
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


# --- the counter ----------------------------------------------------------------------------


def sign_in(page: Page, product: Product, name: str = "agent") -> None:
    page.goto("/session/sign-in/")
    page.fill("#id_username", name)
    page.fill("#id_password", product.password)
    page.click("main button[type=submit], main button:not([type])")
    page.wait_for_selector("#number")


def read_in(page: Page, language: str) -> None:
    page.goto("/session/language/")
    page.click(f"button[value={language}]")
    page.wait_for_selector("#number")


def to_goods(page: Page) -> None:
    page.goto("/sell/")
    page.fill("#number", NUMBER)
    page.press("#number", "Enter")
    page.wait_for_selector(".tile")


def choose(page: Page) -> None:
    page.locator(".tile", has_text=TEN).first.locator("input[type=radio]").check()


def to_check(page: Page) -> None:
    choose(page)
    page.click("#continue")
    page.wait_for_selector("#check")


def sale(browser: Browser, product: Product) -> dict[str, Image.Image]:
    """From number to receipt, in English."""
    with window(browser, product, PHONE, device_scale_factor=1.25) as page:
        sign_in(page, product)
        to_goods(page)
        shown = [picture(page)]
        to_check(page)
        shown.append(picture(page))
        page.click("#check .primary")
        page.wait_for_selector("main a[href^='/receipts/']")
        shown.append(picture(page))
        page.click("main a[href^='/receipts/']")
        page.wait_for_selector("#paper")
        page.evaluate("document.querySelector('#paper').scrollIntoView({block: 'center'})")
        shown.append(picture(page))
    return {"sale": side_by_side(shown)}


def dark(browser: Browser, product: Product) -> dict[str, Image.Image]:
    """On a wide screen in the dark."""
    with window(browser, product, DESK, color_scheme="dark") as page:
        sign_in(page, product)
        to_goods(page)
        choose(page)
        page.evaluate("window.scrollTo(0, 0)")
        return {"dark": picture(page)}


def right_to_left(browser: Browser, product: Product) -> dict[str, Image.Image]:
    """In Arabic and in Urdu; and a receipt of 58 mm in Arabic."""
    shown = []
    with window(browser, product, PHONE, device_scale_factor=1.25) as page:
        sign_in(page, product, "agent2")
        for language in ("ar", "ur"):
            read_in(page, language)
            to_goods(page)
            shown.append(picture(page))
            to_check(page)
            shown.append(picture(page))
        page.click("#check .primary")
        page.wait_for_selector("main a[href^='/receipts/']")
        page.click("main a[href^='/receipts/']")
        page.click(".languages button[value=ar]")
        page.wait_for_selector("#paper[lang=ar], #paper [lang=ar], [lang=ar] #paper")
        page.select_option("#paper-size", "58")
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print")
        receipt = picture(page, selector="#paper")
        page.emulate_media(media="screen")
        read_in(page, "en")
    return {"right-to-left": side_by_side(shown), "receipt-58-ar": side_by_side([receipt])}


# --- the kiosk ------------------------------------------------------------------------------


def become_kiosk(page: Page, product: Product) -> None:
    page.goto("/kiosk/enrol/")
    press(page, product.kiosk_code.replace(" ", ""))
    page.click(".onward")
    page.wait_for_selector(".languages")


def visit(page: Page, language: str) -> Iterator[str]:
    """Screen by screen, from the language to the code that is paid at the counter."""
    page.goto("/kiosk/wipe/")
    page.wait_for_selector(".languages")
    yield from walk(page, language, TEN_DOLLARS)


#: How a customer makes the screens easier, and what shows it.
MODES = {"contrast": ("number", "read_back"), "low": ("kind", "number"), "200": ("kind", "number")}


def kiosk(browser: Browser, product: Product) -> dict[str, Image.Image]:
    """Every main screen in English, four in three languages, the modes; and the counter's queue."""
    made: dict[str, Image.Image] = {}
    few = ("start", "number", "read_back", "code")
    with window(browser, product, TALL, has_touch=True) as page:
        become_kiosk(page, product)
        shown = [picture(page, scale=1 / 3) for _name in visit(page, "en")]
        page.goto("/kiosk/modes/")
        made["kiosk"] = side_by_side([*shown, picture(page, scale=1 / 3)], each_row=4)
        for language in ("ar", "hi", "ht"):
            images = [picture(page, scale=0.3) for one in visit(page, language) if one in few]
            made[f"kiosk-{language}"] = side_by_side(images)
        made["kiosk-modes"] = side_by_side(list(in_modes(page)), each_row=6)
        made |= queue(browser, product, page)
    return made


def in_modes(page: Page) -> Iterator[Image.Image]:
    for mode, wanted in MODES.items():
        for name in visit(page, "en"):
            if name == "start":
                switch(page, mode)
            if name in wanted:
                yield picture(page, scale=0.25)
            if name == wanted[-1]:
                break


def queue(browser: Browser, product: Product, screen: Page) -> dict[str, Image.Image]:
    """What the counter sees of those who chose at the kiosk, and of one who wants help."""
    screen.goto("/kiosk/wipe/")
    screen.goto("/kiosk/help/")
    screen.click("main form button")
    with window(browser, product, PHONE, device_scale_factor=1.25) as page:
        sign_in(page, product)
        page.goto("/queue/")
        page.wait_for_selector(".queue-offer")
        first = picture(page)
        page.click(".queue-offer .primary >> nth=0")
        page.wait_for_selector("#check")
        return {"queue": side_by_side([first, picture(page)])}


# --- a brand --------------------------------------------------------------------------------


def brand(browser: Browser, product: Product) -> dict[str, Image.Image]:
    """A light yellow: what the admin says of it, and the counter in light and dark."""
    with window(browser, product, DESK, device_scale_factor=1.25) as page:
        page.goto("/admin/")
        page.fill("#id_username", "admin")
        page.fill("#id_password", product.password)
        page.click("[type=submit]")
        page.goto("/admin/topup/brand/")
        page.fill("#id_name", "Estrella")
        page.fill("#id_colour", "#fff176")
        page.click("[name=_save]")
        page.wait_for_selector(".success")
        shown = [picture(page, selector=f".brand-preview >> nth={at}") for at in (0, 1)]
        page.wait_for_timeout(6_000)  # until every process knows
        made = [side_by_side(shown, each_row=1)]
        for scheme in ("light", "dark"):
            with window(
                browser, product, PHONE, device_scale_factor=1.25, color_scheme=scheme
            ) as other:
                other.goto("/session/sign-in/")
                made += [picture(other)] if scheme == "light" else []
                sign_in(other, product)
                to_goods(other)
                made.append(picture(other))
        page.click(".deletelink")
        page.click("#content [type=submit]")
        page.wait_for_selector(".success")
    return {"brand": side_by_side(made)}


JOURNEYS: dict[str, Journey] = {
    "sale": sale, "dark": dark, "right-to-left": right_to_left, "kiosk": kiosk, "brand": brand
}  # fmt: skip


def write(made: dict[str, Image.Image], *, anew: bool) -> None:
    for name, image in made.items():
        path = FOLDER / f"{name}.webp"
        part = difference(path, image)
        if anew or part > ALIKE:
            image.save(path, "WEBP", quality=QUALITY, method=6)
        size = f"{path.stat().st_size // 1024} KB"
        print(f"  {path.name}: {size}, {part:.2%} differ from the one before")


def main() -> int:
    """0 when all pictures are there and small enough."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="*", help=f"only these: {', '.join(JOURNEYS)}")
    parser.add_argument("--all", action="store_true", help="also those that hardly changed")
    options = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    with (
        one_product(CATALOG_LANGUAGES="ar,hi,ht,ur") as product,
        sync_playwright() as play,
    ):
        browser = play.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        for name in options.name or JOURNEYS:
            print(name)
            write(JOURNEYS[name](browser, product), anew=options.all)
        browser.close()
    total = sum(path.stat().st_size for path in FOLDER.glob("*.webp"))
    print(f"{total // 1024} KB in all")
    return 0 if total < 1_500_000 else 1


if __name__ == "__main__":
    sys.exit(main())
