"""What every exported estimator promises, checked for each of them: the manners of scikit-learn and persistence."""

import importlib
import inspect
import tempfile

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import StandardScaler

from classicxm import base
from classicxm.alignment import CCA
from classicxm.datasets import make_scenes
from classicxm.encoding import BagOfWords, Encoded, FeatureBlocks
from classicxm.evaluation import measure
from classicxm.image import DenseColor
from classicxm.persistence import load, save
from classicxm.text import TfidfText

PACKAGES = ["text", "image", "audio", "video", "encoding", "alignment", "hashing", "search", "retrieval"]

FOLDER = tempfile.TemporaryDirectory()


def embedding_file():
    """Random embeddings of the scenes' captions, which serve as their ids."""
    captions = sorted(set(make_scenes(24).column("text")))
    rows = np.random.default_rng(0).normal(size=(len(captions), 5))
    np.savez(f"{FOLDER.name}/embeddings.npz", text=rows, ids=captions)
    return f"{FOLDER.name}/embeddings.npz"


# Arguments that a class cannot do without, or that keep these checks quick.
ARGUMENTS = {
    "BagOfWords": {"n_words": 8},
    "VLAD": {"n_words": 4},
    "FisherVector": {"n_components": 2},
    "Encoded": {"local": DenseColor(), "encoder": BagOfWords(n_words=8), "sample_size": 500},
    "FeatureBlocks": {"blocks": [("words", TfidfText()), ("letters", TfidfText(analyzer="char"))]},
    "Mirrored": {"local": DenseColor()},
    "HOG": {"image_size": (32, 32)},
    "Channels": {"encoder": BagOfWords(n_words=4), "channels": {"left": (0, 3), "right": (3, 6)}},
    "AlignerSearch": {
        "aligner": CCA(),
        "grid": {"ridge": [0.01, 0.1]},
        "measure": measure("AP"),
        "n_folds": 3,
    },
    "HubCorrection": {"aligner": CCA()},
    "CVH": {"n_bits": 8},
    "LabelCCA": {"n_components": 2},
    "MeanCCA": {"n_components": 2},
    "PrecomputedFeatures": {"path": embedding_file(), "modality": "text"},
    "Preprocessed": {"aligner": CCA(), "preprocessing": StandardScaler()},
}


def exported(role):
    found = {}
    for name in PACKAGES:
        package = importlib.import_module(f"classicxm.{name}")
        for export in getattr(package, "__all__", ()):
            value = getattr(package, export)
            if inspect.isclass(value) and issubclass(value, role) and not inspect.isabstract(value):
                found[value.__name__] = value
    return [found[name] for name in sorted(found)]


def of(role):
    return pytest.mark.parametrize("cls", exported(role), ids=lambda cls: cls.__name__)


def make(cls):
    return cls(**ARGUMENTS.get(cls.__name__, {}))


@pytest.fixture(scope="module")
def scenes():
    return make_scenes(24)


def views_and_labels():
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(60, 3))
    views = {
        "image": np.abs(shared @ rng.normal(size=(3, 14)) + 0.1 * rng.normal(size=(60, 14))),
        "text": np.abs(shared @ rng.normal(size=(3, 12)) + 0.1 * rng.normal(size=(60, 12))),
    }
    return views, [["sea", "sky", "sun"][i] for i in shared.argmax(axis=1)]


ROLES = (base.Extractor, base.LocalExtractor, base.Encoder, base.Aligner, base.Index)


@of(ROLES)
def test_parameters_are_stored_cloned_set_and_shown(cls):
    estimator = make(cls)
    params = estimator.get_params(deep=False)
    assert clone(estimator).get_params(deep=False).keys() == params.keys()
    signature = inspect.signature(cls.__init__).parameters
    assert set(params) == set(signature) - {"self"}
    for name, value in params.items():
        assert getattr(estimator, name) is value
        estimator.set_params(**{name: value})
    assert repr(estimator).startswith(cls.__name__)
    assert (cls.__doc__ and "Parameters" in cls.__doc__) or len(params) == 0


@of(ROLES)
def test_every_parameter_is_documented(cls):
    said = " ".join(parent.__doc__ or "" for parent in cls.__mro__)
    for name in make(cls).get_params(deep=False):
        assert name in said, f"{cls.__name__} does not say what {name} is"


def declared_ranges(cls):
    ranges = {}
    for parent in reversed(cls.__mro__):
        ranges.update(vars(parent).get("parameter_ranges", {}))
    return {
        name: allowed
        for name, allowed in ranges.items()
        if name in inspect.signature(cls.__init__).parameters
    }


def start(estimator):
    """Whatever first makes the estimator look at its parameters."""
    if isinstance(estimator, base.Aligner):
        views, labels = views_and_labels()
        return estimator.fit(views, labels)
    if isinstance(estimator, base.Encoder):
        return estimator.fit(np.random.default_rng(0).random((80, 6), np.float32))
    if isinstance(estimator, base.Index):
        return estimator.add(np.eye(4), ["a", "b", "c", "d"])
    if isinstance(estimator, base.Extractor):
        modality = make(type(estimator)).modality
        return estimator.fit(make_scenes(24, modalities=(modality,)).column(modality))
    return estimator.fit()


@of(ROLES)
def test_every_range_is_checked_with_a_message_that_names_the_parameter(cls):
    ranges = declared_ranges(cls)
    for name in ranges:
        estimator = make(cls).set_params(**{name: object()})
        with pytest.raises(ValueError, match=rf"{cls.__name__}: {name} must be"):
            start(estimator)


