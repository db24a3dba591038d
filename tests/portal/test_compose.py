"""docker-compose.yml: right by the schema, the same commands as `up`, and no default password.

The schema is that of the Compose Specification (Apache 2.0, beside it).
"""

import json
import re
import shlex
from pathlib import Path

import jsonschema
import pytest
import yaml

from portal import stack

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
SCHEMA = json.loads((ROOT / "tests/vendor/compose-spec/compose-spec.json").read_text())
NEEDED = {"SECRET_KEY", "VOUCHER_KEYS", "ALLOWED_HOSTS", "VALUETOPUP_BASE_URL", "POSTGRES_PASSWORD"}


def words(service):
    return shlex.split(SERVICES[service]["command"])


def of_up(service):
    """The command of `up`, without the interpreter: `python -m celery …` is `celery …`."""
    return list(service.command)[2:]


def test_it_is_right_by_the_schema():
    jsonschema.validate(COMPOSE, SCHEMA)


def test_the_schema_would_notice():
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(COMPOSE | {"services": {"web": {"comand": "x"}}}, SCHEMA)


@pytest.mark.parametrize("queue", stack.WORKERS)
def test_a_worker_runs_as_with_up(queue):
    assert words(f"worker-{queue}") == of_up(stack.worker(queue, environment={}))


def test_web_and_beat_run_as_with_up():
    web = [word.replace("127.0.0.1", "0.0.0.0") for word in of_up(stack.web(8000, environment={}))]
    assert words("web") == web
    assert words("beat") == of_up(stack.beat(Path("/var/lib/topnet"), environment={}))


def test_the_image_starts_the_web_server():
    command = re.search(r"^CMD (.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert json.loads(command[1]) == words("web")


def test_what_must_be_chosen_has_no_default():
    required = set(re.findall(r"\$\{(\w+):\?", TEXT))
    assert required == NEEDED
    secret = re.findall(r"\$\{(\w*(?:PASSWORD|SECRET|KEY)\w*)(:?[-?][^}]*)?\}", TEXT)
    assert {
        (name, rule) for name, rule in secret if rule not in {":?set it in .env", ":-"}
    } == set()


def test_the_example_names_what_must_be_set_and_sets_no_secret():
    example = dict(re.findall(r"^(\w+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert example.keys() >= NEEDED
    assert {name for name in NEEDED if example[name]} == set()


def test_every_variable_is_described():
    table = (ROOT / "docs" / "configuration.md").read_text()
    described = set(re.findall(r"^\| `([A-Z_]+)`", table, re.MULTILINE))
    assert set(SERVICES["web"]["environment"]) - described == set()


def test_every_setting_that_is_described_can_be_set():
    """Else somebody writes it to .env, and nothing happens."""
    table = (ROOT / "docs" / "configuration.md").read_text().partition("## For commands")[0]
    described = set(re.findall(r"^\| `([A-Z_]+)`", table, re.MULTILINE))
    not_here = {"DATA_DIR", "PG_BIN", "PLAIN_HTTP", "DEBUG"}
    assert described - set(SERVICES["web"]["environment"]) == not_here


def test_the_image_is_built_by_one_service_and_fetched_by_none():
    """Two that build one name at the same time fail where it is not there yet."""
    ours = {name: service for name, service in SERVICES.items() if service["image"] == "topnet"}
    assert [name for name, service in ours.items() if "build" in service] == ["prepare"]
    assert {name: service["pull_policy"] for name, service in ours.items()} == {
        name: "build" if name == "prepare" else "never" for name in ours
    }


def test_the_image_has_the_databases_own_version_of_its_tools():
    """pg_dump reads no server that is newer."""
    bases = set(re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    assert (bases, SERVICES["postgres"]["image"]) == ({"python:3.13-slim-trixie"}, "postgres:17")


def test_every_program_that_stays_has_a_health_check():
    stays = {name for name, service in SERVICES.items() if service["restart"] != "no"}
    assert stays == set(SERVICES) - {"prepare"}
    assert {name for name in stays if "healthcheck" not in SERVICES[name]} == set()


def test_only_the_web_server_is_reached_and_only_from_this_machine():
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert ports == {"web": ["127.0.0.1:${PORT:-8000}:8000"]}


def test_the_simulator_runs_only_when_asked_for():
    assert [n for n, service in SERVICES.items() if "profiles" in service] == ["simulator"]
    assert SERVICES["simulator"]["environment"] == {}


def test_nothing_starts_before_its_tables_are_there():
    for name in ("web", "beat", *(f"worker-{queue}" for queue in stack.WORKERS)):
        after = SERVICES[name]["depends_on"]
        assert after["prepare"]["condition"] == "service_completed_successfully"
        assert after["redis"]["condition"] == "service_healthy"


def test_images_are_pinned_and_nothing_runs_as_root():
    images = {service["image"] for service in SERVICES.values()} - {"topnet"}
    assert [image for image in images if not re.fullmatch(r"\w+:\d[\d.]*", image)] == []
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert lines.index("USER topnet") < lines.index(f"CMD {json.dumps(words('web'))}")
