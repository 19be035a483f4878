"""What is kept of an index whose items lie elsewhere, and what a retriever makes of it."""

import copy
import pickle

from classicxm.search import PgVectorIndex
from classicxm.search.server_index import ServerIndex


class Elsewhere(ServerIndex):
    address, holder, of_process = "url", "table", "_open"

    def __init__(self, url, table="items", metric="cosine"):
        self.url, self.table, self.metric = url, table, metric

    def add(self, vectors, ids):
        raise NotImplementedError

    remove = ids = vectors = search = __contains__ = add

    def __len__(self):
        return 0


INDEX = Elsewhere("postgresql://me:secret@host/db")


def test_what_belongs_to_a_process_and_the_password_are_not_saved():
    index = Elsewhere("postgresql://me:secret@host/db")
    index._open_connection = object()
    again = pickle.loads(pickle.dumps(index))
    assert vars(again) == {"url": "postgresql://me@host/db", "table": "items", "metric": "cosine"}


def test_a_copy_in_this_process_still_has_its_password():
    index = copy.deepcopy(INDEX)
    assert index is not INDEX and index.url == INDEX.url


def test_a_view_has_a_holder_and_the_metric_of_its_own():
    view = INDEX.of_view("image", "dot")
    assert (view.url, view.table, view.metric) == (INDEX.url, "items_image", "dot")
    assert Elsewhere("x", metric="euclidean").of_view("text", "dot").metric == "euclidean"


def test_files_hold_the_parameters(tmp_path):
    PgVectorIndex(INDEX.url, "mine", metric="dot").write_files(tmp_path)
    again = PgVectorIndex.read_files(tmp_path)
    assert (again.url, again.table, again.metric) == ("postgresql://me@host/db", "mine", "dot")
    assert b"secret" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
