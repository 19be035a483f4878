"""Text extractors: strings in, one vector each out."""

from classicxm.lazy import attach

__all__, __getattr__, __dir__ = attach(
    __name__,
    {
        "bag_of_words": ["BagOfWordsText"],
        "tfidf": ["TfidfText"],
        "topics": ["TopicsText"],
        "word2vec": ["Word2VecText"],
        "word_vectors": ["WordVectors"],
    },
)
