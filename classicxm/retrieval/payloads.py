"""Payloads by id, held as the JSON text they are saved as and parsed when they are asked for."""

from __future__ import annotations

import json
import threading
from collections.abc import (
    Collection,
    ItemsView,
    Iterable,
    Iterator,
    Mapping,
    MutableMapping,
    Sequence,
    ValuesView,
)
from typing import Any, Self

from classicxm.errors import DamagedFileError
from classicxm.json_lines import read_values
from classicxm.retrieval.description import copied

__all__ = ["Payloads", "encoded_payloads"]

_encode = json.JSONEncoder(ensure_ascii=False).encode
#: What JSON gives back as it was; of these alone the text is kept in place of the value.
_SCALARS = {str, int, float, bool, type(None)}


class Payloads(MutableMapping[Any, dict[str, Any]]):
    """A dict of id to payload, in which a payload stays a line of JSON until somebody looks at it.

    A payload that was looked at stays a dict, so that it may be changed in place. Threads may read while one writes:
    what is iterated over is of one moment.

    Parameters
    ----------
    held : mapping of id to dict or line of JSON
    source : str
        The file of the lines, for messages.

    Examples
    --------
    >>> payloads = Payloads({"a": '{"label": "dog"}', "b": {}})
    >>> payloads["a"], list(payloads), payloads == {"a": {"label": "dog"}, "b": {}}
    ({'label': 'dog'}, ['a', 'b'], True)
    """

    def __init__(
        self, held: Mapping[Any, dict[str, Any] | str] | None = None, source: str = "payloads"
    ) -> None:
        self._held: dict[Any, dict[str, Any] | str] = {} if held is None else dict(held)
        self._source = source
        self._changing = threading.Lock()

    @classmethod
    def of(cls, payloads: Mapping[Any, dict[str, Any]]) -> Payloads:
        """Payloads of any mapping; themselves where they are such already."""
        return payloads if isinstance(payloads, Payloads) else cls(payloads)

    def __reduce__(self) -> tuple[type[Self], tuple[dict[Any, dict[str, Any] | str], str]]:
        return type(self), (self._held.copy(), self._source)

    def __repr__(self) -> str:
        return repr(dict(self))

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, key: object) -> bool:
        return key in self._held

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self._held))

    def __getitem__(self, key: Any) -> dict[str, Any]:
        held = self._held[key]
        return self._parsed([(key, held)])[0] if isinstance(held, str) else held

    def __setitem__(self, key: Any, payload: dict[str, Any]) -> None:
        with self._changing:
            self._held[key] = payload

    def __delitem__(self, key: Any) -> None:
        with self._changing:
            del self._held[key]

    def items(self) -> ItemsView[Any, dict[str, Any]]:
        """Ids and payloads; all are parsed, many at a time."""
        return _Items(self)

    def values(self) -> ValuesView[dict[str, Any]]:
        """Payloads; all are parsed, many at a time."""
        return _Values(self)

    def records(self) -> list[tuple[Any, dict[str, Any]]]:
        """Ids and payloads of one moment."""
        records = list(self._held.items())
        lines = [(key, held) for key, held in records if isinstance(held, str)]
        parsed = dict(zip((key for key, _ in lines), self._parsed(lines), strict=True))
        return [(key, parsed[key] if isinstance(held, str) else held) for key, held in records]

    def lines(self) -> tuple[list[Any], list[str]]:
        """Ids, and the JSON text of each payload."""
        now = self._held.copy()
        return list(now), [held if type(held) is str else _encode(held) for held in now.values()]

    def merge(self, ids: Sequence[Any], payloads: Sequence[dict[str, Any] | str]) -> dict[Any, Any]:
        """Add what `encoded_payloads` made to what is held of these ids; returns what `restore` takes it back with."""
        before = {key: self._held.get(key) for key in ids}
        for key, new in zip(ids, payloads, strict=True):
            held = self._held.get(key)
            if held is None:
                with self._changing:
                    self._held[key] = new
            elif held != new:
                self[key] = {**self[key], **(json.loads(new) if isinstance(new, str) else new)}
        return before

    def restore(self, before: Mapping[Any, Any]) -> None:
        """Take back what `merge` did."""
        with self._changing:
            for key, held in before.items():
                if held is None:
                    self._held.pop(key, None)
                else:
                    self._held[key] = held

    def without(self, ids: Collection[Any]) -> Payloads:
        """All but these; whoever reads these payloads goes on with what they were."""
        return type(self)(
            {key: held for key, held in list(self._held.items()) if key not in ids}, self._source
        )

    def _parsed(self, lines: Sequence[tuple[Any, str]]) -> list[dict[str, Any]]:
        """The payloads of some (id, line), which are held as they are from now on."""
        payloads = self._values_of(lines)
        with self._changing:
            for (key, line), payload in zip(lines, payloads, strict=True):
                if self._held.get(key) is line:  # nobody has written another one meanwhile
                    self._held[key] = payload
        return payloads

    def _values_of(self, lines: Sequence[tuple[Any, str]]) -> list[dict[str, Any]]:
        try:
            payloads = [one for values, _ in read_values(line for _, line in lines) for one in values]
            if all(type(payload) is dict for payload in payloads):
                return payloads
            reason = "is no dict"
        except (ValueError, RecursionError) as error:
            reason = str(error)
        if len(lines) > 1:  # the one that is none is named
            return [self._values_of([one])[0] for one in lines]
        raise DamagedFileError(self._source, f"the payload of {lines[0][0]!r} cannot be read ({reason})")


class _Items(ItemsView[Any, dict[str, Any]]):
    """Of one moment."""

    _mapping: Payloads

    def __iter__(self) -> Iterator[tuple[Any, dict[str, Any]]]:
        return iter(self._mapping.records())


class _Values(ValuesView[dict[str, Any]]):
    """Of one moment."""

    _mapping: Payloads

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter([payload for _, payload in self._mapping.records()])


def encoded_payloads(ids: Iterable[Any], payloads: Iterable[Any]) -> list[dict[str, Any] | str]:
    """Payloads as lines of JSON; those that JSON would give back otherwise (with tuples, say) as copies.

    Raises
    ------
    TypeError
        For the first payload that is no dict of JSON values, which could not be saved.

    Examples
    --------
    >>> encoded_payloads(["a", "b"], [{"n": 1}, {"n": (1, 2)}])
    ['{"n": 1}', {'n': (1, 2)}]
    """
    encoded: list[dict[str, Any] | str] = []
    for key, payload in zip(ids, payloads, strict=True):
        if not isinstance(payload, dict):
            raise TypeError(f"item {key!r}: a payload must be a dict of JSON values, got {payload!r:.80}")
        try:
            line = _encode(payload)
        except (TypeError, ValueError) as error:
            reason = (
                f"item {key!r}: a payload must hold JSON values only ({error}); convert or leave out the rest"
            )
            raise TypeError(reason) from None
        strange = [name for name in payload if not isinstance(name, str)]
        if strange:  # JSON would call it otherwise, or by the name of another
            raise TypeError(f"item {key!r}: the keys of a payload must be str, got {strange[0]!r:.80}")
        encoded.append(line if _is_plain(payload) else copied(payload))
    return encoded


def _is_plain(value: Any) -> bool:
    """Whether a value is what JSON would give back for it, type by type."""
    kind = type(value)
    if kind is dict:
        return set(map(type, value)) <= {str} and all(map(_is_plain, value.values()))
    return kind in _SCALARS or (kind is list and all(map(_is_plain, value)))
