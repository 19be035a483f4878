"""Published results, classical and deep, to print beside own rows of the same protocol.

They stand in ``classicxm/reproductions/*.toml``, beside what this package reaches on the same data.
"""

import functools
import tomllib
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

__all__ = ["PublishedResult", "protocol_descriptions", "published_results"]


@dataclass(frozen=True)
class PublishedResult:
    """One system's figures as a paper or its authors' repository gives them.

    Attributes
    ----------
    system : str
    kind : {"classical", "deep"}
    dataset : str
    features : str
        What the system was given, which often matters more than the system.
    protocol : str
        A key of `protocol_descriptions`: split, gallery and measure. Figures compare only within one.
    values : dict of str to float
        By direction ("i2t", "t2i", "mean") or by the names of other measures, as fractions unless they are ranks.
    source : str
        The paper, and the table or the place that repeats it.
    checked : bool
        True where the figures were read there; False where they were only remembered, and must not be printed as fact.
    test_used : {"yes", "no", "not known"}
        Whether the test set was used to select what is printed.
    selection : str
        How that is known.
    """

    system: str
    kind: str
    dataset: str
    features: str
    protocol: str
    values: dict = field(hash=False)
    source: str
    checked: bool = True
    test_used: str = "not known"
    selection: str = ""


def published_results(dataset: str | None = None, protocol: str | None = None) -> list[PublishedResult]:
    """Published results in the order of the file, which keeps tables together.

    Parameters
    ----------
    dataset : str, optional
        "wikipedia", "pascal_sentence", ...; None takes all.
    protocol : str, optional
        A key of `protocol_descriptions`; None takes all.

    Returns
    -------
    list of PublishedResult; empty where nothing is known.

    Raises
    ------
    ValueError
        For a protocol that does not exist.

    Examples
    --------
    >>> scm = next(r for r in published_results("wikipedia", "wiki") if r.system == "SCM")
    >>> scm.kind, scm.values["mean"]
    ('classical', 0.252)
    """
    if protocol is not None and protocol not in protocol_descriptions():
        raise ValueError(
            f"protocol must be one of {', '.join(map(repr, protocol_descriptions()))}, got {protocol!r}"
        )
    return [
        result
        for result in _results()
        if dataset in (None, result.dataset) and protocol in (None, result.protocol)
    ]


def protocol_descriptions() -> dict[str, str]:
    """What each protocol of the published results is, in words: {name: description}."""
    return dict(_named()["protocols"])


@functools.cache
def _results() -> list[PublishedResult]:
    sources = _named()["sources"]
    folder = resources.files("classicxm").joinpath("reproductions")
    results = []
    for path in sorted(folder.iterdir(), key=lambda one: one.name):
        if path.name.endswith(".toml") and path.name != "sources.toml":
            table = tomllib.loads(path.read_text(encoding="utf-8"))
            for row in table.get("published", ()):
                stands = {**row, "source": sources[row["source"]], "dataset": table["dataset"]}
                results.append(PublishedResult(**stands))
    return results


@functools.cache
def _named() -> dict[str, Any]:
    """Protocols and sources, by the names that the tables of results use."""
    path = resources.files("classicxm").joinpath("reproductions/sources.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
