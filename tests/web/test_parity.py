"""The page, the API, the client, Python and the command line give the same ids and scores."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from click.testing import CliRunner

from classicxm import Client, CrossModalRetriever
from classicxm.cli import main
from classicxm.datasets import Collection
from tests.web.running import Running, running

QUESTIONS = {
    "text": {"text": "a red circle"},
    "weighed text and likes": {"text": "red", "like": ["scene-0003", "scene-0005"], "weights": {"text": 0.5}},
    "likes and unlikes": {"like": ["scene-0003"], "unlike": ["scene-0007"]},
    "filter": {"text": "green square", "filter": "split=train and label~circle"},
    "rrf": {"text": "blue", "like": ["scene-0002"], "fusion": "rrf"},
    "picture": {"image": 4},
    "sound": {"audio": 4},
    "clip": {"video": 4},
    "picture and text": {"image": 4, "text": "a yellow star"},
}
K = 9


@pytest.fixture(scope="module")
def server(saved: Path) -> Iterator[Running]:
    with running(saved) as server:
        yield server


def files_of(question: dict, scenes: Collection) -> dict[str, Path]:
    return {m: Path(scenes[n][m]) for m, n in question.items() if m in ("image", "audio", "video")}


def by_python(question: dict, target: str, scenes: Collection, saved: Path, server: Running) -> list[tuple]:
    model = CrossModalRetriever.load(saved)
    return [(hit.id, hit.score) for hit in _asked(model, question, target, scenes)]


def by_client(question: dict, target: str, scenes: Collection, saved: Path, server: Running) -> list[tuple]:
    return [(hit.id, hit.score) for hit in _asked(Client(server.base), question, target, scenes)]


def _asked(model: object, question: dict, target: str, scenes: Collection) -> list:
    parts = {"text": question["text"]} if "text" in question else {}
    parts |= {m: str(path) for m, path in files_of(question, scenes).items()}
    return model.search(
        [*([parts] if parts else []), *question.get("like", [])],
        target,
        K,
        weights=question.get("weights"),
        fusion=question.get("fusion", "early"),
        unlike=question.get("unlike"),
        where=question.get("filter"),
    )


def by_api(question: dict, target: str, scenes: Collection, saved: Path, server: Running) -> list[tuple]:
    files = files_of(question, scenes)
    fields = {name: value for name, value in question.items() if name not in files} | {
        "target": target,
        "k": K,
    }
    if files:
        form = {name: str(value) for name, value in fields.items()}
        sent = {name: (path.name, path.read_bytes()) for name, path in files.items()}
        answer = httpx.post(f"{server.base}/api/v1/search", data=form, files=sent)
    else:
        answer = httpx.post(f"{server.base}/api/v1/search", json=fields)
    assert answer.status_code == 200, answer.text
    return [(hit["id"], hit["score"]) for hit in answer.json()["hits"]]


def by_command(question: dict, target: str, scenes: Collection, saved: Path, server: Running) -> list[tuple]:
    words = ["search", str(saved), "--target", target, "-k", str(K), "--json"]
    for name in ("text", "fusion", "filter"):
        words += [f"--{name}", question[name]] if name in question else []
    for name, path in files_of(question, scenes).items():
        words += [f"--{name}", str(path)]
    for name in ("like", "unlike"):
        for key in question.get(name, []):
            words += [f"--{name}", key]
    if "weights" in question:
        words += ["--weights", ",".join(f"{name}={weight}" for name, weight in question["weights"].items())]
    printed = CliRunner().invoke(main, words, catch_exceptions=False)
    assert printed.exit_code == 0, printed.output
    return [(hit["id"], hit["score"]) for hit in json.loads(printed.stdout)["hits"]]


def by_page(question: dict, target: str, scenes: Collection, saved: Path, server: Running) -> list[tuple]:
    fields = [(n, question[n]) for n in ("text", "fusion", "filter") if n in question]
    fields += [("text_weight", weight) for weight in question.get("weights", {}).values()]
    fields += [(name, key) for name in ("like", "unlike") for key in question.get(name, [])]
    fields += [("target", target), ("k", str(K))]
    files = files_of(question, scenes)
    if files:
        kinds = {"image": "image/png", "audio": "audio/wav", "video": "video/x-msvideo"}
        sent = [("file", (path.name, path.read_bytes(), kinds[name])) for name, path in files.items()]
        answer = httpx.post(f"{server.base}/", data=dict(fields), files=sent, follow_redirects=True)
    else:
        answer = httpx.get(f"{server.base}/?{urlencode(fields)}")
    assert answer.status_code == 200, answer.text
    cards = re.findall(r'<li class="card" data-id="([^"]+)" data-score="([^"]+)"', answer.text)
    return [(key, float(score)) for key, score in cards]


@pytest.mark.parametrize("target", ["image", "any"])
@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_every_way_of_asking_gives_the_same_ids_and_scores(question, target, scenes, saved, server):
    found = by_python(question, target, scenes, saved, server)
    assert found
    for ask in (by_api, by_client, by_command, by_page):
        assert ask(question, target, scenes, saved, server) == found, ask.__name__
