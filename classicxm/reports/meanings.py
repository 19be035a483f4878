"""What the scores of a search are, in one line; it needs no page, so commands say it without templates."""

__all__ = ["score_meaning"]

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


def score_meaning(metric: str, fusion: str = "early", n_parts: int = 1) -> str:
    """One line that says what the scores of a search are.

    >>> score_meaning("cosine")
    'Score: cosine similarity in the common subspace; 1: the same direction, 0: unrelated, -1: opposite.'
    """
    merged = n_parts > 1 and fusion in MEANINGS
    return f"Score: {MEANINGS.get(fusion if merged else metric, f'by {metric}; higher is better')}."
