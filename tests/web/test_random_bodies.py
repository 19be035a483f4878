"""Whatever is sent, and wherever, is answered by less than 500: random bodies, random addresses, every bad file."""

from __future__ import annotations

import json
import random
import resource
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from benchmarks.bad_files import cases
from benchmarks.spoiled_files import SPECIAL
from classicxm.datasets import Collection
from classicxm.web import Settings, create_app
from classicxm.web.served import Source, named
from tests.web.conftest import retriever_of

POSTED = ("search", "search-by-vector", "recommend", "annotate", "embed", "explain", "add", "remove")
READ = (
    *(
        "/",
        "/why",
        "/item",
        "/compare",
        "/download",
        "/docs",
        "/api/v1/random",
        "/api/v1/facets",
        "/api/v1/model",
    ),
    *("/api/v1/similar/scene-0001", "/api/v1/items/scene-0001/media", "/api/v1/items/scene-0001/thumbnail"),
)
VALUES = (
    *(
        None,
        True,
        0,
        -1,
        1,
        5,
        1e308,
        "",
        "red",
        "scene-0001",
        "image",
        "text",
        "any",
        [],
        {},
        ["scene-0001"],
    ),
    *(
        {"text": "red"},
        {"id": "scene-0002", "weight": -1},
        [1, 2, 3, 4],
        [[1]],
        "\ud800",
        "\x00",
        {"image": 0},
    ),
    *({"vector": [0, 0, 0, 0]}, {"vector": [1e30] * 4}, ["scene-0001", {"text": "red", "weight": 0}]),
)
FIELDS = (
    *(
        "query",
        "text",
        "like",
        "unlike",
        "weights",
        "target",
        "k",
        "page",
        "fusion",
        "filter",
        "min_score",
        "fold",
    ),
    *(
        "vector",
        "history",
        "id",
        "item",
        "payload",
        "ids",
        "diversity",
        "min_df",
        "correction",
        "allowed",
        "nothing",
    ),
)
WORDS = (
    *("", "red", "scene-0001", "3", "-1", "1e400", "nan", "image", "any", "(", "label=x", "a.AA.b", "9" * 30),
    *("image.AAAAAAAA8D8.b", "\x00", "split=train"),
)
NAMES = (
    *(
        "text",
        "target",
        "k",
        "page",
        "fusion",
        "filter",
        "min_score",
        "like",
        "unlike",
        "vector",
        "vector_weight",
    ),
    *("text_weight", "id", "as", "model", "left", "right", "side", "seed", "values", "modality"),
)


@pytest.fixture(scope="module")
def open_client(scenes: Collection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    model = retriever_of(scenes, 4).save(tmp_path_factory.mktemp("random") / "model")
    app = create_app(named([Source(str(model))]), Settings(allow_write=True))
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        yield client


def random_body(rng: random.Random) -> tuple[str, bytes]:
    kind = rng.choice(["application/json"] * 3 + ["multipart/form-data; boundary=x", "text/plain"])
    if rng.random() < 0.3:
        return kind, rng.randbytes(rng.randrange(300))
    if kind.startswith("multipart"):
        parts = []
        for _ in range(rng.randrange(5)):
            name = rng.choice([*FIELDS, "image", "audio", "video", "files", "request"])
            file = rng.choice(["", '; filename="a.png"'])
            content = rng.choice([b"red", b"image", b"3", b"", rng.randbytes(40), b'{"target": "image"}'])
            head = f'--x\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
            parts.append(head.encode() + content + b"\r\n")
        return kind, b"".join(parts) + b"--x--\r\n"
    body = {name: rng.choice(VALUES) for name in rng.sample(FIELDS, rng.randrange(1, 6))}
    if rng.random() < 0.8:
        body.setdefault("target", rng.choice(["image", "any", "text"]))
    return kind, json.dumps(body).encode()


@pytest.mark.parametrize("n", [300, pytest.param(5000, marks=pytest.mark.slow)])
def test_random_bodies_are_answered_by_less_than_500(open_client, n):
    rng = random.Random(n)
    for _ in range(n):
        path = f"/api/v1/{rng.choice(POSTED)}"
        kind, body = random_body(rng)
        answer = open_client.post(path, content=body, headers={"content-type": kind})
        assert answer.status_code < 500, (path, kind, body, answer.text)


@pytest.mark.parametrize("n", [200, pytest.param(3000, marks=pytest.mark.slow)])
def test_random_addresses_are_answered_by_less_than_500(open_client, n):
    rng = random.Random(n)
    for _ in range(n):
        path, query = (
            rng.choice(READ),
            {name: rng.choice(WORDS) for name in rng.sample(NAMES, rng.randrange(4))},
        )
        answer = open_client.get(path, params=query)
        assert answer.status_code < 500, (path, query)


@pytest.mark.slow
def test_bad_files_of_every_kind_are_answered_by_less_than_500_within_bounded_memory(open_client, tmp_path):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tried = 0
    for number, case in enumerate(cases(tmp_path)):
        if case.reader not in ("image", "audio", "video", "text") or case.name.startswith(
            tuple(f"{name}." for name in SPECIAL)
        ):
            continue
        path = tmp_path / f"{number}.{case.name.rpartition('.')[2]}"
        case.write(path)
        if not path.is_file() or path.stat().st_size > 40 << 20:  # more is refused before it is read
            continue
        files = {case.reader: (path.name, path.read_bytes())}
        path.unlink()
        answer = open_client.post("/api/v1/search", files=files, data={"target": "image"})
        assert answer.status_code < 500, (case.name, answer.text)
        assert answer.status_code in (400, 413) or not case.must_fail or case.reader == "video", case.name
        if answer.status_code != 200:
            assert "\n" not in answer.json()["detail"] and str(tmp_path) not in answer.json()["detail"]
        tried += 1
    assert tried > 100
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1_500_000  # kB
