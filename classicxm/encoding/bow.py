"""Bag of words over local descriptors (Sivic and Zisserman 2003; soft: Liu, Wang and Liu 2011)."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from classicxm.attribution import ratio
from classicxm.encoding.pyramid import Pyramid, PyramidEncoder, check_descriptors, scaled_to_unit
from classicxm.encoding.vocabulary import learn_words, nearest_words
from classicxm.parameters import Boolean, Choice, Either, InstanceOf, Integer, Real, check_parameters

__all__ = ["BagOfWords", "inverse_document_frequencies"]


def inverse_document_frequencies(words: ArrayLike, items: ArrayLike, n_words: int) -> np.ndarray:
    """``log((1 + n_items) / (1 + n_items_with_word)) + 1`` of each word.

    Parameters
    ----------
    words, items : integer arrays (n,)
        The word of each descriptor, and the item it is from.

    >>> inverse_document_frequencies([0, 0, 1], [0, 1, 1], 2).round(3).tolist()
    [1.0, 1.405]
    """
    items, item_index = np.unique(items, return_inverse=True)
    pairs = np.unique(item_index * n_words + np.asarray(words))
    frequency = np.bincount(pairs % n_words, minlength=n_words)
    return np.log((1 + len(items)) / (1 + frequency)) + 1


class BagOfWords(PyramidEncoder):
    """How often each word of a learned vocabulary is nearest to an item's descriptors.

    Parameters
    ----------
    n_words : int, default=256
        Size of the vocabulary.
    assignment : {"hard", "soft"}, default="hard"
        "hard": a descriptor counts for its nearest word; "soft": it is shared among its ``n_nearest`` words by
        ``exp(-squared distance / scale)``.
    n_nearest : int, default=5
        Words that share a descriptor in soft assignment.
    softness : float, default=1
        The scale, in units of the sample's mean squared distance to the nearest word.
    tfidf : bool, default=False
        Weigh words by inverse document frequency over the items of the sample; `fit` then needs as ``y`` the item
        of each descriptor, as `Encoded` gives it. A sample sees only some descriptors of an item, so the
        frequencies are those of the sampled part.
    hellinger : bool, default=True
        Take square roots of the L1-normalised histogram.
    norm : {"l1", "l2"}, default="l2"
        Norm that the result has.
    pyramid : tuple of levels, default=((1, 1),)
        Cells along x and y of each level; ((1, 1), (2, 2), (1, 3)) is the usual one. Each cell is normalised
        alone, then their concatenation.
    random_state : int, RandomState or None, default=0

    Attributes
    ----------
    words_ : float32 array (n_words, d)
    idf_ : float64 array (n_words,)
        Ones without ``tfidf``.

    Examples
    --------
    >>> descriptors = np.repeat(np.float32([[0, 0], [9, 9]]), 10, axis=0)
    >>> encoder = BagOfWords(n_words=2, hellinger=False, norm="l1").fit(descriptors)
    >>> sorted(encoder.encode([[0, 1], [8, 9], [9, 9], [9, 8]]).tolist())
    [0.25, 0.75]
    """

    parameter_ranges = {
        "n_words": Integer(1),
        "assignment": Choice("hard", "soft"),
        "n_nearest": Integer(1),
        "softness": Real(0, above=True),
        "tfidf": Boolean(),
        "hellinger": Boolean(),
        "norm": Choice("l1", "l2"),
        "random_state": Either(None, Integer(0), InstanceOf(np.random.RandomState)),
    }

    def __init__(
        self,
        *,
        n_words: int = 256,
        assignment: str = "hard",
        n_nearest: int = 5,
        softness: float = 1.0,
        tfidf: bool = False,
        hellinger: bool = True,
        norm: str = "l2",
        pyramid: Pyramid = ((1, 1),),
        random_state: int = 0,
    ) -> None:
        self.n_words = n_words
        self.assignment = assignment
        self.n_nearest = n_nearest
        self.softness = softness
        self.tfidf = tfidf
        self.hellinger = hellinger
        self.norm = norm
        self.pyramid = pyramid
        self.random_state = random_state

    def fit(self, descriptors: np.ndarray, y: Any = None) -> Self:
        """Learn the vocabulary from a sample of descriptors (n, d).

        Parameters
        ----------
        y : integer array (n,), optional
            The item each descriptor is from; only ``tfidf`` needs it.
        """
        check_parameters(self)
        descriptors = check_descriptors(descriptors, self.n_words, f"n_words={self.n_words}")
        if self.tfidf and y is None:
            raise ValueError(
                "tfidf=True needs y, the item each descriptor is from; give it or set tfidf=False"
            )
        self.words_ = learn_words(descriptors, self.n_words, self.random_state)
        self.n_features_in_ = descriptors.shape[1]
        self.cell_width_ = self.n_words
        words, squared = nearest_words(descriptors, self.words_)
        self.scale_ = float(self.softness * squared.mean()) or 1.0
        self.idf_ = (
            inverse_document_frequencies(words[:, 0], y, self.n_words)
            if self.tfidf
            else np.ones(self.n_words)
        )
        return self

    def assign(self, descriptors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Words (n, n_nearest) of each descriptor and their weights, which sum to 1."""
        if self.assignment == "hard":
            words, _ = nearest_words(descriptors, self.words_)
            return words, np.ones(words.shape, np.float32)
        words, squared = nearest_words(descriptors, self.words_, min(self.n_nearest, self.n_words))
        squared -= squared.min(axis=1, keepdims=True)
        weights = np.exp(-squared / np.float32(self.scale_))
        return words, weights / weights.sum(axis=1, keepdims=True)

    def aggregate(self, words: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """The normalised histogram (n_words,) of one cell."""
        counts = np.bincount(words.ravel(), weights.ravel(), self.n_words) * self.idf_
        if self.hellinger:
            counts = np.sqrt(scaled_to_unit(counts, "l1"))
        return scaled_to_unit(counts, self.norm)

    def divide(
        self, values: np.ndarray, weights: np.ndarray, words: np.ndarray, parts: np.ndarray
    ) -> np.ndarray:
        """``weights @ values`` of one cell divided among its descriptors, by their part in each word: (n,)."""
        counts = np.bincount(words.ravel(), parts.ravel(), self.n_words)
        return (parts * (weights * ratio(values, counts))[words]).sum(axis=1)

    def word_of_value(self) -> np.ndarray:
        """One value per word."""
        return np.arange(self.n_words)

    def membership(self, word: int, words: np.ndarray, parts: np.ndarray) -> np.ndarray:
        """The descriptors' part in a word."""
        return np.where(words == word, parts, 0).sum(axis=1)
