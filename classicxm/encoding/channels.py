"""One vocabulary a channel: an encoder of its own for each range of a descriptor's columns."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from classicxm.attribution import ratio
from classicxm.base import Encoder
from classicxm.encoding.pyramid import scaled_to_unit
from classicxm.parameters import InstanceOf, Integer, check_parameters
from classicxm.sequences import real_array

__all__ = ["Channels"]

_COLUMN = Integer(0)


class ChannelRanges:
    """The range of ``channels``: names to pairs (start, stop) of columns, stop above start."""

    def accepts(self, value: Any) -> bool:
        return isinstance(value, dict) and len(value) > 0 and all(map(_is_pair, value.values()))

    def __str__(self) -> str:
        return 'a dict of names and pairs (start, stop) such as {"hog": (30, 126)}'


def _is_pair(value: Any) -> bool:
    return (
        isinstance(value, (tuple, list))
        and len(value) == 2
        and all(map(_COLUMN.accepts, value))
        and value[0] < value[1]
    )


class Channels(Encoder):
    """Encodes each channel of the descriptors by itself and joins the encodings.

    Every encoding is scaled to unit length, so that channels count alike, and then their concatenation.

    Parameters
    ----------
    encoder : Encoder
        One clone a channel is fitted.
    channels : dict of str to (start, stop)
        Columns of each channel, such as `classicxm.video.CHANNELS`; one taken alone selects that channel.

    Attributes
    ----------
    encoders_ : dict of str to fitted Encoder
    slices_ : dict of str to (start, stop)
        Where each channel's encoding lies in the result.
    n_features_out_ : int

    Examples
    --------
    >>> from classicxm.encoding import BagOfWords
    >>> sample = np.random.default_rng(0).normal(size=(50, 6))
    >>> encoder = Channels(BagOfWords(n_words=4, random_state=0), {"shape": (0, 2), "colour": (2, 6)})
    >>> encoder.fit(sample).encode(sample[:9]).shape, encoder.slices_
    ((8,), {'shape': (0, 4), 'colour': (4, 8)})
    """

    parameter_ranges = {"encoder": InstanceOf(Encoder), "channels": ChannelRanges()}

    def __init__(self, encoder: Encoder, channels: Mapping[str, Sequence[int]]) -> None:
        self.encoder = encoder
        self.channels = channels

    def fit(self, descriptors: np.ndarray, y: Any = None) -> Self:
        """Fit one encoder a channel on a sample of descriptors (n, d)."""
        check_parameters(self)
        descriptors = np.asarray(real_array("descriptors", descriptors), np.float32)
        if descriptors.ndim != 2:
            raise ValueError(f"descriptors must have shape (n, d), got {descriptors.shape}")
        for name, (_, stop) in self.channels.items():
            if stop > descriptors.shape[1]:
                raise ValueError(
                    f"channel {name!r} ends at column {stop}, but the descriptors have {descriptors.shape[1]}; "
                    "give the channels of these descriptors"
                )
        self.encoders_ = {
            name: clone(self.encoder).fit(descriptors[:, start:stop], y)
            for name, (start, stop) in self.channels.items()
        }
        return self.join(descriptors.shape[1])

    def join(self, n_dimensions: int) -> "Channels":
        """Set where each fitted encoder of ``encoders_`` stands in the result; returns self."""
        ends = np.cumsum([0, *(encoder.n_features_out_ for encoder in self.encoders_.values())]).tolist()
        self.slices_ = dict(zip(self.encoders_, itertools.pairwise(ends), strict=True))
        self.n_features_in_ = n_dimensions
        self.n_features_out_ = ends[-1]
        return self

    def encode(self, descriptors: np.ndarray, positions: np.ndarray | None = None) -> np.ndarray:
        """One item's descriptors (n, d) as float32 (n_features_out_,); zeros where n is 0."""
        descriptors = self._checked(descriptors)
        if not len(descriptors):
            return np.zeros(self.n_features_out_, np.float32)
        parts = [
            scaled_to_unit(
                self.encoders_[name].encode(descriptors[:, slice(*self.channels[name])], positions), "l2"
            )
            for name in self.encoders_
        ]
        return scaled_to_unit(np.concatenate(parts), "l2").astype(np.float32)

    def shares(
        self, descriptors: np.ndarray, positions: np.ndarray | None, weights: np.ndarray
    ) -> np.ndarray:
        """``weights @ encode(descriptors, positions)`` divided among the descriptors, channel by channel: (n,)."""
        values = self.encode(descriptors, positions).astype(np.float64)
        descriptors = self._checked(descriptors)
        shares = np.zeros(len(descriptors))
        for name, encoder in self.encoders_.items() if len(descriptors) else ():
            part, columns = slice(*self.slices_[name]), descriptors[:, slice(*self.channels[name])]
            factors = ratio(values[part], encoder.encode(columns, positions))
            shares += encoder.shares(columns, positions, weights[part] * factors)
        return shares

    def _checked(self, descriptors: np.ndarray) -> np.ndarray:
        check_is_fitted(self)
        descriptors = np.asarray(real_array("descriptors", descriptors), np.float32)
        if not len(descriptors):
            return descriptors
        if descriptors.ndim != 2 or descriptors.shape[1] != self.n_features_in_:
            raise ValueError(
                f"descriptors must have shape (n, {self.n_features_in_}) as when fitted, got {descriptors.shape}"
            )
        return descriptors
