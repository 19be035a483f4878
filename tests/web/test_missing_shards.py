"""A shard that fails is named in what the server answers, and by an index that asks that server."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from fastapi.testclient import TestClient

from classicxm.errors import ShardMissingWarning
from classicxm.retrieval import CrossModalRetriever
from classicxm.search import ExactIndex, ShardedIndex
from classicxm.web import Settings, create_app
from tests.search.test_sharded import Broken

NAME = "shard 1 (Broken)"


@pytest.fixture(scope="module")
def lame(retriever: CrossModalRetriever) -> CrossModalRetriever:
    """A retriever one of whose two shards of pictures fails."""
    lame = copy.copy(retriever)
    whole = retriever.indexes_["image"]
    sharded = ShardedIndex([ExactIndex(whole.metric), Broken(whole.metric)])
    lame.indexes_ = {**retriever.indexes_, "image": sharded.add(whole.vectors(whole.ids()), whole.ids())}
    return lame


@pytest.mark.filterwarnings("ignore::classicxm.errors.ShardMissingWarning")
def test_the_answer_names_it(lame: CrossModalRetriever) -> None:
    with TestClient(create_app(lame, Settings()), base_url="http://127.0.0.1:8000") as client:
        for route, body in (
            ("search", {"text": "red"}),
            ("search-by-vector", {"vector": [1.0] * 6}),
            ("search-by-vectors", {"vectors": [[1.0] * 6]}),
            ("recommend", {"history": [{"text": "red"}]}),
        ):
            answer = client.post(f"/api/v1/{route}", json=body | {"target": "image", "k": 3}).json()
            assert answer["missing"] == [NAME], route
        similar = client.get("/api/v1/similar/scene-0001", params={"target": "image"}).json()
        assert similar["missing"] == [NAME] and isinstance(similar["match"], bool)
        whole = client.post("/api/v1/search", json={"text": "red", "target": "text", "k": 3}).json()
        assert "missing" not in whole


def test_shards_of_shards_are_named(lame: CrossModalRetriever) -> None:
    inner = lame.indexes_["image"]
    with pytest.warns(ShardMissingWarning, match="Broken"):
        found = ShardedIndex([inner]).search(np.ones((1, 6)), 3)
    assert found.missing == (f"shard 0 (ShardedIndex): {NAME}",)
