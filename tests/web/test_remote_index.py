"""A remote index of a server of ours answers as the index that the server has."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from classicxm.retrieval import CrossModalRetriever
from classicxm.search import RemoteIndex, ShardedIndex
from tests.web.running import running

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def remote(saved: Path) -> Iterator[RemoteIndex]:
    with running(saved) as server:
        yield RemoteIndex(server.base, "image")


def test_batches_and_allowed_ids_reach_the_server(
    remote: RemoteIndex, retriever: CrossModalRetriever
) -> None:
    index = retriever.indexes_["image"]
    queries = np.random.default_rng(0).normal(size=(250, 6))
    for allowed in (None, index.ids()[:7], []):
        ids, scores = remote.search(queries, 9, allowed)
        expected = index.search(queries, 9, allowed)
        assert ids.tolist() == expected[0].tolist()
        np.testing.assert_allclose(scores, expected[1], rtol=1e-12)
    assert len(remote) == len(index)


def test_what_the_server_refuses_is_said(remote: RemoteIndex) -> None:
    with pytest.raises(ConnectionError, match=r"400 to search-by-vectors: .*dimensions"):
        remote.search(np.ones((1, 2)), 3)
    with pytest.raises(ConnectionError, match="422"):
        remote.search(np.ones((1, 6)), 100_000)


def test_a_server_may_be_a_shard(remote: RemoteIndex, retriever: CrossModalRetriever) -> None:
    index = retriever.indexes_["image"]
    sharded, queries = ShardedIndex([remote]), np.random.default_rng(1).normal(size=(5, 6))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sharded.search(queries, 4)[0].tolist() == index.search(queries, 4)[0].tolist()
