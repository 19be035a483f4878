"""Extractors, alignment and index as one object, from media files to ranked answers."""

from classicxm.lazy import attach

__all__, __getattr__, __dir__ = attach(
    __name__,
    {
        "aligners": ["ALIGNERS", "searched_aligner"],
        "annotation": ["Annotator", "vocabulary"],
        "assessment": ["Assessment", "assess"],
        "blocks": ["FeatureBlocks"],
        "comparing": ["Comparing", "find_material"],
        "evidence": ["Evidence", "Explanation"],
        "explanation_page": ["explained_page", "write_explanation"],
        "filters": ["Filter", "parse_filter"],
        "fusion": ["FUSIONS", "confidence", "early_fusion", "fuse_lists"],
        "histories": ["HitRate", "at_random", "by_popularity", "by_retriever", "leave_one_out"],
        "hits": ["Hit"],
        "page": ["Answer", "answers_page", "write_page"],
        "precomputed": ["PrecomputedFeatures"],
        "recommendation": ["maximal_marginal_relevance"],
        "recipes": ["RECIPES", "extractor_of", "make_retriever"],
        "redaction": ["redacted"],
        "retriever": ["CrossModalRetriever"],
    },
)
