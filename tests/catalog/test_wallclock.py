"""Times by the clock of another country: read, and placed as early or as late as they can be."""

from datetime import UTC, datetime

import pytest

from catalog.wallclock import earliest, latest, read_time, zones_of


def at(*parts):
    return datetime(*parts, tzinfo=UTC)


def local(*parts):
    """By a clock of which nobody says the zone."""
    return datetime(*parts)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-11-27T23:59:00", local(2026, 11, 27, 23, 59)),
        ("2026-11-27 23:59", local(2026, 11, 27, 23, 59)),
        (" 11/7/2026 5:09 ", local(2026, 11, 7, 5, 9)),
        ("11/7/2026 5:09:00 PM", local(2026, 11, 7, 17, 9)),
        ("2026-11-27T23:59:00Z", local(2026, 11, 27, 23, 59)),
        ("2026-11-27", local(2026, 11, 27)),
        ("27 November", None), ("", None), ("0001-01-01T00:00:00", None), ("9" * 400, None),
        ("2026-13-01", None), ("٢٠٢٦-١١-٢٧", None),
    ],
)  # fmt: skip
def test_a_time_is_read_as_written_or_not_at_all(text, read):
    assert read_time(text) == read


def test_a_day_alone_lasts_to_its_last_minute():
    assert read_time("2026-11-27", is_end=True) == local(2026, 11, 27, 23, 59)
    assert read_time("11/27/2026", is_end=True) == local(2026, 11, 27, 23, 59)
    assert read_time("2026-11-27T00:00:00", is_end=True) == local(2026, 11, 27)


def test_a_country_of_one_zone_has_one_moment():
    assert earliest("2026-11-27T23:59:00", "JM") == at(2026, 11, 28, 4, 59)
    assert latest("2026-11-27T23:59:00", "jm") == at(2026, 11, 28, 4, 59)
    assert earliest("2026-11-27T00:00:00", "IN") == at(2026, 11, 26, 18, 30)


def test_a_country_of_several_zones_has_the_earliest_start_and_the_latest_end():
    # New York is the first of the United States, Honolulu and Adak the last.
    assert earliest("2026-11-27T00:00:00", "US") == at(2026, 11, 27, 5)
    assert latest("2026-11-27T23:59:00", "US") == at(2026, 11, 28, 9, 59)


def test_an_unknown_country_may_lie_anywhere():
    for code in ("", "ZZ", "XX"):
        assert earliest("2026-11-27T00:00:00", code) == at(2026, 11, 26, 10)
        assert latest("2026-11-27T00:00:00", code) == at(2026, 11, 27, 12)


def test_an_hour_that_the_clocks_show_twice_is_meant_both_times():
    assert earliest("2026-10-25T02:30:00", "IT") == at(2026, 10, 25, 0, 30)
    assert latest("2026-10-25T02:30:00", "IT") == at(2026, 10, 25, 1, 30)


def test_a_written_zone_is_believed():
    assert earliest("2026-11-27T10:00:00+02:00", "JM") == at(2026, 11, 27, 8)
    assert latest("2026-11-27T10:00:00Z", "US") == at(2026, 11, 27, 10)


def test_what_cannot_be_read_is_no_moment():
    assert earliest("soon", "JM") is None
    assert latest("", "JM") is None


def test_every_country_that_sells_has_a_zone():
    from valuetopup.simulator.catalogue import Catalogue

    codes = {country.code for country in Catalogue("USD").countries.values()}
    assert {code for code in codes if not zones_of(code)} == set()
