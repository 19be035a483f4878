"""Extractors, alignment and index as one object, from media files to ranked answers."""

from classicxm.lazy import attach

__all__, __getattr__, __dir__ = attach(
    __name__,
    {
        "annotation": ["Annotator", "vocabulary"],
        "assessment": ["Assessment", "assess"],
        "blocks": ["FeatureBlocks"],
        "hits": ["Hit"],
        "page": ["Answer", "answers_page", "write_page"],
        "precomputed": ["PrecomputedFeatures"],
        "recipes": ["RECIPES", "extractor_of", "make_retriever"],
        "redaction": ["redacted"],
        "retriever": ["CrossModalRetriever"],
    },
)
