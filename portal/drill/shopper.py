"""An agent who wants his sale: on a lost answer he sends the same form again.

Knows the web pages and nothing else. What a page told him that it should not
have told is a complaint.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from portal.drill.html import Choice, Form, Page
from portal.drill.plan import Wish

PATIENCE = (2.0, 8.0)  # seconds to connect, and to wait for an answer, before he tries again
GIVES_UP = 90.0  # seconds without any page
AMOUNTS = ("5", "7", "10", "12")  # what he types for a range
COUNTRY = "sell/browse/JM/"
AWAY = "Try again later"


class GaveUpError(Exception):
    """The shop gave no usable page; the text says which."""


@dataclass
class Press:
    """One quote whose confirm was pressed, and where every press led."""

    wish: Wish
    shopper: "Shopper" = field(repr=False)
    form: Form = field(repr=False)
    sale_urls: set[str] = field(default_factory=set)
    refusal: str = ""
    heading: str = ""  # of the sale's page, when all was over
    words: str = field(default="", repr=False)


class Tally:
    """What all shoppers together have seen. For many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.presses: list[Press] = []
        self.counts: Counter[str] = Counter()
        self.complaints: list[str] = []

    def add(self, press: Press) -> None:
        with self._lock:
            self.presses.append(press)

    def count(self, what: str) -> None:
        with self._lock:
            self.counts[what] += 1

    def complain(self, text: str) -> None:
        with self._lock:
            self.complaints.append(text)


