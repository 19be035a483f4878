import numpy as np
import pytest
from sklearn.decomposition import LatentDirichletAllocation
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from classicxm.alignment import SemanticMatching
from classicxm.errors import EmptyDescriptionWarning, ItemError
from classicxm.persistence import load, save
from classicxm.text import TopicsText

ANIMALS = ["cat", "dog", "horse", "fur", "tail", "barn"]
CARS = ["road", "wheel", "motor", "brake", "truck", "lane"]
RANDOM = np.random.default_rng(0)
TEXTS = [" ".join(RANDOM.choice([ANIMALS, CARS][i % 2], 12)) for i in range(40)]


def test_posteriors_are_those_of_scikit_learn():
    counts = CountVectorizer().fit_transform(TEXTS)
    oracle = LatentDirichletAllocation(3, max_iter=20, learning_method="batch", random_state=0).fit(counts)
    features = TopicsText(n_topics=3).fit(TEXTS).transform(TEXTS)
    np.testing.assert_allclose(features, oracle.transform(counts), atol=1e-6)
    np.testing.assert_allclose(features.sum(axis=1), 1, atol=1e-6)
    assert features.min() > 0


@pytest.mark.parametrize("method", ["lda", "lsa"])
def test_two_subjects_are_two_topics(method):
    features = TopicsText(method, n_topics=2).fit(TEXTS).transform(TEXTS)
    winners = np.abs(features).argmax(axis=1)
    assert len(set(winners[::2])) == len(set(winners[1::2])) == 1 and winners[0] != winners[1]


def test_lsa_keeps_the_cosines_of_the_nearest_matrix_of_that_rank():
    X = TfidfVectorizer(sublinear_tf=True).fit_transform(TEXTS).toarray()
    left, values, _ = np.linalg.svd(X, full_matrices=False)
    scores = left[:, :4] * values[:4]
    scores /= np.linalg.norm(scores, axis=1, keepdims=True)
    features = TopicsText("lsa", n_topics=4, max_iter=10).fit(TEXTS).transform(TEXTS)
    np.testing.assert_allclose(features @ features.T, scores @ scores.T, atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(features, axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("method", ["lda", "lsa"])
def test_empty_and_unknown_texts_are_zero_rows(method):
    topics = TopicsText(method, n_topics=2).fit(TEXTS)
    with pytest.warns(EmptyDescriptionWarning, match="3 of 4"):
        features = topics.transform(["", "the", "zebra", ["cat", "dog"]])
    assert features.any(axis=1).tolist() == [False, False, False, True]


@pytest.mark.parametrize("method", ["lda", "lsa"])
def test_a_text_alone_is_described_as_among_others(method):
    topics = TopicsText(method, n_topics=3).fit(TEXTS)
    np.testing.assert_allclose(topics.transform(TEXTS[5:6])[0], topics.transform(TEXTS)[5], atol=1e-6)


def test_lsa_of_a_text_outside_all_topics_is_zero_not_noise():
    texts = ["cat dog cat dog"] * 9 + ["wheel"]
    topics = TopicsText("lsa", n_topics=1).fit(texts)
    with pytest.warns(EmptyDescriptionWarning):
        assert not topics.transform(["wheel"]).any()


@pytest.mark.parametrize("method", ["lda", "lsa"])
def test_saved_loaded_and_repeated(method, tmp_path):
    topics = TopicsText(method, n_topics=3, max_iter=5).fit(TEXTS)
    features = topics.transform(TEXTS)
    again = load(save(topics, tmp_path / "topics"))
    np.testing.assert_array_equal(again.transform(TEXTS), features)
    np.testing.assert_array_equal(again.fit(TEXTS).transform(TEXTS), features)
    np.testing.assert_array_equal(again.set_params(n_jobs=2).transform(TEXTS), features)
    assert topics.n_features_out_ == 3


@pytest.mark.parametrize(
    ("method", "texts"),
    [
        ("lda", ["red"]),
        ("lda", ["red"] * 5),
        ("lda", ["red", ""]),
        ("lda", ["red " * 100_000, "blue"]),
        ("lsa", ["red dog"]),
        ("lsa", ["red dog"] * 5),
        ("lsa", ["red dog", ""]),
        ("lsa", ["red dog " * 50_000, "red blue"]),
    ],
)
def test_degenerate_collections(method, texts):
    features = TopicsText(method, n_topics=1).fit(texts).transform(texts[:1])
    assert features.shape == (1, 1) and np.isfinite(features).all() and features.any()


def test_other_scripts():
    texts = ["赤い丸", "赤い丸、赤", "四角形", "四角、四角形"]
    features = TopicsText("lsa", n_topics=2, analyzer="char", ngram_range=(1, 2)).fit(texts).transform(texts)
    similar = features @ features.T
    assert similar[0, 1] > similar[0, 2] and similar[2, 3] > similar[1, 3]


def test_errors():
    with pytest.raises(NotFittedError):
        TopicsText().transform(TEXTS)
    with pytest.raises(ValueError, match="TopicsText: method must be one of 'lda', 'lsa', got 'plsa'"):
        TopicsText("plsa").fit(TEXTS)
    with pytest.raises(
        ValueError, match="n_topics must be at most 12 for 40 texts of 12 terms, got 13; lower it"
    ):
        TopicsText(n_topics=13).fit(TEXTS)
    with pytest.raises(ValueError, match="n_topics must be at most 3 for 3 texts"):
        TopicsText("lsa", n_topics=4).fit(TEXTS[:3])
    with pytest.raises(ValueError, match="method='lsa' needs at least 2 terms, got 1"):
        TopicsText("lsa", n_topics=1).fit(["red", "red red"])
    with pytest.raises(ValueError, match="empty vocabulary"):
        TopicsText().fit(["", "the"])
    with pytest.raises(ItemError, match="a text must be a string"):
        TopicsText().fit([*TEXTS, 3])
    assert TopicsText(on_error="skip").fit([*TEXTS, 3]).transform([3, TEXTS[0]]).shape == (1, 10)


def test_topics_of_rounding_alone_are_zero_for_every_text():
    texts = [f"a {colour} box" for colour in ("red", "blue", "green", "yellow")] * 6
    topics = TopicsText("lsa", n_topics="auto").fit(texts)
    learned, others = topics.transform(texts), topics.transform(["red", "box", "red blue"])
    constant = np.ptp(learned, axis=0) == 0
    assert np.linalg.matrix_rank(learned) == 4 and topics.n_features_out_ == 5
    assert not learned[:, 4].any() and not others[:, 4].any() and constant[4]
    assert len(np.unique(np.round(others @ others.T, 3))) > 2  # what was learned tells them apart


def test_a_word_alone_finds_its_class_where_few_captions_differ():
    colours = {"red": 0, "blue": 1, "green": 2, "yellow": 3}
    captions, labels = [f"a {colour} box" for colour in colours] * 6, [*colours] * 6
    pictures = np.eye(4)[np.arange(24) % 4] + 0.01 * np.random.default_rng(0).normal(size=(24, 4))
    topics = TopicsText("lsa", n_topics="auto").fit(captions)
    matching = SemanticMatching().fit({"text": topics.transform(captions), "image": pictures}, labels)
    found = matching.transform_view("text", topics.transform([*colours])).argmax(axis=1)
    assert matching.classes_[found].tolist() == [*colours]
