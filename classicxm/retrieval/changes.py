"""Answers of one moment while other threads add and remove: a counter of changes, and a lock as the last resort."""

import threading

__all__ = ["Changes", "changes_of"]

#: How often an answer that changes ran through is asked for again before the changes have to wait for it.
TRIES = 3
_MAKING = threading.Lock()


class Changes:
    """A lock for those who change something, and a count of their changes, odd while one is under way.

    Readers take no lock: they ask, and ask anew where the count has moved meanwhile (a sequence lock, Lameter 2005).

    Examples
    --------
    >>> changes, items = Changes(), ["a"]
    >>> with changes:
    ...     items.append("b")
    >>> changes.consistent(lambda: len(items))
    2
    """

    def __init__(self):
        self._lock = threading.RLock()
        self._count = 0
        self._depth = 0

    def __reduce__(self):
        return Changes, ()  # a copy has threads of its own

    def __enter__(self):
        self._lock.acquire()
        if not self._depth:
            self._count += 1
        self._depth += 1
        return self

    def __exit__(self, *_):
        self._depth -= 1
        if not self._depth:
            self._count += 1
        self._lock.release()

    def alone(self):
        """A context in which nothing changes, without a change of its own."""
        return self._lock

    def consistent(self, ask):
        """What ``ask()`` returns, or raises, of a moment at which no change was half done."""
        for _ in range(TRIES):
            before = self._count
            if before % 2:
                break
            try:
                answer = ask()
            except Exception:
                if self._count == before:
                    raise
            else:
                if self._count == before:
                    return answer
        with self._lock:
            return ask()


def changes_of(retriever):
    """The `Changes` of a retriever, made when first asked for."""
    with _MAKING:
        return vars(retriever).setdefault("_changes", Changes())
