"""Linear and kernel classifiers of sounds, every setting chosen by accuracy on folds of the training part."""

import numpy as np
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

__all__ = ["CLASSIFIERS", "predictions"]

PENALTIES = (0.1, 1.0, 10.0, 100.0)
WIDTHS = (0.25, 0.5, 1.0, 2.0)  # of the kernel, in units of 1 / mean squared distance
CLASSIFIERS = {
    "linear-svm": [("linear", None, scale) for scale in (False, True)],
    "rbf-svm": [("rbf", width, scale) for scale in (False, True) for width in WIDTHS],
}


def predictions(classifier, train, train_labels, train_folds, test):
    """Predicted labels of test items, and the settings that did best on the folds of the training items.

    Parameters
    ----------
    classifier : {"linear-svm", "rbf-svm"}
    train, test : arrays (n_train, d), (n_test, d)
    train_labels, train_folds : arrays (n_train,)

    Returns
    -------
    predicted : (n_test,)
    settings : dict
    """
    best, accuracy = None, -1.0
    for kernel, width, scale in CLASSIFIERS[classifier]:
        among, across = _kernel_matrices(kernel, width, scale, train, test)
        for penalty in PENALTIES:
            right = np.concatenate(
                [
                    _predict(
                        among[np.ix_(kept, kept)], train_labels[kept], among[np.ix_(held, kept)], penalty
                    )
                    == train_labels[held]
                    for kept, held in _folds(train_folds)
                ]
            )
            if right.mean() > accuracy:
                best, accuracy = (among, across, penalty, kernel, width, scale), right.mean()
    among, across, penalty, kernel, width, scale = best
    settings = {"kernel": kernel, "width": width, "scaled": scale, "C": penalty}
    return _predict(among, train_labels, across, penalty), settings


def _folds(folds):
    for fold in np.unique(folds):
        yield np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)


def _predict(among, labels, across, penalty):
    return SVC(C=penalty, kernel="precomputed").fit(among, labels).predict(across)


def _kernel_matrices(kernel, width, scale, train, test):
    """Kernel among training items, and of test items with training items; unit mean square distance or product."""
    train, test = np.asarray(train, np.float64), np.asarray(test, np.float64)
    if scale:
        scaler = StandardScaler().fit(train)
        train, test = scaler.transform(train), scaler.transform(test)
    among, across = train @ train.T, test @ train.T
    if kernel == "linear":
        unit = np.trace(among) / len(among)
        return among / unit, across / unit
    own, other = np.diag(among), np.einsum("ij,ij->i", test, test)
    distances = own[:, None] + own - 2 * among
    unit = width / distances.mean()
    return np.exp(-unit * distances), np.exp(-unit * (other[:, None] + own - 2 * across))
