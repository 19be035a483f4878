"""Measures as values: ``measure("AP@50")`` is an object with a name, a function of scores and a mean.

What can be measured is a registry of `MeasureKind`; a new one is registered by one call, and is then known by its name
to `evaluate`, `AlignerSearch`, comparisons and the command line.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from classicxm.evaluation import ranked as on_ranked
from classicxm.evaluation.ranking import per_query
from classicxm.evaluation.ties import TIE_POLICIES, RankedRelevance, check_ties
from classicxm.sequences import plain_array

__all__ = [
    "AP_PRESETS",
    "INSTANCE_MEASURES",
    "KINDS",
    "Measure",
    "MeasureKind",
    "measure",
    "named_measures",
    "register_measure",
]

CUTOFFS = ("no", "may", "must")


@dataclass(frozen=True)
class MeasureKind:
    """One kind of measure, before a cutoff and a tie policy make it a `Measure`.

    Attributes
    ----------
    name : str
        Letters and digits, such as "nDCG".
    function : callable
        ``function(ranked, cutoff=None) -> (n_queries,)`` of a `RankedRelevance`, whose ``gains`` (n_queries, n_items)
        are relevances in ranked order; without the cutoff where the kind takes none.
    cutoff : {"no", "may", "must"}, default="may"
        Whether ``name@10`` can or must be written.
    higher_is_better : bool, default=True
    summary : callable, default=numpy.mean
        The one number of a table, from the values of all queries.
    """

    name: str
    function: Callable[..., np.ndarray]
    cutoff: str = "may"
    higher_is_better: bool = True
    summary: Callable[[np.ndarray], float] = np.mean


#: Registered kinds by name.
KINDS: dict[str, MeasureKind] = {}


def register_measure(kind: MeasureKind) -> MeasureKind:
    """Make a kind of measure known by its name; ValueError for a name that is taken or is no name.

    Examples
    --------
    Bpref's simplest relative, the share of queries whose first answer is wrong:

    >>> wrong = register_measure(MeasureKind("Wrong", lambda ranked: 1.0 - (ranked.gains[:, 0] > 0), "no", False))
    >>> measure("Wrong")([[0.9, 0.1]], [[0, 1]])
    array([1.])
    >>> del KINDS["Wrong"]
    """
    if not re.fullmatch("[A-Za-z0-9]+", kind.name):
        raise ValueError(f"a measure's name must be letters and digits, got {kind.name!r}")
    if kind.cutoff not in CUTOFFS:
        raise ValueError(f"cutoff must be one of {', '.join(CUTOFFS)}, got {kind.cutoff!r}")
    if kind.name in KINDS:
        raise ValueError(f"a measure {kind.name!r} is registered already; choose another name")
    KINDS[kind.name] = kind
    return kind


for _kind in (
    MeasureKind("AP", on_ranked.average_precision),
    MeasureKind("11pt", on_ranked.interpolated_average_precision, "no"),
    MeasureKind("P", on_ranked.precision, "must"),
    MeasureKind("Recall", on_ranked.recall, "must"),
    MeasureKind("Success", on_ranked.success, "must"),
    MeasureKind("nDCG", on_ranked.ndcg),
    MeasureKind("RR", on_ranked.reciprocal_rank),
    MeasureKind("MedianRank", on_ranked.first_relevant_rank, "no", False, np.median),
    MeasureKind("MeanRank", on_ranked.first_relevant_rank, "no", False),
):
    register_measure(_kind)

_NAME = re.compile(r"(?P<kind>[A-Za-z0-9]+)(@(?P<cutoff>[0-9]+))?(\((?P<variants>[a-z_, ]+)\))?")


@dataclass(frozen=True)
class Measure:
    """One measure with its settings; calling it gives one value per query.

    Parameters
    ----------
    kind : str
        AP, 11pt, P, Recall, Success, nDCG, RR, MedianRank, MeanRank, or the name of a registered `MeasureKind`.
    cutoff : int or None
        Ranks looked at; P, Recall and Success need it, None is the whole gallery.
    denominator : {"found", "all"}
        Of AP: relevant items found within the cutoff, or all relevant items.
    ties : str
        The tie policy; see `ranked_relevance`.

    Examples
    --------
    >>> Measure("AP", cutoff=50, denominator="all").name
    'AP@50(all)'
    """

    kind: str
    cutoff: int | None = None
    denominator: str = "found"
    ties: str = "gallery_order"

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(map(repr, KINDS))}, got {self.kind!r}")
        takes = KINDS[self.kind].cutoff
        if takes == "no" and self.cutoff is not None:
            raise ValueError(f"{self.kind} takes no cutoff, got {self.cutoff!r}; leave out @{self.cutoff}")
        if takes == "must" and self.cutoff is None:
            raise ValueError(f"{self.kind} needs a cutoff; write {self.kind}@10")
        on_ranked.check_cutoff(self.cutoff)
        on_ranked.check_denominator(self.denominator)
        if self.denominator == "all" and self.kind != "AP":
            raise ValueError(f"only AP has the denominator 'all', got it for {self.kind}")
        check_ties(self.ties)

    @property
    def name(self) -> str:
        """The name that `measure` parses back into this value."""
        cutoff = "" if self.cutoff is None else f"@{self.cutoff}"
        plain = ("found", "gallery_order")
        variants = ",".join(v for v in (self.denominator, self.ties) if v not in plain)
        return f"{self.kind}{cutoff}" + (f"({variants})" if variants else "")

    def __str__(self) -> str:
        return self.name

    @property
    def higher_is_better(self) -> bool:
        """False for ranks, True for everything else."""
        return KINDS[self.kind].higher_is_better

    def __call__(
        self, scores: ArrayLike, relevant: ArrayLike, ids: Sequence[Any] | None = None
    ) -> np.ndarray:
        """One value per query, (n_queries,), from scores and relevance (n_queries, n_items)."""
        return per_query(self.of, scores, relevant, self.ties, ids)

    def of(self, ranked: RankedRelevance) -> np.ndarray:
        """One value per query from a `RankedRelevance` that was made under this measure's tie policy."""
        kind = KINDS[self.kind]
        settings: dict[str, Any] = {} if kind.cutoff == "no" else {"cutoff": self.cutoff}
        if self.kind == "AP":
            settings["denominator"] = self.denominator
        return kind.function(ranked, **settings)

    def mean(self, values: ArrayLike) -> float:
        """The one number of a table: the median for MedianRank, else the plain mean."""
        values = plain_array("values", values)
        if not len(values):
            raise ValueError(f"{self.name} of no queries has no mean; give at least one query")
        return float(KINDS[self.kind].summary(values))


