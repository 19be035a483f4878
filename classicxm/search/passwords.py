"""Showing estimators whose parameters hold addresses of servers, without the passwords in them."""

from __future__ import annotations

import html
import sys
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.utils import estimator_html_repr

from classicxm.search.sql import without_passwords

__all__ = ["HidesPasswords"]


class HidesPasswords(BaseEstimator):
    """An estimator that is shown without passwords, in a terminal and in a notebook.

    >>> class Asker(HidesPasswords):
    ...     def __init__(self, url):
    ...         self.url = url
    >>> Asker("http://me:secret@host")
    Asker(url='http://me@host')
    """

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        whole = super().__repr__(sys.maxsize)  # a cut could leave half of a password
        shown = without_passwords(whole)
        return super().__repr__(N_CHAR_MAX) if shown == whole else shown

    def _repr_html_(self) -> str:
        """scikit-learn's diagram, or where that would show a password, the plain text."""
        whole = super().__repr__(sys.maxsize)
        shown = without_passwords(whole)
        return estimator_html_repr(self) if shown == whole else html.escape(shown)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        """Both, as notebooks ask for them."""
        return {"text/plain": repr(self), "text/html": self._repr_html_()}
