"""Fitting in two stages, so that settings which differ in the second alone share the work of the first.

An aligner takes part by writing ``prepare_fit(views, y)``, ``finish_fit(prepared)`` and ``late_parameters``, the
names of the parameters that only the second stage reads, first those that change most of it. Any other is prepared by
doing nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from joblib import hash as content_hash

from classicxm.base import Aligner
from classicxm.parameters import check_parameters

__all__ = ["finish", "has_two_stages", "prepare", "sharing_groups"]


def has_two_stages(aligner: Aligner) -> bool:
    """Whether ``prepare_fit`` and ``finish_fit`` do what ``fit`` does: not where a subclass writes ``fit`` alone.

    >>> from classicxm.alignment import CCA, PrivateCCA
    >>> has_two_stages(CCA()), has_two_stages(PrivateCCA())
    (True, False)
    """
    written = (vars(kind) for kind in type(aligner).__mro__)
    return next(
        ("prepare_fit" in names for names in written if "fit" in names or "prepare_fit" in names), False
    )


def prepare(aligner: Aligner, views: Mapping[str, Any], y: Any) -> Any:
    """What settings of an aligner can share on the same rows; the aligner stays unfitted."""
    return aligner.prepare_fit(views, y) if has_two_stages(aligner) else (views, y)


def finish(aligner: Aligner, prepared: Any) -> Aligner:
    """Fit an aligner on what `prepare` gave for it, or for one that differs in late parameters; returns it."""
    if not has_two_stages(aligner):
        return aligner.fit(*prepared)
    check_parameters(aligner)
    return aligner.finish_fit(prepared)


def sharing_groups(aligner: Aligner, settings: Sequence[Mapping[str, Any]]) -> list[list[int]]:
    """Indices of the settings (dicts of parameters) that share a first stage: a list of lists.

    Those of one group follow each other so that the first late parameter changes least often.

    >>> from classicxm.alignment import CCA, GMMFA
    >>> sharing_groups(GMMFA(), [{"ridge": 1.0, "n_within": 5}, {"n_within": 9}, {"ridge": 2.0, "n_within": 5}])
    [[0, 2], [1]]
    >>> sharing_groups(CCA(), [{"n_components": n, "ridge": r} for n in (1, 2) for r in (0.1, 1.0)])
    [[0, 2, 1, 3]]
    """
    late = getattr(aligner, "late_parameters", ())
    groups: dict[Any, list[int]] = {}
    for i, setting in enumerate(settings):
        early = {name: value for name, value in setting.items() if name not in late}
        groups.setdefault(content_hash(early), []).append(i)
    values = {name: [content_hash(setting.get(name)) for setting in settings] for name in late}

    def nested(i: int) -> list[int]:
        return [hashes.index(hashes[i]) for hashes in values.values()]

    return [sorted(group, key=nested) for group in groups.values()]
