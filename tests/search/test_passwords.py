"""Neither a terminal nor a notebook shows a password of an index, nor of what holds one."""

import pytest
from sklearn.base import clone

from classicxm.alignment import CCA
from classicxm.image import ColorHistogram
from classicxm.retrieval import CrossModalRetriever
from classicxm.search import ExactIndex, PgVectorIndex, QdrantIndex, ShardedIndex
from classicxm.text import TfidfText

URLS = (
    "postgresql://me:secret@host/db",
    "postgresql://me@host/db?password=secret",
    "host=h password='not secret' user=me",
    "host=h password=secret user=me",
)
HOLDERS = {
    "postgres": PgVectorIndex,
    "qdrant": QdrantIndex,
    "sharded": lambda url: ShardedIndex([ExactIndex(), PgVectorIndex(url)]),
    "retriever": lambda url: CrossModalRetriever({"text": TfidfText()}, CCA(2), PgVectorIndex(url)),
    "sharded retriever": lambda url: CrossModalRetriever(
        {"text": TfidfText()}, CCA(2), ShardedIndex([QdrantIndex(url)])
    ),
}


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("holder", HOLDERS)
def test_no_password_is_shown(holder, url):
    holding = HOLDERS[holder](url)
    for shown in (repr(holding), str(holding), holding._repr_html_(), *holding._repr_mimebundle_().values()):
        assert "secret" not in shown and type(holding).__name__ in shown


def test_a_copy_still_asks_with_the_password():
    for url in URLS:
        assert clone(HOLDERS["retriever"](url)).index.url == url


def test_a_password_is_not_cut_in_two():
    for n in range(600, 700):
        assert "cret" not in repr(PgVectorIndex(f"postgresql://{'m' * n}:{'secret' * 9}@host/db"))


def test_what_has_no_password_is_shown_as_scikit_learn_does():
    holding = CrossModalRetriever(
        {"image": ColorHistogram()}, CCA(2), PgVectorIndex("postgresql://me@host/db")
    )
    assert "sk-" in holding._repr_html_() and set(holding._repr_mimebundle_()) == {"text/plain", "text/html"}
    long = PgVectorIndex(f"postgresql://{'m' * 900}@host/db")
    assert "..." in repr(long) and len(repr(long)) < 900
