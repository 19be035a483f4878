"""``classicxm serve``: what reaches the server, and what is refused before it listens."""

import webbrowser

import pytest

pytest.importorskip("fastapi", reason="the extra web is not installed")

import classicxm.web.server as server


@pytest.fixture
def runs(monkeypatch):
    found = []

    def run(sources, settings, port, workers, ready):
        found.append((sources, settings, port, workers))
        ready("http://127.0.0.1:8000/")

    monkeypatch.setattr(server, "run", run)
    return found


def test_options_reach_the_server(command, runs, monkeypatch):
    opened = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    options = ("--port", 0, "--workers", 2, "--trust", "mine", "--max-upload", 3, "--name", "here", "--open")
    result = command("serve", "one", "two", *options)
    ((sources, settings, port, workers),) = runs
    assert [source.folder for source in sources] == ["one", "two"] and sources[0].trusted == ("mine",)
    assert (settings.limits.bytes, settings.names, port, workers) == (3 << 20, ("here",), 0, 2)
    assert "serving one, two at http://127.0.0.1:8000/" in result.output and opened == [
        "http://127.0.0.1:8000/"
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--host", "0.0.0.0"), "which needs a token"),
        (("--workers", 2, "--allow-write"), "several workers would overwrite what each other saves"),
    ],
)
def test_refused_before_anything_listens(options, message, command, runs):
    result = command("serve", "model", *options)
    assert result.exit_code == 2 and message in result.stderr and runs == []


def test_a_token_from_the_environment(command, runs, monkeypatch):
    monkeypatch.setenv("CLASSICXM_TOKEN", "secret")
    command("serve", "model", "--host", "0.0.0.0")
    assert runs[0][1].token == "secret"
