"""Classical cross-modal retrieval: text, images, audio and video in one common subspace."""

from classicxm.lazy import attach

__version__ = "0.1.0"

_exports, __getattr__, __dir__ = attach(
    __name__,
    {
        "base": ["Aligner", "Encoder", "Extractor", "Index", "LocalExtractor"],
        "retrieval": ["CrossModalRetriever"],
        "datasets": ["Collection", "load_collection", "make_scenes"],
        "alignment": ["CCA"],
        "search": ["ExactIndex"],
        "persistence": ["load", "save"],
    },
)
__all__ = ["__version__", *_exports]
