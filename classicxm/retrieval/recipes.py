"""Ready-made retrievers: which extractors a modality, and which alignment, under three names.

``baseline`` is what textbooks start with, ``standard`` the best quality in about a tenth of a second of one core an
image, ``strong`` the best quality.
"""

from collections.abc import Sequence
from os import PathLike
from typing import Any

from classicxm.alignment import CCA, Identity, Preprocessed, PrincipalComponents
from classicxm.audio import MFCC, PLP, GammatoneCepstra, LogMelBands, SpectralStatistics
from classicxm.base import Aligner, Extractor, LocalExtractor
from classicxm.encoding import (
    BagOfWords,
    Channels,
    Encoded,
    FisherVector,
    RandomConvolutions,
    Statistics,
)
from classicxm.encoding.feature_blocks import FeatureBlocks
from classicxm.image import LBP, ColorHistogram, DenseColor, DenseSIFT, Located, Mirrored
from classicxm.retrieval.retriever import CrossModalRetriever
from classicxm.retrieval.selection import FoldSelection
from classicxm.retrieval.text_candidates import PIECES
from classicxm.text import TfidfText, TopicsText
from classicxm.video import CHANNELS, FrameFeatures, ImprovedTrajectories

__all__ = ["RECIPES", "check_recipe", "extractor_of", "make_retriever"]

# Sounds of any sample rate are brought to one, so that a mixed collection has one frequency scale.
SAMPLE_RATE = 22_050
MOMENTS = Statistics(("mean", "std", "skewness", 5, 25, 50, 75, 95))


def _texts() -> TfidfText:
    return TfidfText()


def _text_topics() -> TopicsText:
    return TopicsText(method="lsa", n_topics="auto")


def _sift_words() -> Encoded:
    return Encoded(DenseSIFT(), BagOfWords(n_words=500))


def _fisher_images() -> FeatureBlocks:
    # A power below the usual 0.5 evens out bursts of one texture; folds of photos with and without classes prefer it.
    return FeatureBlocks(
        [
            ("sift", Encoded(DenseSIFT(), FisherVector(n_components=64, power=0.25))),
            ("color", Encoded(DenseColor(), FisherVector(n_components=64, power=0.25))),
            ("lbp", LBP()),
        ]
    )


def _mirrored_fisher_images() -> FeatureBlocks:
    # Large bins see the shapes of things; a low power evens out the many components that one texture fills.
    shapes = DenseSIFT(step=6, bin_sizes=(6, 8, 12, 16, 24))
    lab = DenseColor(space="lab", step=6, bin_sizes=(6, 8, 12, 16))
    return FeatureBlocks(
        [
            ("shape", _mirrored_fisher(Located(shapes), n_components=256, n_pca=80, power=0.2)),
            ("texture", _mirrored_fisher(Located(DenseSIFT()), n_components=128, power=0.25)),
            ("color", _mirrored_fisher(Located(DenseColor(), 0.15), n_components=64, power=0.25)),
            ("lab", _mirrored_fisher(Located(lab, 0.15), n_components=64, power=0.2)),
            ("lbp", LBP()),
        ],
        weights={"color": 0.5, "lab": 0.5, "lbp": 0.5},
    )


def _mirrored_fisher(local: LocalExtractor, **settings: Any) -> Encoded:
    return Encoded(Mirrored(local), FisherVector(**settings), sample_size=60_000)


def _mfcc(**settings: Any) -> MFCC:
    return MFCC("slaney", n_mfcc=20, sample_rate=SAMPLE_RATE, **settings)


def _mfcc_statistics() -> Encoded:
    return Encoded(_mfcc(), Statistics(("mean", "std")))


def _sound_words() -> FeatureBlocks:
    return FeatureBlocks(
        [
            ("mfcc-words", Encoded(_mfcc(deltas=1), BagOfWords(n_words=256))),
            ("mfcc", Encoded(_mfcc(deltas=1), MOMENTS)),
            ("spectrum", Encoded(SpectralStatistics(deltas=1, sample_rate=SAMPLE_RATE), MOMENTS)),
        ]
    )


def _fisher_sounds() -> FeatureBlocks:
    gammatone = GammatoneCepstra(n_cepstra=20, deltas=1, sample_rate=SAMPLE_RATE)
    fisher = FisherVector(n_components=32, n_pca=None)
    return FeatureBlocks(
        [
            ("mfcc-fisher", Encoded(_mfcc(deltas=1), fisher)),
            ("gammatone-fisher", Encoded(gammatone, fisher)),
            ("mfcc", Encoded(_mfcc(deltas=1), MOMENTS)),
            ("gammatone", Encoded(gammatone, MOMENTS)),
            ("plp", Encoded(PLP("htk", deltas=1, sample_rate=SAMPLE_RATE), MOMENTS)),
            ("spectrum", Encoded(SpectralStatistics(deltas=1, sample_rate=SAMPLE_RATE), MOMENTS)),
            # The order of frames, which all blocks above forget; folds of sounds and of spoken digits gain by it.
            ("patterns", RandomConvolutions(LogMelBands(sample_rate=SAMPLE_RATE))),
        ],
        weights={"patterns": 0.5},
    )


def _frame_colors() -> FrameFeatures:
    return FrameFeatures(ColorHistogram(), n_frames=8)


def _track_words() -> Encoded:
    return Encoded(ImprovedTrajectories(preset="fast"), Channels(BagOfWords(n_words=256), CHANNELS))


