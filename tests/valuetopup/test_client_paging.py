"""Gift cards come in pages, and no answer makes the client ask for ever."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.valuetopup.conftest import Behaviour, Received, Server, envelope
from valuetopup import Client
from valuetopup.errors import NoAnswerError


def page(ids: list[int], following: object) -> Behaviour:
    rows = json.dumps([{"skuId": number} for number in ids])
    return envelope(rows, rest=f',"next":1,"next_cursor":{json.dumps(following)}')


def ids(client: Client, page_size: int = 2) -> list[int]:
    return [sku.sku_id for sku in client.gift_card_skus(page_size=page_size)]


def cursors(server: Server) -> list[str | None]:
    queries = [parse_qs(urlsplit(request.target).query) for request in server.received]
    return [query.get("cursor", [None])[0] for query in queries]


def test_pages_follow_the_cursor_and_a_row_comes_once(server: Server, client: Client) -> None:
    server.behave(page([1, 5], 5), page([5, 8], "9"), page([9], 0))
    assert ids(client) == [1, 5, 8, 9]
    assert cursors(server) == [None, "5", "9"]


@pytest.mark.parametrize("following", [0, None, -1, "x", 1.5, {}])
def test_no_cursor_is_the_end(server: Server, client: Client, following: object) -> None:
    server.behave(page([1, 2], following))
    assert (ids(client), len(server.received)) == ([1, 2], 1)


@pytest.mark.parametrize("following", [3, 2])
def test_a_cursor_that_does_not_grow_is_the_end(
    server: Server, client: Client, following: int
) -> None:
    server.behave(page([1, 2], 3), page([3, 4], following))
    assert (ids(client), len(server.received)) == ([1, 2, 3, 4], 2)


def test_a_short_page_is_the_end(server: Server, client: Client) -> None:
    server.behave(page([1], 2))
    assert (ids(client), len(server.received)) == ([1], 1)


def test_a_page_without_anything_new_is_the_end(server: Server, client: Client) -> None:
    server.behave(page([1, 2], 3), page([1, 2], 4))
    assert (ids(client), len(server.received)) == ([1, 2], 2)


def test_an_unreadable_row_does_not_shorten_a_page(server: Server, client: Client) -> None:
    def with_gap(sock: object, received: Received) -> None:
        envelope('[{"skuId":1},{"skuName":"?"}]', rest=',"next_cursor":4')(sock, received)  # type: ignore[arg-type]

    server.behave(with_gap, page([4], 0))
    assert ids(client) == [1, 4]


def test_pages_are_fetched_as_they_are_needed(server: Server, client: Client) -> None:
    server.behave(page([1, 2], 3), page([3], 0))
    cards = client.gift_card_skus(page_size=2, country_code="US")
    assert server.received == []
    assert next(cards).sku_id == 1
    assert [request.target for request in server.received] == [
        "/api/v2/catalog/skus/giftcards?countryCode=US&pageSize=2"
    ]


def test_a_failing_page_is_not_the_end(server: Server, client: Client) -> None:
    server.behave(page([1, 2], 3), envelope("null"))
    with pytest.raises(NoAnswerError):
        ids(client)
