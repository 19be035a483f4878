"""A retriever that is served somewhere, with the methods of one that is here."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
from collections.abc import Collection, Iterable, Sequence
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import numpy as np

from classicxm.errors import ClassicXMError
from classicxm.retrieval.hits import Hit, Hits
from classicxm.search.inputs import check_queries
from classicxm.web.request_files import RequestFiles, plain

__all__ = ["Client", "ServerError"]

API = "/api/v1"


class ServerError(ClassicXMError, ValueError):
    """A server that refused, or could not be asked; ``status`` is its answer's, 0 where there was none."""

    def __init__(self, status: int, reason: str) -> None:
        self.status = status
        self.reason = reason
        super().__init__(reason)

    def __reduce__(self) -> tuple[type, tuple[int, str]]:
        return type(self), (self.status, self.reason)


class Client:
    """Asks a server that `classicxm serve` started; files are read here and sent.

    Parameters
    ----------
    url : str, default="http://127.0.0.1:8000"
    token : str, optional
        What the server was started with.
    model : str, optional
        Which of the server's models; the first by default.
    timeout : float, default=60
        Seconds to wait for an answer.

    Notes
    -----
    One connection a thread is kept open. KeyError is raised for unknown ids, as a retriever does, and `ServerError`,
    a ValueError, for everything else that a server refuses.

    Examples
    --------
    >>> client = Client("http://127.0.0.1:8000", model="emoji")
    >>> client.search({"text": "a red car"}, "image", k=3)  # doctest: +SKIP
    [Hit(id='1F697', score=0.61, payload={...}), ...]
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        token: str | None = None,
        model: str | None = None,
        timeout: float = 60,
    ) -> None:
        place = urlsplit(url)
        if place.scheme not in ("http", "https") or not place.hostname:
            raise ValueError(f"url must be such as http://127.0.0.1:8000, got {url!r}")
        self.url, self.token, self.model, self.timeout = url, token, model, timeout
        self._place, self._local = place, threading.local()

    # Asking

    def search(
        self,
        query: Any,
        target: str,
        k: int = 10,
        allowed: Collection | None = None,
        *,
        weights: dict[str, float] | None = None,
        fusion: str = "early",
        unlike: Any = None,
        where: str | None = None,
        min_score: float | None = None,
    ) -> Hits:
        """As `CrossModalRetriever.search`."""
        files = RequestFiles()
        body = {
            "query": files.examples(query),
            "target": target,
            "k": k,
            "allowed": None if allowed is None else list(allowed),
            "weights": weights,
            "fusion": fusion,
            "unlike": None if unlike is None else files.examples(unlike),
            "filter": where,
            "min_score": min_score,
        }
        return _hits(self._post("/search", body, files))

    def recommend(
        self,
        history: Iterable,
        target: str,
        k: int = 10,
        allowed: Collection | None = None,
        *,
        exclude_seen: bool = True,
        diversity: float = 0.0,
        where: str | None = None,
        min_score: float | None = None,
    ) -> Hits:
        """As `CrossModalRetriever.recommend`."""
        files = RequestFiles()
        body = {
            "history": files.examples(list(history)),
            "target": target,
            "k": k,
            "allowed": None if allowed is None else list(allowed),
            "exclude_seen": exclude_seen,
            "diversity": float(diversity),
            "filter": where,
            "min_score": min_score,
        }
        return _hits(self._post("/recommend", body, files))

    def annotate(
        self, query: dict, k: int = 10, min_df: int = 2, correction: str | None = None
    ) -> list[tuple[str, float]]:
        """As `CrossModalRetriever.annotate`."""
        files = RequestFiles()
        body = {"query": files.example(query), "k": k, "min_df": min_df, "correction": correction}
        return [(term["term"], term["score"]) for term in self._post("/annotate", body, files)["terms"]]

    def explain(self, query: Any, hit: Any, target: str) -> dict[str, Any]:
        """What `Explanation.to_dict` of `CrossModalRetriever.explain` gives, with ``"found"`` beside it."""
        files = RequestFiles()
        body = {
            "query": files.examples(query),
            "id": hit.id if isinstance(hit, Hit) else hit,
            "target": target,
        }
        return self._post("/explain", body, files)

    def project(self, modality: str, items: Sequence) -> np.ndarray:
        """As `CrossModalRetriever.project`: (n_items, n_components)."""
        vectors = []
        for item in items:
            files = RequestFiles()
            body = {"query": files.example({modality: item})}
            vectors.append(self._post("/embed", body, files)["vector"])
        return np.array(vectors, np.float64)

    def search_by_vector(
        self, vector: Sequence[float], target: str, k: int = 10, *, where: str | None = None
    ) -> Hits:
        """The best answers to a vector of the common subspace, as `project` of this client or of a model gives it."""
        check_queries([vector])
        body = {"vector": np.asarray(vector, np.float64).tolist(), "target": target, "k": k, "filter": where}
        return _hits(self._post("/search-by-vector", body, RequestFiles()))

    def payload_of(self, key: Any) -> dict[str, Any]:
        """What is stored with an item; KeyError where there is none."""
        return self._asked("GET", f"/items/{quote(str(key), safe='', errors='surrogatepass')}")["payload"]

    def facets(self, where: str | None = None) -> dict[str, list[dict[str, Any]]]:
        """The values that filters can choose from, with their counts."""
        return self._asked("GET", "/facets", {"filter": where} if where else {})["facets"]

    def info(self) -> dict[str, Any]:
        """What the model is and how good it was measured to be."""
        return self._asked("GET", "/model")

    # Changing

    def add(
        self, modality: str, items: Sequence, ids: Sequence, payload: Sequence[dict] | None = None
    ) -> Client:
        """As `CrossModalRetriever.add`, one item after the other; each is on the server's disk before the next."""
        payloads = [{}] * len(ids) if payload is None else list(payload)
        for item, key, more in zip(items, ids, payloads, strict=True):
            files = RequestFiles()
            self._post("/add", {"id": key, "item": files.example({modality: item}), "payload": more}, files)
        return self

    def remove(self, ids: Sequence) -> Client:
        """As `CrossModalRetriever.remove`."""
        self._post("/remove", {"ids": list(ids)}, RequestFiles())
        return self

    # Talking

    def _post(self, path: str, body: dict[str, Any], files: RequestFiles) -> dict[str, Any]:
        given = {name: value for name, value in body.items() if value is not None}
        content, kind = files.encoded(json.dumps(plain(given), allow_nan=False))
        return self._asked("POST", path, content=content, kind=kind)

    def _asked(
        self,
        method: str,
        path: str,
        query: dict[str, Any] | None = None,
        content: bytes | None = None,
        kind: str = "",
    ) -> dict[str, Any]:
        """The JSON of an answer."""
        query = (query or {}) | ({"model": self.model} if self.model else {})
        headers = {"Accept": "application/json"} | ({"Content-Type": kind} if kind else {})
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        address = f"{self._place.path.rstrip('/')}{API}{path}" + (
            f"?{urlencode(query, errors='surrogatepass')}" if query else ""
        )
        try:
            answer, told = self._exchanged(method, address, content, headers)
        except (OSError, http.client.HTTPException) as error:
            raise ServerError(
                0,
                f"{self.url} cannot be reached ({error or type(error).__name__}); is classicxm serve running there?",
            ) from None
        try:
            found = json.loads(told)
        except ValueError:
            raise ServerError(answer.status, f"{self.url} answers {answer.status} with no JSON") from None
        if answer.status == 404 and path.startswith(
            ("/items", "/search", "/recommend", "/explain", "/remove")
        ):
            raise KeyError(found.get("detail", "not found"))
        if answer.status != 200:
            raise ServerError(answer.status, str(found.get("detail", f"answered {answer.status}")))
        return found

    def _exchanged(
        self, method: str, address: str, content: bytes | None, headers: dict[str, str]
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """One request over the thread's connection; one that the server closed meanwhile is opened anew, once."""
        fresh = getattr(self._local, "connection", None) is None
        connection = self._connection()
        try:
            connection.request(method, address, content, headers)
            answer = connection.getresponse()
            return answer, answer.read()
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            self._close()
            if fresh:
                raise
            return self._exchanged(method, address, content, headers)
        except BaseException:
            self._close()
            raise

    def _connection(self) -> http.client.HTTPConnection:
        if getattr(self._local, "connection", None) is None:
            host, port = self._place.hostname or "", self._place.port
            if self._place.scheme == "https":
                context = ssl.create_default_context()
                self._local.connection = http.client.HTTPSConnection(
                    host, port, timeout=self.timeout, context=context
                )
            else:
                self._local.connection = http.client.HTTPConnection(host, port, timeout=self.timeout)
        return self._local.connection

    def _close(self) -> None:
        self._local.connection.close()
        self._local.connection = None


def _hits(answer: dict[str, Any]) -> Hits:
    hits = Hits(Hit(hit["id"], hit["score"], hit["payload"]) for hit in answer["hits"])
    hits.missing = tuple(answer.get("missing", ()))
    return hits
