"""From what a user asks for, by name, to a comparison."""

from functools import partial

from classicxm.evaluation import Plan, run_comparison
from classicxm.evaluation.plan import DISTANCES
from classicxm.retrieval.aligners import find_aligners, searched_aligner
from classicxm.retrieval.embedded import with_embeddings
from classicxm.retrieval.material import collection_material, wikipedia_material
from classicxm.search import HammingIndex, LSHIndex, NearPyIndex

__all__ = ["INDEXES", "Comparing", "find_material"]

WIKIPEDIA = "wikipedia:"
#: None ranks the whole gallery; the others are set to each distance that they are tried under.
INDEXES = {"exact": None, "lsh": LSHIndex(), "hamming": HammingIndex(), "nearpy": NearPyIndex()}


class Comparing:
    """A comparison set up by names; they are checked at once, before anything is described.

    Parameters
    ----------
    aligners : sequence of str or None
        Of `classicxm.retrieval.ALIGNERS`, None all but near relatives.
    distances : sequence of str or None
        None all of `classicxm.evaluation.DISTANCES`.
    indexes : sequence of str
        Of `INDEXES`.
    protocol, measures, n_folds, random_state
        See `classicxm.evaluation.Plan`.
    relevance : {"class", "instance"}, default="class"
        Items that share a label, or the query's own partner alone.
    baseline : str or None
        An aligner.

    Examples
    --------
    >>> Comparing(["cca", "sm"], ["cosine"], baseline="cca").baseline
    'CCA'
    """

    def __init__(
        self,
        aligners=None,
        distances=None,
        indexes=("exact",),
        *,
        protocol="wiki",
        measures=("P@10",),
        n_folds=5,
        random_state=0,
        relevance="class",
        baseline=None,
    ):
        if relevance not in ("class", "instance"):
            raise ValueError(f"relevance must be 'class' or 'instance', got {relevance!r}")
        for name in indexes:
            if name not in INDEXES:
                raise ValueError(f"unknown index {name!r}; choose one of {', '.join(INDEXES)}")
        self.relevance = relevance
        self.aligners = find_aligners(aligners, relevance == "class")
        self.baseline = None if baseline is None else find_aligners([baseline])[0]
        if self.baseline not in (None, *self.aligners):
            raise ValueError(f"baseline must be one of {', '.join(self.aligners)}, got {baseline!r}")
        self.plan = Plan(
            DISTANCES if distances is None else tuple(distances),
            {name: INDEXES[name] for name in dict.fromkeys(indexes)},
            protocol,
            tuple(measures),
            n_folds,
            random_state,
        )
        self.plan.check()

    def run(self, material, n_jobs=1, journal=None):
        """The `Comparison` of a `Material`; see `classicxm.evaluation.run_comparison`."""
        labels = (None, None)
        if self.relevance == "class":
            labels = material.labels("train"), material.labels("test")
        searches = {name: partial(self._search, name) for name in self.aligners}
        return run_comparison(
            material.features, searches, *labels, plan=self.plan, n_jobs=n_jobs, journal=journal
        )

    def _search(self, name, views):
        return searched_aligner(
            name,
            views,
            protocol=self.plan.protocol,
            relevance=self.relevance,
            n_folds=self.plan.n_folds,
            random_state=self.plan.random_state,
        )


def find_material(source, features=None, modalities=None, embeddings=(), **settings):
    """The `Material` of a collection, or of ``wikipedia:DIR``.

    Parameters
    ----------
    source : str or path
    features, modalities
        See `collection_material`.
    embeddings : sequence of str
        See `with_embeddings`.
    **settings
        test, relevance, n_jobs, on_error and cache of `collection_material`.
    """
    source = str(source)
    if source.startswith(WIKIPEDIA):
        if settings.get("test") is not None or (
            modalities is not None and sorted(modalities) != ["image", "text"]
        ):
            raise ValueError(
                "wikipedia:DIR has images and texts and its own split; leave out --modalities and --test"
            )
        material = wikipedia_material(source.removeprefix(WIKIPEDIA), features)
    else:
        material = collection_material(source, features, modalities, **settings)
    return with_embeddings(material, embeddings) if embeddings else material
