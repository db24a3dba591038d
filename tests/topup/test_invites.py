"""Shops and owners from a CSV: what is wrong is told row by row, and the good rows are made."""

from decimal import Decimal as D

import pytest

from topup.errors import InviteError
from topup.models import Level, Person, Role, Shop, Tier
from topup.services import invites
from topup.services.shops import open_shop

pytestmark = pytest.mark.django_db
HEADER = "shop,under,level,tier,owner,first_name,last_name,language,credit_limit"


def judged(*lines, header=HEADER, may_lend=True):
    rows = invites.read("\n".join([header, *lines]).encode())
    invites.judge(rows, may_lend=may_lend)
    return rows


def problems(*lines, **options):
    return [row.problems for row in judged(*lines, **options)]


def made(*lines, **options):
    rows = judged(*lines, **options)
    invites.make(rows)
    return rows


def test_a_branch_with_its_shops_and_owners_is_made(db):
    Tier.objects.create(name="Gold")
    rows = made(
        "North,,sub_distributor,,nora,Nora,North,en,",
        "Corner,North,shop,Gold,carl,Carl,,,250.50",
        "Harbour,North,,,,,,,",
    )
    assert [row.is_made for row in rows] == [True] * 3
    north, corner, harbour = (Shop.objects.get(name=row["shop"]) for row in rows)
    assert (north.level, corner.parent, harbour.parent) == (Level.SUB_DISTRIBUTOR, north, north)
    assert (corner.tier.name, corner.float_account.credit_limit) == ("Gold", D("250.50"))
    carl = Person.objects.get(username="carl")
    assert (carl.role, carl.shop, carl.first_name, carl.language) == (
        Role.OWNER, corner, "Carl", "en",
    )  # fmt: skip
    assert not carl.has_usable_password()
    assert rows[1].person_id == carl.pk
    assert not harbour.people.exists()


@pytest.mark.parametrize(
    "text",
    [
        "shop,owner\nCorner,carl",
        "\ufeffshop,owner\r\nCorner,carl\r\n",
        "owner;shop\ncarl;Corner",
        " Owner , SHOP \ncarl, Corner ",
        'shop,owner\n"Corner","carl"\n\n,\n',
    ],
    ids=["plain", "bom and crlf", "semicolons", "other order", "quoted, empty lines"],
)
def test_a_file_may_be_written_in_many_ways(db, text):
    (row,) = invites.read(text.encode())
    assert (row.number, row["shop"], row["owner"]) == (2, "Corner", "carl")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "The first row must name the columns"),
        (b"shop,owner", "The file has a header and no rows."),
        (b"owner\ncarl", "The first row must name the columns"),
        (b"shop,colour\nx,y", "The first row must name the columns"),
        (b"shop,shop\nx,y", "The first row must name the columns"),
        (b"shop\nCaf\xe9", "The file is not UTF-8."),
        (b'shop\n"Corner', "a quotation mark is not closed"),
        (b"shop\nA\x00", "The file is no CSV."),
        (b"PK\x03\x04\xff", "The file is not UTF-8."),
        (b"shop\n" + b"x\n" * 2001, "more than 2,000 rows"),
        (b"shop\n" + b"x" * 256 * 1024, "larger than 256 KB"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(data, told):
    with pytest.raises(InviteError) as error:
        invites.read(data)
    assert told in error.value.message


WRONG = [
    (",North,,,,,,,", "shop: This field cannot be blank."),
    ("x" * 101 + ",,,,,,,,", "shop: Ensure this value has at most 100 characters"),
    ("A,Nowhere,,,,,,,", "There is no “Nowhere” to lie under. Write its row above this one."),
    ("A,Plain,,,,,,,", "“Plain” is no sub-distributor: nothing lies under a shop."),
    ("A,Deep,,,,,,,", "The tree would be too deep."),
    ("A,,kiosk,,,,,,", "The level must be “shop” or “sub_distributor”."),
    ("A,,,Gold,,,,,", "There is no tier “Gold”."),
    ("A,,,,taken,,,,", "The user name “taken” is taken."),
    ("A,,,,a b,,,,", "owner: Enter a valid username."),
    ("A,,,,,Ann,,,", "A name without a user name: fill in “owner”."),
    ("A,,,,ann,,,xx,", "The language must be one of: en"),
    ("A,,,,,,,,lots", "The credit limit must be an amount"),
    ("A,,,,,,,,-1", "The credit limit must be an amount"),
    ("A,,,,,,,,1.005", "Is 1.005 a thousand or a part?"),
    ('A,,,,,,,,"1,500"', "Is 1,500 a thousand or a part?"),
    ("A,,,,,,,,5 5", "The credit limit must be an amount"),
    ("A,,,,,,,,1.5005", "The credit limit must be an amount"),
    ("A,,,,,,,,1e99", "The credit limit must be an amount"),
    ("A,,,,,,,,NaN", "The credit limit must be an amount"),
    ("A,,,,,,,,,more", "There are more cells than columns."),
]


def test_what_is_wrong_with_a_row_is_told_and_it_is_not_made(db):
    open_shop(name="Plain")
    Person.objects.create_user("taken", role=Role.ADMIN)
    parent = None
    for name in ("North", "East", "Far", "Deeper", "Deep"):
        parent = open_shop(name=name, parent=parent, level=Level.SUB_DISTRIBUTOR)
    lines = [line.replace("A,", f"A{number},", 1) for number, (line, _told) in enumerate(WRONG)]
    before = set(Shop.objects.values_list("name", flat=True))
    rows = made(*lines, ",,,,,,,,", "Good,,,,good,,,,")
    assert len(rows) == len(WRONG) + 1, "an empty row is no row"
    for row, (_line, told) in zip(rows, WRONG, strict=False):
        assert len(row.problems) == 1, row
        assert told in row.problems[0]
    assert set(Shop.objects.values_list("name", flat=True)) - before == {"Good"}
    assert list(Person.objects.filter(role=Role.OWNER)) == [Person.objects.get(username="good")]


def test_all_that_is_wrong_with_a_row_is_told_at_once(db):
    ((first, second, third),) = problems("A,Nowhere,kiosk,,a b,,,,")
    assert ("level" in first, "Nowhere" in second, "owner" in third) == (True, True, True)


def test_names_are_used_once_in_a_file(db):
    assert problems("A,,,,ann,,,,", "A,,,,bob,,,,", "B,,,,ann,,,,") == [
        [], ["The shop is in row 2 already. Give it another name."],
        ["The user name “ann” is taken. Choose another one."],
    ]  # fmt: skip


def test_what_lies_under_a_row_that_is_wrong_is_wrong_too(db):
    rows = made("North,,kiosk,,,,,,", "A,North,,,,,,,", "B,,,,,,,,")
    assert [row.is_made for row in rows] == [False, False, True]


def test_credit_is_given_by_those_who_may_lend(db):
    assert problems("A,,,,,,,,5", "B,,,,,,,,0", "C,,,,,,,,", may_lend=False) == [
        ["You may not give credit. Leave the credit limit empty."], [], [],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "limit"),
    [
        ("1500", "1500"),
        ('"1,500.00"', "1500"),
        ("1.500,00", "1500"),
        ("1 500", "1500"),
        ("٥٠", "50"),
    ],
)
def test_a_credit_limit_is_read_as_people_write_it(db, typed, limit):
    ((row),) = judged(f"A,,,,,,,,{typed}" if '"' in typed else f'A,,,,,,,,"{typed}"')
    assert (row.problems, row.credit_limit) == ([], D(limit))


