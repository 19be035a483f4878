"""Terms block after block are those of `cut`, wherever blocks end, and take no more memory for a longer text."""

import itertools
import random
import tracemalloc

import pytest

from classicxm.text import BagOfWordsText, TfidfText, terms
from classicxm.text import term_blocks as module
from classicxm.text.term_blocks import blocks, term_blocks
from classicxm.text.tokens import cut

PIECES = {
    "english": ["The", "dogs", "x", "2", "Circles,", "and", "RUNNING.", "a_b", "--", "\n\n", "don't"],
    "marks": [
        "cafe\u0301",
        "\u0301",
        "Straße",
        "ﬁne",
        "हिन्दी",
        "\u200d",
        "\ufb01x",
        "İ",
        "\u00a8x",
        "\u0300",
    ],
    "no spaces": [
        "圆形",
        "红色。",
        "สีแดง",
        "빨간",
        "원형이",
        "Tシャツ",
        "dog",
        "，",
        "red",
        "\u3099",
        "か\u3099",
    ],
}


@pytest.mark.parametrize("kind", PIECES)
@pytest.mark.parametrize("ngram_range", [(1, 1), (1, 2), (2, 4), (3, 3)])
@pytest.mark.parametrize(
    "options", [{}, {"stop_words": "english", "stem": "english"}, {"tokenizer": str.split}]
)
def test_terms_are_those_of_cut(kind, ngram_range, options, monkeypatch):
    draw = random.Random(0)
    for size, length in itertools.product((1, 5, 23, 1000), (0, 1, 2, 5, 60)):
        monkeypatch.setattr(module, "blocks", lambda text, size=size: blocks(text, size))
        text = "".join(draw.choice(PIECES[kind]) + draw.choice([" ", "  ", "\n", ""]) for _ in range(length))
        expected = [term for term, _, _ in cut(text, ngram_range=ngram_range, **options)]
        found = [*itertools.chain.from_iterable(term_blocks(text, ngram_range, **options))]
        assert found == expected, (text, size)


def test_blocks_are_the_text():
    text = "ab cd\u0301 \u0301e。fgh\n" * 20
    for size in (1, 3, 7, 10_000):
        pieces = list(blocks(text, size))
        assert "".join(pieces) == text and all(len(piece) >= size for piece in pieces[:-1])
        assert not any(piece.startswith("\u0301") for piece in pieces)
    assert list(blocks("")) == []


@pytest.mark.parametrize("analyzer", ["word", "char_wb"])
@pytest.mark.parametrize("extractor", [TfidfText, BagOfWordsText])
def test_a_long_text_has_the_row_of_its_counts(extractor, analyzer, monkeypatch):
    text = "red circle, blue square and the dog " * 300
    fitted = extractor(analyzer=analyzer).fit([text, "loud cat"])
    whole = fitted.sparse_batch([text]).toarray()
    again = extractor(analyzer=analyzer)
    for caller in (module, terms):
        monkeypatch.setattr(caller, "blocks", lambda text: blocks(text, 64))
    assert (again.fit([text, "loud cat"]).sparse_batch([text]).toarray() == whole).all()
    assert again.get_feature_names_out().tolist() == fitted.get_feature_names_out().tolist()


@pytest.mark.slow
@pytest.mark.parametrize("ngram_range", [(1, 1), (1, 2)])
def test_memory_does_not_grow_with_the_text(ngram_range):
    fitted = TfidfText(ngram_range=ngram_range).fit(["red circle blue square"])

    def peak(times):
        text = "red circle, blue square beside it. " * times
        tracemalloc.start()
        fitted.sparse_batch([text])
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(48_000) < 1.3 * peak(16_000)
