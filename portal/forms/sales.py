"""What the list of sales may be asked for."""

from collections.abc import Mapping
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from topup.queries import GROUPS

LABELS = {"": _("All"), "open": _("In progress"), "done": _("Done"), "refused": _("Not sold")}


class SearchForm:
    """Words, a group of states and a page. What makes no sense is left out."""

    def __init__(self, data: Mapping[str, str]) -> None:
        self.text = data.get("q", "").replace("\x00", "").strip()[:100]
        self.group = data.get("state", "") if data.get("state") in GROUPS else ""
        typed = data.get("page", "")
        self.page = int(typed) if typed.isascii() and typed.isdigit() and 0 < len(typed) < 5 else 1
        self.page = max(1, self.page)

    @property
    def choices(self) -> list[tuple[str, object, str, bool]]:
        """Each group with its label, its address, and whether it is the one shown."""
        return [(v, label, self._url(state=v), v == self.group) for v, label in LABELS.items()]

    @property
    def newer_url(self) -> str:
        return self._url(page=self.page - 1) if self.page > 1 else ""

    @property
    def older_url(self) -> str:
        return self._url(page=self.page + 1)

    def _url(self, *, state: str | None = None, page: int = 1) -> str:
        state = self.group if state is None else state
        asked = {"q": self.text, "state": state, "page": str(page) if page > 1 else ""}
        return "?" + urlencode({name: value for name, value in asked.items() if value})
