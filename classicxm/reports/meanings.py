"""What the scores of a search are, in one line; it needs no page, so commands say it without templates."""

from collections.abc import Iterable

__all__ = ["figure_meanings", "score_meaning"]

#: What a measure, or a column beside it, is.
FIGURES = {
    "mAP": "mean average precision: how early items of the query's class come; 1: all of them first",
    "Success@1": "share of queries whose own partner comes first",
    "Success@5": "share of queries whose own partner is among the first five",
    "Success@10": "share of queries whose own partner is among the first ten",
    "MedianRank": "half of the queries have their own partner at this rank or before; 1 is best",
    "MeanRank": "the mean rank of the query's own partner; 1 is best",
    "95 % interval": "where the value would lie with other queries of the same kind, by resampling them",
    "random": "what a random order reaches",
    "query-blind": "what ranking by the commonest classes reaches, without looking at the query",
}

#: What a score is, by metric or way of fusion.
MEANINGS = {
    "cosine": "cosine similarity in the common subspace; 1: the same direction, 0: unrelated, -1: opposite",
    "dot": "dot product in the common subspace; the larger, the better the match",
    "correlation": "correlation of the two vectors in the common subspace; 1: equal, 0: unrelated",
    "euclidean": "minus the Euclidean distance in the common subspace; 0: equal",
    "hamming": "minus the number of bits in which the two codes differ; 0: equal",
    "rrf": "sum over the parts of the query of 1 / (60 + rank); high where several parts rank the item first",
    "combsum": "sum of the normalised scores of the parts of the query",
    "combmnz": "sum of the normalised scores of the parts of the query, times the number of parts that found the item",
}


def score_meaning(metric: str, fusion: str = "early") -> str:
    """One line that says what the scores of a search are.

    >>> score_meaning("cosine")
    'Score: cosine similarity in the common subspace; 1: the same direction, 0: unrelated, -1: opposite.'
    """
    return (
        f"Score: {MEANINGS.get(fusion if fusion in MEANINGS else metric, f'by {metric}; higher is better')}."
    )


def figure_meanings(names: Iterable[str]) -> list[tuple[str, str]]:
    """Names of measures and columns with a line about each; those that need none are left out.

    >>> figure_meanings(["direction", "random"])
    [('random', 'what a random order reaches')]
    """
    return [(name, FIGURES[name]) for name in names if name in FIGURES]
