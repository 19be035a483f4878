"""Words by other tokenizers, and where they stand."""

import pytest

from classicxm.text.tokenizers import TOKENIZER, cut_by


def test_words_of_a_function_where_they_stand():
    assert list(cut_by(str.split, "red  red car!")) == [("red", 0, 3), ("red", 5, 8), ("car!", 9, 13)]


def test_signs_are_left_out_and_rewritten_words_have_no_place():
    assert list(cut_by(lambda text: ["A", "--", "dog"], "a -- dog")) == [("A", 0, 0), ("dog", 5, 8)]
    assert list(cut_by(lambda text: [" red \n car "], "red car")) == [("red car", 0, 7)]


@pytest.mark.slow
def test_other_packages():
    pytest.importorskip("jieba")
    words = [word for word, _, _ in cut_by("jieba", "红色的圆形")]
    assert "".join(words) == "红色的圆形" and len(words) < 5


def test_what_is_no_tokenizer():
    assert TOKENIZER.accepts("jieba") and TOKENIZER.accepts(str.split) and TOKENIZER.accepts(None)
    assert not TOKENIZER.accepts("spacy") and not TOKENIZER.accepts(str)
    assert "a function of a str that returns its words" in str(TOKENIZER)
    with pytest.raises(TypeError, match="tokenizer must return words as str, got int"):
        list(cut_by(lambda text: [3], "text"))
