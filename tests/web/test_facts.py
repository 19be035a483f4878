"""What a server says of itself: facets, facts, quality, health and counts."""

from __future__ import annotations

import numpy as np
import pytest
from fastapi.testclient import TestClient

from classicxm import __version__
from classicxm.web import Settings, create_app
from tests.retrieval.plain_vectors import plain_retriever

API = "/api/v1"


@pytest.fixture(scope="module")
def plain():
    retriever = plain_retriever(images={f"{'abc'[n % 3]}{n}": [1, n] for n in range(9)}, texts={"t": [1, 0]})
    app = create_app({"first": retriever, "second": plain_retriever(texts={"x": [1, 0]})}, Settings())
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        yield client


def test_facets_are_counted_under_a_filter_and_cut(plain):
    def letters(address):
        values = plain.get(f"{API}/facets{address}").json()["facets"].get("letter", [])
        return {value["value"]: value["count"] for value in values}

    assert letters("") == {"a": 3, "b": 3, "c": 3, "t": 1}
    assert letters("?filter=letter%3Db") == {"b": 3}
    assert len(letters("?values=2")) == 2
    assert letters("?model=second") == {"x": 1}


def test_the_model_that_is_named_is_described_beside_the_names_of_all(plain):
    told = plain.get(f"{API}/model?model=second").json()
    assert (told["models"], told["writable"], told["indexed"]) == (
        ["first", "second"],
        False,
        {"text": 1, "image": 0},
    )


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("facets?filter=letter", 400),
        ("facets?values=0", 422),
        ("facets?model=third", 404),
        ("model?model=third", 404),
        ("health?colour=red", 422),
        ("metrics?colour=red", 422),
    ],
)
def test_what_is_not_there_is_refused(plain, address, status):
    answer = plain.get(f"{API}/{address}")
    assert answer.status_code == status, answer.text
    assert "\n" not in answer.json()["detail"]


def test_versions_and_numbers_of_items_are_those_of_every_model(plain):
    told = plain.get(f"{API}/health").json()
    assert told["version"] == __version__ and list(told["models"]) == ["first", "second"]
    lines = plain.get(f"{API}/metrics").text.splitlines()
    items = [line.rsplit(" ", 1)[1] for line in lines if line.startswith("classicxm_items{")]
    assert [float(n) for n in items] == [9.0, 1.0]


def test_quality_is_measured_on_held_out_pairs_beside_chance(client, retriever, scenes):
    told = client.get(f"{API}/model").json()
    assert told["learned_from"] == len(retriever.learned_ids_) and told["indexed"]["image"] == len(scenes)
    held = [key for key in scenes.ids if key not in set(retriever.learned_ids_)]
    figures = {(f["direction"], f["measure"]): f for f in told["figures"]}
    one = figures["text->image", "Success@1"]
    assert one["random"] == pytest.approx(1 / len(held)) and one["n_items"] == len(held) and not one["seen"]
    ranks = []
    for key in held:
        found = retriever.search(
            {"vector": retriever.indexes_["text"].vectors([key])[0]}, "image", len(held), allowed=held
        )
        ranks.append([hit.id for hit in found].index(key) + 1)
    assert one["value"] == pytest.approx(np.mean(np.array(ranks) == 1))
    assert figures["text->image", "MedianRank"]["value"] == pytest.approx(np.median(ranks))


def test_health_and_metrics_count_what_was_answered(client):
    assert client.get(f"{API}/health").json()["status"] == "ok"

    def count() -> float:
        lines = client.get(f"{API}/metrics").text.splitlines()
        return sum(
            float(line.rsplit(" ", 1)[1])
            for line in lines
            if line.startswith("classicxm_requests_total") and f'route="{API}/health",status="200"' in line
        )

    before = count()
    client.get(f"{API}/health")
    assert count() == before + 1
