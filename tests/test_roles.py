"""What every exported estimator promises, checked for each of them: the manners of scikit-learn and persistence."""

import importlib
import inspect
import tempfile

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.preprocessing import StandardScaler

from classicxm import base, testing
from classicxm.alignment import CCA
from classicxm.audio import LogMelBands
from classicxm.datasets import make_scenes
from classicxm.encoding import BagOfWords, Encoded, FeatureBlocks
from classicxm.evaluation import measure
from classicxm.image import DenseColor
from classicxm.search import ExactIndex
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
    "Located": {"local": DenseColor()},
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
    "MultiVectorIndex": {"index": ExactIndex()},
    "PgVectorIndex": {"url": "postgresql://nobody@127.0.0.1:9/nothing"},
    "PrivateCCA": {"random_state": 0},
    "QdrantIndex": {"place": f"{FOLDER.name}/qdrant"},
    "RemoteIndex": {"url": "http://127.0.0.1:9", "modality": "image"},
    "RandomConvolutions": {"local": LogMelBands(), "dilations": (1, 2), "n_thresholds": 1},
    "ShardedIndex": {"children": [ExactIndex(), ExactIndex()]},
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
    assert set(params) == set(inspect.signature(cls).parameters)
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


CHECKS = {
    base.Extractor: testing.check_extractor,
    base.LocalExtractor: testing.check_local_extractor,
    base.Encoder: testing.check_encoder,
    base.Aligner: testing.check_aligner,
    base.Index: testing.check_index,
}


@pytest.mark.parametrize(
    ("role", "cls"),
    [
        pytest.param(role, cls, id=cls.__name__)
        for role in CHECKS
        for cls in exported((role,))
        if cls.__name__ != "Identity"
    ],
)
def test_the_checks_that_other_peoples_parts_pass(role, cls):
    if cls.__name__ in ("PgVectorIndex", "RemoteIndex"):
        pytest.skip("needs a server: see tests/search/test_stores.py and test_remote.py")
    CHECKS[role](make(cls))


@of((base.LocalExtractor,))
def test_local_extractors_are_encoded_in_workers(cls, scenes):
    items = scenes.column(make(cls).modality)[:3]
    if any(
        len(descriptors) for descriptors in make(cls).fit(items).transform(items)
    ):  # small clips lack tracks
        Encoded(make(cls), BagOfWords(n_words=4), sample_size=200, n_jobs=2).fit(items).transform(items)


def test_the_list_of_estimators_is_not_empty():
    counts = [len(exported((role,))) for role in ROLES]
    assert min(counts) >= 1 and FeatureBlocks in exported((base.Extractor,))
