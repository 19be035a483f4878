"""Vectors of locally aggregated descriptors (Jegou et al. 2010; intra-normalised: Arandjelovic and Zisserman 2013)."""

from typing import Any, Self

import numpy as np
from scipy.sparse import csr_array

from classicxm.attribution import proportional
from classicxm.encoding.pyramid import Pyramid, PyramidEncoder, check_descriptors, scaled_to_unit
from classicxm.encoding.vocabulary import learn_words, nearest_words
from classicxm.parameters import Boolean, Either, InstanceOf, Integer, Real, check_parameters

__all__ = ["VLAD", "residual_sums"]


def residual_sums(descriptors: np.ndarray, assigned: np.ndarray, words: np.ndarray) -> np.ndarray:
    """Sum of ``descriptor - word`` over the descriptors assigned to each word: float64 (n_words, d).

    >>> residual_sums(np.float32([[1, 2], [3, 4]]), np.array([1, 1]), np.float32([[0, 0], [1, 1]])).tolist()
    [[0.0, 0.0], [2.0, 4.0]]
    """
    n = len(descriptors)
    chosen = csr_array((np.ones(n, np.float32), assigned, np.arange(n + 1)), shape=(n, len(words)))
    counts = np.bincount(assigned, minlength=len(words))
    # sum (x - word) = sum x - count * word: one sparse product instead of a copy of a word per descriptor.
    return (chosen.T @ descriptors).astype(np.float64) - counts[:, None] * words


class VLAD(PyramidEncoder):
    """Sums of the differences between descriptors and their nearest word, one block per word.

    Parameters
    ----------
    n_words : int, default=64
        Size of the vocabulary.
    power : float, default=1
        Every value v becomes ``sign(v) |v|**power``; 0.5 evens out bursts.
    intra_normalise : bool, default=True
        Bring each word's block to unit length before the whole.
    pyramid : tuple of levels, default=((1, 1),)
        Cells along x and y of each level. Each cell is normalised alone, then their concatenation.
    random_state : int, RandomState or None, default=0

    Attributes
    ----------
    words_ : float32 array (n_words, d)

    Examples
    --------
    >>> descriptors = np.float32([[0, 0], [0, 0], [9, 9], [9, 9]])
    >>> encoder = VLAD(n_words=2).fit(descriptors)
    >>> sorted(encoder.encode([[0, 2], [9, 8]]).round(3).tolist())
    [-0.707..., 0.0, 0.0, 0.707...]
    """

    parameter_ranges = {
        "n_words": Integer(1),
        "power": Real(0, 1, above=True),
        "intra_normalise": Boolean(),
        "random_state": Either(None, Integer(0), InstanceOf(np.random.RandomState)),
    }

    def __init__(
        self,
        *,
        n_words: int = 64,
        power: float = 1.0,
        intra_normalise: bool = True,
        pyramid: Pyramid = ((1, 1),),
        random_state: int = 0,
    ) -> None:
        self.n_words = n_words
        self.power = power
        self.intra_normalise = intra_normalise
        self.pyramid = pyramid
        self.random_state = random_state

    def fit(self, descriptors: np.ndarray, y: Any = None) -> Self:
        """Learn the vocabulary from a sample of descriptors (n, d)."""
        check_parameters(self)
        descriptors = check_descriptors(descriptors, self.n_words, f"n_words={self.n_words}")
        self.words_ = learn_words(descriptors, self.n_words, self.random_state)
        self.n_features_in_ = descriptors.shape[1]
        self.cell_width_ = self.words_.size
        return self

    def assign(self, descriptors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The descriptors and the word of each."""
        return descriptors, nearest_words(descriptors, self.words_)[0][:, 0]

    def aggregate(self, descriptors: np.ndarray, words: np.ndarray) -> np.ndarray:
        """The normalised residual sums (n_words * d,) of one cell."""
        sums = residual_sums(descriptors, words, self.words_)
        # The signed power tames bursts, structures that an item repeats and that would otherwise outweigh all
        # others (Jegou et al. 2012).
        if self.power != 1:
            sums = np.sign(sums) * np.abs(sums) ** self.power
        if self.intra_normalise:
            # Every word's block counts alike, however many descriptors it got (Arandjelovic and Zisserman
            # 2013).
            lengths = np.linalg.norm(sums, axis=1, keepdims=True)
            sums /= np.where(lengths > 0, lengths, 1)
        return scaled_to_unit(sums.ravel(), "l2")

    def divide(
        self, values: np.ndarray, weights: np.ndarray, descriptors: np.ndarray, words: np.ndarray
    ) -> np.ndarray:
        """``weights @ values`` of one cell divided among its descriptors, by their differences from words: (n,)."""
        shares = np.zeros(len(descriptors))
        values, weights = values.reshape(self.words_.shape), weights.reshape(self.words_.shape)
        for word in np.unique(words):
            rows = np.flatnonzero(words == word)
            differences = descriptors[rows].astype(np.float64) - self.words_[word]
            shares[rows] = proportional(values[word], weights[word], differences)
        return shares

    def word_of_value(self) -> np.ndarray:
        """A block of values per word."""
        return np.repeat(np.arange(self.n_words), self.n_features_in_)

    def membership(self, word: int, descriptors: np.ndarray, words: np.ndarray) -> np.ndarray:
        """1 for the descriptors that are nearest to a word."""
        return (words == word).astype(np.float64)
