"""Shares of time in which random convolutions of a sequence are high (MiniRocket; Dempster et al. 2021)."""

import itertools
from collections.abc import Sequence
from copy import copy
from os import PathLike
from typing import Any, Self

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state

import classicxm
from classicxm import media
from classicxm.attribution import Parts
from classicxm.base import Extractor, LocalExtractor
from classicxm.cache import cached_fit, state_digest
from classicxm.errors import ItemError
from classicxm.execution import map_items, reason_of
from classicxm.parameters import Either, InstanceOf, Integer, check_parameters
from classicxm.sequences import listed

__all__ = ["RandomConvolutions", "convolved"]

LENGTH = 9
#: Where each of the 84 kernels has weight 2; elsewhere it has -1, so that its weights add up to 0.
HIGH = np.array(list(itertools.combinations(range(LENGTH), 3)))
N_CHANNELS = (1, 2, 4, 9)  # descriptor dimensions that a kernel looks at together; one is drawn for each
MOST_ITEMS = 2000  # items that mean and deviation are learned from
MOST_SEQUENCES = 32  # items that thresholds are learned from
LEAST_DEVIATION = 1e-3  # a share that hardly ever differs stays near zero


def convolved(sums: np.ndarray, dilation: int) -> np.ndarray:
    """Each row convolved with its own kernel of nine weights that lie ``dilation`` apart; ends are held.

    Parameters
    ----------
    sums : array (84, n_steps)
        What each kernel looks at.
    dilation : int

    Returns
    -------
    array (84, n_steps)
        3 times the sum at the kernel's three high places, less the sum at all nine. What stays the same over time
        gives 0, so that a louder recording, whose logarithms are all higher, gives the same.

    Examples
    --------
    >>> step = np.tile(1.0 * (np.arange(12) >= 6), (84, 1))
    >>> convolved(step, 1)[0, 3:11].tolist()  # kernel 0 is high at its first three places
    [-2.0, -3.0, -4.0, -5.0, -6.0, -4.0, -2.0, 0.0]
    """
    n_steps = sums.shape[1]
    held = np.pad(sums, ((0, 0), (LENGTH // 2 * dilation,) * 2), mode="edge")
    places = np.stack([held[:, start * dilation :][:, :n_steps] for start in range(LENGTH)])
    return 3 * places[HIGH.T, np.arange(len(HIGH))].sum(axis=0) - places.sum(axis=0)


class RandomConvolutions(Extractor):
    """Describes a sequence of descriptors by how often random patterns occur in it.

    84 fixed kernels of nine weights (2 at three places, -1 at six) run over sums of randomly drawn descriptor
    dimensions, at every dilation; a feature is the share of steps at which one of them exceeds a threshold, a quantile
    of what it gave on some items. Only the patterns' dimensions are drawn; there is nothing to train. Features are
    scaled to mean 0 and deviation 1 over the items.

    Parameters
    ----------
    local : LocalExtractor
        Of sounds or clips; its descriptors are in the order of time, as those of `classicxm.audio.LogMelBands` are.
    dilations : sequence of int, default=(1, 2, 4, 8, 16, 32)
        Steps between neighbouring weights.
    n_thresholds : int, default=4
        Quantiles per kernel and dilation.
    random_state : int, RandomState or None, default=0
        Draws dimensions, and the items that thresholds are learned from.
    n_jobs, on_error, cache
        As in `Extractor`. Items that fail while fitting are passed over unless ``on_error="raise"``.

    Attributes
    ----------
    local_ : fitted clone
    channels_ : float32 array (n_dilations, 84, n_dimensions), 0 and 1
    thresholds_ : float32 array (n_dilations, 84, n_thresholds)
    means_, deviations_ : float32 arrays (n_features_out_,)
    n_features_out_ : int
        84 times dilations times thresholds: 2016 by default.

    References
    ----------
    Dempster, Schmidt and Webb, MiniRocket: a very fast (almost) deterministic transform for time series
    classification, KDD 2021: kernels and shares. Bands instead of one variable, as in its multivariate form.

    Examples
    --------
    >>> from classicxm.audio import LogMelBands
    >>> sounds = [(np.random.default_rng(n).uniform(-1, 1, 4000), 8000) for n in range(3)]
    >>> RandomConvolutions(LogMelBands(), dilations=(1, 2)).fit_transform(sounds).shape
    (3, 672)
    """

    parameter_ranges = {
        "local": InstanceOf(LocalExtractor),
        "n_thresholds": Integer(1),
        "random_state": Either(None, Integer(0), InstanceOf(np.random.RandomState)),
    }

    def __init__(
        self,
        local: LocalExtractor,
        *,
        dilations: Sequence[int] = (1, 2, 4, 8, 16, 32),
        n_thresholds: int = 4,
        random_state: int = 0,
        n_jobs: int | None = None,
        on_error: str = "raise",
        cache: str | PathLike[str] | None = None,
    ) -> None:
        self.local = local
        self.dilations = dilations
        self.n_thresholds = n_thresholds
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.on_error = on_error
        self.cache = cache

    @property
    def modality(self) -> str:  # type: ignore[override] # that of the local extractor
        """The modality of the local extractor."""
        return self.local.modality

    def fit(self, items: Sequence[Any], y: Any = None) -> Self:  # type: ignore[override] # it learns from items
        """Draw the dimensions; learn thresholds from some items, mean and deviation from at most 2000.

        Raises
        ------
        ItemError
            If an item cannot be described and ``on_error`` is "raise".
        ValueError
            If no item has a descriptor.
        """
        check_parameters(self)
        if not len(self.dilations) or not all(Integer(1).accepts(one) for one in self.dilations):
            raise ValueError(
                f"RandomConvolutions: dilations must be whole numbers of at least 1, got {self.dilations!r}"
            )
        items = listed(items)
        digest = state_digest(clone(self), classicxm.__version__)
        learned = cached_fit(self.cache, digest, self.modality, items, lambda: copy(self)._learned(items))
        self.__dict__.update({name: value for name, value in vars(learned).items() if name.endswith("_")})
        return self

    def _learned(self, items: Sequence[Any]) -> Self:
        random = check_random_state(self.random_state)
        self.local_ = clone(self.local).fit(items)
        order = random.permutation(len(items))
        sequences = self._gathered(_sequences, items, order, MOST_SEQUENCES, "learning thresholds")
        if not sequences:
            raise ValueError(
                f"none of the {len(items)} items has a descriptor to learn from; check that they are not silent"
            )
        self._draw(random, sequences[0].shape[1])
        self.thresholds_ = np.stack([self._quantiles(sequences, one) for one in range(len(self.dilations))])
        shares = self._gathered(_shares, items, np.sort(order[:MOST_ITEMS]), MOST_ITEMS, "learning shares")
        self.means_ = np.mean(shares, axis=0, dtype=np.float64).astype(np.float32)
        deviations = np.std(shares, axis=0, dtype=np.float64)
        self.deviations_ = np.maximum(deviations, LEAST_DEVIATION).astype(np.float32)
        self.n_features_out_ = self.thresholds_.size
        return self

    def describe(self, item: Any) -> np.ndarray:
        """One decoded item as a vector (n_features_out_,); zeros where it has no descriptors."""
        sequence = self.local_.describe(item)
        if not len(sequence):
            return np.zeros(self.n_features_out_, np.float32)
        return (self.shares(sequence) - self.means_) / self.deviations_

    def shares(self, sequence: np.ndarray) -> np.ndarray:
        """Of a sequence (n_steps, n_dimensions): the share of steps above every threshold, float32 in [0, 1]."""
        parts = [self._above(sequence, one).mean(axis=2).ravel() for one in range(len(self.dilations))]
        return np.concatenate(parts).astype(np.float32)

    def divide(self, item: Any, weights: np.ndarray) -> Parts:
        """``weights @ describe(item)`` divided among the steps of time, each of which adds to the shares: `Parts`."""
        sequence, positions = self.local_.describe_located(item)
        scaled = np.asarray(weights, np.float64) / self.deviations_
        steps = np.full(len(sequence), -scaled @ self.means_.astype(np.float64))
        for one, factors in enumerate(np.split(scaled, len(self.dilations)) if len(sequence) else ()):
            above = self._above(sequence, one)
            steps += factors @ above.reshape(-1, len(sequence))
        reach = self.local_.reach(item)
        low, high = np.maximum(positions - reach, 0), np.minimum(positions + reach, 1)
        return Parts(steps / max(len(sequence), 1), low, high)

    def _draw(self, random: np.random.RandomState, n_dimensions: int) -> None:
        """The dimensions that each kernel sums at each dilation."""
        self.channels_ = np.zeros((len(self.dilations), len(HIGH), n_dimensions), np.float32)
        possible = [n for n in N_CHANNELS if n <= n_dimensions]
        for row in self.channels_.reshape(-1, n_dimensions):
            row[random.choice(n_dimensions, random.choice(possible), replace=False)] = 1

    def _convolved(self, sequence: np.ndarray, one: int) -> np.ndarray:
        return convolved(self.channels_[one] @ sequence.T, self.dilations[one])

    def _above(self, sequence: np.ndarray, one: int) -> np.ndarray:
        """Whether each kernel exceeds each of its thresholds: bool (84, n_thresholds, n_steps)."""
        return self._convolved(sequence, one)[:, None, :] > self.thresholds_[one][:, :, None]

    def _quantiles(self, sequences: Sequence[np.ndarray], one: int) -> np.ndarray:
        given = np.concatenate([self._convolved(sequence, one) for sequence in sequences], axis=1)
        levels = (np.arange(self.n_thresholds) + 0.5) / self.n_thresholds
        return np.quantile(given, levels, axis=1).T.astype(np.float32)

    def _gathered(
        self, function: Any, items: Sequence[Any], order: np.ndarray, most: int, label: str
    ) -> list[np.ndarray]:
        """What a function gives for the items in this order, the first ones among which it gives anything."""
        found: list[np.ndarray] = []
        for start in range(0, len(order), most):
            some = [items[int(position)] for position in order[start : start + most]]
            for item, (value, reason) in zip(some, map_items(function, self, some, label=label), strict=True):
                if reason is not None and self.on_error == "raise":
                    raise ItemError(media.describe_source(item), reason)
                if value is not None:
                    found.append(value)
            if found:
                break
        return found[:most]


def _sequences(
    convolutions: RandomConvolutions, items: Sequence[Any]
) -> list[tuple[np.ndarray | None, str | None]]:
    """(descriptors in order, None), (None, None) where there are none, or (None, reason) for each item."""
    return [_sequence(convolutions, item) for item in items]


def _shares(
    convolutions: RandomConvolutions, items: Sequence[Any]
) -> list[tuple[np.ndarray | None, str | None]]:
    return [
        (None if sequence is None else convolutions.shares(sequence), reason)
        for sequence, reason in _sequences(convolutions, items)
    ]


def _sequence(convolutions: RandomConvolutions, item: Any) -> tuple[np.ndarray | None, str | None]:
    try:
        descriptors = convolutions.local_.describe(convolutions.decode(item))
    except (ValueError, TypeError, OSError) as error:
        return None, reason_of(error)
    return (descriptors if len(descriptors) else None), None
