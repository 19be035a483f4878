"""Tokenizers of other packages, for scripts without spaces: jieba (Chinese), PyThaiNLP (Thai), or the caller's own."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

from classicxm.errors import MissingExtraError
from classicxm.parameters import Either

__all__ = ["TOKENIZER", "Tokenizer", "cut_by"]


#: A package by name, or a function of a str that returns its words.
Tokenizer: TypeAlias = str | Callable[[str], Iterable[str]]


class _Callable:
    """The range of parameters that take a function."""

    def accepts(self, value: Any) -> bool:
        return callable(value) and not isinstance(value, type)

    def __str__(self) -> str:
        return "a function of a str that returns its words"


#: The range of ``tokenizer`` parameters.
TOKENIZER = Either(None, "jieba", "pythainlp", _Callable())


def cut_by(tokenizer: Tokenizer, text: str) -> Iterator[tuple[str, int, int]]:
    """Yield (word, start, stop) for what a tokenizer finds in a text and has a letter or digit.

    A word that does not stand in the text, as of a tokenizer that changes words, lies where the one before ended.

    >>> list(cut_by(str.split, "ab - cd"))
    [('ab', 0, 2), ('cd', 5, 7)]
    """
    place = 0
    for word in _function(tokenizer)(text):
        if not isinstance(word, str):
            raise TypeError(f"tokenizer must return words as str, got {type(word).__name__}")
        word = " ".join(word.split())
        if any(character.isalnum() for character in word):
            found = text.find(word, place)
            start, place = (found, found + len(word)) if found >= 0 else (place, place)
            yield word, start, place


def _function(tokenizer: Tokenizer) -> Callable[[str], Iterable[str]]:
    if callable(tokenizer):
        return tokenizer
    try:
        if tokenizer == "jieba":
            import jieba

            jieba.setLogLevel("WARNING")
            return jieba.lcut
        from pythainlp.tokenize import word_tokenize
    except ImportError:
        raise MissingExtraError("tokenizers", tokenizer) from None
    return word_tokenize
