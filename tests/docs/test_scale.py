"""docs/scale.md and its compose file: commands, options, images and settings are those that exist."""

import re
import shlex

import click
import pytest

from classicxm.cli import main
from tests.web.running import ROOT

PAGE = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
COMPOSE = (ROOT / "docs" / "compose.yaml").read_text(encoding="utf-8")


def parsed(words):
    """The command and the parameters that click reads of ``classicxm ...``; ClickException for what it refuses."""
    command = main.get_command(click.Context(main), words[0])
    assert command is not None, words
    for parameter in command.params:  # what is named need not be there
        parameter.required = parameter.required and not isinstance(parameter.type, click.Path)
        if isinstance(parameter.type, click.Path):
            parameter.type = click.STRING
    return command.make_context(words[0], words[1:])


def commands_in(text):
    text = re.sub(r" *#.*", "", text).replace("\\\n", " ")
    found = re.findall(r"classicxm (?:describe|fit|serve|search|info) [^\n`&\"]*(?:\"[^\"]*\")?", text)
    return [shlex.split(one.strip())[1:] for one in found]


@pytest.mark.parametrize("words", commands_in(PAGE), ids=" ".join)
def test_commands_of_the_page_exist(words):
    parsed(words)


def test_there_are_commands_to_check():
    assert len(commands_in(PAGE)) >= 7


@pytest.fixture(scope="module")
def compose():
    yaml = pytest.importorskip("yaml", reason="it comes with the extra dask")
    return yaml.safe_load(COMPOSE)


def test_services_images_and_ports(compose):
    assert set(compose["services"]) == {"scheduler", "worker", "postgres", "learn", "serve"}
    images = {name: service["image"] for name, service in compose["services"].items()}
    assert images.pop("postgres") == "pgvector/pgvector:0.8.1-pg18"  # 0.8 or later, as PgVectorIndex asks for
    assert set(images.values()) == {"${CLASSICXM_IMAGE:-classicxm:latest}"}
    ports = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert ports == {"serve": ["127.0.0.1:8000:8000"]}  # nothing else is published, and that on loopback


def test_what_services_name_is_defined(compose):
    for service in compose["services"].values():
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert source.startswith("./") or source in compose["volumes"]
        assert set(service.get("secrets", ())) <= set(compose["secrets"])
        assert set(service.get("depends_on", ())) <= set(compose["services"])
        assert set(service["networks"]) <= set(compose["networks"])


def test_commands_of_the_services_exist(compose):
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    from distributed.cli import dask_scheduler, dask_worker

    for name, command in (("scheduler", dask_scheduler.main), ("worker", dask_worker.main)):
        words = shlex.split(compose["services"][name]["command"])
        assert words[:2] == ["dask", name]
        command.make_context(name, words[2:])
    found = [
        words for name in ("learn", "serve") for words in commands_in(compose["services"][name]["command"])
    ]
    assert [words[0] for words in found] == ["describe", "fit", "serve"]
    for words in found:
        parsed(words)


def test_the_port_is_that_of_serve(compose):
    words = next(iter(commands_in(compose["services"]["serve"]["command"])))
    assert parsed(words).params["port"] == 8000


def test_settings_are_those_that_dask_reads(compose):
    dask = pytest.importorskip("dask")
    pytest.importorskip("distributed")
    names = [key for key in compose["services"]["worker"]["environment"] if key.startswith("DASK_")]
    for key in names:
        dask.config.get(
            key.removeprefix("DASK_").lower().replace("__", ".")
        )  # KeyError for one that there is not
    assert len(names) == 8
    for key in re.findall(r"DASK_\w+", PAGE):  # those of a role end where its name follows
        assert any(name.startswith(key.rstrip("_")) for name in names)
