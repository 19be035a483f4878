"""Canonical correlation analysis under differential privacy, from noisy moments."""

from collections.abc import Mapping
from typing import Any, NoReturn, Self

import numpy as np

from classicxm.alignment.cca import CCA
from classicxm.alignment.linear import check_names
from classicxm.alignment.moments import Moments
from classicxm.alignment.private_moments import check_clips, private_moments
from classicxm.parameters import Either, InstanceOf, Integer, Real, check_parameters

__all__ = ["PrivateCCA", "without_privacy"]

PRIVACY = ("epsilon", "delta", "clip", "mean_clip", "random_state")


def without_privacy(state: dict[str, Any]) -> dict[str, Any]:
    """The state of a `CCA` from a file in which privacy was a setting of it.

    >>> without_privacy({"ridge": 0.1, "epsilon": None, "clip": 1.0})
    {'ridge': 0.1}
    """
    return {name: value for name, value in state.items() if name not in PRIVACY}


class PrivateCCA(CCA):
    """Directions of two or more views that correlate most, learned under (epsilon, delta)-differential privacy.

    Means and covariances are taken of clipped rows and get noise; all else follows from them, as in `CCA`.

    Parameters
    ----------
    n_components, ridge, power, scale
        As in `CCA`.
    epsilon : float, default=1.0
        Below 1 is much protection, above 10 little.
    delta : float, default=1e-5
        Below 1 / n, such as 1 / n**1.1.
    clip : float or dict of view to float, default=1.0
        How long a row minus the mean may be, in Euclidean length; longer ones are shortened to it. Noise grows with
        its square, so it should be near the length of usual rows, and known without looking at them.
    mean_clip : float, dict of view to float, or None, default=None
        How long a row may be as it is, while the mean is taken; 1 for rows of unit length. None takes ``clip``.
    random_state : int or None, default=None
        Of the noise. None draws it from the system's entropy. With a number, which the fitted object keeps, the
        noise can be drawn again and subtracted: for experiments only.

    Attributes
    ----------
    weights_, means_, correlations_, component_scale_, rank_
        As in `CCA`.

    Notes
    -----
    *What epsilon protects*: one training pair. Whoever sees all that is learned here, and knows every other pair, can
    hardly tell whether one pair, with all its views, was this or another: odds change by a factor of e**epsilon at
    most, but for a probability of delta. Neighbouring collections differ in one pair replaced, and their number
    of pairs is public. A person with several pairs is protected less.

    *What it does not protect*: what else was learned from the same items (vocabulary and weights of TF-IDF, visual
    words, transformers of `Preprocessed`); settings chosen by trying them on the same rows; and the index, whose
    vectors describe its items one by one. Every fit spends its epsilon anew, and they add up, so `partial_fit` and
    `merge` are refused. The noise is a statistical generator's in floating point, which does not withstand those
    who study its last bits (Mironov 2012). See `classicxm.alignment.private_moments` for what is bounded and added.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> shared = rng.normal(size=(50, 1))
    >>> views = {"image": shared @ [[1.0, 2.0]] + 0.1 * rng.normal(size=(50, 2)), "text": shared @ [[3.0, 1.0]]}
    >>> private = PrivateCCA(1, epsilon=1.0, delta=1e-3, clip={"image": 3.0, "text": 4.0}).fit(views)
    >>> private.transform_view("text", [[0.0, 0.0]]).shape
    (1, 1)
    """

    solver = "primal"  # moments are what noise is added to
    parameter_ranges = {
        "epsilon": Real(0, above=True),
        "delta": Real(0, 1, above=True),
        "clip": Either(Real(0, above=True), InstanceOf(dict)),
        "mean_clip": Either(None, Real(0, above=True), InstanceOf(dict)),
        "random_state": Either(None, Integer(0)),
    }

    def __init__(
        self,
        n_components: int | str | None = 10,
        *,
        ridge: float = 1e-3,
        power: float = 1.0,
        scale: bool = False,
        epsilon: float = 1.0,
        delta: float = 1e-5,
        clip: Any = 1.0,
        mean_clip: Any = None,
        random_state: Any = None,
    ) -> None:
        self.n_components = n_components
        self.ridge = ridge
        self.power = power
        self.scale = scale
        self.epsilon = epsilon
        self.delta = delta
        self.clip = clip
        self.mean_clip = mean_clip
        self.random_state = random_state

    def fit(self, views: Mapping[str, Any], y: Any = None) -> Self:
        """Learn from paired views (dict of (n, d) arrays); every fit spends epsilon anew."""
        check_parameters(self)
        check_names(views)
        check_clips(clip=self.clip, mean_clip=self.mean_clip)
        rng = np.random.default_rng(self.random_state)
        mean_clip = self.clip if self.mean_clip is None else self.mean_clip
        self._learn(private_moments(views, self.epsilon, self.delta, self.clip, mean_clip, rng))
        self.moments_ = None
        return self

    def fit_moments(self, moments: Moments) -> NoReturn:
        """Refused: moments that were gathered elsewhere are those of rows as they are, without noise."""
        raise ValueError("moments gathered without noise are not private; fit on views, or use CCA")

    def partial_fit(self, views: Mapping[str, Any], y: Any = None, solve: bool = True) -> NoReturn:
        """Refused, since it would spend epsilon again."""
        self._refuse("partial_fit")

    def merge(self, other: Any) -> NoReturn:
        """Refused, since it would spend epsilon again."""
        self._refuse("merge")

    def _refuse(self, name: str) -> NoReturn:
        raise ValueError(
            f"{name} would solve again and spend epsilon a second time; fit all rows at once, or use CCA"
        )
