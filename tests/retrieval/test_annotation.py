"""Annotation: planted words are found, and every kind of text extractor gives its vocabulary."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from classicxm.alignment import CCA, csls
from classicxm.cli import main
from classicxm.datasets import load_collection, make_scenes
from classicxm.distances import similarity
from classicxm.encoding import Encoded, FeatureBlocks, Statistics
from classicxm.image import HOG, ColorHistogram
from classicxm.retrieval import Annotator, CrossModalRetriever, vocabulary
from classicxm.search import HammingIndex
from classicxm.text import BagOfWordsText, TfidfText, TopicsText, Word2VecText, WordVectors

TEXTS = ["a red circle", "a blue circle", "the red square of blue"]
WORDS = ["blue", "circle", "red", "square"]


def new_retriever(text=None, **settings):
    image = FeatureBlocks([("color", ColorHistogram()), ("hog", HOG(image_size=(32, 32)))])
    extractors = {"text": TfidfText() if text is None else text, "image": image}
    return CrossModalRetriever(extractors, CCA(6, ridge=0.1), **settings)


@pytest.fixture(scope="module")
def scenes():
    return make_scenes(150, modalities=("text", "image"))


@pytest.fixture(scope="module")
def fitted(scenes):
    return new_retriever().fit_collection(scenes)


def share_found(retriever, scenes, **options):
    """Share of the 3 first words of test pictures that are in their texts."""
    test = scenes.split("test")
    terms, _ = Annotator(retriever, **options).annotate({"image": test.column("image")}, k=3)
    return np.mean(
        [term in text.lower() for row, text in zip(terms, test.column("text"), strict=True) for term in row]
    )


@pytest.mark.parametrize("correction", [None, "csls"])
def test_words_of_held_out_pictures_are_found(fitted, scenes, correction):
    texts = [text.lower() for text in scenes.split("test").column("text")]
    terms = Annotator(fitted).terms
    by_chance = np.mean([[term in text for term in terms] for text in texts])
    assert share_found(fitted, scenes, correction=correction) > 1.5 * by_chance


def test_scores_are_those_of_one_word_texts(fitted, scenes):
    picture = scenes.column("image")[0]
    words = fitted.annotate({"image": picture}, k=1000, min_df=1)
    terms = [term for term, _ in words]
    assert sorted(terms) == sorted(vocabulary(fitted.extractors_["text"])[0])
    expected = similarity(fitted.project("image", [picture]), fitted.project("text", terms))[0]
    np.testing.assert_allclose([score for _, score in words], expected, atol=1e-6)
    assert (np.diff(expected) <= 1e-6).all()


def test_hub_correction_is_csls_against_indexed_pictures(fitted, scenes):
    annotator = Annotator(fitted, correction="csls")
    queries = fitted.project("image", scenes.column("image")[:4])
    bank = fitted.project("image", scenes.column("image"))
    plain = similarity(queries, annotator.vectors)
    expected = csls(plain, similarity(bank, annotator.vectors), plain)
    np.testing.assert_allclose(annotator.scores(queries, ["image"]), expected, atol=1e-5)


def test_vectors_of_terms_are_made_once_until_the_model_changes(scenes, monkeypatch):
    retriever = new_retriever().fit_collection(scenes)
    picture = {"image": scenes.column("image")[0]}
    first = retriever.annotate(picture)
    monkeypatch.setattr(Annotator, "_projected", lambda *args: pytest.fail("made again"))
    assert retriever.annotate(picture) == first and len(retriever.annotate(picture, k=2)) == 2
    monkeypatch.undo()
    fewer = retriever.annotate(picture, k=100, min_df=60)
    assert len(fewer) < len(retriever.annotate(picture, k=100))
    retriever.fit_collection(scenes.subset(range(100)))
    assert retriever.annotate(picture) != first


def test_batches_do_not_matter(fitted, monkeypatch):
    whole = Annotator(fitted)
    monkeypatch.setattr("classicxm.retrieval.annotation.BATCH_NUMBERS", 1)
    np.testing.assert_allclose(Annotator(fitted).vectors, whole.vectors, atol=1e-6)


def test_several_modalities_are_averaged_and_texts_find_related_words(fitted, scenes):
    record = scenes[0]
    assert fitted.annotate({"text": "red"}, k=1)[0][0] == "red"
    both = fitted.annotate({"text": record["text"], "image": record["image"]}, k=3)
    assert len(both) == 3


def test_no_cache_is_filled_and_nothing_is_saved(scenes, tmp_path):
    retriever = new_retriever(cache=tmp_path / "cache").fit_collection(scenes)
    held = sorted((tmp_path / "cache").rglob("*.entry"))
    before = retriever.annotate({"image": scenes.column("image")[0]})
    assert sorted((tmp_path / "cache").rglob("*.entry")) == held
    again = CrossModalRetriever.load(retriever.save(tmp_path / "model"))
    assert "_annotator" not in vars(again)
    after = again.annotate({"image": scenes.column("image")[0]})
    assert [term for term, _ in after] == [term for term, _ in before]


@pytest.mark.parametrize(
    "extractor",
    [
        TfidfText(),
        BagOfWordsText(),
        TopicsText("lda", n_topics=2),
        TopicsText("lsa", n_topics=2),
        Word2VecText(vectors="random", n_dimensions=4),
        Encoded(WordVectors(vectors="random", n_dimensions=4), Statistics(("mean",))),
        FeatureBlocks([("words", TfidfText()), ("letters", TfidfText(analyzer="char"))]),
        FeatureBlocks([("words", BagOfWordsText()), ("topics", TopicsText("lsa", n_topics=2))]),
        make_pipeline(TfidfText(), StandardScaler()),
        TfidfText(stop_words=None),
    ],
    ids=lambda extractor: type(extractor).__name__,
)
def test_every_extractor_of_words_has_its_vocabulary(extractor):
    terms, counts = vocabulary(extractor.fit(TEXTS))
    assert dict(zip(terms, counts.tolist(), strict=True)) == dict(zip(WORDS, [2, 2, 2, 1], strict=True))


def test_character_grams_are_the_terms_of_scripts_without_spaces():
    terms, counts = vocabulary(TfidfText(analyzer="char", ngram_range=(1, 2)).fit(["红圆", "红方"]))
    assert dict(zip(terms, counts.tolist(), strict=True)) == {"红": 2, "圆": 1, "方": 1, "红圆": 1, "红方": 1}


@pytest.mark.parametrize(
    "text", [TopicsText("lsa", n_topics=8), Word2VecText(n_dimensions=10, epochs=20)], ids=["lsa", "word2vec"]
)
def test_topics_and_word_vectors_annotate(scenes, text):
    retriever = new_retriever(text).fit_collection(scenes)
    assert len(retriever.annotate({"image": scenes.column("image")[0]}, k=4)) == 4


class Lengths(TransformerMixin, BaseEstimator):
    """Texts by their length: a view without words."""

    def fit(self, items, y=None):
        return self

    def transform(self, items):
        return np.array([[len(item), item.count(" ")] for item in items], float)


def test_wrong_calls_say_what_was_expected(fitted, scenes):
    picture = {"image": scenes.column("image")[0]}
    for call, error, words in (
        (lambda: fitted.annotate(picture, k=0), ValueError, "k must be an integer of at least 1, got 0"),
        (lambda: fitted.annotate(picture, min_df=0), ValueError, "min_df must be an integer of at least 1"),
        (lambda: fitted.annotate(picture, min_df=999), ValueError, "no term occurs in 999 of the texts"),
        (
            lambda: fitted.annotate(picture, correction="x"),
            ValueError,
            "correction must be one of 'csls', None, got 'x'",
        ),
        (lambda: fitted.annotate({"audio": "a.wav"}), ValueError, "knows text, image, not 'audio'"),
        (lambda: fitted.annotate({}), TypeError, "expected a dict"),
        (lambda: new_retriever().annotate(picture), NotFittedError, "not fitted"),
        (lambda: vocabulary(Lengths().fit(TEXTS)), TypeError, "Lengths has no vocabulary"),
    ):
        with pytest.raises(error, match=words):
            call()


def test_models_that_cannot_annotate_say_why(scenes):
    pictures = {"image": ColorHistogram(), "video": ColorHistogram()}
    retriever = CrossModalRetriever(pictures, CCA(2))
    retriever.extractors_, retriever.aligner_ = pictures, CCA(2)
    retriever.indexes_ = {}
    with pytest.raises(ValueError, match="words come from texts, and this model knows image, video"):
        Annotator(retriever)
    training = scenes.split("train")
    empty = new_retriever().fit({m: training.column(m) for m in ("text", "image")})
    with pytest.raises(ValueError, match="compares with indexed image items, and there are none"):
        empty.annotate({"image": scenes.column("image")[0]}, correction="csls")


def test_an_index_of_codes_lends_its_signs_to_the_correction(scenes):
    codes = new_retriever(index=HammingIndex()).fit_collection(scenes)
    found = codes.annotate({"image": scenes.column("image")[0]}, k=3, correction="csls")
    assert len(found) == 3 and all(np.isfinite(score) for _, score in found)


def test_a_skipped_query_is_an_error_of_one_line(scenes, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    retriever = new_retriever(on_error="skip").fit_collection(scenes)
    with pytest.raises(ValueError, match="could not be described and was skipped"):
        retriever.annotate({"image": tmp_path / "broken.png"})


def test_command_line(tmp_path):
    make_scenes(40, folder=tmp_path / "scenes", modalities=("text", "image"))
    collection = load_collection(tmp_path / "scenes")
    model = new_retriever().fit_collection(collection).save(tmp_path / "model")
    picture = next((tmp_path / "scenes").rglob("*.png"))

    def run(*arguments):
        return CliRunner().invoke(
            main, ["annotate", str(model), *map(str, arguments)], catch_exceptions=False
        )

    lines = run("--image", picture, "-k", 3).stdout.splitlines()
    assert lines[0].split() == ["rank", "score", "term"] and len(lines) == 4
    answer = json.loads(run("--image", picture, "-k", 2, "--csls", "--json").stdout)
    assert len(answer["terms"]) == 2 and set(answer["terms"][0]) == {"term", "score"}
    for arguments, words in (
        ((), "nothing to describe; give --text"),
        (("--audio", "a.wav"), "this model knows text, image, not 'audio'"),
        (("--image", tmp_path / "none.png"), "none.png"),
        (("--image", picture, "--min-df", 0), "min_df must be an integer of at least 1, got 0"),
    ):
        result = run(*arguments)
        assert result.exit_code == 2 and words in result.stderr and len(result.stderr.splitlines()) == 1
