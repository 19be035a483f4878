"""Callers' sequences by position through every public fit, whatever their labels; what has no order is refused."""

import numpy as np
import pytest
from scipy import sparse

from classicxm import CCA, CrossModalRetriever
from classicxm.alignment import AlignerSearch, SemanticMatching
from classicxm.evaluation import (
    average_precision,
    bootstrap_interval,
    class_relevance,
    holm,
    macro_average,
    query_blind_scores,
)
from classicxm.image import ColorHistogram
from classicxm.search import ExactIndex
from classicxm.sequences import listed, plain_array, real_array
from classicxm.text import TfidfText

COLOURS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255)}
NAMES = [list(COLOURS)[i % 3] for i in range(30)]
TEXTS = [f"a {name} thing w{i % 5}" for i, name in enumerate(NAMES)]
IMAGES = [np.full((8, 8, 3), COLOURS[name], np.uint8) for name in NAMES]


def shuffled(values):
    pandas = pytest.importorskip("pandas")
    return pandas.Series(list(values), index=np.random.default_rng(0).permutation(len(values)))


def far(values):
    return pytest.importorskip("pandas").Series(list(values), index=range(100, 100 + len(values)))


def objects(values):
    array = np.empty(len(values), object)
    array[:] = list(values)
    return array


KINDS = {"list": list, "tuple": tuple, "objects": objects, "shuffled": shuffled, "far": far}


@pytest.mark.parametrize("kind", KINDS)
def test_a_retriever_learns_pairs_and_labels_by_position(kind):
    make = KINDS[kind]
    retriever = CrossModalRetriever({"text": TfidfText(), "image": ColorHistogram()}, SemanticMatching())
    retriever.fit({"text": make(TEXTS), "image": make(IMAGES)}, make(NAMES), ids=make(list(range(30))))
    retriever.add("image", make(IMAGES[:3]), make(NAMES[:3]), make([{"n": n} for n in range(3)]))
    for n, name in enumerate(NAMES[:3]):
        hit = retriever.search({"text": f"a {name} thing"}, "image", 1)[0]
        assert (hit.id, hit.payload) == (name, {"n": n})
    assert retriever.search_batch({"text": make(TEXTS[:3])}, "image", 1)[0].ravel().tolist() == NAMES[:3]


@pytest.mark.parametrize("kind", KINDS)
def test_labels_are_read_by_position(kind):
    make = KINDS[kind]
    y = np.arange(60) % 3
    X = np.eye(3)[y] + 0.3 * np.random.default_rng(1).normal(size=(60, 3))
    views = {"a": X, "b": X + 0.1}
    search = AlignerSearch(SemanticMatching(), {"C": [0.01, 1]}, average_precision, n_folds=3)
    assert search.fit(views, make(y)).best_score_ == search.fit(views, list(y)).best_score_
    np.testing.assert_array_equal(class_relevance(make(y), list(y)), y[:, None] == y)
    np.testing.assert_array_equal(query_blind_scores(X, make(y), X), query_blind_scores(X, list(y), X))


@pytest.mark.parametrize("kind", KINDS)
def test_extractors_describe_by_position(kind):
    for extractor, items in ((TfidfText(), TEXTS), (ColorHistogram(), IMAGES)):
        got = extractor.fit(KINDS[kind](items)).transform(KINDS[kind](items))
        np.testing.assert_array_equal(got, extractor.fit(items).transform(items))


def test_arrays_of_every_layout_are_one_view(tmp_path):
    X = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    np.save(tmp_path / "x.npy", X)
    fixed = X.astype(np.float64)
    fixed.setflags(write=False)
    want = CCA(2).fit({"a": X, "b": X[:, ::-1]}).weights_["a"]
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(X, index=np.random.default_rng(1).permutation(20))
    for other in (
        X.tolist(),
        np.load(tmp_path / "x.npy", mmap_mode="r"),
        X.astype(">f8"),
        np.asfortranarray(X),
        fixed,
        np.ma.array(X),
        table,
        np.matrix(X),
    ):
        np.testing.assert_array_equal(CCA(2).fit({"a": other, "b": X[:, ::-1]}).weights_["a"], want)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ((text for text in TEXTS), "got generator; make a list of it first"),
        (set(TEXTS), "must be a sequence in order, got set; give a list"),
        (dict.fromkeys(TEXTS), "must be a sequence in order, got dict"),
        (dict.fromkeys(TEXTS).keys(), "must be a sequence in order, got dict_keys"),
        ("red", "wrap a single item in a list"),
        (np.array("red"), "got ndarray"),
        (np.ma.array(TEXTS, mask=[1] + [0] * 29), "1 masked entries"),
    ],
)
def test_what_has_no_order_is_refused(entries, message):
    for ask in (listed, TfidfText().fit):
        with pytest.raises((TypeError, ValueError), match=message):
            ask(entries)


