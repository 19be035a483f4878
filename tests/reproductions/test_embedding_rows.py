"""Embeddings that a user brings get their row under the same protocol."""

import numpy as np
import pytest

from classicxm.datasets import load_wikipedia
from classicxm.evaluation import average_precision, class_relevance
from classicxm.reproductions import embedding_rows, read_reproductions


@pytest.fixture
def brought(small, tmp_path):
    """Rows that hold an item's class, in one space for both modalities."""
    rng = np.random.default_rng(1)
    data = load_wikipedia(small.data)
    rows = {}
    for name in ("image", "text"):
        classes = np.eye(3)[np.concatenate([data.train.labels, data.test.labels])]
        rows[name] = classes + rng.normal(0, 0.3, classes.shape)
    np.savez(tmp_path / "clip.npz", **rows)
    return tmp_path / "clip.npz", rows


def test_cosine_of_one_space_and_cca(small, brought):
    path, views = brought
    one = read_reproductions(small.folder)["small"]
    rows = {(row["system"], row["measure"]): row for row in embedding_rows(one, small.root, [f"clip={path}"])}
    assert {system for system, _ in rows} == {"clip/cosine", "clip/CCA"}
    labels = load_wikipedia(small.data).test.labels
    unit = {name: X[20:] / np.linalg.norm(X[20:], axis=1, keepdims=True) for name, X in views.items()}
    relevant = class_relevance(labels, labels)
    i2t = average_precision(unit["image"] @ unit["text"].T, relevant).mean()
    t2i = average_precision(unit["text"] @ unit["image"].T, relevant).mean()
    assert rows["clip/cosine", "map_i2t"]["value"] == pytest.approx(i2t)
    assert rows["clip/cosine", "map_mean"]["value"] == pytest.approx((i2t + t2i) / 2)
    assert rows["clip/cosine", "map_mean"]["settings"]["chosen_by"] == "no training"


def test_one_modality_alone_has_no_cosine(small, brought):
    path, views = brought
    np.save(path.parent / "image.npy", views["image"])
    one = read_reproductions(small.folder)["small"]
    systems = {
        row["system"] for row in embedding_rows(one, small.root, [f"mine:image={path.parent / 'image.npy'}"])
    }
    assert systems == {"mine/CCA"}


def test_data_that_take_none(small):
    one = read_reproductions()["hashing"]
    with pytest.raises(ValueError, match="hashing takes no embeddings"):
        embedding_rows(one, small.root, ["clip=x.npz"])
