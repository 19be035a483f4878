import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from classicxm.encoding import VLAD, BagOfWords, FisherVector
from classicxm.encoding.pyramid import pyramid_cells, scaled_to_unit

POINTS = np.array([[0.1, 0.1], [0.9, 0.1], [0.1, 0.9], [0.9, 0.9], [0.5, 0.5], [1.0, 0.0]])
LEVELS = ((1, 1), (2, 2), (1, 3))


def test_cells_of_every_level():
    cells = pyramid_cells(POINTS, LEVELS)
    assert cells[0] == slice(None)
    assert [cell.tolist() for cell in cells[1:5]] == [[0], [1, 5], [2], [3, 4]]
    assert [cell.tolist() for cell in cells[5:]] == [[0, 1, 5], [4], [2, 3]]


def test_one_axis_is_cut_too():
    cells = pyramid_cells(np.array([[0.2], [0.7]]), ((1,), (2,)))
    assert [cell.tolist() for cell in cells[1:]] == [[0], [1]]


@pytest.mark.parametrize("positions", [None, np.zeros((3, 1)), np.zeros(3)])
def test_levels_need_fitting_positions(positions):
    with pytest.raises(ValueError, match=r"pyramid level \(2, 2\) needs positions of shape \(n, 2\), got"):
        pyramid_cells(positions, ((2, 2),))


def test_zeros_cannot_be_scaled():
    assert scaled_to_unit(np.zeros(3), "l2").tolist() == [0, 0, 0]
    assert scaled_to_unit(np.array([1.0, -3.0]), "l1").tolist() == [0.25, -0.75]


ENCODERS = [
    BagOfWords(n_words=5, random_state=0),
    BagOfWords(n_words=5, assignment="soft", norm="l1", hellinger=False, random_state=0),
    VLAD(n_words=4, random_state=0),
    FisherVector(n_components=3, n_pca=4, random_state=0),
]


@pytest.fixture(params=ENCODERS, ids=lambda encoder: f"{encoder!r}")
def encoder(request):
    return request.param.set_params(pyramid=LEVELS)


@pytest.fixture
def sample():
    return np.random.default_rng(0).normal(size=(200, 6)).astype(np.float32)


def test_each_cell_is_encoded_alone_and_the_whole_normalised(encoder, sample):
    encoder.fit(sample)
    descriptors = sample[: len(POINTS)]
    whole = encoder.encode(descriptors, POINTS).astype(float)
    assert whole.shape == (encoder.n_features_out_,) == (8 * encoder.cell_width_,)
    parts = whole.reshape(8, -1)
    encoder.set_params(pyramid=((1, 1),))
    for part, cell in zip(parts, pyramid_cells(POINTS, LEVELS), strict=True):
        alone = encoder.encode(descriptors[cell])
        length = np.abs(part).sum() if encoder.norm == "l1" else np.linalg.norm(part)
        np.testing.assert_allclose(part / length, alone, atol=1e-5)
    assert scaled_to_unit(whole, encoder.norm) == pytest.approx(whole, abs=1e-6)


def test_cells_without_descriptors_are_zero(encoder, sample):
    encoder.fit(sample)
    parts = encoder.encode(sample[:1], POINTS[:1]).reshape(8, -1)
    assert parts.any(axis=1).tolist() == [True, True, False, False, False, True, False, False]


def test_no_descriptors_are_a_zero_vector(encoder, sample):
    encoder.fit(sample)
    empty = encoder.encode(np.zeros((0, 6), np.float32), np.zeros((0, 2)))
    assert empty.shape == (encoder.n_features_out_,)
    assert empty.dtype == np.float32
    assert not empty.any()


def test_two_fits_are_equal_to_the_last_bit(encoder, sample):
    first = encoder.fit(sample).encode(sample, np.resize(POINTS, (200, 2)))
    second = encoder.fit(sample).encode(sample, np.resize(POINTS, (200, 2)))
    np.testing.assert_array_equal(first, second)


def test_duplicated_and_huge_descriptors_stay_finite(encoder):
    for value in (np.zeros((40, 6)), np.full((40, 6), 1e6), np.repeat(np.eye(6) * 1e4, 8, axis=0)):
        encoder.fit(value)
        assert np.isfinite(encoder.encode(value, np.resize(POINTS, (len(value), 2)))).all()


def test_misuse_is_named(encoder, sample):
    with pytest.raises(NotFittedError):
        type(encoder)().encode(sample)
    encoder.fit(sample)
    with pytest.raises(
        ValueError, match=r"descriptors must have shape \(n, 6\) as when fitted, got \(200, 5\)"
    ):
        encoder.encode(sample[:, :5], np.zeros((200, 2)))
    with pytest.raises(ValueError, match="200 descriptors came with 3 positions"):
        encoder.encode(sample, np.zeros((3, 2)))
    with pytest.raises(
        ValueError, match=r"needs at least .* descriptors, got 2; lower it or give more items"
    ):
        encoder.fit(sample[:2])
    with pytest.raises(ValueError, match="NaN or infinity"):
        encoder.fit(np.full((50, 6), np.nan))
    with pytest.raises(ValueError, match=r"descriptors must have shape \(n, d\), got \(50,\)"):
        encoder.fit(np.zeros(50))
    for bad in ((), ((0, 1),), (2, 2), "1x1"):
        with pytest.raises(ValueError, match="pyramid must be a tuple of levels such as"):
            encoder.set_params(pyramid=bad).fit(sample)


def test_what_is_no_finite_number_is_not_encoded(encoder, sample):
    encoder.fit(sample)
    some, places = sample[:9], np.random.default_rng(1).random((9, 2))
    for broken in (np.nan, np.inf):
        for call in (encoder.encode, lambda *given: encoder.shares(*given, np.ones(encoder.n_features_out_))):
            with pytest.raises(ValueError, match="the descriptors have NaN or infinity; drop those rows"):
                call(np.where(some > 1, broken, some), places)
            with pytest.raises(ValueError, match="the positions have NaN or infinity"):
                call(some, np.where(places > 0.5, broken, places))
    for kind in (complex, str):
        with pytest.raises(TypeError, match="descriptors must be real numbers, got dtype"):
            encoder.encode(some.astype(kind), places)
