"""The question as it stands in the address of a page: read, changed and written, and as a command and as Python."""

from __future__ import annotations

import base64
import binascii
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import numpy as np

from classicxm.media import MODALITIES
from classicxm.numerals import written_float
from classicxm.retrieval import CrossModalRetriever
from classicxm.retrieval.filters import Combination, Comparison, parse_filter
from classicxm.web.answers import Question, stored_key
from classicxm.web.uploads import InvalidBodyError

__all__ = ["Asked", "VectorPart"]

FUSIONS = ("early", "rrf", "combsum", "combmnz", "confidence")
REPEATED = ("like", "unlike", "vector", "vector_weight")
PLAIN = ("text", "text_weight", "target", "k", "page", "fusion", "filter", "min_score", "fold", "model")


@dataclass(frozen=True)
class VectorPart:
    """A file as it was embedded: its modality, its name, and its vector."""

    modality: str
    name: str
    vector: tuple[float, ...]

    def written(self) -> str:
        """As it stands in an address; float64, so that scores stay what they were to the last digit."""
        content = base64.urlsafe_b64encode(np.asarray(self.vector, "<f8").tobytes()).decode().rstrip("=")
        return f"{self.modality}.{content}.{self.name}"

    @classmethod
    def read(cls, text: str) -> VectorPart:
        """What `written` wrote.

        >>> VectorPart.read(VectorPart("image", "a.b.png", (0.5,)).written())
        VectorPart(modality='image', name='a.b.png', vector=(0.5,))
        """
        modality, _, rest = text.partition(".")
        content, _, name = rest.partition(".")
        try:
            data = base64.b64decode(content + "=" * (-len(content) % 4), b"-_", validate=True)
            vector = np.frombuffer(data, "<f8")
        except (binascii.Error, ValueError):
            raise InvalidBodyError("vector: damaged; choose the file anew") from None
        if modality not in MODALITIES or not len(vector) or not (np.abs(vector) < 1e30).all():
            raise InvalidBodyError("vector: damaged; choose the file anew")
        return cls(modality, name[:200], tuple(vector.tolist()))


