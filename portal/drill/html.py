"""What a shopper reads of a page: forms, links, the heading and the words."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"input", "br", "img", "link", "meta", "hr", "use", "path"}


@dataclass(frozen=True)
class Choice:
    """One SKU of the goods form; `amount` names the field of a range."""

    sku: str
    amount: str
    heading: str


@dataclass
class Form:
    """A form: where it goes, its hidden fields, and the SKUs to choose from."""

    name: str
    action: str
    hidden: dict[str, str] = field(default_factory=dict)
    skus: list[str] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    amounts: set[str] = field(default_factory=set)

    @property
    def choices(self) -> list[Choice]:
        return [
            Choice(sku, f"amount-{sku}" if f"amount-{sku}" in self.amounts else "", heading)
            for sku, heading in zip(self.skus, self.headings, strict=True)
        ]


class Page(HTMLParser):
    """A page that was read."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: dict[str, Form] = {}
        self.links: list[str] = []
        self._texts: dict[str, list[str]] = {"h1": [], "legend": [], "problem": [], "all": []}
        self._form: Form | None = None
        self._open: list[str] = []  # what text belongs to now
        self.feed(text)
        self.close()

    @property
    def heading(self) -> str:
        return self._joined("h1")

    @property
    def problem(self) -> str:
        """What the page says went wrong."""
        return self._joined("problem")

    @property
    def words(self) -> str:
        return self._joined("all")

    def _joined(self, place: str) -> str:
        return " ".join(" ".join(self._texts[place]).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "form":
            self._form = Form(given.get("id", ""), given.get("action", ""))
            self.forms[self._form.name] = self._form
        elif tag == "input" and self._form:
            self._input(self._form, given)
        if tag == "legend":
            self._texts["legend"].clear()
        if tag not in _VOID:
            self._open.append("problem" if given.get("class") == "problem" else tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if tag not in _VOID and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        for place in {"all", *self._open} & self._texts.keys():
            self._texts[place].append(data)

    def _input(self, form: Form, given: dict[str, str]) -> None:
        name, kind = given.get("name", ""), given.get("type", "text")
        if kind == "radio" and name == "sku":
            form.skus.append(given.get("value", ""))
            form.headings.append(self._joined("legend"))
        elif kind == "hidden":
            form.hidden[name] = given.get("value", "")
        elif name.startswith("amount-"):
            form.amounts.add(name)
