import shutil

import numpy as np
import pytest
from scipy.linalg import subspace_angles
from sklearn.base import clone
from sklearn.preprocessing import StandardScaler

from classicxm.alignment import CCA, CFA, GCCA, MCCA, PLSSVD, KernelCCA, KernelRidgeMatching, Preprocessed
from classicxm.alignment.moments import Moments
from classicxm.errors import DamagedFileError
from classicxm.image import ColorHistogram
from classicxm.retrieval import CrossModalRetriever
from classicxm.scale import (
    ProcessEngine,
    SerialEngine,
    describe_collection,
    fit_shards,
    learn_alignment,
    write_shard,
)
from classicxm.scale.selection import choose
from classicxm.scale.statistics import Drawn
from classicxm.text import TfidfText
from tests.scale.collections import write_collection

RANDOM = np.random.default_rng(0)


def planted(n, widths, shared=4, noise=0.5):
    factors = RANDOM.normal(size=(n, shared))
    return {
        name: (factors @ RANDOM.normal(size=(shared, d)) + noise * RANDOM.normal(size=(n, d))).astype(
            np.float32
        )
        for name, d in widths.items()
    }


def write_planted(folder, views, size=90, payload=None):
    n = len(next(iter(views.values())))
    for number, start in enumerate(range(0, n, size)):
        rows = np.arange(start, min(n, start + size))
        parts = {name: (X[rows], np.arange(len(rows))) for name, X in views.items()}
        write_shard(folder / f"{number:05d}", [f"i{row}" for row in rows], parts, payload)
    return [f"{n:05d}" for n in range(-(-n // size))]


TWO, THREE = {"image": 12, "text": 8}, {"audio": 6, "image": 12, "text": 8}


@pytest.mark.parametrize(
    ("aligner", "widths"),
    [
        (CCA(4, ridge=0.1), TWO),
        (CCA(4, ridge=0), THREE),
        (PLSSVD(3), TWO),
        (CFA(3), TWO),
        (GCCA(4), THREE),
        (MCCA(4), THREE),
    ],
    ids=str,
)
def test_alignments_are_those_of_all_rows_at_once(tmp_path, aligner, widths):
    views = planted(400, widths)
    shards = write_planted(tmp_path, views)
    learned = learn_alignment(tmp_path, shards, list(widths), aligner=aligner)
    expected = type(aligner)(**aligner.get_params()).fit(views)
    for name in widths:
        assert np.max(subspace_angles(learned.aligner.weights_[name], expected.weights_[name])) < 1e-8
        np.testing.assert_allclose(
            learned.aligner.transform_view(name, views[name]),
            expected.transform_view(name, views[name]),
            atol=1e-7,
        )
    assert learned.n_items == 400


@pytest.mark.slow
def test_results_are_equal_to_the_bit_whatever_the_engine(tmp_path):
    views = planted(700, {"image": 20, "text": 8})
    shards = write_planted(tmp_path, views)
    found = [
        learn_alignment(
            tmp_path, shards, ["image", "text"], scaling="robust", widest=15, n_reduced=5, engine=engine
        )
        for engine in (SerialEngine(), ProcessEngine(2), ProcessEngine(3))
    ]
    for other in found[1:]:
        for name in views:
            np.testing.assert_array_equal(
                found[0].aligner.transform_view(name, views[name]),
                other.aligner.transform_view(name, views[name]),
            )
        assert str(found[0].choice) == str(other.choice)


def test_only_alignments_from_moments_are_taken(tmp_path):
    with pytest.raises(
        TypeError, match="KernelCCA is not learned from moments; from shards CCA, PLSSVD, CFA"
    ):
        learn_alignment(tmp_path, [], ["image", "text"], aligner=KernelCCA())


@pytest.mark.parametrize("scaling", ["none", "standard"])
def test_ridge_regression_on_classes_is_that_of_all_rows_at_once(tmp_path, scaling):
    views = planted(360, THREE)
    labels = ["abc"[row % 3] if row % 7 else ["a", "d"] for row in range(90)]
    y = [labels[row % 90] for row in range(360)]
    shards = write_planted(tmp_path, views, payload=[{"label": label} for label in labels])
    regression = KernelRidgeMatching(kernel="linear", ridge=20.0, centre=True, score_metric="cosine")
    aligner = Preprocessed(regression, StandardScaler(with_std=False))
    learned = learn_alignment(tmp_path, shards, list(THREE), aligner=clone(aligner), scaling=scaling)
    expected = clone(aligner) if scaling == "none" else Preprocessed(aligner, StandardScaler())
    expected.fit(views, y)
    for name, X in views.items():
        found = learned.aligner.transform_view(name, X)
        np.testing.assert_allclose(found, expected.transform_view(name, X), atol=1e-8, rtol=0)
    assert learned.aligner.n_features_in_ == THREE and learned.aligner.score_metric == "cosine"


def test_folds_may_choose_ridge_regression(tmp_path):
    views = planted(240, TWO, shared=2, noise=0.2)
    image = np.asarray(views["image"])
    labels = [str(side) for side in (image[:, 0] > np.median(image[:, 0]))]
    for number in range(4):
        rows = slice(60 * number, 60 * number + 60)
        parts = {name: (X[rows], np.arange(60)) for name, X in views.items()}
        payload = [{"label": label} for label in labels[rows]]
        write_shard(tmp_path / f"{number:05d}", [f"i{row}" for row in range(240)[rows]], parts, payload)
    shards = [f"{number:05d}" for number in range(4)]
    learned = learn_alignment(tmp_path, shards, list(TWO))
    best = learned.choice.aligner
    assert isinstance(best, Preprocessed) and "KernelRidgeMatching" in str(learned.choice)
    assert learned.aligner.aligner_.classes_.tolist() == ["False", "True"]
    expected = clone(best).fit(views, labels)
    for name, X in views.items():
        np.testing.assert_allclose(
            learned.aligner.transform_view(name, X), expected.transform_view(name, X), atol=1e-8, rtol=0
        )


def test_ridge_regression_needs_labels(tmp_path):
    shards = write_planted(tmp_path, planted(20, TWO))
    with pytest.raises(
        ValueError, match="learns from labels: every item must have one, of 2 to 1024 classes"
    ):
        learn_alignment(tmp_path, shards, list(TWO), aligner=KernelRidgeMatching(kernel="linear"))


def test_a_wide_view_is_reduced_to_what_varies_most(tmp_path):
    views = planted(300, {"image": 60, "text": 8}, noise=0.05)
    shards = write_planted(tmp_path, views)
    learned = learn_alignment(tmp_path, shards, ["image", "text"], aligner=CCA(3), widest=50, n_reduced=6)
    pca = learned.aligner.preprocessing_["image"]
    expected = np.linalg.svd(views["image"] - views["image"].mean(axis=0))[2][:4]
    assert np.max(subspace_angles(pca.components_[:4].T, expected.T)) < 1e-3
    assert list(learned.aligner.preprocessing_) == ["image"]
    assert learned.aligner.n_features_in_ == {"image": 60, "text": 8}


def test_folds_choose_as_folds_of_rows_do():
    views = planted(300, TWO, noise=2.0)
    folds, held = [], []
    which = np.arange(300) % 3
    for fold in range(3):
        mine = {name: X[which == fold] for name, X in views.items()}
        folds.append(Moments().add(mine))
        labels = np.full(100, None, object)
        held.append(Drawn.of(np.arange(100, dtype=np.uint64), {**mine, "label": labels}, 100))
    tried = [CCA(None, ridge=ridge) for ridge in (1e-3, 1.0, 100.0)]
    choice = choose(folds, held, tried)
    from classicxm.alignment.selection import retrieval_score
    from classicxm.evaluation import measure

    def by_rows(setting):
        scores = []
        for fold in range(3):
            aligner = type(setting)(**setting.get_params()).fit(
                {n: X[which != fold] for n, X in views.items()}
            )
            inside = {n: X[which == fold] for n, X in views.items()}
            scores.append(retrieval_score(aligner, inside, np.eye(100, dtype=bool), measure("AP")))
        return np.mean(scores)

    assert choice.score == pytest.approx(by_rows(choice.aligner), abs=1e-9)
    for setting, score in choice.tried[::5]:
        assert score == pytest.approx(by_rows(setting), abs=1e-9)
    assert "among" in str(choice) and "learned from moments" in str(choice)


def test_classes_are_what_is_relevant_where_all_have_one(tmp_path):
    views = planted(120, TWO)
    payload = [{"label": "ab"[i % 2]} for i in range(60)]
    learned = learn_alignment(tmp_path, write_planted(tmp_path, views, 60, payload), list(TWO))
    assert learned.choice.measure == "AP by class"


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    folder = tmp_path_factory.mktemp("described")
    write_collection(folder / "collection", 80)
    extractors = {"text": TfidfText(), "image": ColorHistogram()}
    describe_collection(folder / "collection", folder / "shards", extractors=extractors, shard=30)
    return folder


def test_a_model_from_shards_is_a_model(described, tmp_path):
    lines = []
    retriever, learned = fit_shards(described / "shards", told=lines.append)
    assert learned.n_items == 64 == len(retriever.learned_ids_)
    assert len(retriever.indexes_["image"]) == 80
    hits = retriever.search({"text": "a plain red sheet number 3"}, "image", k=8)
    assert sum(hit.payload["label"] == "red" for hit in hits) >= 6
    assert retriever.explain({"text": "a red sheet"}, hits[0], "image") is not None
    assert "chosen on AP by class of folds" in lines[0]
    retriever.save(tmp_path / "model")
    again = CrossModalRetriever.load(tmp_path / "model")
    assert [hit.id for hit in again.search({"text": "a plain red sheet number 3"}, "image", k=8)] == [
        hit.id for hit in hits
    ]
    retriever.add("text", ["a new dotted sheet"], ["new"])
    assert retriever.search({"text": "a new dotted sheet"}, "text", k=1)[0].id == "new"


def test_missing_and_altered_shards_are_named(described, tmp_path):
    shutil.copytree(described / "shards", tmp_path / "shards")
    path = tmp_path / "shards" / "00001" / "image.npy"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(DamagedFileError, match=r"image\.npy: was altered"):
        fit_shards(tmp_path / "shards")
    shutil.rmtree(tmp_path / "shards" / "00001")
    with pytest.raises(ValueError, match="lacks 1 of 3 shards, first 00001; go on with: classicxm describe"):
        fit_shards(tmp_path / "shards")


def test_no_item_to_learn_from_is_said(tmp_path):
    views = planted(10, TWO)
    shards = write_planted(tmp_path, views)
    with pytest.raises(ValueError, match="has all of image, text in split 'train'"):
        learn_alignment(tmp_path, shards, ["image", "text"], split="train")


def write_odd(folder, views):
    """Shards of 200 rows where some lack a view, a label, items of the split, rows of every view, or any item."""
    n = len(views["image"])

    def write(name, rows, without=(), split="train", labels=True):
        parts = {m: (X[rows], np.arange(len(rows))) for m, X in views.items() if m not in without}
        payload = [{"split": split} | ({"label": str(row % 3)} if labels else {}) for row in rows]
        write_shard(folder / name, [f"i{row}" for row in rows], parts, payload)

    write("00000", [], without=tuple(views))
    write("00001", list(range(50)), without=["text"])
    write("00002", list(range(50, 120)))
    write("00003", [120])
    write("00004", list(range(121, 150)), split="test")
    write("00005", list(range(150, n)), labels=False)
    half = np.arange(0, n, 2)
    parts = {"image": (views["image"], np.arange(n)), "text": (views["text"][half], half)}
    write_shard(folder / "00006", [f"more{row}" for row in range(n)], parts, [{"split": "train"}] * n)
    learned = [*range(50, 121), *range(150, n), *half]
    return [f"{number:05d}" for number in range(7)], {m: X[learned] for m, X in views.items()}


@pytest.mark.parametrize("scaling", ["none", "standard", "robust"])
@pytest.mark.parametrize("widest", [1024, 10])
def test_shards_that_lack_something_give_what_they_have(tmp_path, scaling, widest):
    views = planted(200, TWO, noise=0.1)
    shards, learned_from = write_odd(tmp_path, views)
    settings = {"scaling": scaling, "widest": widest, "n_reduced": 11, "split": "train"}
    odd = learn_alignment(tmp_path, shards, list(TWO), aligner=CCA(3), **settings)
    (tmp_path / "whole").mkdir()
    whole = write_planted(tmp_path / "whole", learned_from, 10**6)
    one = learn_alignment(tmp_path / "whole", whole, list(TWO), aligner=CCA(3), **settings | {"split": None})
    assert odd.n_items == one.n_items == len(learned_from["text"])
    for name, X in views.items():
        np.testing.assert_allclose(
            odd.aligner.transform_view(name, X), one.aligner.transform_view(name, X), atol=1e-6
        )
    if scaling == "none" and widest > 12:
        expected = CCA(3).fit(learned_from)
        for name, X in views.items():
            np.testing.assert_allclose(
                odd.aligner.transform_view(name, X), expected.transform_view(name, X), atol=1e-7
            )
    chosen = learn_alignment(tmp_path, shards, list(TWO), **settings).choice
    assert "AP by class" not in str(chosen)  # some have no label, so partners are relevant
