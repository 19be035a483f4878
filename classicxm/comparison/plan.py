"""What a comparison tries and how it is measured."""

from dataclasses import dataclass, field

from classicxm.distances import METRICS
from classicxm.evaluation.measures import AP_PRESETS, named_measures
from classicxm.parameters import Integer

__all__ = ["DISTANCES", "PARTNER_MEASURES", "Plan"]

#: In the order of the printed table: the three that everybody asks for, then the others.
DISTANCES = ("euclidean", "cosine", "kl", "cityblock", "correlation", "js", "chi2", "hellinger", "dot")
#: Of the query's own partner, whatever else is relevant.
PARTNER_MEASURES = ("Success@10", "MedianRank")


@dataclass(frozen=True)
class Plan:
    """What is tried and how it is measured.

    Attributes
    ----------
    distances : sequence of str, of `classicxm.distances.METRICS`
    indexes : dict of str to Index or None
        None ranks the whole gallery exactly.
    protocol : str
        The AP of the table, of `AP_PRESETS`; distances are chosen by it.
    measures : sequence of str
        Further measures kept for every query.
    n_folds, random_state : int
    """

    distances: tuple = DISTANCES
    indexes: dict = field(default_factory=lambda: {"exact": None})
    protocol: str = "wiki"
    measures: tuple = ("P@10",)
    n_folds: int = 5
    random_state: int = 0

    def check(self) -> None:
        """ValueError for the first thing that does not exist."""
        for distance in self.distances:
            if distance not in METRICS:
                raise ValueError(f"unknown distance {distance!r}; choose one of {', '.join(DISTANCES)}")
        for name, values in (("distances", self.distances), ("indexes", self.indexes)):
            if not len(values) or len(set(values)) < len(values):
                raise ValueError(f"{name} must be one or more, each once, got {list(values)}")
        if self.protocol not in AP_PRESETS or AP_PRESETS[self.protocol].ties != "gallery_order":
            known = [name for name, preset in AP_PRESETS.items() if preset.ties == "gallery_order"]
            raise ValueError(f"unknown protocol {self.protocol!r}; choose one of {', '.join(known)}")
        named_measures((self.protocol, *self.measures))
        if not Integer(2).accepts(self.n_folds):
            raise ValueError(f"n_folds must be an integer of at least 2, got {self.n_folds!r}")
