"""Where a Chromium is, and how it is started, for the browser tests."""

import os
import shutil

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    # A machine of tests has no camera, and the shell nobody to ask whether it may be used.
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
]  # fmt: skip
#: The shell is the same browser without windows of its own: half the work for the same pages.
NAMES = (
    "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome",
    "google-chrome-stable",
)  # fmt: skip


def find_chromium() -> str | None:
    """The browser named in PLAYWRIGHT_CHROMIUM, else one on the PATH, else None."""
    named = os.environ.get("PLAYWRIGHT_CHROMIUM")
    return named or next((found for name in NAMES if (found := shutil.which(name))), None)
