"""Indexes by the names that the command line takes."""

import pytest

from classicxm.search import ExactIndex, FaissIndex, LSHIndex, PgVectorIndex, QdrantIndex, ShardedIndex
from classicxm.search.named import index_of
from classicxm.search.sql import LONGEST


@pytest.mark.parametrize(
    ("name", "kind", "parameters"),
    [
        ("lsh", LSHIndex, {}),
        ("faiss", FaissIndex, {"kind": "flat"}),
        ("faiss:hnsw", FaissIndex, {"kind": "hnsw"}),
        ("postgres://me@host/db", PgVectorIndex, {"url": "postgres://me@host/db", "table": "my_model"}),
        ("postgresql://h/db?table=t", PgVectorIndex, {"url": "postgresql://h/db", "table": "t"}),
        (
            "postgres://me:@/db?host=/tmp/a%26b&table=t&sslmode=require",
            PgVectorIndex,
            {"url": "postgres://me:@/db?host=/tmp/a%26b&sslmode=require", "table": "t"},
        ),
        ("qdrant:my folder", QdrantIndex, {"place": "my folder", "collection": "my_model"}),
        ("qdrant+https://h:6333", QdrantIndex, {"place": "https://h:6333", "collection": "my_model"}),
    ],
)
def test_names(name, kind, parameters):
    index = index_of(name, "my-model")
    assert type(index) is kind
    assert {key: getattr(index, key) for key in parameters} == parameters


def test_several_are_shards():
    index = index_of("postgres://a/db, postgres://b/db,exact", "m")
    assert type(index) is ShardedIndex
    assert [type(child) for child in index.children] == [PgVectorIndex, PgVectorIndex, ExactIndex]
    assert index_of("exact") is None


@pytest.mark.parametrize("model", ["on-postgres", "2 models", "模型 " * 30, "m" * 200, "½", "\udcff", "a.b"])
def test_any_model_gives_a_table_that_postgresql_takes(model):
    view = index_of("postgres://h/db", model).of_view("image", "cosine")
    assert view._name == f'"{view.table}"' and len(view.table.encode()) <= LONGEST


@pytest.mark.parametrize("table", ["", "a b", 'a"b', "7a", "a" * 52, "ü" * 30])
def test_tables_that_postgresql_would_cut_or_misread_are_refused(table):
    with pytest.raises(ValueError, match="at most 51 bytes"):
        _ = PgVectorIndex("postgres://h/db", table)._name


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fais", "did you mean 'faiss'"),
        ("qdrant:", "choose one of|must be one of"),
        ("lsh:8", "only faiss has kinds"),
    ],
)
def test_what_is_no_index(name, message):
    with pytest.raises(ValueError, match=message):
        index_of(name)


@pytest.mark.parametrize("url", ["postgres://me:secret@host/db", "host=host/db user=me@ password='s secret'"])
def test_a_password_is_neither_shown_nor_saved(url):
    for index in (PgVectorIndex(url), QdrantIndex(url), ShardedIndex([PgVectorIndex(url)])):
        assert "secret" not in repr(index)
        assert "host/db" in repr(index)
        if type(index) is not ShardedIndex:
            assert "secret" not in str(index.__getstate__())
            assert url in index.get_params().values()
