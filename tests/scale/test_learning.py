"""Extractors learned in passes over parts are what they are when fitted on the sample at once."""

import numpy as np
import pytest
from scipy.linalg import subspace_angles
from sklearn.base import clone

from classicxm.audio import MFCC
from classicxm.datasets.manifest import load_collection
from classicxm.encoding import VLAD, BagOfWords, Channels, Encoded, FeatureBlocks, FisherVector, Statistics
from classicxm.image import LBP, ColorHistogram, DenseSIFT
from classicxm.scale.engines import SerialEngine
from classicxm.scale.learning import Sample, learn_extractor
from classicxm.scale.plan import make_plan
from classicxm.text import BagOfWordsText, TfidfText, TopicsText
from tests.scale.collections import write_collection


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    folder = tmp_path_factory.mktemp("collection")
    write_collection(folder, 40, splits=False)
    from classicxm.scale import survey as module

    before, module.SAMPLE_PART = module.SAMPLE_PART, 9  # several parts
    plan, _ = make_plan(folder, folder / "shards", sample=40)
    module.SAMPLE_PART = before
    assert plan.n_sample_parts == 5
    return folder, plan


def learned(extractor, sample, modality):
    folder, plan = sample
    return learn_extractor(extractor, Sample(folder / "shards", plan, modality, "raise"), SerialEngine())


def items_of(sample, modality):
    return load_collection(sample[0]).column(modality)


@pytest.mark.parametrize(
    "extractor",
    [
        TfidfText(),
        TfidfText(min_df=2, max_df=0.5, max_features=9, sublinear_tf=False),
        TfidfText(min_df=0.1, stem="english", stop_words=None),
        TfidfText(analyzer="char_wb", ngram_range=(2, 3), max_features=40),
        BagOfWordsText(norm="hellinger", ngram_range=(1, 2)),
    ],
    ids=str,
)
def test_vocabularies_are_those_of_a_fit(sample, extractor):
    texts = items_of(sample, "text")
    fitted, found = clone(extractor).fit(texts), learned(extractor, sample, "text")
    assert found.get_feature_names_out().tolist() == fitted.get_feature_names_out().tolist()
    np.testing.assert_array_equal(found.document_counts_, fitted.document_counts_)
    np.testing.assert_array_equal(found.transform(texts), fitted.transform(texts))
    assert found.spelled_terms() == fitted.spelled_terms()


def test_nothing_left_is_said(sample):
    with pytest.raises(ValueError, match="no term is left in 40 texts; lower min_df"):
        learned(TfidfText(min_df=41), sample, "text")


def test_latent_topics_span_what_a_fit_spans(sample):
    texts = items_of(sample, "text")
    fitted = TopicsText("lsa", n_topics=6).fit(texts)
    found = learned(TopicsText("lsa", n_topics=6), sample, "text")
    assert np.max(subspace_angles(found.model_.components_.T, fitted.model_.components_.T)) < 1e-5
    np.testing.assert_allclose(abs(found.transform(texts)), abs(fitted.transform(texts)), atol=1e-4)
    np.testing.assert_allclose(found.model_.singular_values_, fitted.model_.singular_values_, rtol=1e-6)
    np.testing.assert_allclose(found.model_.explained_variance_, fitted.model_.explained_variance_, rtol=1e-6)


def test_lda_is_learned_at_once(sample, caplog):
    caplog.set_level("INFO")
    found = learned(TopicsText("lda", n_topics=3, max_iter=2), sample, "text")
    assert found.transform(["a red striped sheet"]).shape == (1, 3)
    assert "TopicsText has no statistics that add up" in caplog.text


SIFT = DenseSIFT(step=8, bin_sizes=(4,))


def descriptors_of(sample):
    local = clone(SIFT).fit()
    return np.concatenate([local.describe(local.decode(item)) for item in items_of(sample, "image")])


@pytest.mark.parametrize(
    "encoder", [BagOfWords(n_words=12), VLAD(n_words=12), BagOfWords(n_words=12, tfidf=True)]
)
def test_words_are_as_good_as_those_of_a_fit(sample, encoder):
    rows = descriptors_of(sample)
    found = learned(Encoded(SIFT, encoder), sample, "image").encoder_
    fitted = clone(encoder).fit(rows, np.arange(len(rows)) % 40)

    def distortion(words):
        return ((rows[:, None] - words[None]) ** 2).sum(axis=2).min(axis=1).mean()

    others = [
        clone(encoder).set_params(random_state=seed).fit(rows, np.arange(len(rows)) % 40) for seed in range(6)
    ]
    assert distortion(found.words_) <= 1.01 * max(distortion(other.words_) for other in others)
    assert found.encode(rows[:50]).shape == fitted.encode(rows[:50]).shape
    if getattr(encoder, "tfidf", False):
        assert found.idf_.min() >= 1 and found.idf_.std() > 0


def test_mixtures_are_as_likely_as_those_of_a_fit(sample):
    from classicxm.encoding.gmm import posteriors

    rows = descriptors_of(sample)
    encoder = FisherVector(n_components=4, n_pca=10)
    found, fitted = learned(Encoded(SIFT, encoder), sample, "image").encoder_, clone(encoder).fit(rows)
    np.testing.assert_allclose(abs(found.projection_), abs(fitted.projection_), atol=1e-3)
    likelihoods = [
        posteriors(one.project(rows), one.weights_, one.means_, one.variances_)[1].mean()
        for one in (found, fitted)
    ]
    assert likelihoods[0] > likelihoods[1] - 0.05 * abs(likelihoods[1])


def test_statistics_and_channels(sample):
    rows = descriptors_of(sample)
    found = learned(Encoded(SIFT, Statistics()), sample, "image").encoder_
    np.testing.assert_allclose(found.mean_, rows.mean(axis=0), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found.scale_, rows.std(axis=0), rtol=1e-5, atol=1e-6)
    channels = Channels(BagOfWords(n_words=3), {"low": (0, 64), "high": (64, 128)})
    found = learned(Encoded(SIFT, channels), sample, "image")
    assert found.n_features_out_ == 6
    assert found.transform(items_of(sample, "image")[:2]).shape == (2, 6)


def test_blocks_and_extractors_that_learn_nothing(sample):
    images = items_of(sample, "image")
    blocks = FeatureBlocks([("color", ColorHistogram()), ("lbp", LBP())], weights={"lbp": 0.5})
    np.testing.assert_array_equal(
        learned(blocks, sample, "image").transform(images), clone(blocks).fit(images).transform(images)
    )


def test_sounds_are_no_other_case(tmp_path):
    import soundfile

    lines = []
    for i in range(4):
        wave = np.sin(np.arange(8000) * (0.1 + 0.05 * i)) * 0.5
        soundfile.write(tmp_path / f"{i}.wav", wave, 8000)
        lines.append(f'{{"id": "{i}", "audio": "{i}.wav"}}')
    (tmp_path / "manifest.jsonl").write_text("\n".join(lines))
    plan, _ = make_plan(tmp_path, tmp_path / "shards")
    encoded = Encoded(MFCC(), Statistics(("mean",)))
    found = learned(encoded, (tmp_path, plan), "audio")
    assert found.transform([tmp_path / "0.wav"]).shape == (1, found.n_features_out_)
