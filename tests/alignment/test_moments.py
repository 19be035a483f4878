"""Second moments: against numpy.cov, in any partition of the rows, with views missing from some."""

import numpy as np
import pytest

from classicxm.alignment import moments as module
from classicxm.alignment.moments import Moments, joint_moments
from classicxm.errors import UnpairedViewsError


@pytest.fixture
def views():
    rng = np.random.default_rng(3)
    return {"image": rng.normal(5, 2, size=(700, 4)), "text": rng.normal(-1, 1, size=(700, 3))}


def assert_covariances(moments, views):
    both = np.cov(np.hstack([views["image"], views["text"]]).T)
    np.testing.assert_allclose(moments.covariance("image"), both[:4, :4], atol=1e-12)
    np.testing.assert_allclose(moments.covariance("image", "text"), both[:4, 4:], atol=1e-12)
    np.testing.assert_allclose(moments.covariance("text", "image"), both[4:, :4], atol=1e-12)
    np.testing.assert_allclose(moments.mean("text"), views["text"].mean(axis=0), atol=1e-12)


def test_two_rows_by_hand():
    moments = Moments().add({"image": [[0.0], [2.0]], "text": [[1.0], [5.0]]})
    assert moments.covariance("image") == 2.0
    assert moments.covariance("text") == 8.0
    assert moments.covariance("image", "text") == 4.0
    assert moments.n_rows("image", "text") == 2


def test_one_pass_in_chunks_equals_numpy(views, monkeypatch):
    monkeypatch.setattr(module, "CHUNK_NUMBERS", 1)  # chunks of 256 rows, the smallest there are
    assert_covariances(Moments().add(views), views)


def test_large_mean_does_not_cost_digits(views):
    shifted = {name: X + 1e8 for name, X in views.items()}
    moments = Moments().add(shifted)
    np.testing.assert_allclose(moments.covariance("image"), np.cov(views["image"].T), rtol=1e-6, atol=1e-6)


def test_parts_in_any_order_of_rows_and_views(views):
    first = {name: X[:100] for name, X in views.items()}
    rest = {name: views[name][100:] for name in ("text", "image")}
    added = Moments().add(first).add(rest)
    assert len(added.parts) == 1
    assert_covariances(added, views)
    a, b = Moments().add(first), Moments().add(rest)
    before = a.covariance("image").copy()
    assert_covariances(a.merge(b), views)
    assert_covariances(b.merge(a), views)
    np.testing.assert_array_equal(a.covariance("image"), before)


def test_rows_with_a_missing_view_count_towards_what_they_have(views):
    image, text = views["image"], views["text"]
    moments = Moments().add({"image": image[:300], "text": text[:300]}).add({"image": image[300:]})
    np.testing.assert_allclose(moments.covariance("image"), np.cov(image.T), atol=1e-12)
    np.testing.assert_allclose(moments.mean("image"), image.mean(axis=0), atol=1e-12)
    pairs = np.cov(np.hstack([image[:300], text[:300]]).T)
    np.testing.assert_allclose(moments.covariance("image", "text"), pairs[:4, 4:], atol=1e-12)
    assert moments.n_rows("image"), moments.n_rows("image", "text") == (700, 300)


def test_memory_mapped_files_in_single_precision(views, tmp_path):
    mapped = {}
    for name, X in views.items():
        np.save(tmp_path / f"{name}.npy", X.astype(np.float32))
        mapped[name] = np.load(tmp_path / f"{name}.npy", mmap_mode="r")
    moments = Moments().add(mapped)
    assert moments.covariance("image").dtype == np.float64
    np.testing.assert_allclose(moments.covariance("image"), np.cov(views["image"].T), rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(mapped["text"], views["text"].astype(np.float32))


def test_copy_on_write_maps_keep_their_changes(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((10, 2)))
    mapped = np.load(tmp_path / "x.npy", mmap_mode="c")
    mapped[3] = 7.0
    joint_moments({"x": mapped})
    assert mapped[3, 0] == 7.0


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"text": np.zeros((699, 3))}, UnpairedViewsError, "699"),
        ({"text": np.full((700, 3), np.nan)}, ValueError, "'text' view has NaN or infinity in 700 rows"),
        (
            {"text": np.full((700, 3), 1e200) * np.arange(700)[:, None]},
            ValueError,
            "up to 6.99e[+]202, too large",
        ),
        ({"text": np.zeros(700)}, ValueError, "'text' view must be 2-D"),
        ({"text": np.full((700, 3), "a")}, TypeError, "'text' view must be numbers"),
    ],
)
def test_bad_views(views, change, error, message):
    with pytest.raises(error, match=message):
        joint_moments(views | change)


def test_no_rows_and_other_widths(views):
    with pytest.raises(ValueError, match="no rows"):
        joint_moments({"image": np.zeros((0, 2)), "text": np.zeros((0, 2))})
    moments = Moments().add(views)
    with pytest.raises(ValueError, match="the 'text' view had 3 features before, got 2"):
        moments.add({"text": np.zeros((5, 2))})
    with pytest.raises(ValueError, match="the 'text' view had 3 features before, got 2"):
        moments.merge(Moments().add({"text": np.zeros((5, 2))}))


def test_views_that_never_meet():
    moments = Moments().add({"image": [[1.0]]}).add({"text": [[1.0]]})
    with pytest.raises(ValueError, match="no rows have the views 'image', 'text' together"):
        moments.covariance("image", "text")


def test_some_views_of_all(views):
    more = Moments().add({**views, "audio": views["text"] ** 2}).add({"audio": views["text"]})
    some = more.restricted(["text", "image"])
    assert list(some.widths) == ["image", "text"] and len(some.parts) == 1
    assert_covariances(some, views)
    some.add(views)
    assert more.n_rows("image") == 700  # a copy


def test_products_and_scaled_rows(views):
    image, text = views["image"], views["text"]
    moments = Moments().add({name: X[:200] for name, X in views.items()})
    moments.add({name: X[200:] for name, X in views.items()})
    np.testing.assert_allclose(moments.products("image", "text"), image.T @ text, rtol=1e-12)
    centred = image - image.mean(axis=0)
    np.testing.assert_allclose(moments.products("image", centred=True), centred.T @ centred, rtol=1e-9)
    centre, spread = np.arange(4.0), np.arange(1.0, 5.0)
    scaled = moments.standardised({"image": (centre, spread)})
    assert_covariances(scaled, {"image": (image - centre) / spread, "text": text})
    assert_covariances(moments, views)
