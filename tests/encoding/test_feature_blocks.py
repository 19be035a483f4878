import numpy as np
import pytest
from sklearn.base import clone

from classicxm.encoding import FeatureBlocks
from classicxm.errors import EmptyDescriptionWarning
from classicxm.image import HOG, ColorHistogram
from classicxm.text import TfidfText

TEXTS = ["red circle", "blue square", "red square"]


def words_and_letters(**settings):
    return FeatureBlocks([("words", TfidfText()), ("letters", TfidfText(analyzer="char"))], **settings)


def test_blocks_stand_side_by_side_normalised_and_weighted():
    features = words_and_letters(weights={"letters": 0.5}).fit(TEXTS).transform(TEXTS)
    words = TfidfText().fit(TEXTS).transform(TEXTS)
    np.testing.assert_allclose(features[:, : words.shape[1]], words, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(features[:, words.shape[1] :], axis=1), 0.5, atol=1e-6)


def test_norms():
    l1 = words_and_letters(norm="l1").fit(TEXTS).transform(TEXTS)
    np.testing.assert_allclose(l1.sum(axis=1), 2, atol=1e-6)
    assert words_and_letters(norm=None).fit(TEXTS).transform(TEXTS).shape == l1.shape


def test_nested_parameters_are_reached():
    blocks = words_and_letters()
    assert blocks.get_params()["words__min_df"] == 1
    blocks.set_params(words__min_df=2, letters=TfidfText(analyzer="char_wb"), norm="l1")
    assert (
        blocks.blocks[0][1].min_df == 2 and blocks.blocks[1][1].analyzer == "char_wb" and blocks.norm == "l1"
    )
    assert clone(blocks).get_params()["words__min_df"] == 2
    with pytest.raises(ValueError, match="Invalid parameter"):
        blocks.set_params(nonsense=1)


def test_an_item_is_empty_when_every_block_is():
    blocks = FeatureBlocks([("color", ColorHistogram()), ("hog", HOG(image_size=(32, 32)))])
    flat, drawn = np.full((40, 40, 3), 7, np.uint8), np.zeros((40, 40, 3), np.uint8)
    drawn[10:20, 10:30] = 255
    features = blocks.fit([flat, drawn]).transform([flat, drawn])
    assert features[0].any() and not blocks.error_report_.empty  # a colour, though no gradients
    words = FeatureBlocks(
        [("words", TfidfText()), ("pieces", TfidfText(analyzer="char", ngram_range=(2, 2)))]
    )
    with pytest.warns(EmptyDescriptionWarning, match="1 of 3 items"):
        words.fit(["a red disc", "a blue ball"]).transform(["red", "rex", "zzz"])
    assert [item.row for item in words.error_report_.empty] == [2]


@pytest.mark.parametrize(
    ("blocks", "words"),
    [
        (FeatureBlocks([]), "one or more with unique names"),
        (FeatureBlocks([("a", TfidfText()), ("a", TfidfText())]), "unique names"),
        (
            FeatureBlocks([("a", TfidfText()), ("b", HOG())]),
            r"must describe one modality, got \['image', 'text'\]",
        ),
        (FeatureBlocks([("a", TfidfText())], weights={"b": 1}), r"weights name no block: \['b'\]"),
        (FeatureBlocks([("a", TfidfText())], norm="l3"), "norm must be one of 'l2', 'l1', None, got 'l3'"),
    ],
)
def test_bad_parameters(blocks, words):
    with pytest.raises(ValueError, match=words):
        blocks.fit(TEXTS)