def test_a_name_that_is_almost_one_that_is_there_is_warned_of(db):
    open_shop(name="Corner Shop")
    names = ["corner  shop", "Cornér Shop", "Corner Shop", "Corner", "CORNER", "की", "का"]
    rows = made(*(f"{name},,,,,,,," for name in names))
    told = [row.warning for row in rows]
    assert ["“Corner Shop” is called almost the same." in one for one in told[:2]] == [True] * 2
    assert (rows[2].is_there, told[2:4]) == (True, ["", ""])
    assert "“Corner” is called" in told[4]
    assert told[5:] == ["", ""], "signs of other scripts tell names apart"
    assert [row.is_made for row in rows] == [True, True, False, True, True, True, True]


def test_the_same_file_again_makes_only_what_is_missing(db):
    lines = ("North,,sub_distributor,,nora,,,,", "A,North,,,ann,,,,")
    made(lines[0])
    rows = made(*lines)
    assert [(row.is_there, row.is_made) for row in rows] == [(True, False), (False, True)]
    assert made(*lines)[1].is_there
    assert (Shop.objects.count(), Person.objects.count()) == (2, 2)


def test_a_row_whose_names_were_taken_meanwhile_is_told_and_leaves_nothing(db):
    rows = judged("A,,,,ann,,,,", "B,,,,bob,,,,")
    Person.objects.create_user("ann", role=Role.ADMIN)
    invites.make(rows)
    assert "used or taken away meanwhile" in rows[0].problems[0]
    assert [row.is_made for row in rows] == [False, True]
    assert list(Shop.objects.values_list("name", flat=True)) == ["B"]


def test_a_user_name_is_written_as_the_sign_in_reads_it(db):
    made("A,,,,ｎｉａ,,,,")
    assert Person.objects.filter(username="nia").exists()


def test_judging_costs_the_same_for_one_row_and_for_many(db, django_assert_num_queries):
    for count in (1, 30):
        rows = invites.read(
            "\n".join(["shop,owner", *(f"S{n},o{n}" for n in range(count))]).encode()
        )
        with django_assert_num_queries(3):
            invites.judge(rows, may_lend=True)
        assert all(row.is_good for row in rows)


def test_only_people_of_shops_who_never_set_a_password_get_a_link(shop, agent):
    set_already = Person.objects.create_user("set", shop=shop, password="Long-enough-7")
    staff = Person.objects.create_user("staff", shop=shop, is_staff=True)
    frozen = Person.objects.create_user("frozen", shop=shop, is_active=False)
    boss = Person.objects.create_user("boss", role=Role.ADMIN)
    everybody = [agent, set_already, staff, frozen, boss]
    assert invites.waiting_for_password([person.pk for person in everybody]) == [agent]