def _track_words_and_fisher() -> FeatureBlocks:
    fisher = FisherVector(n_components=16, n_pca=16, power=0.3)
    return FeatureBlocks(
        [
            ("words", _track_words()),
            ("fisher", Encoded(ImprovedTrajectories(preset="fast"), Channels(fisher, CHANNELS))),
        ]
    )


RECIPES = {
    "baseline": {"text": _texts, "image": _sift_words, "audio": _mfcc_statistics, "video": _frame_colors},
    "standard": {"text": _text_topics, "image": _fisher_images, "audio": _sound_words, "video": _track_words},
    "strong": {
        "text": _text_topics,
        "image": _mirrored_fisher_images,
        "audio": _fisher_sounds,
        "video": _track_words_and_fisher,
    },
}

#: Much ridge and few components: features far outnumber the items of the collections that people bring.
CCA_SETTINGS: dict[str, Any] = {"n_components": "auto", "ridge": 30.0, "power": 2.0}

#: Of the features of one modality that is not aligned with others.
ALONE_COMPONENTS = 128


def check_recipe(recipe: str) -> None:
    """ValueError for a recipe that there is not.

    >>> check_recipe("baseline")
    """
    if recipe not in RECIPES:
        raise ValueError(f"unknown recipe {recipe!r}; choose one of {', '.join(RECIPES)}")


def extractor_of(recipe: str, modality: str) -> Extractor:
    """The unfitted extractor that a recipe describes a modality by.

    >>> extractor_of("baseline", "text")
    TfidfText()
    """
    check_recipe(recipe)
    if modality not in RECIPES[recipe]:
        raise ValueError(f"recipe {recipe!r} describes {', '.join(RECIPES[recipe])}, not {modality}")
    return RECIPES[recipe][modality]()


def text_choices() -> dict[str, Any]:
    """Unfitted text extractors that selection tries beside a recipe's own: dict of str to Extractor."""
    return {
        "tf-idf": TfidfText(sublinear_tf=True, min_df=2),
        "stemmed tf-idf": TfidfText(sublinear_tf=True, min_df=2, stem="english"),
        # pieces of words see into titles such as "dogBarking" and "raininwoods"
        PIECES: TfidfText(analyzer="char_wb", ngram_range=(3, 5)),
    }


def make_retriever(
    recipe: str = "standard",
    modalities: Sequence[str] = ("text", "image"),
    aligner: Aligner | None = None,
    n_jobs: int | None = None,
    on_error: str | None = None,
    cache: str | PathLike[str] | None = None,
    extractors: dict[str, Any] | None = None,
    *,
    select: bool = False,
    aim: str | None = None,
    captions: str = "together",
) -> CrossModalRetriever:
    """An unfitted retriever.

    Parameters
    ----------
    recipe : {"baseline", "standard", "strong"}, default="standard"
        Texts: words by TF-IDF; their latent topics (LSA). Images: a bag of SIFT words; Fisher vectors of SIFT and of
        local colour with LBP; longer ones, of larger bins too and of mirror images. Sounds: mean and deviation of
        MFCC; words and statistics of MFCC; Fisher vectors and statistics of several cepstra. Clips: colours of
        eight frames; words of improved trajectories; those and Fisher vectors.
    modalities : sequence of str, default=("text", "image")
    aligner : Aligner, default=None
        None takes `CCA` with few components and a ridge that suits more features than items; one modality alone is
        not aligned, its items are found by the leading principal components of their features.
    n_jobs, on_error, cache
        See `CrossModalRetriever`.
    extractors : dict of str to Extractor, optional
        What to describe modalities by instead of the recipe.
    select : bool, default=False
        Choose text features (where ``extractors`` has none), and kind and settings of the alignment, on folds of the
        items that are learned from, see `classicxm.retrieval.FoldSelection`; the recipe stays where nothing is
        clearly better. One modality alone has nothing to choose.
    aim : {"class", "partner"} or None, default=None
        What selection is for: items of the query's class, or its own partner; None goes by the labels.
    captions : {"together", "single"}, default="together"
        Whether the index holds several captions of an item as one text or each for itself; see `CrossModalRetriever`.

    Examples
    --------
    >>> sorted(make_retriever("baseline", ["text", "audio"]).extractors)
    ['audio', 'text']
    """
    own = extractors or {}
    extractors = {modality: own.get(modality) or extractor_of(recipe, modality) for modality in modalities}
    if not extractors:
        raise ValueError("a retriever needs at least one modality, got none")
    if select and aligner is not None:
        raise ValueError("select chooses the alignment itself; leave out aligner, or select")
    if aim is not None and not select:
        raise ValueError(f"aim {aim!r} is what selection is for; give select=True, or leave out aim")
    if aim is not None and len(extractors) == 1:
        raise ValueError(
            f"aim {aim!r} is what selection is for, and one modality alone has nothing to choose"
        )
    if captions == "single" and "text" not in extractors:
        raise ValueError(f"captions={captions!r} is of texts, and the modalities are {', '.join(extractors)}")
    selection = None
    if select and len(extractors) > 1:
        selection = FoldSelection(aim, text_choices() if "text" in extractors and "text" not in own else None)
    if aligner is None and len(extractors) == 1:
        aligner = Preprocessed(Identity(), PrincipalComponents(ALONE_COMPONENTS))
    aligner = CCA(**CCA_SETTINGS) if aligner is None else aligner
    return CrossModalRetriever(
        extractors,
        aligner,
        n_jobs=n_jobs,
        on_error=on_error,
        cache=cache,
        selection=selection,
        captions=captions,
    )
