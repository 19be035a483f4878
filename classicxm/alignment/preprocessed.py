"""An aligner with scikit-learn transformers before it, one a view."""

from sklearn.base import clone

from classicxm.base import Aligner, check_view, check_views
from classicxm.constraints import InstanceOf, check_parameters

__all__ = ["Preprocessed"]


class Preprocessed(Aligner):
    """Each view passes its own transformer (or pipeline), fitted on the training rows, before it is aligned.

    Parameters
    ----------
    aligner : Aligner
    preprocessing : transformer, or dict of view to transformer
        One transformer serves every view (each with a copy of its own); a dict leaves out views to be left alone.

    Attributes
    ----------
    aligner_ : Aligner
    preprocessing_ : dict of str to transformer

    Examples
    --------
    >>> from sklearn.preprocessing import StandardScaler
    >>> from classicxm.alignment import CCA
    >>> views = {"image": [[0.0, 1.0], [1.0, 0.0], [2.0, 5.0]], "text": [[1.0], [2.0], [5.0]]}
    >>> Preprocessed(CCA(1), StandardScaler()).fit(views).transform_view("text", [[5.0]]).shape
    (1, 1)
    """

    parameter_ranges = {"aligner": InstanceOf(Aligner)}

    def __init__(self, aligner, preprocessing):
        self.aligner = aligner
        self.preprocessing = preprocessing

    @property
    def score_metric(self):
        return self.aligner.score_metric

    def __sklearn_is_fitted__(self):
        return hasattr(self, "aligner_")

    def fit(self, views, y=None):
        """Fit copies of the transformers, then of the aligner."""
        check_parameters(self)
        views = check_views(views, min_views=1)
        chosen = self.preprocessing
        if not isinstance(chosen, dict):
            chosen = dict.fromkeys(views, chosen)
        unknown = set(chosen) - set(views)
        if unknown:
            raise ValueError(f"preprocessing names {sorted(unknown)}, but the views are {sorted(views)}")
        for name, transformer in chosen.items():
            if not hasattr(transformer, "transform"):
                raise TypeError(f"preprocessing of {name!r} must have fit and transform, got {transformer!r}")
        self.preprocessing_ = {
            name: clone(transformer).fit(views[name], y) for name, transformer in chosen.items()
        }
        self.n_features_in_ = {name: X.shape[1] for name, X in views.items()}
        self.aligner_ = clone(self.aligner).fit(
            {name: self._prepared(name, X) for name, X in views.items()}, y
        )
        return self

    def _prepared(self, name, X):
        return self.preprocessing_[name].transform(X) if name in self.preprocessing_ else X

    def transform_view(self, modality, X):
        """Prepare and project rows of one view: (n, d) -> (n, n_components)."""
        X = check_view(self, modality, X)
        return self.aligner_.transform_view(modality, self._prepared(modality, X))