@dataclass(frozen=True)
class Asked:
    """What a page was asked; every field has the name that it has in the address."""

    text: str = ""
    text_weight: float = 1.0
    target: str = ""
    k: int = 24
    page: int = 1
    fusion: str = "early"
    filter: str = ""
    min_score: float | None = None
    fold: bool = False
    like: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    vector: tuple[VectorPart, ...] = ()
    vector_weight: tuple[float, ...] = ()
    model: str | None = None
    default_target: str = field(default="any", compare=False)

    @classmethod
    def read(cls, pairs: Iterable[tuple[str, str]], default_target: str) -> Asked:
        """The question of an address; InvalidBodyError for an unknown or wrong field."""
        found: dict[str, Any] = {}
        for name, text in pairs:
            if name == "file":  # a form without a script sends the field of files by its name alone
                if text:
                    raise InvalidBodyError("file: files are sent by the button 'Search with file'")
                continue
            if name in REPEATED:
                found[name] = (*found.get(name, ()), _repeated(name, text))
            elif name in PLAIN and name not in found:
                found[name] = _plain(name, text)
            else:
                wrong = "given twice" if name in found else "unknown parameter"
                raise InvalidBodyError(f"{name[:100]}: {wrong}")
        asked = cls(
            **{name: value for name, value in found.items() if value is not None},
            default_target=default_target,
        )
        weights = asked.vector_weight[: len(asked.vector)]
        return replace(
            asked,
            target=asked.target or default_target,
            vector_weight=weights + (1.0,) * (len(asked.vector) - len(weights)),
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked yet."""
        return not (self.text.strip() or self.like or self.unlike or self.vector)

    def address(self, path: str = "/", **changes: Any) -> str:
        """The address of the same question with some fields changed; the page goes back to the first unless named."""
        asked = replace(self, **({"page": 1} | changes if path == "/" else changes))
        query = urlencode(asked.pairs(), errors="surrogatepass")
        return f"{path}?{query}" if query else path

    def pairs(self) -> list[tuple[str, str]]:
        """Names and values of everything that is not as it would be without."""
        pairs: list[tuple[str, str]] = []
        defaults = Asked(target=self.default_target)
        for name in PLAIN:
            value = getattr(self, name)
            if value != getattr(defaults, name) and value is not None:
                pairs.append((name, {True: "1"}.get(value, str(value)) if name == "fold" else _number(value)))
        pairs += [("like", key) for key in self.like] + [("unlike", key) for key in self.unlike]
        for part, weight in zip(self.vector, self.vector_weight, strict=True):
            pairs.append(("vector", part.written()))
            if any(other != 1 for other in self.vector_weight):
                pairs.append(("vector_weight", _number(weight)))
        return pairs

    def without(self, name: str, position: int) -> str:
        """The address without one of the stored items or files."""
        changes: dict[str, Any] = {name: _without(getattr(self, name), position)}
        if name == "vector":
            changes["vector_weight"] = _without(self.vector_weight, position)
        return self.address(**changes)

    def narrowed(self, key: str, value: Any) -> str:
        """The address with one more condition in the filter."""
        condition = f"{_quoted(key)}={_quoted(value)}"
        known = self.filter.strip()
        if not known:
            return self.address(filter=condition)
        rule, (new,) = parse_filter(known).rule, parse_filter(condition).comparisons
        if any(replace(part, position=new.position) == new for part in _together(rule)):
            return self.address()
        either = isinstance(rule, Combination) and rule.word == "or"
        return self.address(filter=f"({known}) and {condition}" if either else f"{known} and {condition}")

    def examples(self, retriever: CrossModalRetriever) -> tuple[list[Any], list[Any]]:
        """The query and what it shall not be like, as `CrossModalRetriever.search` takes them."""
        query: list[Any] = []
        if self.text.strip():
            query.append(
                {"text": self.text} | ({} if self.text_weight == 1 else {"weight": self.text_weight})
            )
        for part, weight in zip(self.vector, self.vector_weight, strict=True):
            query.append({"vector": list(part.vector)} | ({} if weight == 1 else {"weight": weight}))
        query += [stored_key(retriever, key) for key in self.like]
        return query, [stored_key(retriever, key) for key in self.unlike]

    def question(self, retriever: CrossModalRetriever) -> Question:
        """What is searched for."""
        query, unlike = self.examples(retriever)
        return Question(
            query,
            self.target,
            self.k,
            self.page,
            fusion=self.fusion,
            unlike=unlike,
            where=self.filter.strip() or None,
            min_score=self.min_score,
            fold=self.fold,
        )

    def command(self, folder: str) -> str:
        """The command line that answers the same; empty where none does, since it takes one file of a kind."""
        kinds = [part.modality for part in self.vector]
        if len(set(kinds)) < len(kinds):
            return ""
        words = ["classicxm", "search", folder]
        if self.text.strip():
            words += ["--text", self.text]
        for part in self.vector:
            words += [f"--{part.modality}", part.name]
        for name in ("like", "unlike"):
            for key in getattr(self, name):
                words += [f"--{name}", key]
        weights = [f"text={_number(self.text_weight)}"] if self.text_weight != 1 and self.text.strip() else []
        weights += [
            f"{part.modality}={_number(weight)}"
            for part, weight in zip(self.vector, self.vector_weight, strict=True)
            if weight != 1
        ]
        if weights:
            words += ["--weights", ",".join(weights)]
        if self.fusion != "early":
            words += ["--fusion", self.fusion]
        if self.filter.strip():
            words += ["--filter", self.filter.strip()]
        if self.min_score is not None:
            words += ["--min-score", _number(self.min_score)]
        return shlex.join([*words, "--target", self.target, "-k", str(self.k * self.page)])

    def python(self, server: str) -> str:
        """The lines of Python that answer the same."""
        query: list[Any] = [{"text": self.text} | _weight(self.text_weight)] if self.text.strip() else []
        query += [
            {part.modality: part.name} | _weight(weight)
            for part, weight in zip(self.vector, self.vector_weight, strict=True)
        ]
        query += list(self.like)
        given = [repr(query), repr(self.target), f"k={self.k * self.page}"]
        if self.unlike:
            given.append(f"unlike={list(self.unlike)!r}")
        if self.fusion != "early":
            given.append(f"fusion={self.fusion!r}")
        if self.filter.strip():
            given.append(f"where={self.filter.strip()!r}")
        if self.min_score is not None:
            given.append(f"min_score={self.min_score!r}")
        named = "" if self.model is None else f", model={self.model!r}"
        return f"from classicxm import Client\n\nhits = Client({server!r}{named}).search({', '.join(given)})"


def _weight(weight: float) -> dict[str, float]:
    return {} if weight == 1 else {"weight": weight}


def _without(values: Sequence[Any], position: int) -> tuple[Any, ...]:
    return tuple(value for n, value in enumerate(values) if n != position)


def _number(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _together(rule: Any) -> list[Comparison]:
    """The comparisons that all have to hold for a filter to."""
    if isinstance(rule, Comparison):
        return [rule]
    return [one for part in rule.parts for one in _together(part)] if rule.word == "and" else []


def _quoted(value: Any) -> str:
    """A key or value as a filter has it.

    >>> _quoted("dog"), _quoted("a dog"), _quoted("not"), _quoted('5" disc')
    ('dog', '"a dog"', '"not"', '"5\\\\" disc"')
    """
    text = str(value).lower() if isinstance(value, bool) else str(value)
    plain = text.replace("-", "").replace("_", "").isalnum() and text.isascii()
    if plain and text.lower() not in ("and", "or", "not"):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _repeated(name: str, text: str) -> Any:
    if name == "vector":
        return VectorPart.read(text)
    return _finite(name, text or "1") if name == "vector_weight" else text[:1000]


def _plain(name: str, text: str) -> Any:
    if name in ("text", "filter"):
        if len(text) > 10_000:
            raise InvalidBodyError(f"{name}: longer than 10,000 characters")
        return text
    if not text:
        return None
    if name in ("text_weight", "min_score"):
        return _finite(name, text)
    if name in ("k", "page"):
        if not (text.isascii() and text.isdecimal() and len(text) < 5 and 1 <= int(text) <= 1000):
            raise InvalidBodyError(f"{name}: expected a number from 1 to 1000")
        return int(text)
    if name == "fold":
        return text not in ("0", "false")
    choices = {"target": (*MODALITIES, "any"), "fusion": FUSIONS}.get(name)
    if choices and text not in choices:
        raise InvalidBodyError(f"{name}: expected one of {', '.join(choices)}")
    return text


def _finite(name: str, text: str) -> float:
    number = written_float(text.strip())
    if number is None or not abs(number) < 1e30:
        raise InvalidBodyError(f"{name}: expected a number")
    return number
