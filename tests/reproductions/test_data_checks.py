"""Digests of folders and sums over features."""

import numpy as np
import pytest

from classicxm.reproductions.catalogue import Statistic
from classicxm.reproductions.data_checks import features_of, measured, tree_digest


def filled(folder):
    (folder / "deep").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "deep" / "b.txt").write_text("b")
    return folder


def test_a_digest_is_that_of_names_and_contents(tmp_path):
    first, second = filled(tmp_path / "one"), filled(tmp_path / "two")
    digest = tree_digest(first)
    assert digest == tree_digest(second) and len(digest) == 64
    (second / ".lock").write_text("hidden files are not part of a set")
    assert tree_digest(second) == digest
    (second / "deep" / "b.txt").write_text("c")
    assert tree_digest(second) != digest
    (first / "deep" / "b.txt").rename(first / "deep" / "c.txt")
    assert tree_digest(first) not in (digest, tree_digest(second))


def test_a_byte_that_moves_from_a_name_to_a_content_is_seen(tmp_path):
    for name, content in (("one", {"ab": "c"}), ("two", {"a": "bc"})):
        (tmp_path / name).mkdir()
        for file, text in content.items():
            (tmp_path / name / file).write_text(text)
    assert tree_digest(tmp_path / "one") != tree_digest(tmp_path / "two")


def test_features_of_published_matrices(small):
    one = Statistic("wikipedia", "text", "train", (), 0, 0, n_items=5)
    assert np.array_equal(features_of(one, small.root), small.matrices["T_tr"][:5])
    found = measured(small.matrices["T_tr"])
    assert found["shape"] == (20, 3) and found["total"] == pytest.approx(small.matrices["T_tr"].sum())
    assert found["squares"] == pytest.approx((small.matrices["T_tr"] ** 2).sum())


def test_features_of_a_collection_are_plain_descriptions_of_its_first_items(tmp_path):
    (tmp_path / "pets").mkdir()
    lines = [
        f'{{"id": "{i}", "text": "a dog {word}", "split": "train"}}'
        for i, word in enumerate(("runs", "eats", "runs"))
    ]
    (tmp_path / "pets" / "manifest.jsonl").write_text("\n".join(lines))
    X = features_of(Statistic("pets", "text", "train", (), 0, 0, n_items=2), tmp_path)
    assert X.shape[0] == 2 and np.isfinite(X).all() and X.any()
    assert np.array_equal(X, features_of(Statistic("pets", "text", "train", (), 0, 0, n_items=2), tmp_path))
