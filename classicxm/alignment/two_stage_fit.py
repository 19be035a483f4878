"""Fitting in two stages, so that settings which differ in the second alone share the work of the first.

An aligner takes part by writing ``prepare_fit(views, y)``, ``finish_fit(prepared)`` and ``late_parameters``, the
names of the parameters that only the second stage reads. Any other is prepared by doing nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from joblib import hash as content_hash

from classicxm.base import Aligner
from classicxm.parameters import check_parameters

__all__ = ["finish", "prepare", "sharing_groups"]


def prepare(aligner: Aligner, views: Mapping[str, Any], y: Any) -> Any:
    """What settings of an aligner can share on the same rows; the aligner stays unfitted."""
    return aligner.prepare_fit(views, y) if hasattr(aligner, "prepare_fit") else (views, y)


def finish(aligner: Aligner, prepared: Any) -> Aligner:
    """Fit an aligner on what `prepare` gave for it, or for one that differs in late parameters; returns it."""
    if not hasattr(aligner, "finish_fit"):
        return aligner.fit(*prepared)
    check_parameters(aligner)
    return aligner.finish_fit(prepared)


def sharing_groups(aligner: Aligner, settings: Sequence[Mapping[str, Any]]) -> list[list[int]]:
    """Indices of the settings (dicts of parameters) that share a first stage: a list of lists.

    >>> from classicxm.alignment import GMMFA
    >>> sharing_groups(GMMFA(), [{"ridge": 1.0, "n_within": 5}, {"n_within": 9}, {"ridge": 2.0, "n_within": 5}])
    [[0, 2], [1]]
    """
    late = getattr(aligner, "late_parameters", ())
    groups: dict[Any, list[int]] = {}
    for i, setting in enumerate(settings):
        early = {name: value for name, value in setting.items() if name not in late}
        groups.setdefault(content_hash(early), []).append(i)
    return list(groups.values())
