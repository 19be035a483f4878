"""Names become searches prepared for the features at hand; collections become paired features."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.preprocessing import StandardScaler

from classicxm.alignment import AlignerSearch, PrincipalComponents
from classicxm.comparison import ALIGNERS, Comparing, find_material, searched_aligner
from classicxm.datasets import make_scenes


def views(n=40, seed=0):
    rng = np.random.default_rng(seed)
    return {"image": rng.random((n, 6)), "text": rng.normal(size=(n, 150)), "audio": rng.normal(size=(n, 5))}


def test_features_are_prepared_by_their_kind():
    cca = searched_aligner("CCA", views()).aligner
    assert isinstance(cca.preprocessing["text"], PrincipalComponents)
    assert isinstance(cca.preprocessing["image"], StandardScaler)
    krr = searched_aligner("KRR", views()).aligner
    assert krr.aligner.kernel == {"image": "chi2", "text": "linear", "audio": "rbf"}
    assert list(krr.preprocessing) == ["audio"]
    lcfs = searched_aligner("LCFS", views()).aligner
    np.testing.assert_array_equal(lcfs.preprocessing["image"].transform([[4.0]]), [[2.0]])


@pytest.mark.parametrize("name", sorted(set(ALIGNERS) - {"Identity"}))  # which wants views of one width
def test_every_named_aligner_fits_its_own_grid_somewhere(name):
    pair = {m: X for m, X in views(60).items() if m != "audio"}
    labels = np.array(["sea", "sky", "sun"])[pair["image"][:, :3].argmax(axis=1)]
    search = searched_aligner(name, pair, n_folds=2)
    assert isinstance(search, AlignerSearch)
    grid = {parameter: values[:2] for parameter, values in search.grid.items()}
    fitted = clone(search).set_params(grid=grid).fit(pair, labels)
    assert set(fitted.best_params_) == set(search.grid)
    assert fitted.transform(pair)["image"].shape[0] == 60


def test_names_are_forgiving_about_case_and_default_to_the_labels_at_hand():
    assert Comparing(["krr", "sCm"]).aligners == ["KRR", "SCM"]
    assert len(Comparing().aligners) >= 8 and len(Comparing().plan.distances) == 9
    assert Comparing(relevance="instance").aligners == ["CCA", "PLS", "CFA", "BLM", "KCCA"]


def test_items_that_cannot_be_described_leave_every_feature_set(tmp_path):
    collection = make_scenes(40, folder=tmp_path, modalities=("text", "image", "audio"))
    broken = [record["id"] for record in collection.split("train")][3]
    next(r for r in collection if r["id"] == broken)["audio"].write_bytes(b"RIFF")
    asked = {"modalities": ["text", "audio"], "n_jobs": 1}
    with pytest.raises(ValueError, match=f"item '{broken}'"):
        find_material(tmp_path, **asked)
    material = find_material(tmp_path, **asked, on_error="skip")
    assert broken not in [record["id"] for record in material.train]
    assert material.features["baseline"].train["text"].shape[0] == len(material.train)
    assert [note.id for note in material.skipped] == [broken]


@pytest.mark.slow
def test_folds_stand_in_for_splits(tmp_path):
    collection = make_scenes(30, folder=tmp_path, modalities=("text", "image"))
    for number, record in enumerate(collection):
        record["fold"] = number % 5 + 1
        del record["split"]
    collection.write_manifest(tmp_path / "manifest.jsonl")
    material = find_material(tmp_path, n_jobs=1)
    assert {record["fold"] for record in material.test} == {5} and "fold 5 is test" in material.split
    other = find_material(tmp_path, test="fold=2", n_jobs=1)
    assert {record["fold"] for record in other.test} == {2} and len(other.train) == 24
