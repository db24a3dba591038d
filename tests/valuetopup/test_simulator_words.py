"""The simulator's translations, pictures and promotions of amounts."""

import re
from io import BytesIO

import pytest
import requests
from PIL import Image

from tests.valuetopup.simulating import FIXED, get, sku_id
from valuetopup import Client
from valuetopup.simulator import arabic
from valuetopup.simulator.testing import SimulatorProcess

ARABIC = re.compile("[\u0600-\u06ff]")
FIELDS = {"productName", "skuName", "productDescription", "additionalInformation"}


def test_a_sensible_part_of_the_lists_is_translated(buyer: Client) -> None:
    for english, own in (
        (buyer.skus(), buyer.skus(language="ar")),
        (list(buyer.gift_card_skus()), list(buyer.gift_card_skus(language="ar"))),
    ):
        assert [sku.sku_id for sku in english] == [sku.sku_id for sku in own]
        translated = [sku for sku in own if ARABIC.search(sku.name)]
        assert 0.3 < len(translated) / len(own) < 0.95
        for plain, row in zip(english, own, strict=True):
            changed = {name for name in row.raw if row.raw[name] != plain.raw[name]}
            assert changed <= FIELDS, row.name
            assert (row.country_code in arabic.COUNTRIES) or not changed


def test_words_amounts_and_units_of_one_sku(buyer: Client) -> None:
    (sku,) = buyer.skus(sku_id=sku_id(FIXED), language="ar")
    assert (sku.name, sku.product_name) == ("Digicel جامايكا 10.00 USD", "Digicel جامايكا")
    (bundle,) = buyer.skus(sku_id=sku_id("Digicel Jamaica Bundles 250.00 JMD"), language="ar")
    assert bundle.name == "باقات Digicel جامايكا 250.00 JMD"
    assert bundle.description == "1 غيغابايت + 50 دقيقة\nصالحة لمدة 3 يومًا"


@pytest.mark.parametrize(("header", "is_arabic"), [("ar", True), ("AR-eg, en;q=0.5", True),
                                                   ("en, ar;q=0.5", False), ("", False),
                                                   ("arn", False), ("*", False)])  # fmt: skip
def test_the_first_choice_of_the_header_decides(
    simulator: SimulatorProcess, header: str, is_arabic: bool
) -> None:
    path = f"{simulator.url}/catalog/skus?skuId={sku_id(FIXED)}&:language=ar"
    login = (simulator.user, simulator.password)
    rows = requests.get(path, auth=login, headers={"Accept-Language": header}, timeout=10)
    assert bool(ARABIC.search(rows.json()["payLoad"][0]["skuName"])) is is_arabic


def test_the_lookup_is_translated_and_other_calls_are_not(
    simulator: SimulatorProcess, buyer: Client
) -> None:
    rows = buyer.lookup_mobile("18761234567", language="ar")
    assert all(ARABIC.search(row.product_name) for row in rows)
    assert {row.operator_name for row in rows} == {"Digicel"}
    login = (simulator.user, simulator.password)
    for path in ("/catalog/getproducts?countryCode=JM", "/catalog/countries", "/catalog/errors"):
        said = requests.get(
            simulator.url + path, auth=login, headers={"Accept-Language": "ar"}, timeout=10
        )
        assert not ARABIC.search(said.json()["payLoad"].__str__()), path


def pictures(simulator: SimulatorProcess) -> set[str]:
    rows = get(simulator, "/catalog/getproducts")["payLoad"]
    return {row["imageUrl"] for row in rows if row["imageUrl"]}


def test_some_pictures_are_at_home_and_most_of_them_are_pictures(
    simulator: SimulatorProcess,
) -> None:
    found = pictures(simulator)
    home = sorted(url for url in found if url.startswith(simulator.root))
    assert len(home) > 100
    assert sum(url.startswith("http://www.valuetopup.com/") for url in found) > 10
    kinds: dict[tuple[int, str], int] = {}
    for url in home[:60]:
        said = requests.get(url, timeout=10)  # without a password, as a picture is
        key = said.status_code, said.headers["Content-Type"]
        kinds[key] = kinds.get(key, 0) + 1
        if key == (200, "image/png"):
            with Image.open(BytesIO(said.content)) as picture:
                assert (picture.format, picture.size) == ("PNG", (120, 80))
                assert len(picture.convert("RGB").getcolors(9000) or []) == 2
    assert kinds[200, "image/png"] > 40
    assert {key[0] for key in kinds} == {200, 404}
    assert kinds[200, "text/html"] > 0


def test_a_promotion_may_be_for_fixed_amounts(buyer: Client) -> None:
    fixed = {sku.product_id for sku in buyer.skus() if sku.min.face_value == sku.max.face_value}
    promotions = buyer.current_promotions()
    assert {row.product_id in fixed for row in promotions} == {True, False}
    first = next(row for row in promotions if row.product_name == "Digicel Jamaica")
    assert (str(first.ranges[0].min), str(first.ranges[0].max)) == ("10.00", "50.00")
