"""A remote index asks a server's search-by-vectors; here a small one of the standard library stands for it."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from classicxm import persistence
from classicxm.errors import ShardMissingWarning
from classicxm.search import ExactIndex, RemoteIndex, ShardedIndex
from classicxm.search.sharded import place_of

VECTORS = np.random.default_rng(0).normal(size=(30, 4))


class Handler(BaseHTTPRequestHandler):
    index, wrong, asked = None, None, []

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).asked.append((self.path, body, self.headers.get("Authorization")))
        ids, scores = self.index.search(body["vectors"], body["k"], body.get("allowed"))
        results = [
            {
                "hits": [
                    {"id": key, "score": score} for key, score in zip(*row, strict=True) if key is not None
                ]
            }
            for row in zip(ids.tolist(), scores.tolist(), strict=True)
        ]
        self.answered(self.wrong or {"results": results})

    def do_GET(self):
        self.answered({"indexed": {"image": len(self.index)}})

    def answered(self, value):
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(500 if value == b"trouble" else 200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *given):
        pass


@pytest.fixture
def served():
    handler = type("Served", (Handler,), {"index": ExactIndex(), "wrong": None, "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", handler
    server.shutdown()
    server.server_close()


def test_answers_are_the_servers(served):
    url, handler = served
    handler.index.add(VECTORS, [f"i{n}" for n in range(30)])
    remote = RemoteIndex(url, "image", token="open")
    queries = np.random.default_rng(1).normal(size=(250, 4))  # several requests
    found, expected = remote.search(queries, 5), handler.index.search(queries, 5)
    assert found[0].tolist() == expected[0].tolist()
    np.testing.assert_array_equal(found[1], expected[1])
    assert [len(body["vectors"]) for _, body, _ in handler.asked] == [100, 100, 50]
    assert handler.asked[0][0] == "/api/v1/search-by-vectors" and handler.asked[0][2] == "Bearer open"
    assert handler.asked[0][1]["target"] == "image"
    assert remote.search(VECTORS[:1], 3, ["i4"])[0].tolist() == [["i4", None, None]]
    assert len(remote) == 30


def test_it_only_answers(served):
    remote = RemoteIndex(served[0], "image")
    for refused in (
        lambda: remote.add(VECTORS, range(30)),
        lambda: remote.remove([1]),
        remote.ids,
        lambda: 1 in remote,
    ):
        with pytest.raises(TypeError, match="answers searches and cannot"):
            refused()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"results": []}, "in another form"),
        ({"hits": 3}, "in another form"),
        (b"not json", "does not answer search-by-vector"),
        (b"trouble", "answered 500"),
    ],
)
def test_a_server_that_answers_otherwise_is_named(served, wrong, message):
    url, handler = served
    handler.index.add(VECTORS, range(30))
    handler.wrong = wrong
    with pytest.raises(ConnectionError, match=message) as raised:
        RemoteIndex(url, "image").search(VECTORS[:1], 3)
    assert url in str(raised.value)


def test_only_http_is_asked():
    with pytest.raises(ValueError, match="url must be http"):
        RemoteIndex("file:///etc", "image").search(VECTORS[:1], 3)
    with pytest.raises(ConnectionError, match="does not answer"):
        RemoteIndex("http://127.0.0.1:9", "image", timeout=2).search(VECTORS[:1], 3)


def test_the_token_is_not_saved(served, tmp_path):
    persistence.save(RemoteIndex(served[0], "image", token="secret"), tmp_path / "index")
    assert not any(b"secret" in path.read_bytes() for path in (tmp_path / "index").iterdir())
    assert persistence.load(tmp_path / "index").url == served[0]


def test_shards_may_be_servers(served):
    url, handler = served
    ids = [f"i{n}" for n in range(30)]
    far = [n for n, key in enumerate(ids) if place_of(key, 2) == 1]
    near = [n for n in range(30) if n not in far]
    handler.index.add(VECTORS[far], [ids[n] for n in far])
    index = ShardedIndex([ExactIndex().add(VECTORS[near], [ids[n] for n in near]), RemoteIndex(url, "image")])
    one = ExactIndex().add(VECTORS, ids)
    for allowed in (None, ids[:9]):
        found, expected = index.search(VECTORS[:7], 6, allowed), one.search(VECTORS[:7], 6, allowed)
        assert found[0].tolist() == expected[0].tolist()
        np.testing.assert_allclose(found[1], expected[1], atol=1e-12)
    handler.wrong = b"trouble"
    with pytest.warns(ShardMissingWarning, match=r"RemoteIndex http://127.0.0.1:\d+"):
        assert index.search(VECTORS[:1], 3).missing