#: The definitions of mAP that published tables use. ``hashing`` expects Hamming similarities as scores.
AP_PRESETS = {
    "wiki": Measure("AP"),
    "at50": Measure("AP", cutoff=50),
    "11pt": Measure("11pt"),
    "hashing": Measure("AP", denominator="all"),
    "trec": Measure("AP", denominator="all", ties="trec"),
}

#: What captioning papers report; use with `instance_relevance`.
INSTANCE_MEASURES = ("Success@1", "Success@5", "Success@10", "MedianRank", "MeanRank")


def measure(name: str | Measure, ties: str | None = None) -> Measure:
    """The measure of a name such as ``AP``, ``AP@50(all)``, ``nDCG@10``, ``RR`` or a preset's name.

    Parameters
    ----------
    name : str or Measure
        KIND[@CUTOFF][(VARIANTS)], variants being ``all`` (AP's denominator) or a tie policy; or a key of
        `AP_PRESETS`. A Measure stands for itself.
    ties : str or None
        Replaces the measure's own tie policy.

    Examples
    --------
    >>> measure("Success@5")([[3, 2, 1]], [[0, 1, 0]])
    array([1.])
    >>> measure("trec") == measure("AP(all,trec)")
    True
    """
    if not isinstance(name, (str, Measure)):
        raise TypeError(f"a measure must be a name or a Measure, got {type(name).__name__}")
    found = name if isinstance(name, Measure) else AP_PRESETS.get(name) or _parsed(name)
    return found if ties is None else replace(found, ties=ties)


def named_measures(
    measures: str | Measure | Sequence[str | Measure], ties: str | None = None
) -> dict[str, Measure]:
    """One or several measures as a dict from the name they were asked by to the Measure."""
    if isinstance(measures, (str, Measure)):
        measures = [measures]
    if not isinstance(measures, Iterable):
        raise TypeError(f"measures must be names or Measures, got {measures!r:.60}")
    chosen = {}
    for asked in measures:
        value = measure(asked, ties)
        key = asked if isinstance(asked, str) else value.name
        if key in chosen:
            raise ValueError(f"measures must have different names, got {key!r} twice")
        chosen[key] = value
    return chosen


def _parsed(name: str) -> Measure:
    match = _NAME.fullmatch(name)
    if match is None or match["kind"] not in KINDS:
        kinds = ", ".join(name + ("@K" if kind.cutoff == "must" else "") for name, kind in KINDS.items())
        raise ValueError(f"no measure {name!r}; give one of {kinds}, or a preset of {', '.join(AP_PRESETS)}")
    settings = {}
    for variant in (match["variants"] or "").replace(" ", "").split(","):
        if variant in ("found", "all"):
            settings["denominator"] = variant
        elif variant in TIE_POLICIES:
            settings["ties"] = variant
        elif match["variants"]:
            raise ValueError(
                f"{name}: variants are 'all' or one of {', '.join(TIE_POLICIES)}, got {variant!r}"
            )
    return Measure(match["kind"], int(match["cutoff"]) if match["cutoff"] else None, **settings)
