"""Rules of this house that no tool checks: sizes, words, templates, migrations, the admin."""

import ast
import re
import subprocess
import tomllib
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.contrib import admin
from django.core.management import call_command

from ledger.admin import BoundedPaginator
from ledger.models import Entry, Hold, Line
from topup.models import ProviderCall, Sale, SaleEvent, Voucher

ROOT = Path(__file__).parents[1]
PRODUCT = ("portal", "topup", "catalog", "ledger", "valuetopup")
#: Words with a better one in docs/glossary.md; the provider's own names live in `valuetopup`.
SYNONYMS = {"phone": "msisdn", "mobile": "msisdn", "carrier": "operator", "telco": "operator",
            "supplier": "provider", "vendor": "provider"}  # fmt: skip
#: Templates that Django finds by their name.
FOUND_BY_DJANGO = {"403.html", "404.html", "500.html"}
NO_TEXT = {".png", ".webp", ".ico", ".woff2", ".ttf", ".mo"}
BIG_TABLES = (Sale, SaleEvent, ProviderCall, Voucher, Entry, Line, Hold)


@cache
def tracked():
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.check_output(command, cwd=ROOT, text=True).split("\0")
    return [Path(name) for name in names if name and (ROOT / name).is_file()]


def product_modules():
    return [p for p in tracked() if p.suffix == ".py" and p.parts[0] in PRODUCT]


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def templates():
    return [path for path in tracked() if path.parts[0] == "templates"]


def too_long(paths, limit):
    lengths = {str(path): read(path).count("\n") for path in paths}
    return {name: length for name, length in lengths.items() if length > limit}


def test_modules_and_templates_stay_short():
    modules = [path for path in product_modules() if "migrations" not in path.parts]
    tests = [p for p in tracked() if p.suffix == ".py" and p.parts[0] == "tests"]
    assert len(modules) > 100
    assert too_long(modules, 400) == {}
    assert too_long(tests, 600) == {}
    assert too_long(templates(), 150) == {}


class Definitions(ast.NodeVisitor):
    """Every name that a module gives to something."""

    def __init__(self, tree):
        self.names = []
        self.visit(tree)

    def visit_FunctionDef(self, node):
        self.names.append(node.name)
        self.generic_visit(node)

    visit_AsyncFunctionDef = visit_ClassDef = visit_FunctionDef

    def visit_arg(self, node):
        self.names.append(node.arg)

    def visit_Name(self, node):
        if isinstance(node.ctx, ast.Store):
            self.names.append(node.id)

    def visit_Attribute(self, node):
        if isinstance(node.ctx, ast.Store):
            self.names.append(node.attr)
        self.generic_visit(node)


def words_of(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().split("_")


def synonyms_in(source):
    names = Definitions(ast.parse(source)).names
    return {name for name in names if set(words_of(name)) & SYNONYMS.keys() or name == "float"}


def test_one_thing_has_one_name():
    paths = [path for path in product_modules() if path.parts[0] != "valuetopup"]
    assert {str(path): found for path in paths if (found := synonyms_in(read(path)))} == {}
    fields = re.compile(rf'\b(?:name|id)="(?:{"|".join(SYNONYMS)})[-_"]')
    assert [str(path) for path in templates() if fields.search(read(path))] == []


@pytest.mark.parametrize("source", ["phone = 1", "def f(mobileNumber): ...", "class VendorRow: ...",
                                    "self.carrier = 1", "float = 2"])  # fmt: skip
def test_a_synonym_would_be_seen(source):
    assert synonyms_in(source) != set()


def test_only_programs_print():
    found = []
    for path in product_modules():
        if {"commands", "simulator"} & set(path.parts):
            continue
        calls = [
            node.func for node in ast.walk(ast.parse(read(path))) if isinstance(node, ast.Call)
        ]
        found += [str(path) for call in calls if isinstance(call, ast.Name) and call.id == "print"]
    assert found == []


def test_every_template_is_used():
    sources = "".join(read(path) for path in [*product_modules(), *templates()])
    names = {str(path.relative_to("templates")) for path in templates()} - FOUND_BY_DJANGO
    assert {n for n in names if f'"{n}"' not in sources and not n.startswith("admin/")} == set()


class Roots(HTMLParser):
    """The elements at the top of a piece of HTML."""

    VOID = ("input", "br", "img", "link", "meta", "hr", "use", "path", "source")

    def __init__(self, text):
        super().__init__()
        self.depth, self.found = 0, []
        self.feed(re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}", "", text, flags=re.DOTALL))
        self.close()

    def handle_starttag(self, tag, attributes):
        if tag in self.VOID:
            return
        if self.depth == 0:
            self.found.append((tag, dict(attributes).get("id")))
        self.depth += 1

    def handle_endtag(self, tag):
        self.depth -= tag not in self.VOID


def fragments():
    return [path for path in templates() if path.name.startswith("_")]


@pytest.mark.parametrize("path", fragments(), ids=str)
def test_a_fragment_has_one_root_and_its_id_is_its_name(path):
    parsed = Roots(read(path))
    assert parsed.depth == 0
    assert len(parsed.found) <= 1
    for _, name in parsed.found:
        assert name in {None, path.stem[1:], path.stem[1:].replace("_", "-")}


def test_two_roots_would_be_seen():
    assert Roots('<p id="a">{% if x %}<b>1</b>{% endif %}</p><p>2</p>').found == [
        ("p", "a"), ("p", None),
    ]  # fmt: skip


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", "--check", "--dry-run")


def test_migrations_are_named_by_hand():
    names = [path.name for path in product_modules() if path.parent.name == "migrations"]
    assert [name for name in names if "_auto_" in name] == []


def test_the_admin_counts_no_big_table():
    ours = {m: a for m, a in admin.site._registry.items() if m.__module__.split(".")[0] in PRODUCT}
    assert len(ours) > 10
    assert [str(a) for a in ours.values() if a.show_full_result_count] == []
    counted = [m for m in BIG_TABLES if m in ours and ours[m].paginator is not BoundedPaginator]
    assert counted == []


def test_no_file_names_a_place_on_somebodys_machine():
    place = re.compile(r"(?<![\w.~/-])/(?:work|root|home|Users)/[\w.]+")
    found = {}
    for path in tracked():
        if "vendor" in path.parts or path.suffix in NO_TEXT:
            continue
        if told := place.findall(read(path)):
            found[str(path)] = told
    assert found == {}


def test_every_dependency_says_why_it_is_there():
    text = read(Path("pyproject.toml"))
    project = tomllib.loads(text)
    named = project["project"]["dependencies"] + project["dependency-groups"]["embedded"]
    lines = [line for line in text.splitlines() if any(f'"{name}"' in line for name in named)]
    assert len(lines) == len(named)
    assert [line for line in lines if "#" not in line] == []
