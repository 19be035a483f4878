"""Word vectors made from a collection: skip-gram or CBOW (Mikolov et al. 2013, by gensim), or drawn at random."""

import zlib
from collections.abc import Mapping, Sequence
from hashlib import blake2b

import numpy as np

__all__ = ["random_vectors", "stable_hash", "train_vectors"]

LONGEST_SENTENCE = 10_000  # gensim ignores what comes after so many words


def stable_hash(word: object) -> int:
    """A hash that is the same in every process, which Python's own is not.

    >>> stable_hash("red")
    4200685455
    """
    return zlib.crc32(str(word).encode())


def train_vectors(
    sentences: Sequence[Sequence[str]],
    counts: Mapping[str, int],
    *,
    n_dimensions: int,
    window: int,
    skip_gram: bool,
    epochs: int,
    sample: float,
    seed: int,
) -> np.ndarray:
    """Vectors (n_words, n_dimensions), float32, of the words of ``counts``, learned from where they stand.

    Parameters
    ----------
    sentences : list of lists of str
    counts : dict of str to int
        How often each word occurs, most frequent first.
    n_dimensions, window, epochs, seed : int
    skip_gram : bool
        Predict the neighbours from a word, instead of the word from its neighbours.

    sample : float
        Share of all words above which a word is downsampled; 0 never.

    Five negative samples per word are drawn. One worker and an order of words fixed beforehand make the result depend
    on the arguments alone.
    """
    from gensim.models import Word2Vec

    model = Word2Vec(
        vector_size=n_dimensions,
        window=window,
        min_count=1,
        sg=int(skip_gram),
        epochs=epochs,
        sample=sample,
        seed=seed,
        workers=1,
        hashfxn=stable_hash,
        sorted_vocab=0,
    )
    model.build_vocab_from_freq(counts, corpus_count=len(sentences))
    pieces = [
        sentence[start : start + LONGEST_SENTENCE]
        for sentence in sentences
        for start in range(0, len(sentence), LONGEST_SENTENCE)
    ]
    model.train(pieces, total_examples=len(pieces), epochs=epochs)
    return model.wv.vectors[[model.wv.key_to_index[word] for word in counts]].astype(np.float32)


def random_vectors(words: Sequence[str], n_dimensions: int, seed: int) -> np.ndarray:
    """Unit vectors (n_words, n_dimensions), float32, in directions that depend on seed and word alone.

    >>> pair = random_vectors(["red", "blue"], 4, seed=0)
    >>> bool(np.array_equal(pair[1:], random_vectors(["blue"], 4, seed=0)))
    True
    """
    vectors = np.empty((len(words), n_dimensions))
    for row, word in enumerate(words):
        key = int.from_bytes(blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "little")
        vectors[row] = np.random.default_rng([seed, key]).normal(size=n_dimensions)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
