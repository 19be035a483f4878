"""``classicxm data``: what it prints, what it refuses, and that nothing is fetched without it."""

import json

import pytest
from click.testing import CliRunner

from classicxm.cli import main
from tests.datasets.file_server import serving


@pytest.fixture
def pets(monkeypatch, tmp_path):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("CLASSICXM_DATA", str(tmp_path / "data"))
    with serving() as server:
        url = server.url("pets.csv", b"id,text\n1,a dog\n")
        registry = tmp_path / "mine.toml"
        registry.write_text(
            '[pets]\ntitle = "Pets"\nmodalities = ["text"]\nterms = "free"\nlicence = "CC0"\ncitation = "Me 2020"\n'
            f'page = "p"\nloader = "load_collection"\n[[pets.files]]\nname = "pets.csv"\nurls = ["{url}"]\nbytes = 16\n'
        )
        server.registry = str(registry)
        yield server


def run(server, *arguments):
    return CliRunner().invoke(main, ["data", "--registry", server.registry, *map(str, arguments)])


def test_list(pets):
    answer = run(pets, "list")
    assert answer.exit_code == 0 and "pets" in answer.output and "16 B" in answer.output
    page = run(pets, "list", "pets").output
    assert "licence: CC0" in page and "cite: Me 2020" in page and "checksum unknown" in page
    (found,) = json.loads(run(pets, "list", "--json").stdout)["sets"]
    assert found["name"] == "pets" and found["here"] is False and found["bytes"] == 16
    assert pets.requests == []


def test_get_needs_the_licence_to_be_accepted(pets, tmp_path):
    answer = run(pets, "get", "pets")
    assert (
        answer.exit_code == 2 and "licence: CC0" in answer.output and "add --accept-licence" in answer.output
    )
    assert pets.requests == [] and not (tmp_path / "data").exists()


def test_get_verify_and_where(pets, tmp_path):
    assert run(pets, "where", "pets").exit_code == 1
    answer = run(pets, "get", "pets", "--accept-licence")
    assert answer.exit_code == 0, answer.output
    assert (
        f"{tmp_path}/data/pets: read it with classicxm.datasets.load_collection; cite Me 2020"
        in answer.stdout
    )
    assert "sha256" in answer.stderr
    assert run(pets, "where", "pets").stdout.strip() == f"{tmp_path}/data/pets"
    assert run(pets, "verify").stdout == "pets: 1 as at first use\n"
    assert run(pets, "verify", "pets", "--json").exit_code == 0
    (tmp_path / "data" / "pets" / "pets.csv").write_text("altered")
    answer = run(pets, "verify")
    assert answer.exit_code == 1 and "pets.csv: altered sha256 is" in answer.stdout


def test_errors_are_one_line(pets):
    for arguments in (["get", "dogs", "--accept-licence"], ["where", "dogs"], ["verify", "dogs"]):
        answer = run(pets, *arguments)
        assert (
            answer.exit_code == 2 and answer.stderr.strip() == "classicxm: no data set 'dogs'; there are pets"
        )
    pets.files.clear()
    answer = run(pets, "get", "pets", "--accept-licence")
    assert answer.exit_code == 2 and answer.stderr.count("\n") == 1 and "answers 404" in answer.stderr
    answer = CliRunner().invoke(main, ["data", "--registry", "/none.toml", "list"])
    assert answer.exit_code == 2 and "is no registry of data sets" in answer.stderr


def test_nothing_here(pets):
    answer = run(pets, "verify")
    assert answer.exit_code == 0 and "no data sets in" in answer.output


def test_the_registry_that_comes_along():
    answer = CliRunner().invoke(main, ["data", "list"])
    assert answer.exit_code == 0 and "wikipedia" in answer.output and "form: to be asked for" in answer.output