@of((base.Extractor,))
def test_extractors(cls, scenes, tmp_path):
    items = scenes.column(make(cls).modality)
    extractor = make(cls)
    with pytest.raises(NotFittedError):
        extractor.transform(items)
    assert extractor.fit(items) is extractor
    features = extractor.transform(items)
    assert features.dtype == np.float32 and features.shape == (24, extractor.n_features_out_)
    assert np.isfinite(features).all()
    again = load(save(extractor, tmp_path / "extractor"))
    np.testing.assert_array_equal(again.transform(items), features)
    in_workers = clone(extractor).set_params(n_jobs=2).fit(items)
    np.testing.assert_allclose(in_workers.transform(items), features, atol=1e-6)
    assert extractor.transform([]).shape == (0, extractor.n_features_out_)
    weights, item = np.random.default_rng(0).normal(size=features.shape[1]), extractor.decode(items[0])
    divided = again.divide(item, weights).contributions.sum()
    assert divided == pytest.approx(weights @ features[0].astype(float), abs=1e-5)


@of((base.LocalExtractor,))
def test_local_extractors(cls, scenes, tmp_path):
    extractor = make(cls)
    items = scenes.column(extractor.modality)[:3]
    with pytest.raises(NotFittedError):
        extractor.transform(items)
    assert extractor.fit(items) is extractor
    described = list(extractor.transform(items))
    again = load(save(extractor, tmp_path / "local"))
    for item, descriptors in zip(items, described, strict=True):
        assert descriptors.dtype == np.float32 and descriptors.ndim == 2 and np.isfinite(descriptors).all()
        located, positions = again.describe_located(again.decode(item))
        np.testing.assert_allclose(located, descriptors, atol=1e-6)
        assert len(positions) == len(descriptors) and positions.ndim == 2
        assert positions.size == 0 or (positions.min() >= 0 and positions.max() <= 1)
    if any(len(descriptors) for descriptors in described):  # a clip may be too small to have tracks
        Encoded(extractor, BagOfWords(n_words=4), sample_size=200, n_jobs=2).fit(items).transform(items)


@of((base.Encoder,))
def test_encoders(cls, tmp_path):
    sample = np.random.default_rng(0).random((200, 6), np.float32)
    encoder = make(cls)
    with pytest.raises(NotFittedError):
        encoder.transform([sample])
    assert encoder.fit(sample) is encoder
    vector = encoder.encode(sample[:20])
    assert vector.shape == (encoder.n_features_out_,) and np.isfinite(vector).all() and vector.any()
    nothing = encoder.encode(sample[:0])
    assert nothing.shape == vector.shape and not nothing.any()
    np.testing.assert_array_equal(load(save(encoder, tmp_path / "encoder")).encode(sample[:20]), vector)
    np.testing.assert_array_equal(clone(encoder).fit(sample).encode(sample[:20]), vector)
    shares = encoder.shares(sample[:20], None, np.ones(len(vector)))
    assert shares.shape == (20,) and shares.sum() == pytest.approx(vector.sum(dtype=float), abs=1e-9)


@of((base.Aligner,))
def test_aligners(cls, tmp_path):
    from classicxm.distances import get_metric

    views, labels = views_and_labels()
    aligner = make(cls)
    with pytest.raises(NotFittedError):
        aligner.transform_view("text", views["text"])
    assert aligner.fit(views, labels) is aligner
    projected = aligner.transform(views)
    assert list(projected) == list(views)
    assert projected["image"].shape == projected["text"].shape
    again = load(save(aligner, tmp_path / "aligner"))
    for modality, X in views.items():
        assert np.isfinite(projected[modality]).all()
        np.testing.assert_allclose(aligner.transform_view(modality, X), projected[modality], atol=1e-10)
        np.testing.assert_allclose(again.transform_view(modality, X), projected[modality], atol=1e-12)
        alone = aligner.transform_view(modality, X[:1])
        np.testing.assert_allclose(alone, projected[modality][:1], atol=1e-8)
        try:
            offset, matrix = again.linear_map(modality)
        except TypeError as error:
            assert f"need a linear aligner such as CCA; {cls.__name__} is not" in str(error)
        else:
            np.testing.assert_allclose(X @ matrix + offset, projected[modality], atol=1e-8)
    scores = get_metric(aligner.score_metric)(projected["image"], projected["text"])
    assert np.isfinite(scores).all()
    with pytest.raises(ValueError, match="'sound'"):
        aligner.transform_view("sound", views["text"])
    with pytest.raises(ValueError, match="NaN or infinity"):
        aligner.transform_view("text", np.full((1, 12), np.nan))
    with pytest.raises(ValueError, match="fitted on 12 features, got 4"):
        aligner.transform_view("text", views["text"][:, :4])


@of((base.Index,))
def test_indexes(cls, tmp_path):
    vectors = np.random.default_rng(0).normal(size=(50, 8))
    index = make(cls)
    assert len(index) == 0 and index.search(vectors[:2], k=3)[0].tolist() == [[None] * 3] * 2
    assert index.add(vectors, range(50)) is index
    assert len(index) == 50 and 7 in index and 70 not in index
    ids, scores = index.search(vectors[:5], k=4)
    assert ids.shape == scores.shape == (5, 4)
    again = load(save(index, tmp_path / "index"))
    for one, other in zip(again.search(vectors[:5], k=4), (ids, scores), strict=True):
        np.testing.assert_array_equal(one, other)
    assert index.remove([0]) is index and 0 not in index and len(index) == 49


def test_the_list_of_estimators_is_not_empty():
    counts = [len(exported((role,))) for role in ROLES]
    assert min(counts) >= 1 and FeatureBlocks in exported((base.Extractor,))
