"""What is asked of fitted parts, in every form in which a caller may hold it: by position, or refused in one line.

`tests/test_fits.py` does so for what they are fitted on; parts are found by walking the public names.
"""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone

from classicxm import CrossModalRetriever
from classicxm.alignment import CCA, AlignerSearch, Identity, SemanticMatching
from classicxm.evaluation import evaluate
from classicxm.image import ColorHistogram
from classicxm.search import ExactIndex, FaissIndex, ShardedIndex
from classicxm.text import TfidfText
from tests.test_fits import ALIGNERS, CLASSES, INDEXES, RANDOM, ROWS, VIEWS, objects, quietly, series

SEQUENCES = {"series": series, "tuple": tuple, "objects": objects, "array": np.array, "index": pd.Index}


class Columns:
    """A table that is no pandas one: its entries are columns, and NumPy gets its rows."""

    def __init__(self, rows):
        self.rows, self.columns = np.asarray(rows), [f"c{n}" for n in range(np.shape(rows)[1])]

    def __len__(self):
        return len(self.rows)

    def __iter__(self):
        return iter(self.rows.T)

    def __getitem__(self, name):
        return self.rows[:, self.columns.index(name)]

    def __array__(self, dtype=None, copy=None):
        return self.rows if dtype is None else self.rows.astype(dtype)


FORMS = {
    **ROWS,
    "columns": lambda rows, folder: Columns(rows),
    "fortran": lambda rows, folder: np.asfortranarray(rows),
}
REFUSED = {
    "sparse": sparse.csr_array,
    "masked": lambda rows: np.ma.array(rows, mask=rows >= np.median(rows)),
    "generator": lambda rows: (row for row in rows),
    "set": lambda rows: {tuple(row) for row in rows.tolist()},
    "complex": lambda rows: rows.astype(complex),
    "text": lambda rows: rows.astype(str),
}


def same_rows(ask, rows, folder, where):
    expected = quietly(ask, rows)
    for name, form in FORMS.items():
        try:
            found = quietly(ask, form(rows, folder))
        except (TypeError, ValueError) as error:
            assert name == "objects" and "\n" not in str(error), (where, name, error)
        else:
            np.testing.assert_array_equal(found, expected, err_msg=f"{where} {name}")
    for name, form in REFUSED.items():
        with pytest.raises((TypeError, ValueError)) as caught:
            quietly(ask, form(rows))
            pytest.fail(f"{where} took {name}")
        assert "\n" not in str(caught.value), (where, name)


@pytest.mark.parametrize("name", [*ALIGNERS, "AlignerSearch", "Identity"])
def test_projected_rows(tmp_path, name):
    views = VIEWS
    if name == "Identity":
        aligner, views = Identity(), {"image": VIEWS["text"], "text": VIEWS["text"]}
    elif name == "AlignerSearch":
        aligner = AlignerSearch(SemanticMatching(), {"C": [0.1, 1]}, "AP", n_folds=2)
    else:
        aligner = clone(ALIGNERS[name])
    fitted = quietly(aligner.fit, views, CLASSES)
    for view, rows in views.items():
        same_rows(lambda X, view=view: fitted.transform_view(view, X), rows[:9], tmp_path, f"{name} {view}")


def all_indexes():
    return {
        **INDEXES,
        "ShardedIndex": ShardedIndex([ExactIndex(), ExactIndex()]),
        "FaissIndex ivfpq": FaissIndex("ivfpq", n_lists=2, n_subquantizers=3),
    }


@pytest.mark.parametrize("name", all_indexes())
def test_indexes_are_asked(tmp_path, name):
    rows = RANDOM.integers(0, 2, (40, 16)).astype(np.uint8) if name == "HammingIndex" else VIEWS["image"]
    ids = [f"i{n}" for n in range(40)]
    try:
        index = quietly(clone(all_indexes()[name]).add, rows, ids)
    except ImportError as error:
        pytest.skip(str(error))
    same_rows(lambda Q: index.search(Q, 3)[0], rows[:9], tmp_path, name)
    few = ids[5:15]
    for form in SEQUENCES.values():
        np.testing.assert_array_equal(
            index.search(rows[:4], 3, form(few))[0], index.search(rows[:4], 3, few)[0]
        )
        np.testing.assert_array_equal(index.vectors(form(few)), index.vectors(few))
        np.testing.assert_array_equal(index.insertion_ranks(form(few)), index.insertion_ranks(few))
        smaller = quietly(clone(all_indexes()[name]).add, rows, ids).remove(form(few))
        assert sorted(smaller.ids()) == sorted(set(ids) - set(few))
    for refused in (
        np.ma.array(few, mask=[1] + [0] * 9),
        pd.DataFrame({"id": few}),
        "i5",
        [1.5],
        [None],
        [True],
    ):
        for ask in (index.vectors, index.remove, lambda keys: index.add(rows[: len(keys)], keys)):
            with pytest.raises((TypeError, ValueError, KeyError)) as caught:
                ask(refused)
            assert "\n" not in str(caught.value)
    assert len(index) == 40


@pytest.fixture(scope="module")
def retriever():
    texts = [f"a {name} thing w{n % 5}" for n, name in enumerate(CLASSES)]
    images = [np.full((8, 8, 3), 60 * (n % 4), np.uint8) for n in range(len(texts))]
    made = CrossModalRetriever({"text": TfidfText(), "image": ColorHistogram()}, CCA(2))
    made.fit({"text": texts, "image": images}, CLASSES).add(
        "image", images, [f"i{n}" for n in range(len(images))]
    )
    return made, texts, images


@pytest.mark.parametrize("form", SEQUENCES.values(), ids=SEQUENCES)
def test_a_retriever_is_asked(retriever, form):
    made, texts, images = retriever
    np.testing.assert_array_equal(made.project("text", form(texts[:7])), made.project("text", texts[:7]))
    expected = made.search_batch({"text": texts[:5], "image": images[:5]}, "image", 3)
    pictures = form(images[:5]) if form in (series, tuple) else objects(images[:5])
    found = made.search_batch({"text": form(texts[:5]), "image": pictures}, "image", 3)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)
    ids = made.indexes_["image"].ids()
    liked = ids[:2]
    assert made.recommend(form(liked), "image", 3) == made.recommend(liked, "image", 3)
    some = made.recommend(liked, "image", 3, allowed=form(ids[5:15]))
    assert some == made.recommend(liked, "image", 3, allowed=ids[5:15]) and len(some) == 3
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        again = CrossModalRetriever({"text": TfidfText(), "image": ColorHistogram()}, CCA(2))
        again.fit({"text": texts, "image": images}, CLASSES).add("image", images, form(ids))
    again.remove(form(ids[:3]))
    assert again.indexes_["image"].ids() == ids[3:]


@pytest.mark.parametrize("name", ROWS)
def test_evaluation_reads_tables_by_position(tmp_path, name):
    scores, relevant = RANDOM.random((6, 9)), RANDOM.integers(0, 2, (6, 9))
    expected = evaluate(scores, relevant, ["AP", "P@3"])
    try:
        found = evaluate(ROWS[name](scores, tmp_path), ROWS[name](relevant, tmp_path), ["AP", "P@3"])
    except TypeError:
        assert name == "objects"
        return
    for key, values in expected.items():
        np.testing.assert_array_equal(found[key], values)
