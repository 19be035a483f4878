"""A linear map per view, trained by stochastic gradients of a ranking loss (Weston et al. 2011; Kiros et al. 2014)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np

from classicxm.alignment.cca import CCA
from classicxm.alignment.linear import LinearAligner, check_components
from classicxm.alignment.ranking_loss import LOSSES
from classicxm.alignment.whitening import spreads
from classicxm.base import check_views
from classicxm.labels import class_indicators
from classicxm.parameters import Choice, Integer, Real, check_parameters

__all__ = ["BilinearRanking", "loss_and_gradients"]


def loss_and_gradients(
    A: np.ndarray,
    B: np.ndarray,
    X: np.ndarray,
    Y: np.ndarray,
    wrong: np.ndarray,
    loss: Callable[[np.ndarray, np.ndarray], tuple[float, np.ndarray]],
) -> tuple[float, np.ndarray, np.ndarray]:
    """A ranking loss of cosines between rows of X A and Y B, and its gradients with respect to A and B.

    Parameters
    ----------
    A, B : (d1, k), (d2, k)
    X, Y : (b, d1), (b, d2)
    wrong : bool (b, b)
    loss : callable
        ``loss(S, wrong) -> (value, gradient)``.
    """
    U, V = X @ A, Y @ B
    u, v = (np.linalg.norm(Z, axis=1, keepdims=True) + 1e-12 for Z in (U, V))
    P, Q = U / u, V / v
    value, G = loss(P @ Q.T, wrong)
    to_P, to_Q = G @ Q, G.T @ P
    # A change along a row does not change its cosines.
    to_U = (to_P - P * (to_P * P).sum(axis=1, keepdims=True)) / u
    to_V = (to_Q - Q * (to_Q * Q).sum(axis=1, keepdims=True)) / v
    return value, X.T @ to_U, Y.T @ to_V


class _Adam:
    """Steps of adaptive size (Kingma & Ba 2015)."""

    def __init__(self, shapes: Sequence[tuple[int, ...]], rate: float) -> None:
        self.rate, self.count = rate, 0
        self.first = [np.zeros(shape) for shape in shapes]
        self.second = [np.zeros(shape) for shape in shapes]

    def step(self, parameters: Sequence[np.ndarray], gradients: Sequence[np.ndarray]) -> None:
        self.count += 1
        for W, G, m, s in zip(parameters, gradients, self.first, self.second, strict=True):
            m += 0.1 * (G - m)
            s += 0.001 * (G**2 - s)
            W -= self.rate * (m / (1 - 0.9**self.count)) / (np.sqrt(s / (1 - 0.999**self.count)) + 1e-8)


class BilinearRanking(LinearAligner):
    """Two linear maps whose cosines rank right partners before wrong ones.

    Training starts from canonical correlation and stops when the loss on a slice of the training pairs, which
    is set aside, has not fallen for ``patience`` passes; the best maps are kept.

    Parameters
    ----------
    n_components : int, default=10
        At most the rank of the narrower view.
    loss : {"triplet", "contrastive", "cross_entropy"}, default="triplet"
    margin : float, default=0.2
        Of the triplet loss, in squared distances of unit vectors.
    temperature : float, default=0.1
        Cosines are divided by it in the other losses.
    learning_rate : float, default=0.001
    penalty : float, default=1e-4
        Weight of the squared distance from the starting maps.
    batch_size : int, default=128
    max_epochs : int, default=100
    patience : int, default=5
    held_out : float, default=0.1
        Share of the training pairs that decides when to stop.
    random_state : int, default=0

    Attributes
    ----------
    weights_ : dict of str to array (d, n_components)
    means_ : dict of str to array (d,)
    losses_ : list of float
        Loss on the pairs set aside: before training and after every pass.

    Notes
    -----
    With labels, pairs of one class are not counted as wrong.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(60, 3))
    >>> model = BilinearRanking(2, max_epochs=3).fit({"image": X, "text": X[:, ::-1]})
    >>> model.transform_view("text", X).shape
    (60, 2)
    """

    parameter_ranges = {
        "n_components": Integer(1),
        "loss": Choice(*LOSSES),
        "margin": Real(0),
        "temperature": Real(0, above=True),
        "learning_rate": Real(0, above=True),
        "penalty": Real(0),
        "batch_size": Integer(2),
        "max_epochs": Integer(0),
        "patience": Integer(1),
        "held_out": Real(0, 0.5, above=True),
        "random_state": Integer(0),
    }

    def __init__(
        self,
        n_components: int = 10,
        *,
        loss: str = "triplet",
        margin: float = 0.2,
        temperature: float = 0.1,
        learning_rate: float = 0.001,
        penalty: float = 1e-4,
        batch_size: int = 128,
        max_epochs: int = 100,
        patience: int = 5,
        held_out: float = 0.1,
        random_state: int = 0,
    ) -> None:
        self.n_components = n_components
        self.loss = loss
        self.margin = margin
        self.temperature = temperature
        self.learning_rate = learning_rate
        self.penalty = penalty
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.patience = patience
        self.held_out = held_out
        self.random_state = random_state

    def fit(self, views: Mapping[str, Any], y: Any = None) -> Self:
        """Learn from two paired views; labels, or lists of labels, are optional."""
        check_parameters(self)
        views = check_views(views)
        if len(views) != 2:
            raise ValueError(f"BilinearRanking takes two views, got {len(views)}: {sorted(views)}")
        n = len(next(iter(views.values())))
        if n < 4:
            raise ValueError(
                f"BilinearRanking needs at least 4 pairs, some to learn from and some to stop by, got {n}"
            )
        same = np.arange(n) if y is None else class_indicators(y, n, min_classes=1)[1]
        means = {name: X.mean(axis=0) for name, X in views.items()}
        divisors = {name: spreads(X.var(axis=0), means[name]) for name, X in views.items()}
        X, Y = ((V - means[name]) / divisors[name] for name, V in views.items())
        order = np.random.default_rng(self.random_state).permutation(n)
        n_held = max(2, round(self.held_out * n))
        held, kept = order[:n_held], order[n_held:]
        start = CCA(None, ridge=0.1).fit({"x": X[kept], "y": Y[kept]})
        check_components(self.n_components, start.rank_)
        maps = [(start.weights_[v] * start.component_scale_)[:, : self.n_components] for v in ("x", "y")]
        A, B = self._train(maps, X, Y, same, held, kept)
        self.weights_ = {name: W / divisors[name][:, None] for name, W in zip(views, (A, B), strict=True)}
        self.means_, self.n_features_in_ = means, {name: V.shape[1] for name, V in views.items()}
        return self

    def _train(
        self,
        maps: list[np.ndarray],
        X: np.ndarray,
        Y: np.ndarray,
        same: np.ndarray,
        held: np.ndarray,
        kept: np.ndarray,
    ) -> list[np.ndarray]:
        def loss(S: np.ndarray, wrong: np.ndarray) -> tuple[float, np.ndarray]:
            return LOSSES[self.loss](S, wrong, margin=self.margin, temperature=self.temperature)

        def value_of(pair: Sequence[np.ndarray]) -> float:
            return loss_and_gradients(pair[0], pair[1], X[held], Y[held], wrong_pairs(same[held]), loss)[0]

        origin, best = [W.copy() for W in maps], [W.copy() for W in maps]
        self.losses_ = [value_of(maps)]
        adam = _Adam([W.shape for W in maps], self.learning_rate)
        random = np.random.default_rng(self.random_state + 1)
        for _ in range(self.max_epochs):
            shuffled = random.permutation(kept)
            for rows in np.array_split(shuffled, max(1, len(kept) // self.batch_size)):
                _, to_A, to_B = loss_and_gradients(
                    maps[0], maps[1], X[rows], Y[rows], wrong_pairs(same[rows]), loss
                )
                # The penalty draws towards the CCA it began from, not towards zero, so that few pairs do not
                # spoil it.
                pulls = [2 * self.penalty * (W - W0) for W, W0 in zip(maps, origin, strict=True)]
                adam.step(maps, [to_A + pulls[0], to_B + pulls[1]])
            self.losses_.append(value_of(maps))
            if self.losses_[-1] <= min(self.losses_):
                best = [W.copy() for W in maps]
            if np.argmin(self.losses_) <= len(self.losses_) - 1 - self.patience:
                break
        return best


def wrong_pairs(same: np.ndarray) -> np.ndarray:
    """Pairs of a batch (b, b) that are not one item or, given indicators (b, c), not of one class.

    >>> wrong_pairs(np.array([3, 5])).tolist()
    [[False, True], [True, False]]
    """
    b = len(same)
    wrong = ~np.eye(b, dtype=bool)
    return wrong if same.ndim == 1 else wrong & ~(same @ same.T > 0)