def test_tables_sparse_and_masked_arrays_are_refused_where_they_do_not_belong():
    table = pytest.importorskip("pandas").DataFrame({"text": TEXTS})
    with pytest.raises(TypeError, match="give one of its columns"):
        TfidfText().fit(table)
    X = np.ones((3, 2))
    for bad, message in (
        (sparse.csr_array(X), "must be a dense array"),
        (np.ma.array(X, mask=X > 0), "6 masked entries"),
        (X.astype("M8[s]"), "must be numbers"),
        (X.astype(complex), "must be numbers"),
        ([[1, 2], [3]], "rows of one length"),
    ):
        with pytest.raises((TypeError, ValueError), match=message):
            CCA(1).fit({"a": bad, "b": X})
    with pytest.raises(TypeError, match="must be a dense array"):
        plain_array("rows", sparse.csr_array(X))
    for ids in ({"a", "b", "c"}, dict.fromkeys("abc"), dict.fromkeys("abc").keys()):
        with pytest.raises(TypeError, match="in the order of their rows"):
            ExactIndex().add(X, ids)


@pytest.mark.parametrize("missing", [None, float("nan"), np.datetime64("NaT")])
def test_a_missing_label_is_named_by_its_row(missing):
    X = np.random.default_rng(0).normal(size=(4, 2))
    with pytest.raises(ValueError, match=r"item 2 has a missing label"):
        SemanticMatching().fit({"a": X, "b": X}, ["x", "y", missing, "x"])


def test_labels_of_mixed_type_are_one_line():
    X = np.random.default_rng(0).normal(size=(4, 2))
    with pytest.raises(
        TypeError, match="all text or all numbers to be compared, got text in y and numbers in y"
    ):
        SemanticMatching().fit({"a": X, "b": X}, ["x", 1, 1, "x"])
    fitted = SemanticMatching().fit({"a": X, "b": X}, [1, np.int64(1), np.int8(2), 2])
    assert fitted.classes_.tolist() == [1, 2]


def test_masks_of_rows_in_a_list_are_seen():
    whole, masked = np.ma.array([1.0, 2.0]), np.ma.array([1.0, 2.0], mask=[0, 1])
    for rows in ([whole, masked], (masked, [1.0, 2.0]), [np.ma.masked, 1.0]):
        with pytest.raises(ValueError, match="queries have 1 masked entries, which are no values"):
            plain_array("queries", rows)
    assert plain_array("queries", [whole, [3.0, 4.0]]).tolist() == [[1, 2], [3, 4]]
    with pytest.raises(ValueError, match="queries must be rows of one length"):
        plain_array("queries", [whole, [1.0]])


@pytest.mark.parametrize(
    "values", [["1", "2"], [1j], np.array(["2020"], "M8[D]"), None, [1, None], [b"1"]], ids=str
)
def test_what_is_no_real_number(values):
    for call in (
        lambda: real_array("values", values),
        lambda: bootstrap_interval(values),
        lambda: holm(values),
        lambda: macro_average(values, ["a"]),
        lambda: query_blind_scores([values], ["a"], [values]),
    ):
        with pytest.raises(TypeError, match="must be real numbers, got dtype"):
            call()


def test_real_numbers_of_every_type():
    for values in ([True, False], [1, 0], np.array([1.0, 0], ">f2"), np.array([1, 0.0], object)):
        assert real_array("values", values).astype(float).tolist() == [1, 0]
