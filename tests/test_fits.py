"""Every public fit reads a caller's sequence by position, whatever it is, and gives the same twice.

Estimators are found by walking the public names, so a new one is tested by itself.
"""

import importlib
import pkgutil
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from threadpoolctl import threadpool_limits

import classicxm
from classicxm.base import Aligner, Encoder, Extractor, Index

RANDOM = np.random.default_rng(0)
N = 40
CLASSES = [f"c{n % 4}" for n in range(N)]
SHARED = np.eye(4)[np.arange(N) % 4] @ RANDOM.normal(size=(4, 6)) + RANDOM.normal(size=(N, 6))
VIEWS = {
    name: np.abs(SHARED @ RANDOM.normal(size=(6, d)) + 0.3 * RANDOM.normal(size=(N, d)))
    for name, d in (("image", 9), ("text", 7))
}
TEXTS = [" ".join(f"w{k}" for k in RANDOM.integers(0, 9, 6)) + f" c{n % 4}" for n in range(N)]
SETTINGS = {
    "n_components": 3,
    "n_bits": 4,
    "n_words": 3,
    "n_topics": 3,
    "max_iter": 300,
    "random_state": 0,
    "min_count": 1,
}
SHUFFLED = RANDOM.permutation(N)


def kinds(role):
    found = {}
    for module in pkgutil.iter_modules(classicxm.__path__):
        if not module.ispkg:
            continue
        package = importlib.import_module(f"classicxm.{module.name}")
        for name in getattr(package, "__all__", ()):
            kind = getattr(package, name)
            if not isinstance(kind, type) or not issubclass(kind, role) or kind.__abstractmethods__:
                continue
            try:
                made = kind()
            except (TypeError, ImportError):
                continue
            given = made.get_params()
            found[name] = made.set_params(**{k: v for k, v in SETTINGS.items() if k in given})
    return found


ALIGNERS = {
    name: aligner for name, aligner in kinds(Aligner).items() if name != "Identity"
}  # of equal widths
TEXT = {
    n: e for n, e in kinds(Extractor).items() if e.modality == "text" and n not in ("WordVectors", "Encoded")
}
QUICK_TEXT = [pytest.param(n, marks=pytest.mark.slow) if n == "TopicsText" else n for n in TEXT]
ENCODERS = kinds(Encoder)
INDEXES = kinds(Index)


def memmap(rows, folder):
    path = folder / f"{len(list(folder.iterdir()))}.npy"
    np.save(path, rows)
    return np.load(path, mmap_mode="r")


def series(values):
    """A Series whose labels name other rows."""
    return pd.Series(list(values), index=SHUFFLED[: len(values)])


def objects(values):
    made = np.empty(len(values), object)
    for place, value in enumerate(values):
        made[place] = value
    return made


ROWS = {
    "frame": lambda rows, folder: pd.DataFrame(rows, index=RANDOM.permutation(len(rows))),
    "lists": lambda rows, folder: rows.tolist(),
    "tuples": lambda rows, folder: tuple(map(tuple, rows)),
    "objects": lambda rows, folder: rows.astype(object),
    "memmap": memmap,
}
SEQUENCES = {
    "series": series,
    "tuple": tuple,
    "objects": objects,
    "generator": lambda values: (value for value in values),
}


def quietly(function, *args):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*args)


def projected(aligner, views, labels):
    fitted = clone(aligner).fit(views, labels)
    return {
        name: getattr(fitted, "project_view", fitted.transform_view)(name, X) for name, X in VIEWS.items()
    }


#: These may be refused, by what they are; read otherwise than others they may not be.
REFUSABLE = ("objects", "generator")


def agree(read, forms, expected):
    """Every form is read as ``expected``, a dict of arrays, or refused where it may be."""
    for form, arguments in forms:
        try:
            found = quietly(read, *arguments)
        except (TypeError, ValueError) as error:
            assert form in REFUSABLE and any(
                word in str(error) for word in ("generator", "dtype object", "sequence", "list")
            )
        else:
            same(found, expected)


