"""Word vectors that are learned, and those that depend on seed and word alone."""

import zlib

import numpy as np
import pytest

from classicxm.text.word_learning import random_vectors, stable_hash, train_vectors


def test_hashes_are_those_of_every_process():
    assert stable_hash("red") == zlib.crc32(b"red") and stable_hash("é") == zlib.crc32("é".encode())


def test_random_vectors():
    found = random_vectors(["red", "blue", "red\ud800"], 50, 0)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(random_vectors(["blue"], 50, 0)[0], found[1])
    assert not np.allclose(random_vectors(["blue"], 50, 1)[0], found[1]) and found.dtype == np.float32
    assert abs(found[0] @ found[1]) < 0.5


def test_words_that_stand_alike_become_alike():
    pytest.importorskip("gensim")
    rng = np.random.default_rng(0)
    sentences = [
        [rng.choice(["red", "blue"]), "paint"] if n % 2 else [rng.choice(["dog", "cat"]), "barks"]
        for n in range(600)
    ]
    counts = {
        word: sum(word in sentence for sentence in sentences)
        for word in ("red", "blue", "dog", "cat", "paint", "barks")
    }
    options = {"n_dimensions": 8, "window": 2, "skip_gram": True, "epochs": 20, "sample": 0, "seed": 0}
    V = train_vectors(sentences, counts, **options)
    U = V / np.linalg.norm(V, axis=1, keepdims=True)
    assert U[0] @ U[1] > U[0] @ U[2] and U[2] @ U[3] > U[1] @ U[3]
    np.testing.assert_array_equal(train_vectors(sentences, counts, **options), V)
