"""Which words a model knows: of every kind of text extractor, in scripts with and without spaces."""

import warnings

import pytest
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline

from classicxm.alignment import CCA
from classicxm.datasets import make_scenes
from classicxm.encoding import BagOfWords, Encoded, FeatureBlocks
from classicxm.errors import UnknownWordsWarning
from classicxm.image import ColorHistogram
from classicxm.retrieval import CrossModalRetriever
from classicxm.retrieval.known_words import known_words, unknown_words
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
