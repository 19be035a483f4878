"""Names of tables, what is known of them, and when they are made and indexed."""

import pytest

from classicxm.search import PgVectorIndex

URL = "postgresql://me:secret@127.0.0.1:1/db"


@pytest.mark.parametrize("table", ["items", "été_2", "_" * 51])
def test_a_name_stands_in_quotes(recorder, table):
    PgVectorIndex(URL, table).clear()
    assert recorder.told[0][0] == f'DROP TABLE IF EXISTS "{table}"'


@pytest.mark.parametrize(
    "table", ["", "2", "a-b", 'a"; DROP TABLE b; --', "a b", "items\n", "_" * 52, "é" * 26]
)
def test_other_names_are_refused_before_anything_is_asked(recorder, table):
    with pytest.raises(
        ValueError, match="table must be a name of letters, digits and underscores, at most 51"
    ):
        PgVectorIndex(URL, table).clear()
    assert recorder.told == []


def test_a_table_of_another_metric_is_refused(recorder):
    with pytest.raises(ValueError, match="table 'items' was made for metric 'dot', not 'cosine'; use that"):
        PgVectorIndex(URL).search([[1, 1]])


def test_a_table_that_is_there_is_locked_and_not_made_again(recorder):
    recorder.facts = {"width, metric": (2, "dot")}
    assert PgVectorIndex(URL, metric="dot")._locked(recorder, 5) == 2
    ((text, given),) = recorder.told
    assert text.startswith("SELECT width, metric FROM") and text.endswith("FOR UPDATE")
    assert given == ("items",)


def test_a_new_table_is_made_with_an_index_of_its_facets(recorder):
    recorder.facts = {}
    assert PgVectorIndex(URL, "new")._locked(recorder, 5) == 5
    told = [text for text, _ in recorder.told]
    assert any(text.startswith('CREATE TABLE IF NOT EXISTS "new"') for text in told)
    assert any("embedding vector(5)" in text for text in told)
    assert any('"new_facets" ON "new" USING gin' in text for text in told)


@pytest.mark.parametrize(("index_from", "made"), [(3, True), (4, False)])
def test_the_hnsw_index_is_made_from_so_many_items(recorder, index_from, made):
    PgVectorIndex(URL, metric="dot", index_from=index_from, n_links=40)._index_when_large()
    told = [text for text, _ in recorder.told if "USING hnsw" in text]
    assert bool(told) is made
    assert all("vector_ip_ops" in text and "m = 40, ef_construction = 80" in text for text in told)


def test_a_connection_is_kept_unless_it_broke(recorder):
    index = PgVectorIndex(URL)
    with index._connection() as first:
        pass
    assert index._idle == [first]
    recorder.close, recorder.broken = lambda: setattr(recorder, "closed", True), True
    with index._connection():
        pass
    assert index._idle == [] and recorder.closed
