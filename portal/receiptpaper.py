"""The paper of a receipt in the customer's language, inside a page in the agent's."""

from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import override

from portal import languages, receiptblocks
from portal.decorators import AgentRequest
from portal.paper import Block
from topup.models import Paper, ReceiptPrint, Sale
from topup.services import passport, receipts
from topup.services.receipts import Receipt

#: How a paper looks before any script measures it.
_CSS = {Paper.ROLL_80: "rolled", Paper.ROLL_58: "rolled narrow-roll"}


@dataclass(frozen=True)
class Share:
    """The address of the public page, and links that send it."""

    url: str
    whatsapp: str
    sms: str


def css(paper: str) -> str:
    """The classes of a paper."""
    return _CSS.get(Paper(paper), "")


def built(
    request: AgentRequest, sale: Sale, *, language: str, with_code: bool,
    printed: ReceiptPrint | None = None,
) -> Receipt:  # fmt: skip
    """The receipt as data; with its code it counts as shown."""
    with override(language):
        return receipts.build(
            sale=sale, person=request.user, with_code=with_code, device=request.device,
            printed=printed,
        )  # fmt: skip


def blocks_of(
    request: HttpRequest, sale: Sale, receipt: Receipt, *, language: str, mark: str = ""
) -> list[Block]:
    """The paper in a language."""
    with override(language):
        return receiptblocks.blocks(receipt, mark=mark, status_url=status_url(request, sale))


def blocks(request: AgentRequest, sale: Sale, *, printed: ReceiptPrint) -> list[Block]:
    """The paper of a print, its code open; a copy is marked."""
    language = printed.language
    receipt = built(request, sale, language=language, with_code=True, printed=printed)
    return blocks_of(request, sale, receipt, language=language, mark=_mark(printed.copy, language))


def drawn(request: AgentRequest, sale: Sale, *, printed: ReceiptPrint) -> SafeString:
    """The paper of a print for a page."""
    found = blocks(request, sale, printed=printed)
    return _html(found, language=printed.language, css=css(printed.paper))


def lay_out(
    request: HttpRequest, sale: Sale, receipt: Receipt, *, language: str, is_again: bool
) -> SafeString:
    """The paper as a page shows it; marked if its code `is_again` shown."""
    with override(language):
        mark = receiptblocks.mark_of_screen() if is_again else ""
    found = blocks_of(request, sale, receipt, language=language, mark=mark)
    return _html(found, language=language)


def status_url(request: HttpRequest, sale: Sale) -> str:
    """The whole address of the sale's public page."""
    path = reverse("passport:status", args=[passport.token_of(sale)])
    return (
        f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else request.build_absolute_uri(path)
    )


def share(request: HttpRequest, sale: Sale, *, language: str) -> Share:
    """Links with the public address and words of the customer's language; never a secret."""
    url = status_url(request, sale)
    with override(language):
        words = _("%(shop)s, receipt %(number)s: %(url)s") % {
            "shop": sale.shop.name, "number": receipts.number_of(sale), "url": url,
        }  # fmt: skip
    text = quote(words, safe="")
    return Share(url, f"https://wa.me/?text={text}", f"sms:?&body={text}")


def _mark(copy: int, language: str) -> str:
    with override(language):
        return receiptblocks.mark_of(copy)


def _html(found: list[Block], *, language: str, css: str = "") -> SafeString:
    told = {"blocks": found, "language": languages.language(language), "css": css}
    with override(language):
        return render_to_string("receipts/_paper.html", told)
