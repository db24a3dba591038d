"""What the two READMEs show is tried, and their tables are complete."""

import inspect
import re
import shlex
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests

from valuetopup import Client, codes, errors
from valuetopup.simulator.catalogue import Catalogue
from valuetopup.simulator.command import parser
from valuetopup.simulator.faults import CATALOGUE, NAMED, TRIGGERS
from valuetopup.simulator.testing import SimulatorProcess

ROOT = Path(__file__).parents[2]
CLIENT = (ROOT / "valuetopup/README.md").read_text()
SIMULATOR = (ROOT / "valuetopup/simulator/README.md").read_text()
ADDRESS = "http://127.0.0.1:8099"


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_the_clients_example_runs(
    simulator: SimulatorProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    (example,) = blocks(CLIENT, "python")
    names: dict[str, Any] = {}
    exec(example.replace(ADDRESS, simulator.root), names)  # noqa: S102  our own README
    names["client"].close()
    printed = capsys.readouterr().out.splitlines()
    assert printed[:2] == ["-1000.00", "Digicel Jamaica 3.00 USD 2.790"]
    assert re.fullmatch(r"\d{9} 2\.790", printed[2])


def test_the_simulators_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = blocks(SIMULATOR, "python")
    exec(example, {})  # noqa: S102  our own README
    assert "/api/v2 {'opened': Decimal('10000.00')" in capsys.readouterr().out


CURLS = [line for block in blocks(SIMULATOR, "sh") for line in block.splitlines() if "curl" in line]


def test_there_are_examples_of_the_control_port() -> None:
    assert len(CURLS) == 10


@pytest.mark.parametrize("line", CURLS)
def test_a_curl_example_works(simulator: SimulatorProcess, line: str) -> None:
    words = shlex.split(line.replace(ADDRESS, simulator.root))
    given = dict(pairwise(words))
    answer = requests.request(
        given.get("-X", "GET"), words[-1], data=given.get("-d"), timeout=5,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (
        200, "application/json",
    )  # fmt: skip


def test_the_clients_tables_are_complete() -> None:
    calls = {name for name, _ in inspect.getmembers(Client, callable) if name[0] != "_"}
    assert [name for name in calls if f"{name}(" not in CLIENT] == []
    raised = [name for name, _ in inspect.getmembers(errors, inspect.isclass)]
    assert [name for name in raised if f"`{name}`" not in CLIENT] == ["Any", "ValueTopupError"]
    options = inspect.signature(Client.__init__).parameters
    told = [name for name in options if f"`{name}`" in CLIENT or f"{name}=" in CLIENT]
    assert set(options) - set(told) == {"self"}
    assert all(code in CLIENT for code in codes.DOUBTFUL | codes.PENDING)


def test_the_simulators_tables_are_complete() -> None:
    rows = re.findall(r"^\| (\d{4}) \|", SIMULATOR, re.MULTILINE)
    assert sorted(rows) == sorted(TRIGGERS)
    assert [name for name in (*NAMED, *CATALOGUE) if f"`{name}`" not in SIMULATOR] == []
    options = {option for action in parser()._actions for option in action.option_strings}
    assert [name for name in options - {"-h", "--help"} if f"`{name}" not in SIMULATOR] == []


def test_the_sizes_told_are_the_sizes() -> None:
    catalogue = Catalogue("USD")
    assert f"{len(catalogue.countries)} countries" in SIMULATOR
    (told,) = re.findall(r"some ([\d,]+) SKUs", SIMULATOR)
    assert abs(int(told.replace(",", "")) - len(catalogue.skus)) < 50


@pytest.mark.parametrize("path", ["valuetopup/README.md", "valuetopup/simulator/README.md"])
def test_links_lead_somewhere(path: str) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / path).read_text())
    assert [link for link in links if not (ROOT / path).parent.joinpath(link).exists()] == []
