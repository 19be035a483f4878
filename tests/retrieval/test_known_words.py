"""Which words a model knows: of every kind of text extractor, in scripts with and without spaces."""

import warnings

import pytest
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline

from classicxm.alignment import CCA
from classicxm.datasets import make_scenes
from classicxm.encoding import BagOfWords, Encoded, FeatureBlocks
from classicxm.errors import EmptyDescriptionWarning, UnknownWordsWarning
from classicxm.image import ColorHistogram
from classicxm.retrieval import CrossModalRetriever
from classicxm.retrieval.description import ItemNote
from classicxm.retrieval.known_words import known_words, unknown_words, warn_of_unknown
from classicxm.text import BagOfWordsText, TfidfText, TopicsText, Word2VecText, WordVectors

TEXTS = ["a red circle and a dog", "two running dogs", "a blue square", "红色的圆形", "a red dog"] * 3

EXTRACTORS = {
    "terms": TfidfText(),
    "pairs of words": BagOfWordsText(ngram_range=(1, 2)),
    "stems": TfidfText(stem="english"),
    "topics": TopicsText(method="lsa", n_topics=3),
    "averages": Word2VecText(vectors="random", n_dimensions=8),
    "encoded": Encoded(WordVectors(vectors="random", n_dimensions=8), BagOfWords(n_words=3)),
    "blocks": FeatureBlocks([("a", TfidfText()), ("b", TfidfText(analyzer="char"))]),
    "pipeline": make_pipeline(TfidfText(), PCA(2)),
}


@pytest.mark.parametrize("name", EXTRACTORS)
def test_words_are_known_whatever_describes_them(name):
    extractor = EXTRACTORS[name].fit(TEXTS)
    found = known_words(extractor, "the Red cirkle, a dog of 圆形 狗!")
    assert found == {"Red": True, "cirkle": False, "dog": True, "圆形": True, "狗": False}
    assert unknown_words(extractor, "red cirkle") == (
        "1 of 2 words are unknown: 'cirkle' (did you mean 'circle'?)"
    )
    assert unknown_words(extractor, "red dog") == ""


def test_stems_are_known_in_every_form():
    extractor = TfidfText(stem="english").fit(TEXTS)
    assert known_words(extractor, "run dogs runs") == {"run": True, "dogs": True, "runs": True}


def test_characters_have_no_words():
    assert known_words(TfidfText(analyzer="char_wb", ngram_range=(2, 3)).fit(TEXTS), "red zzz") == {}


def test_many_and_long_unknown_words_are_cut():
    told = unknown_words(TfidfText().fit(TEXTS), " ".join(f"{'x' * 60}{n}" for n in range(9)))
    assert told.startswith("9 of 9 words are unknown: ") and told.endswith(" and 4 more")
    assert max(map(len, told.split("'"))) <= 43


def test_texts_are_read_from_files_too(tmp_path):
    (tmp_path / "asked.txt").write_text("red zzz", encoding="utf-8")
    assert unknown_words(TfidfText().fit(TEXTS), tmp_path / "asked.txt").endswith("unknown: 'zzz'")


def test_a_search_warns_of_unknown_words_and_a_batch_does_not():
    scenes = make_scenes(60, modalities=("text", "image"))
    retriever = CrossModalRetriever({"text": TfidfText(), "image": ColorHistogram()}, CCA(4))
    retriever.fit_collection(scenes)
    with pytest.warns(UnknownWordsWarning, match="2 of 4 words are unknown: 'zzz', 'qqq'; the others"):
        retriever.search({"text": "a red circle zzz qqq"}, "image")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        retriever.search({"text": "a red circle"}, "image")
        retriever.search_batch({"text": ["red zzz", "blue qqq"]}, "image")


@pytest.mark.parametrize(
    ("modality", "items", "empty", "kinds"),
    [
        ("text", ["red zzz"], 0, [UnknownWordsWarning]),
        ("text", ["red"], 0, []),
        ("text", ["zzz"], 1, [EmptyDescriptionWarning]),
        ("text", ["red zzz", "dog qqq"], 0, []),
        ("image", ["zzz.png"], 1, [EmptyDescriptionWarning]),
    ],
)
def test_one_warning_a_query_at_most(modality, items, empty, kinds, recwarn):
    notes = [ItemNote("query", modality, "is flat")] * empty
    warn_of_unknown(TfidfText().fit(TEXTS), modality, items, notes)
    assert [one.category for one in recwarn] == kinds
    assert all(("zzz" in str(one.message)) == (modality == "text") for one in recwarn)


def test_warnings_point_at_whoever_projects(recwarn):
    scenes = make_scenes(30, modalities=("text", "image"))
    retriever = CrossModalRetriever({"text": TfidfText(), "image": ColorHistogram()}, CCA(2))
    retriever.fit_collection(scenes)
    recwarn.clear()
    retriever.project("text", ["red zzz"])
    retriever.project("text", ["zzz"])
    assert [one.category for one in recwarn] == [UnknownWordsWarning, EmptyDescriptionWarning]
    assert {one.filename for one in recwarn} == {__file__}
