"""The solved functions agree with the package, and with other people's programs, to 1e-8."""

import numpy as np
import pytest
from sklearn.metrics import pairwise_distances_argmin
from sklearn.neighbors import NearestCentroid

from classicxm.alignment import CCA
from classicxm.audio.filterbanks import mel_filterbank
from classicxm.evaluation import evaluate, ndcg_at, paired_randomisation_test, precision_at, run_matrices
from classicxm.image.hog import cell_histograms
from classicxm.search import ExactIndex
from classicxm.teaching.grading import module_of
from classicxm.teaching.sources import load
from classicxm.text import TfidfText
from tests.teaching.conftest import SOURCE


@pytest.fixture(scope="module")
def solved():
    return lambda name: module_of(load(name, SOURCE).solved, f"{name}_solved")


def test_tfidf_is_that_of_the_package(solved):
    rng = np.random.default_rng(0)
    words = [f"term{i:02d}" for i in range(30)]
    texts = [" ".join(rng.choice(words, size=20)) for _ in range(15)]
    extractor = TfidfText().fit(texts)
    terms = list(extractor.vectorizer_.get_feature_names_out())
    counts = np.array([[text.split().count(term) for term in terms] for text in texts])
    np.testing.assert_allclose(solved("features").tfidf(counts), extractor.transform(texts), atol=1e-6)


def test_orientations_are_those_of_one_cell(solved):
    grey = np.random.default_rng(1).uniform(size=(8, 8))
    found = solved("features").orientation_histogram(grey, 9)
    np.testing.assert_allclose(found, cell_histograms(grey)[0, 0], atol=1e-8)


@pytest.mark.parametrize(("m", "n_fft", "rate"), [(26, 512, 16000), (24, 512, 8000), (10, 256, 22050)])
def test_mel_filters_are_htks(solved, m, n_fft, rate):
    expected = mel_filterbank(m, n_fft, rate, 0.0, rate / 2)
    np.testing.assert_allclose(solved("features").mel_filters(m, n_fft, rate), expected, atol=1e-8)


def test_words_are_those_of_scikit_learn(solved):
    rng = np.random.default_rng(2)
    descriptors, words = rng.normal(size=(200, 4)), rng.normal(size=(6, 4))
    expected = pairwise_distances_argmin(descriptors, words)
    assert np.array_equal(solved("words").assign(descriptors, words), expected)
    centroid = NearestCentroid().fit(descriptors, expected)
    predicted = solved("words").nearest_class(descriptors, [str(e) for e in expected], words)
    assert predicted == [str(e) for e in centroid.predict(words)]


def test_correlations_are_those_of_cca(solved):
    module = solved("cca")
    X, Y = (view[:500] for view in module.data(3))
    (mean, weights), _, correlations = module.fit(X, Y, 4)
    cca = CCA(n_components=4, ridge=module.RIDGE).fit({"x": X, "y": Y})
    np.testing.assert_allclose(correlations, cca.correlations_, atol=1e-8)
    found = module.project(X[:9], mean, weights, correlations)
    np.testing.assert_allclose(np.abs(found), np.abs(cca.transform_view("x", X[:9])), atol=1e-6)


def test_exact_neighbours_are_those_of_the_index(solved):
    module = solved("lsh")
    items, queries = module.data(1)
    found, _ = ExactIndex().add(items[:2000], range(2000)).search(queries[:20], 10)
    for query, row in zip(queries, found.tolist(), strict=False):
        assert module.exact_top_k(query, items[:2000], 10).tolist() == row


def test_measures_are_those_of_the_package(solved):
    module = solved("evaluation")
    *texts, judged = module.data(4)
    for text in texts:
        run = module.parse_run(text)
        scores, relevant, queries, items = run_matrices(
            {query: dict(pairs) for query, pairs in run.items()}, judged
        )
        rankings = {query: [item for item, _ in pairs] for query, pairs in run.items()}
        expected = evaluate(scores, relevant, ["trec"], ids=items)["trec"]
        found = [module.average_precision(rankings[query], judged[query]) for query in queries]
        np.testing.assert_allclose(found, expected, atol=1e-8)
        found = [module.ndcg(rankings[query], judged[query], 10) for query in queries]
        np.testing.assert_allclose(found, ndcg_at(scores, relevant, 10, ties="trec", ids=items), atol=1e-8)
        found = [
            module.expected_precision(row.tolist(), (grades > 0).tolist(), 10)
            for row, grades in zip(scores, relevant, strict=True)
        ]
        np.testing.assert_allclose(found, precision_at(scores, relevant, 10, ties="average"), atol=1e-8)


def test_p_values_are_those_of_the_package(solved):
    rng = np.random.default_rng(5)
    for n in (3, 8, 12):
        a, b = rng.uniform(size=n) + 0.2, rng.uniform(size=n)
        found = solved("evaluation").randomisation_test(a.tolist(), b.tolist())
        assert found == pytest.approx(paired_randomisation_test(a, b), abs=1e-9)


def test_average_precision_agrees_with_ir_measures(solved):
    ir_measures = pytest.importorskip("ir_measures")
    module = solved("evaluation")
    text, _, judged = module.data(6)
    run = module.parse_run(text)
    expected = {
        value.query_id: value.value
        for value in ir_measures.iter_calc(
            [ir_measures.AP], judged, {q: dict(pairs) for q, pairs in run.items()}
        )
    }
    for query, pairs in run.items():
        found = module.average_precision([item for item, _ in pairs], judged[query])
        assert found == pytest.approx(expected[query], abs=1e-8)
