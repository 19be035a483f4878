"""A retriever that is served somewhere, with the methods of one that is here."""

from __future__ import annotations

import http.client
import io
import json
import math
import secrets
import ssl
import threading
from collections.abc import Collection, Iterable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import numpy as np

from classicxm.errors import ClassicXMError
from classicxm.media import MODALITIES
from classicxm.retrieval.hits import Hit, Hits

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
    ) -> Hits:
        """As `CrossModalRetriever.search`."""
        files = _Files()
        body = {
            "query": files.examples(query),
            "target": target,
            "k": k,
            "allowed": None if allowed is None else list(allowed),
            "weights": weights,
            "fusion": fusion,
            "unlike": None if unlike is None else files.examples(unlike),
            "filter": where,
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
    ) -> Hits:
        """As `CrossModalRetriever.recommend`."""
        files = _Files()
        body = {
            "history": files.examples(list(history)),
            "target": target,
            "k": k,
            "allowed": None if allowed is None else list(allowed),
            "exclude_seen": exclude_seen,
            "diversity": float(diversity),
            "filter": where,
        }
        return _hits(self._post("/recommend", body, files))

    def annotate(
        self, query: dict, k: int = 10, min_df: int = 2, correction: str | None = None
    ) -> list[tuple[str, float]]:
        """As `CrossModalRetriever.annotate`."""
        files = _Files()
        body = {"query": files.example(query), "k": k, "min_df": min_df, "correction": correction}
        return [(term["term"], term["score"]) for term in self._post("/annotate", body, files)["terms"]]

    def explain(self, query: Any, hit: Any, target: str) -> dict[str, Any]:
        """What `Explanation.to_dict` of `CrossModalRetriever.explain` gives, with ``"found"`` beside it."""
        files = _Files()
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
            files = _Files()
            body = {"query": files.example({modality: item})}
            vectors.append(self._post("/embed", body, files)["vector"])
        return np.array(vectors, np.float64)

    def search_by_vector(
        self, vector: Sequence[float], target: str, k: int = 10, *, where: str | None = None
    ) -> Hits:
        """The best answers to a vector of the common subspace, as `project` of this client or of a model gives it."""
        body = {"vector": np.asarray(vector, np.float64).tolist(), "target": target, "k": k, "filter": where}
        return _hits(self._post("/search-by-vector", body, _Files()))

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
            files = _Files()
            self._post("/add", {"id": key, "item": files.example({modality: item}), "payload": more}, files)
        return self

    def remove(self, ids: Sequence) -> Client:
        """As `CrossModalRetriever.remove`."""
        self._post("/remove", {"ids": list(ids)}, _Files())
        return self

    # Talking

    def _post(self, path: str, body: dict[str, Any], files: _Files) -> dict[str, Any]:
        given = {name: value for name, value in body.items() if value is not None}
        content, kind = files.encoded(json.dumps(_plain(given), allow_nan=False))
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
    return Hits(Hit(hit["id"], hit["score"], hit["payload"]) for hit in answer["hits"])


class _Files:
    """Files of a request, which examples name by their numbers."""

    def __init__(self) -> None:
        self.files: list[tuple[str, bytes]] = []

    def examples(self, query: Any) -> Any:
        """A query of the retriever's own form as JSON values."""
        if isinstance(query, (list, tuple)):
            return [self.example(part) for part in query]
        return self.example(query)

    def example(self, example: Any) -> Any:
        """One id, or one dict whose files are read."""
        if not isinstance(example, dict):
            return _plain(example)
        return {name: self._part(name, item) for name, item in example.items()}

    def _part(self, name: str, item: Any) -> Any:
        if name == "text":
            from classicxm.media.text import decode

            return _plain(item) if isinstance(item, (str, list)) else decode(item)
        if name not in MODALITIES:
            return float(item) if name == "weight" else _plain(item)
        self.files.append(_encoded(name, item))
        return len(self.files) - 1

    def encoded(self, request: str) -> tuple[bytes, str]:
        """The body and its type: JSON where no file is sent, a form otherwise."""
        if not self.files:
            return request.encode(), "application/json"
        boundary = secrets.token_hex(16)
        stream = io.BytesIO()
        stream.write(
            f'--{boundary}\r\nContent-Disposition: form-data; name="request"\r\n\r\n{request}\r\n'.encode()
        )
        for name, content in self.files:
            shown = (
                "".join(c if c.isalnum() or c in "._-" else "_" for c in name)
                .encode("ascii", "replace")
                .decode()
            )
            shown = shown.replace("?", "_")
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{shown}"\r\n'
            stream.write(
                head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + content + b"\r\n"
            )
        stream.write(f"--{boundary}--\r\n".encode())
        return stream.getvalue(), f"multipart/form-data; boundary={boundary}"


def _encoded(modality: str, item: Any) -> tuple[str, bytes]:
    """A file's name and bytes; decoded pictures and sounds become PNG and float WAV files without loss."""
    if isinstance(item, bytes):
        return modality, item
    if isinstance(item, (str, PathLike)):
        from classicxm.media.contents import contents

        return Path(item).name, contents(item)[1]
    if modality == "image" and isinstance(item, np.ndarray):
        import cv2

        from classicxm.media.image import as_rgb

        return "array.png", cv2.imencode(".png", np.ascontiguousarray(as_rgb(item)[..., ::-1]))[1].tobytes()
    if modality == "audio":
        import soundfile

        from classicxm.media.audio import decode

        sound, stream = decode(item), io.BytesIO()
        soundfile.write(stream, sound.samples, sound.sample_rate, format="WAV", subtype="FLOAT")
        return "samples.wav", stream.getvalue()
    raise TypeError(f"{modality}: give a path or bytes, got {type(item).__name__}")


def _plain(value: Any) -> Any:
    """NumPy's numbers and arrays as Python's, so that JSON takes them."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"JSON has no {value}; give a finite number")
    return value
