"""Multiple Features, every number of it."""

import tarfile

import numpy as np
import pytest

from classicxm.datasets import load_multiple_features
from classicxm.datasets.mfeat import VIEWS
from classicxm.errors import CollectionError


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mfeat")
    for name, width in VIEWS.items():
        numbers = np.arange(2000)[:, None] + np.arange(width) / 1000
        np.savetxt(folder / f"mfeat-{name}", numbers, fmt="%9.3f")
    return folder


@pytest.mark.slow
def test_multiple_features(digits):
    found = load_multiple_features(digits)
    assert {name: view.shape for name, view in found.train.views.items()} == {
        n: (1500, w) for n, w in VIEWS.items()
    }
    assert np.bincount(found.test.labels).tolist() == [50] * 10
    assert found.test.views["mor"][0, 0] == 150 and found.train.views["fou"][150, 0] == 200
    assert found.train.labels[[0, 149, 150]].tolist() == [0, 0, 1]
    assert len(load_multiple_features(digits, n_test=100).test.labels) == 1000
    with pytest.raises(ValueError, match="n_test must be from 1 to 199"):
        load_multiple_features(digits, n_test=200)


@pytest.mark.slow
def test_multiple_features_in_their_archive(digits, tmp_path):
    with tarfile.open(tmp_path / "mfeat.tar", "w") as archive:
        for path in digits.iterdir():
            archive.add(path, f"mfeat/{path.name}")
    assert len(load_multiple_features(tmp_path).train.labels) == 1500
    (tmp_path / "mfeat.tar").write_bytes(b"no archive")
    with pytest.raises(CollectionError, match=r"mfeat.tar is no whole archive"):
        load_multiple_features(tmp_path)
    (tmp_path / "mfeat.tar").unlink()
    with pytest.raises(CollectionError, match="has no mfeat-fac"):
        load_multiple_features(tmp_path)
    (tmp_path / "mfeat-fac").write_text("1 2\n")
    with pytest.raises(CollectionError, match="mfeat-fac has 1 rows, expected 2000"):
        load_multiple_features(tmp_path)
