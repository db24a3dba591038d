"""Where a Chromium is, for the browser tests."""

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str | None:
    """The browser named in PLAYWRIGHT_CHROMIUM, else one on the PATH, else None."""
    named = os.environ.get("PLAYWRIGHT_CHROMIUM")
    return named or next((found for name in NAMES if (found := shutil.which(name))), None)
