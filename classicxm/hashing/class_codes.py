"""The floor of supervised hashing: an item's code is that of the class it is predicted to be, and nothing more."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state

from classicxm.alignment.semantic import SemanticMatching
from classicxm.base import Aligner, check_view, check_views
from classicxm.hashing.bits import HashAligner, signs
from classicxm.labels import class_indicators, one_class_each
from classicxm.parameters import Either, InstanceOf, Integer, check_parameters

__all__ = ["ClassCodeHash", "predicted_classes", "spread_codes"]

#: Draws of which the one whose nearest codes are farthest apart is taken.
N_DRAWS = 200


def spread_codes(n_codes: int, n_bits: int, random_state: int | np.random.RandomState | None) -> np.ndarray:
    """Different codes (n_codes, n_bits) of +1 and -1, far apart.

    >>> spread_codes(4, 2, 0).shape, len({tuple(code) for code in spread_codes(4, 2, 0).tolist()})
    ((4, 2), 4)
    """
    random = check_random_state(random_state)
    if n_bits <= 16:
        # Few enough to draw without repetition.
        patterns = np.stack([random.choice(2**n_bits, n_codes, replace=False) for _ in range(N_DRAWS)])
        draws = signs((patterns[:, :, None] >> np.arange(n_bits)) & 1)
    else:
        draws = signs(random.normal(size=(N_DRAWS, n_codes, n_bits)))
    agreement = draws @ draws.transpose(0, 2, 1)
    agreement[:, np.arange(n_codes), np.arange(n_codes)] = -n_bits
    return draws[agreement.max(axis=(1, 2)).argmin()]


def predicted_classes(posteriors: np.ndarray, exclusive: bool) -> np.ndarray:
    """Indicators (n, n_classes) of the likeliest class, or of all that are likelier than not.

    >>> predicted_classes(np.array([[0.7, 0.6, 0.1], [0.3, 0.2, 0.1]]), exclusive=False).tolist()
    [[1.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    """
    likeliest = np.eye(posteriors.shape[1])[posteriors.argmax(axis=1)]
    return likeliest if exclusive else np.maximum(likeliest, posteriors > 0.5)


class ClassCodeHash(HashAligner):
    """One classifier per view and one fixed code per class: the least that a supervised hash has to beat.

    A published supervised hash is commonly searched with the database coded by its known labels. Then this one
    reaches about the accuracy of its classifier without learning any code at all.

    Parameters
    ----------
    n_bits : int, default=16
        At least log2 of the number of classes.
    classifier : Aligner or None, default=None
        Whose common space is posteriors of the classes, such as `alignment.KernelRidgeMatching`; None takes
        `alignment.SemanticMatching`, which is logistic regression.
    random_state : int, RandomState or None, default=0
        Of the codes.

    Attributes
    ----------
    classifier_ : fitted Aligner
    exclusive_ : bool
        Whether every training item had one class; otherwise a new item may be predicted to have several.
    class_codes_ : float32 array (n_classes, n_bits)
    classes_ : array (n_classes,)
    codes_ : dict of str to float32 array (n, n_bits)
        Codes of the training items by their labels, the same for every view. Of several classes each bit is what
        most of their codes say.

    Examples
    --------
    >>> views = {"image": [[0.0], [1.0], [5.0], [6.0]], "text": [[1.0], [0.0], [7.0], [6.0]]}
    >>> hasher = ClassCodeHash(8).fit(views, ["sea", "sea", "sky", "sky"])
    >>> bool((hasher.transform_view("text", [[7.0]]) == hasher.class_codes_[1]).all())
    True
    """

    parameter_ranges = {
        "n_bits": Integer(1),
        "classifier": Either(None, InstanceOf(Aligner)),
        "random_state": Either(None, Integer(0), InstanceOf(np.random.RandomState)),
    }

    def __init__(
        self,
        n_bits: int = 16,
        *,
        classifier: Aligner | None = None,
        random_state: int | np.random.RandomState | None = 0,
    ) -> None:
        self.n_bits = n_bits
        self.classifier = classifier
        self.random_state = random_state

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "classifier_")

    def fit(self, views: Mapping[str, Any], y: Any = None) -> Self:
        """Learn from paired views and y: one label, or list of labels, per row."""
        check_parameters(self)
        views = check_views(views)
        self.classes_, indicators = class_indicators(y, len(next(iter(views.values()))))
        if 2**self.n_bits < len(self.classes_):
            raise ValueError(
                f"n_bits must give each of {len(self.classes_)} classes a code of its own, got {self.n_bits}; "
                f"give at least {int(np.ceil(np.log2(len(self.classes_))))}"
            )
        self.class_codes_ = spread_codes(len(self.classes_), self.n_bits, self.random_state)
        self.codes_ = dict.fromkeys(views, signs(indicators @ self.class_codes_))
        self.exclusive_ = one_class_each(indicators)
        chosen = SemanticMatching() if self.classifier is None else clone(self.classifier)
        self.classifier_ = chosen.fit(views, y)
        self.n_features_in_ = {name: X.shape[1] for name, X in views.items()}
        return self

    def project_view(self, modality: str, X: Any) -> np.ndarray:
        """Sum of the codes of the classes each row is predicted to have: (n, d) -> (n, n_bits)."""
        X = check_view(self, modality, X)
        posteriors = self.classifier_.transform_view(modality, X)
        return predicted_classes(posteriors, self.exclusive_) @ self.class_codes_
