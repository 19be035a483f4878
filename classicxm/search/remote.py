"""An index that another classicxm server searches: vectors are sent, ids and scores come back."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterable
from typing import Any, NoReturn
from urllib.parse import urlsplit

import numpy as np

from classicxm.base import Index
from classicxm.parameters import Choice, Either, InstanceOf, Real, check_parameters
from classicxm.search.answers import Answers
from classicxm.search.inputs import check_ids, check_k, check_queries

__all__ = ["RemoteIndex"]

#: Bytes of an answer, and vectors sent at a time.
MOST_BYTES = 256 << 20
BATCH = 100


class RemoteIndex(Index):
    """What `classicxm serve` serves of one modality, by its ``search-by-vectors``.

    It only answers: items are added and removed where the server runs. ``len`` asks the server.

    Parameters
    ----------
    url : str
        Where the server is: ``"http://host:8000"``.
    modality : str
        Which of its indexes is searched.
    metric : str, default="cosine"
        What the server scores by.
    timeout : float, default=30
        Seconds for one request.
    token : str or None, default=None
        What the server asks for; None takes ``CLASSICXM_TOKEN`` from the environment. Not saved.

    Raises
    ------
    ConnectionError
        Where the server does not answer, or not as it should.
    """

    only_answers = True
    parameter_ranges = {
        "url": InstanceOf(str),
        "modality": Choice("text", "image", "audio", "video", "any"),
        "metric": InstanceOf(str),
        "timeout": Real(0, above=True),
        "token": Either(None, InstanceOf(str)),
    }

    def __init__(
        self, url: str, modality: str, metric: str = "cosine", timeout: float = 30.0, token: str | None = None
    ) -> None:
        self.url = url
        self.modality = modality
        self.metric = metric
        self.timeout = timeout
        self.token = token

    def __getstate__(self) -> dict[str, Any]:
        """Without the token."""
        return {**super().__getstate__(), "token": None}

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def search(self, queries: Any, k: int = 10, allowed: Iterable[Any] | None = None) -> Answers:
        """The k best items of each query, as the server answers; ``missing`` names what it lacked itself."""
        queries, k = check_queries(queries), check_k(k)
        ids, scores = np.full((len(queries), k), None, object), np.full((len(queries), k), -np.inf)
        missing: list[str] = []
        asked: dict[str, Any] = {"target": self.modality, "k": k}
        if allowed is not None:
            asked["allowed"] = check_ids(allowed)
        for start in range(0, len(queries), BATCH):
            block = queries[start : start + BATCH]
            answer = self._answer("search-by-vectors", asked | {"vectors": block.astype(float).tolist()})
            missing += [str(name) for name in answer.get("missing", ())] if isinstance(answer, dict) else []
            for n, hits in enumerate(self._hits(answer, len(block)), start):
                for place, hit in enumerate(hits[:k]):
                    ids[n, place], scores[n, place] = hit["id"], float(hit["score"])
        return Answers((ids, scores), missing)

    def __len__(self) -> int:
        counts = self._answer("model").get("indexed", {})
        if not isinstance(counts, dict) or self.modality not in counts:
            raise ConnectionError(f"{self.url} does not say how many {self.modality} items it has")
        return int(counts[self.modality])

    def __contains__(self, key: object) -> bool:
        return self._only_answers("say what it holds")

    def ids(self) -> list[Any]:
        """Refused."""
        return self._only_answers("list what it holds")

    def vectors(self, ids: Any) -> np.ndarray:
        """Refused."""
        return self._only_answers("give vectors")

    def add(self, vectors: Any, ids: Any) -> RemoteIndex:
        """Refused."""
        check_parameters(self)
        return self._only_answers("be added to")

    def remove(self, ids: Any) -> RemoteIndex:
        """Refused."""
        return self._only_answers("be removed from")

    def insertion_ranks(self, ids: Any) -> np.ndarray:
        """As the ids come: the server has put ties in order."""
        return np.arange(len(list(ids)))

    def _only_answers(self, what: str) -> NoReturn:
        raise TypeError(f"RemoteIndex answers searches and cannot {what}; do that where {self.url} runs")

    def _hits(self, answer: Any, n: int) -> list[list[dict[str, Any]]]:
        try:
            found = [result["hits"] for result in answer["results"]]
            whole = len(found) == n and all(
                "id" in hit and np.isreal(hit["score"]) for hits in found for hit in hits
            )
        except (KeyError, TypeError):
            whole = False
        if not whole:
            raise ConnectionError(
                f"{self.url} answered search-by-vectors in another form than this version knows"
            )
        return found

    def _answer(self, route: str, body: dict[str, Any] | None = None) -> Any:
        """The JSON that a route answers; POST where there is a body."""
        if urlsplit(self.url).scheme not in ("http", "https"):
            raise ValueError(f"url must be http://... or https://..., got {self.url!r:.80}")
        token = self.token or os.environ.get("CLASSICXM_TOKEN")
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url.rstrip('/')}/api/v1/{route}", data, headers)
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as response:
                text = response.read(MOST_BYTES + 1)
            if len(text) > MOST_BYTES:
                raise ConnectionError(f"{self.url} answered more than {MOST_BYTES >> 20} MB")
            return json.loads(text)
        except urllib.error.HTTPError as error:
            said = " ".join(error.read(500).decode("utf-8", "replace").split())
            raise ConnectionError(f"{self.url} answered {error.code} to {route}: {said}") from None
        except (OSError, ValueError) as error:
            if isinstance(error, ConnectionError) and str(error).startswith(self.url):
                raise
            raise ConnectionError(f"{self.url} does not answer {route}: {error}") from None
