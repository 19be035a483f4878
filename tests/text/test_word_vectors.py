import os
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from classicxm.alignment import CCA
from classicxm.datasets import make_scenes
from classicxm.encoding import BagOfWords, Encoded, FisherVector
from classicxm.errors import EmptyDescriptionWarning, ItemError, MediaDecodeError
from classicxm.image import ColorHistogram
from classicxm.persistence import load, save
from classicxm.retrieval import CrossModalRetriever
from classicxm.text import WordVectors

TEXTS = ["red dog\nred cat", "blue cat", "the blue dog, blue dog"]
VECTOR_LINES = "red 1 0\nblue 0 1\ndog 2 2\nzebra 3 4\n"


@pytest.fixture
def vector_file(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text(VECTOR_LINES)
    return path


def test_vectors_from_a_file(vector_file):
    words = WordVectors(vectors=vector_file).fit(TEXTS)
    assert words.words_.split("\n") == ["red", "blue", "dog", "zebra"]
    assert words.counts_.tolist() == [2, 3, 3, 0]
    assert words.document_counts_.tolist() == [1, 2, 2, 0]
    assert (words.n_tokens_, words.n_documents_) == (10, 3)
    descriptors, places = words.describe_located("Zebra and cat, RED")
    np.testing.assert_array_equal(descriptors, np.float32([[3, 4], [1, 0]]))
    np.testing.assert_allclose(places, [[2.5 / 18], [16.5 / 18]], rtol=1e-6)
    assert descriptors.dtype == places.dtype == np.float32


def test_a_file_needs_no_texts(vector_file):
    words = WordVectors(vectors=str(vector_file), max_words=2).fit()
    assert words.words_ == "red\nblue" and words.n_tokens_ == 0
    assert words.describe("red dog").tolist() == [[1, 0]]


def test_random_vectors_are_unit_and_depend_on_word_and_seed_alone():
    words = WordVectors(vectors="random", n_dimensions=6).fit(TEXTS)
    np.testing.assert_allclose(np.linalg.norm(words.vectors_, axis=1), 1, rtol=1e-6)
    assert words.words_.split("\n") == ["blue", "dog", "cat", "red"]
    other = WordVectors(vectors="random", n_dimensions=6).fit(["red zebra"])
    np.testing.assert_array_equal(words.describe("red"), other.describe("red"))
    reseeded = clone(words).set_params(random_state=1).fit(TEXTS)
    assert not np.allclose(words.vectors_, reseeded.vectors_)


def test_rare_words_and_all_but_the_most_frequent_are_left_out():
    assert WordVectors(vectors="random", min_count=3).fit(TEXTS).words_ == "blue\ndog"
    assert WordVectors(vectors="random", max_words=1).fit(TEXTS).words_ == "blue"
    assert WordVectors(vectors="random", stop_words=None).fit(TEXTS).words_.endswith("red\nthe")


def test_trained_vectors_put_words_with_the_same_neighbours_together():
    random = np.random.default_rng(0)
    groups = [["cat", "dog", "pet", "fur", "tail"], ["car", "road", "wheel", "motor", "brake"]]
    texts = [" ".join(random.permutation(groups[i % 2])) for i in range(200)]
    words = WordVectors(n_dimensions=16, epochs=30).fit(texts)
    unit = words.vectors_ / np.linalg.norm(words.vectors_, axis=1, keepdims=True)
    row = {word: i for i, word in enumerate(words.words_.split("\n"))}
    inside = unit[row["cat"]] @ unit[row["dog"]]
    across = unit[row["cat"]] @ unit[row["car"]]
    assert inside > across + 0.2


def test_training_sees_lines_one_by_one_and_matches_gensim():
    from gensim.models import Word2Vec

    sentences = [["red", "dog"], ["red", "cat"], ["blue", "cat"], ["blue", "dog", "blue", "dog"]]
    seed = np.random.RandomState(7).randint(2**31 - 1)
    oracle = Word2Vec(
        vector_size=4, min_count=1, sg=1, epochs=3, workers=1, seed=seed, sorted_vocab=0, sample=0
    )
    oracle.build_vocab_from_freq({"blue": 3, "dog": 3, "cat": 2, "red": 2}, corpus_count=4)
    oracle.train(sentences, total_examples=4, epochs=3)
    words = WordVectors(n_dimensions=4, epochs=3, random_state=7).fit(TEXTS)
    for word in ("red", "blue", "dog", "cat"):
        np.testing.assert_array_equal(words.describe(word)[0], oracle.wv[word])


@pytest.mark.slow
def test_training_is_the_same_in_every_process():
    code = (
        "from classicxm.text import WordVectors\nimport zlib\n"
        f"print(zlib.crc32(WordVectors(n_dimensions=8, epochs=2).fit({TEXTS!r} * 9).vectors_.tobytes()))"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(answers) == 1
    here = WordVectors(n_dimensions=8, epochs=2)
    np.testing.assert_array_equal(here.fit(TEXTS).vectors_, clone(here).fit(TEXTS).vectors_)


def test_empty_and_unknown_texts_have_no_descriptors():
    words = WordVectors(vectors="random", n_dimensions=4).fit(TEXTS)
    for text in ("", " \n ", "zebra", "the"):
        descriptors, places = words.describe_located(text)
        assert descriptors.shape == (0, 4) and places.shape == (0, 1)


def test_characters_of_scripts_without_spaces():
    words = WordVectors(n_dimensions=4, epochs=2, analyzer="char").fit(["赤い丸", "青い四角", "红色圆圈"])
    descriptors, places = words.describe_located("青い丸")
    assert descriptors.shape == (3, 4)
    np.testing.assert_allclose(places[:, 0], [1 / 6, 3 / 6, 5 / 6], rtol=1e-6)


@pytest.mark.parametrize("vectors", ["train", "random"])
def test_saved_and_loaded(vectors, tmp_path):
    words = WordVectors(vectors=vectors, n_dimensions=8).fit(TEXTS)
    again = load(save(words, tmp_path / "words"))
    np.testing.assert_array_equal(again.describe("blue cat"), words.describe("blue cat"))
    assert len(words.describe("blue cat")) == 2
    assert all(
        isinstance(value, (str, int, np.ndarray)) for n, value in vars(again).items() if n.endswith("_")
    )


def test_errors(tmp_path):
    with pytest.raises(NotFittedError):
        WordVectors().transform(TEXTS)
    with pytest.raises(
        ValueError, match=r"WordVectors: no word occurs 9 times in the 3 texts.*lower min_count"
    ):
        WordVectors(min_count=9).fit(TEXTS)
    for nothing in (None, [], ["", "the"]):
        with pytest.raises(ValueError, match="no word occurs 1 times"):
            WordVectors().fit(nothing)
    with pytest.raises(ValueError, match="vectors must be 'train' or 'random' or str or PathLike, got 3"):
        WordVectors(vectors=3).fit(TEXTS)
    with pytest.raises(MediaDecodeError, match=r"none\.vec: word vectors cannot be read"):
        WordVectors(vectors=tmp_path / "none.vec").fit(TEXTS)
    with pytest.raises(ItemError, match="a text must be a string"):
        WordVectors(vectors="random").fit([*TEXTS, 3])
    assert WordVectors(vectors="random", on_error="skip").fit([*TEXTS, 3]).n_documents_ == 3


def test_encoded_as_fisher_vector_and_bag_of_words(vector_file):
    local = WordVectors(vectors=vector_file)
    for encoder, width in (
        (FisherVector(n_components=2, random_state=0), 8),
        (BagOfWords(n_words=3, random_state=0), 3),
    ):
        encoded = Encoded(local, encoder).fit(TEXTS)
        with pytest.warns(EmptyDescriptionWarning, match="1 of 4"):
            features = encoded.transform([*TEXTS, "unknown"])
        assert features.shape == (4, width)
        expected = encoded.encoder_.encode(*local.fit(TEXTS).describe_located(TEXTS[0]))
        np.testing.assert_array_equal(features[0], expected)
        assert features.any(axis=1).tolist() == [True, True, True, False]


def test_encoded_learns_vectors_from_its_items_under_its_error_policy(tmp_path):
    encoded = Encoded(WordVectors(n_dimensions=4, epochs=2), BagOfWords(n_words=2, random_state=0))
    with pytest.raises(ItemError, match="a text must be a string"):
        encoded.fit([*TEXTS, 3])
    features = encoded.set_params(on_error="skip").fit([*TEXTS, 3]).transform([*TEXTS, 3])
    assert features.shape == (3, 2) and encoded.local_.n_documents_ == 3
    assert not hasattr(encoded.local, "vectors_")


def test_a_cached_encoder_belongs_to_the_vectors_it_was_fitted_on(vector_file, tmp_path):
    def features():
        encoder = FisherVector(n_components=1, random_state=0)
        return Encoded(WordVectors(vectors=vector_file), encoder, cache=tmp_path / "cache").fit(TEXTS)

    first = features()
    np.testing.assert_array_equal(features().encoder_.means_, first.encoder_.means_)
    vector_file.write_text(VECTOR_LINES.replace("dog 2 2", "dog 9 -3"))
    assert not np.allclose(features().encoder_.variances_, first.encoder_.variances_)


def test_pyramid_over_the_length_of_a_text(vector_file):
    local = WordVectors(vectors=vector_file)
    encoded = Encoded(
        local, BagOfWords(n_words=2, pyramid=((2,),), norm="l1", hellinger=False, random_state=0)
    )
    first, second = encoded.fit(TEXTS).transform(["red red dog dog"])[0].reshape(2, 2)
    assert not np.array_equal(first, second)


def test_retrieves_scenes_by_fisher_vectors_of_words(tmp_path):
    scenes = make_scenes(100, size=48, modalities=("text", "image"))
    text = Encoded(
        WordVectors(n_dimensions=16, epochs=10), FisherVector(n_components=4, n_pca=8, random_state=0)
    )
    aligner = CCA(n_components=8, ridge=0.1)
    retriever = CrossModalRetriever({"text": text, "image": ColorHistogram()}, aligner).fit_collection(scenes)
    hits = retriever.search({"text": "a big red circle"}, target="image", k=10)
    labels = dict(zip(scenes.ids, scenes.column("label"), strict=True))
    assert sum("red" in labels[hit.id] for hit in hits) >= 5
    again = load(retriever.save(tmp_path / "retriever"))
    assert again.search({"text": "a big red circle"}, target="image", k=10) == hits
