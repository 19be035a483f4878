"""Single captions in a comparison: each an item of its own, the best of the query's own counts."""

import numpy as np
import pytest

from classicxm.alignment import CCA
from classicxm.comparison import Comparing, FeatureSet, Plan, load_comparison, run_comparison
from classicxm.comparison.data import collection_material
from classicxm.comparison.embedded import with_embeddings
from classicxm.comparison.item_rows import caption_rows
from classicxm.datasets import Collection, make_scenes
from classicxm.errors import UnpairedViewsError
from classicxm.evaluation import evaluate, instance_relevance
from classicxm.reports import write_report


@pytest.fixture(scope="module")
def captioned(tmp_path_factory):
    """Scenes of one to three captions, which are told apart by their number alone."""
    folder = tmp_path_factory.mktemp("captioned")
    scenes = make_scenes(50, 48, 0, folder, ("text", "image"))
    records = []
    for row, record in enumerate(scenes):
        text = record["text"] if isinstance(record["text"], str) else record["text"].read_text()
        words = text.split()
        captions = [" ".join(words[start::2]) for start in range(2)] + [text]
        records.append({**record, "text": captions[: 1 + row % 3] if row % 3 else text})
    Collection(records, root=folder).write_manifest(folder / "manifest.jsonl")
    return folder


def test_a_row_a_caption_where_items_are_held_out():
    learned, held = (
        [{"id": "a", "text": ["x", "y"]}],
        [{"id": "b", "text": ["p", "q"]}, {"id": "c", "text": "r"}],
    )
    rows = caption_rows(learned, held)
    assert rows.contents == [["x", "y"], "p", "q", "r"]
    assert (rows.names, rows.owners.tolist()) == (["a", "b#0", "b#1", "c#0"], [0, 1, 1, 2])
    assert caption_rows(learned, held[1:]) is None
    assert caption_rows(learned, [*held, {"id": "d", "text": [" "]}]).owners.tolist() == [0, 1, 1, 2, 3]


@pytest.mark.slow
def test_instances_of_a_collection_are_single_captions(captioned, tmp_path):
    material = collection_material(captioned, relevance="instance")
    (features,) = material.features.values()
    assert features.n_test == len(material.test) == len(features.test["image"]) == 10
    assert (
        len(features.test["text"]) == sum(len(np.atleast_1d(record["text"])) for record in material.test) > 10
    )
    comparing = Comparing(["CCA"], ["cosine"], relevance="instance", measures=["Success@1"], n_folds=2)
    comparison = comparing.run(material)
    (system,) = comparison.systems()
    owners = {"image": list(range(10)), "text": features.owners["text"].tolist()}
    for d, (source, target) in enumerate(comparison.directions):
        relevant = instance_relevance(owners[source], owners[target])
        assert comparison.answers(system, source, target).tolist() == relevant.tolist()
        values = evaluate(comparison.scores(system, source, target), relevant, ["Success@1"])["Success@1"]
        expected = [np.mean(values[np.array(owners[source]) == item]) for item in range(10)]
        np.testing.assert_allclose(comparison.per_query(system, "Success@1")[d], expected)
        np.testing.assert_allclose(comparison.remeasured(system, "Success@1")[d], expected)
    write_report(comparison, tmp_path / "report", "captioned", material.test)
    loaded = load_comparison(tmp_path / "report")
    again = loaded.remeasured(loaded.systems()[0], "Success@5")
    np.testing.assert_allclose(again, comparison.remeasured(system, "Success@5"))
    assert "Every caption is searched with" in (tmp_path / "report" / "table.md").read_text()


@pytest.mark.slow
def test_classes_rank_items_with_their_texts_joined(captioned):
    (features,) = collection_material(captioned).features.values()
    assert features.owners == {}
    assert len(features.test["text"]) == len(features.test["image"])


def test_a_caption_that_only_its_item_has_is_found_by_the_best(tmp_path):
    X = np.random.default_rng(0).normal(size=(60, 3))
    noise = np.random.default_rng(1).normal(size=(20, 3))
    text = np.concatenate([noise, X[40:]])
    owners = {"text": np.tile(np.arange(20), 2)}
    one = FeatureSet({"image": X[:40], "text": X[:40]}, {"image": X[40:], "text": text}, "", owners)
    plan = Plan(("euclidean",), measures=("Success@1", "MedianRank"), n_folds=2)
    comparison = run_comparison({"one": one}, {"CCA": CCA(3)}, plan=plan, journal=tmp_path)
    found = comparison.per_query(comparison.best(), "Success@1")
    assert comparison.directions[0] == ("image", "text")
    assert found[0].tolist() == [1.0] * 20  # the true caption is nearest, whatever the other says
    assert set(found[1]) <= {0.5, 1.0}
    again = run_comparison({"one": one}, {"CCA": CCA(3)}, plan=plan, journal=tmp_path)
    np.testing.assert_array_equal(again.trials[0].values["subspace"], comparison.trials[0].values["subspace"])


@pytest.mark.parametrize(
    ("owners", "error", "message"),
    [
        ([0, 1], ValueError, "one item a test row"),
        ([0, 2, 2], ValueError, "without gaps"),
        ([0, 0, 0], UnpairedViewsError, "of the same items"),
    ],
)
def test_owners_that_fit_no_rows_are_refused(owners, error, message):
    views = {"image": np.eye(30)[:2], "text": np.eye(30)[:3]}
    one = FeatureSet({"image": np.eye(30), "text": np.eye(30)}, views, "", {"text": np.array(owners)})
    with pytest.raises(error, match=message):
        run_comparison({"one": one}, {"CCA": CCA(2)})


@pytest.mark.slow
def test_embeddings_of_texts_have_a_row_an_item_beside_single_captions(captioned, tmp_path):
    material = collection_material(captioned, relevance="instance")
    rows = np.random.default_rng(0).normal(size=(len(material.order), 4))
    for modality in ("text", "image"):
        np.savez(tmp_path / f"{modality}.npz", **{modality: rows})
    with_embeddings(material, [f"t={tmp_path / 'text.npz'}", f"i={tmp_path / 'image.npz'}"])
    assert material.features["t"].owners == {}
    assert len(material.features["t"].test["text"]) == material.features["t"].n_test == len(material.test)
    assert (
        material.features["i"].owners["text"].tolist()
        == material.features["baseline"].owners["text"].tolist()
    )