def same(found, expected):
    assert found.keys() == expected.keys()
    for name in expected:
        np.testing.assert_array_equal(found[name], expected[name])


def test_kinds_are_found():
    assert {"CCA", "CVH", "KernelCCA"} <= set(ALIGNERS) and {"TfidfText", "Word2VecText"} <= set(TEXT)
    assert {"BagOfWords", "FisherVector", "VLAD"} <= set(ENCODERS) and {"ExactIndex", "LSHIndex"} <= set(
        INDEXES
    )


@pytest.mark.parametrize("name", ALIGNERS)
def test_aligners(tmp_path, name):
    expected = quietly(projected, ALIGNERS[name], VIEWS, CLASSES)
    rows = [
        (n, ({view: form(X, tmp_path) for view, X in VIEWS.items()}, CLASSES)) for n, form in ROWS.items()
    ]
    labels = [(n, (VIEWS, form(CLASSES))) for n, form in SEQUENCES.items()]
    agree(lambda views, y: projected(ALIGNERS[name], views, y), rows + labels, expected)


@pytest.mark.parametrize("name", QUICK_TEXT)
def test_text_extractors(name):
    def described(texts):
        return {"text": clone(TEXT[name]).fit(texts).transform(TEXTS)}

    agree(described, [(n, (form(TEXTS),)) for n, form in SEQUENCES.items()], quietly(described, TEXTS))


def of_threads(make, threads):
    with threadpool_limits(threads):
        return quietly(make)


@pytest.mark.parametrize("name", QUICK_TEXT)
def test_text_extractors_fit_alike(name):
    def described():
        return clone(TEXT[name]).fit(TEXTS).transform(TEXTS)

    one, again, two = (of_threads(described, n) for n in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    np.testing.assert_allclose(one, two, rtol=0, atol=1e-6 * max(1, np.abs(one).max()))


@pytest.mark.parametrize("name", ENCODERS)
def test_encoders(tmp_path, name):
    rows = np.random.default_rng(1).random((300, 5)).astype(np.float32)

    def encoded(descriptors):
        return {"row": clone(ENCODERS[name]).fit(descriptors).encode(rows[:30])}

    one, again, two = (of_threads(lambda: encoded(rows), n)["row"] for n in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    np.testing.assert_allclose(one, two, rtol=0, atol=1e-6 * max(1, np.abs(one).max()))
    agree(encoded, [(n, (form(rows, tmp_path),)) for n, form in ROWS.items()], {"row": one})


@pytest.mark.parametrize("name", ENCODERS)
def test_encoders_take_no_masked_descriptors(name):
    masked = np.ma.array(SHARED, mask=SHARED > 1)
    encoder = clone(ENCODERS[name])
    with pytest.raises(ValueError, match="masked entries, which are no values"):
        encoder.fit(masked)
    quietly(encoder.fit, SHARED)
    with pytest.raises(ValueError, match="masked entries, which are no values"):
        encoder.encode(masked)


@pytest.mark.parametrize("name", INDEXES)
def test_indexes(tmp_path, name):
    rows = RANDOM.integers(0, 2, (N, 16)).astype(np.uint8) if name == "HammingIndex" else VIEWS["image"]
    ids = [f"i{n}" for n in range(N)]

    def answered(vectors, keys):
        found, scores = clone(INDEXES[name]).add(vectors, keys).search(rows[:5], 3)
        return {"ids": found, "scores": scores}

    try:
        expected = quietly(answered, rows, ids)
    except ImportError as error:
        pytest.skip(str(error))
    forms = [(n, (form(rows, tmp_path), ids)) for n, form in ROWS.items()]
    forms += [(n, (rows, form(ids))) for n, form in SEQUENCES.items()]
    agree(answered, forms, expected)
