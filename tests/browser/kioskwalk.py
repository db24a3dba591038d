"""The way of a customer through a kiosk, screen by screen: for tests, `./dev axe` and pictures."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

NUMBER = "18761234567"
type Deed = Callable[[Locator], None]  # a click, or a touch of a screen that knows touches


@dataclass(frozen=True)
class Wish:
    """What a customer wants. Goods without a number have a country; `amount` is for a range."""

    kind: str = "airtime"
    number: str = NUMBER
    country: str = "JM"
    operator: str = ".operators .choice"
    product: str = ".ranges .product"
    words: str | re.Pattern[str] | None = None  # of the product
    amount: str = "25"


def answer(
    page: Page, chosen: str | Locator, screen: str, *, by: Deed = Locator.click, main: str = ""
) -> None:
    """Choose, and be on the screen that it leads to; `main` is waited for besides.

    The first screen is another page: what is touched before its script runs is no screen of it.
    """
    by(page.locator(chosen).first if isinstance(chosen, str) else chosen.first)
    page.wait_for_selector(f"[data-kiosk={screen}] {main}")
    page.wait_for_load_state()


def press(page: Page, digits: str, *, by: Deed = Locator.click) -> None:
    """On the keypad, each key when the one before it stands there."""
    typed = re.sub(r"\D", "", page.input_value("#typed"))
    for digit in digits:
        by(page.locator(f".key[value='{digit}']"))
        typed += digit
        expect(page.locator("#typed")).to_have_value(re.compile(r"\D*".join(["^", *typed, "$"])))


def walk(
    page: Page, language: str = "en", wish: Wish | None = None, *, by: Deed = Locator.click,
    looks_at_dial: bool = False,
) -> Iterator[str]:  # fmt: skip
    """Every screen in turn, from the first one to the code, told by its name while it is there."""
    wish = wish or Wish()
    yield "start"
    answer(page, f"button[value={language}]", "kind", by=by)
    yield "kind"
    is_by_number = wish.kind == "airtime"
    answer(page, f"button[value={wish.kind}]", "number" if is_by_number else "country", by=by)
    yield from _number(page, wish, by, looks_at_dial) if is_by_number else _country(page, wish, by)
    yield "operator"
    answer(page, wish.operator, "product", by=by)
    yield "product"
    product = page.locator(wish.product, has_text=wish.words)
    if wish.amount:
        answer(page, product, "amount", by=by)
        press(page, wish.amount, by=by)
        yield "amount"
        answer(page, ".onward", "read_back", by=by)
    else:
        answer(page, product, "read_back", by=by)
    yield "read_back"
    answer(page, ".answers .primary", "code", by=by, main=".code-card")
    yield "code"


def _number(page: Page, wish: Wish, by: Deed, looks_at_dial: bool) -> Iterator[str]:
    press(page, wish.number, by=by)
    page.locator("#number-told", has_text=wish.number[-4:]).wait_for()
    yield "number"
    if looks_at_dial:
        answer(page, "a[href='/kiosk/dial/']", "dial", by=by)
        yield "dial"
        answer(page, ".way", "number", by=by)
    answer(page, ".onward", "operator", by=by)


def _country(page: Page, wish: Wish, by: Deed) -> Iterator[str]:
    yield "country"
    answer(page, f"[name=country][value={wish.country}]", "operator", by=by)


def switch(page: Page, mode: str) -> None:
    """Make the screens so, as a customer does it on the first one."""
    answer(page, "a[href='/kiosk/modes/']", "modes")
    page.click(f"button[value='{mode}']")
    page.wait_for_selector(f"button[value='{mode}'][aria-pressed=true]")
    answer(page, ".answers .primary", "start")