class Shopper:
    """One agent at one browser."""

    def __init__(
        self, address: str, person: str, password: str, *, tally: Tally, dice: random.Random,
        is_over: Callable[[], bool] = lambda: False,
    ) -> None:  # fmt: skip
        self.address, self.person, self.password = address, person, password
        self.tally, self.dice, self.is_over = tally, dice, is_over
        self.browser = requests.Session()
        self.browser.trust_env = False
        self._pin_page = ""

    def sign_in(self) -> None:
        """Sign in. Error: `GaveUpError`."""
        page = self._page("GET", "session/sign-in/")
        answer = self._send("POST", "session/sign-in/", self._sign_in_form(page))
        if answer.status_code not in {302, 303}:
            raise GaveUpError(f"{self.person} cannot sign in: {Page(answer.text).problem}")

    def _sign_in_form(self, page: Page) -> dict[str, str]:
        form = next(form for form in page.forms.values() if "next" in form.hidden)
        return form.hidden | {"username": self.person, "password": self.password}

    def sell(self, wish: Wish, *, before_confirm: Callable[[], None] = lambda: None) -> None:
        """Make one sale, from the number to the sale's page. Error: `GaveUpError`."""
        for _attempt in range(10):
            form = self._confirm_form(wish)
            if form is not None:
                before_confirm()
                return self._confirm(form, wish)
        raise GaveUpError(f"{wish} cannot be sold")

    def look(self, press: Press) -> None:
        """Read the sale's page when all is over; some press their old form once more."""
        if press.wish.twice:
            self._press(press)
        for url in press.sale_urls:
            page = self._page("GET", url)
            press.heading, press.words = page.heading, page.words

    # Number, operator, amount, check page

    def _confirm_form(self, wish: Wish) -> Form | None:
        goods = self._goods_form(wish)
        if goods is None:
            return None
        chosen = self._choose(wish, goods.choices)
        if chosen is None:
            self._complain(f"nothing to choose for {wish}")
            return None
        filled = goods.hidden | {"sku": chosen.sku}
        if chosen.amount:
            filled[chosen.amount] = self.dice.choice(AMOUNTS)
        answer = self._send("POST", goods.action, filled)
        if answer.status_code != 303:
            self._no_price(wish, answer)
            return None
        page = self._page("GET", answer.headers["Location"])
        if "confirm" not in page.forms:
            self._complain(f"no confirm on the check page of {wish}: {page.problem}")
        return page.forms.get("confirm")

    def _no_price(self, wish: Wish, answer: Any) -> None:
        """Right for goods whose price only the provider knows, while it is away."""
        if answer.status_code == 422 and AWAY in Page(answer.text).problem:
            self.tally.count("prices not known")
        else:
            self._complain(f"no price for {wish}: {_told(answer)}")

    def _goods_form(self, wish: Wish) -> Form | None:
        if wish.goods == "pin":
            path = f"{self._page_with_pins()}&number={wish.msisdn}"
        else:
            path = f"sell/?number={wish.msisdn}"
        page = self._page("GET", path)
        if "goods" not in page.forms:  # the operator is not known: choose one
            rivals = [link for link in page.links if "operator=" in link and "number=" in link]
            if rivals:
                page = self._page("GET", rivals[0])
        if "goods" not in page.forms:
            self._complain(f"no goods for {wish}: {page.problem or page.heading}")
        return page.forms.get("goods")

    def _page_with_pins(self) -> str:
        """The first operator of the country that sells PINs, found by browsing."""
        if not self._pin_page:
            for link in self._page("GET", COUNTRY).links:
                if "operator=" not in link:
                    continue
                form = self._page("GET", link).forms.get("goods")
                if form and any(choice.heading == "PINs" for choice in form.choices):
                    self._pin_page = link
        return self._pin_page

    def _choose(self, wish: Wish, choices: list[Choice]) -> Choice | None:
        pins = [choice for choice in choices if choice.heading == "PINs"]
        ranges = [choice for choice in choices if choice.amount]
        amounts = [choice for choice in choices if choice not in pins and choice not in ranges]
        fitting = {"pin": pins, "range": ranges or amounts, "amount": amounts}[wish.goods]
        return self.dice.choice(fitting) if fitting else None

    # Confirm

    def _confirm(self, form: Form, wish: Wish) -> None:
        press = Press(wish, self, form)
        self.tally.add(press)
        second = threading.Thread(target=self._press, args=(press,))
        if wish.twice:
            second.start()
        self._press(press)
        if wish.twice:
            second.join()
        for url in press.sale_urls:
            self._page("GET", url)

    def _press(self, press: Press) -> None:
        try:
            answer = self._send("POST", press.form.action, press.form.hidden)
        except GaveUpError as error:
            return self._complain(str(error))
        where = answer.headers.get("Location", "")
        if answer.status_code == 303 and urlsplit(where).path.startswith("/sales/"):
            press.sale_urls.add(where)
        else:
            press.refusal = _told(answer)
            self._complain(f"confirm of {press.wish}: {press.refusal}")
        return None

    # The wire

    def _page(self, method: str, path: str) -> Page:
        """A page that is there; led to the sign-in, he signs in and asks again."""
        for _attempt in range(3):
            answer = self._send(method, path)
            if answer.status_code == 200:
                return Page(answer.text)
            if "session/sign-in" in answer.headers.get("Location", ""):
                self._complain(f"signed out at {urlsplit(path).path}")
                self.sign_in()
            elif answer.is_redirect:
                path = answer.headers["Location"]
            else:
                break
        raise GaveUpError(f"{method} {urlsplit(path).path}: {_told(answer)}")

    def _send(self, method: str, path: str, form: dict[str, str] | None = None) -> Any:
        """The answer to a request that is sent again until there is one that is no 5xx."""
        end = time.monotonic() + GIVES_UP
        while time.monotonic() < end and not self.is_over():
            try:
                answer = self.browser.request(
                    method, urljoin(self.address, path), data=form, timeout=PATIENCE,
                    allow_redirects=False,
                )  # fmt: skip
            except requests.RequestException:
                self.tally.count("answers lost")
            else:
                if answer.status_code < 500:
                    self.tally.count("answers")
                    return answer
                self.tally.count("error pages")
                if "Something went wrong" not in answer.text:
                    self._complain(f"{method} {path}: {answer.status_code} without words")
            time.sleep(self.dice.uniform(0.2, 0.6))
        raise GaveUpError(f"{method} {urlsplit(path).path}: no answer for {GIVES_UP:g} s")

    def _complain(self, text: str) -> None:
        self.tally.complain(f"{self.person}: {text}")


def _told(answer: Any) -> str:
    page = Page(answer.text)
    return f"{answer.status_code} {page.problem or page.heading}"
