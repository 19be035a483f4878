"""Fitted estimators as JSON and NumPy arrays in one file, read back without running or importing what it names.

A file holds names of classes, never modules: `known_class` looks them up among the public estimators of classicxm,
a few records of its own, and a fixed list of scikit-learn's transformers. Classes and functions of other packages
are written by their full names, and read only where the caller names the package in ``trusted``. Other estimators
of scikit-learn go through skops, which makes only types that it trusts.
"""

from classicxm.estimator_state.class_names import class_name, known_class
from classicxm.estimator_state.state_files import read_state, write_state

__all__ = ["class_name", "known_class", "read_state", "write_state"]
