"""Text extractors: strings in, one vector each out."""

from classicxm.lazy import attach

__all__, __getattr__, __dir__ = attach(__name__, {"tfidf": ["TfidfText"]})
