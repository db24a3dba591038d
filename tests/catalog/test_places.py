"""The country of a number, by its first digits."""

import pytest

from catalog.places import country_of


@pytest.fixture
def north_america(make_country):
    make_country("US", "United States", "1", length=10)
    make_country("CA", "Canada", "1", length=10)
    make_country("JM", "Jamaica", "1876", length=7)
    make_country("DO", "Dominican Republic", "1", length=10, area_codes=["809", "829", "849"])


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("12125550100", "US"),
        ("14165550100", "CA"),
        ("18765550100", "JM"),
        ("16585550100", "JM"),  # a later code of Jamaica that its row does not know
        ("18095550100", "DO"),
        ("18495550100", "DO"),
    ],
)
def test_countries_that_share_plus_one_are_told_apart(north_america, number, code):
    assert country_of(number).code == code


def test_a_plus_one_country_that_is_not_ours_is_nobodys(north_america):
    assert country_of("12465550100") is None  # Barbados


def test_a_plus_one_number_of_no_known_area_is_the_main_countrys(north_america):
    assert country_of("10005550100").code == "US"


@pytest.mark.parametrize(
    ("number", "code"), [("79161234567", "RU"), ("77011234567", "KZ"), ("77771234567", "KZ")]
)
def test_russia_and_kazakhstan_are_told_apart(make_country, number, code):
    make_country("KZ", "Kazakhstan", "7", length=10)
    make_country("RU", "Russia", "7", length=10)
    assert country_of(number).code == code


def test_a_lone_owner_of_a_shared_code_is_not_taken_for_all(make_country):
    make_country("KZ", "Kazakhstan", "7", length=10)
    assert country_of("79161234567") is None


def test_the_longest_dial_code_wins(make_country):
    make_country("FR", "France", "33")
    make_country("GP", "Guadeloupe", "590")
    make_country("XX", "Elsewhere", "59")
    assert country_of("590690123456").code == "GP"
    assert country_of("33612345678").code == "FR"


def test_a_number_that_looks_invalid_still_has_a_country(make_country):
    make_country("MX", "Mexico", "52", length=10)
    assert country_of("5212345678901").code == "MX"
    assert country_of("52").code == "MX"


def test_a_retired_country_is_left_out(make_country):
    from django.utils import timezone

    jamaica = make_country("JM", "Jamaica", "1876")
    type(jamaica).objects.update(retired_at=timezone.now())
    assert country_of("18765550100") is None


@pytest.mark.django_db
@pytest.mark.parametrize("number", ["", "x", "999", "18765550100"])
def test_no_country_is_an_answer_too(number):
    assert country_of(number) is None


def test_a_country_costs_one_query(north_america, django_assert_num_queries):
    with django_assert_num_queries(1):
        country_of("18765550100")
    with django_assert_num_queries(2):  # the second for a code that its row does not know
        country_of("16585550100")
