"""Ready-made retrievers: which extractors, which alignment, under a name."""

from classicxm.alignment import CCA
from classicxm.encoding import BagOfWords, Encoded
from classicxm.image import HOG, ColorHistogram, DenseSIFT
from classicxm.retrieval.blocks import FeatureBlocks
from classicxm.retrieval.retriever import CrossModalRetriever
from classicxm.text import TfidfText

__all__ = ["RECIPES", "make_retriever"]


def _tfidf():
    return TfidfText(min_df=2)


def _sift_words():
    return Encoded(DenseSIFT(), BagOfWords(n_words=500))


def _sift_words_color_and_hog():
    return FeatureBlocks(
        [("sift", _sift_words()), ("color", ColorHistogram()), ("hog", HOG(image_size=(64, 64)))],
    )


RECIPES = {
    "baseline": {"text": _tfidf, "image": _sift_words},
    "standard": {"text": _tfidf, "image": _sift_words_color_and_hog},
}


def make_retriever(
    recipe="standard", modalities=("text", "image"), aligner=None, n_jobs=None, on_error=None, cache=None
):
    """An unfitted retriever.

    Parameters
    ----------
    recipe : {"baseline", "standard"}, default="standard"
        ``baseline``: TF-IDF words and a bag of SIFT words. ``standard``: the image also by colour and HOG.
    modalities : sequence of str, default=("text", "image")
    aligner : Aligner, default=None
        None takes `CCA` with a ridge that suits more features than items.
    n_jobs, on_error, cache
        See `CrossModalRetriever`.

    Examples
    --------
    >>> sorted(make_retriever("baseline").extractors)
    ['image', 'text']
    """
    if recipe not in RECIPES:
        raise ValueError(f"unknown recipe {recipe!r}; choose one of {', '.join(RECIPES)}")
    makers = RECIPES[recipe]
    missing = [modality for modality in modalities if modality not in makers]
    if missing:
        raise ValueError(f"recipe {recipe!r} describes {', '.join(makers)}, not {', '.join(missing)}")
    if len(modalities) < 2:
        raise ValueError(f"a retriever needs at least 2 modalities, got {list(modalities)}")
    extractors = {modality: makers[modality]() for modality in modalities}
    if aligner is None:
        aligner = CCA(n_components=None, ridge=1.0, power=1.0)
    return CrossModalRetriever(extractors, aligner, n_jobs=n_jobs, on_error=on_error, cache=cache)
