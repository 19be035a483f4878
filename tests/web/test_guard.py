"""Who is let in, from where, and what answers carry: tokens, names, origins, sizes, times and headers."""

from __future__ import annotations

import asyncio
import socket
import time

import pytest
from fastapi.testclient import TestClient

from classicxm.web import Limits, Settings, create_app
from tests.web.running import running

TOKEN = "correct horse"
PATHS = ("/", "/docs", "/compare", "/openapi.json", "/static/app.js", "/api/v1/health", "/api/v1/metrics")
FOREIGN = ("evil.example:8000", "127.0.0.1.evil.example", "", "localhost@evil", "[::1", "a:b:c", "10.0.0.1")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("host", FOREIGN)
def test_foreign_names_are_refused_everywhere(client, path, host):
    answer = client.get(path, headers={"Host": host})
    assert answer.status_code == 400 and "Host" in answer.text


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]:8000", "localhost."])
def test_names_of_this_machine_are_let_in(client, host):
    assert client.get("/api/v1/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_answers_load_nothing_from_elsewhere_and_allow_nobody(client, path):
    answer = client.get(path, headers={"Origin": "http://evil.example"})
    assert answer.status_code == 200
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'self'" and "unsafe" not in answer.headers["content-security-policy"]
    assert policy["frame-ancestors"] == "'none'" and policy["object-src"] == "'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert "server" not in answer.headers
    if path not in ("/openapi.json",):
        for address in ("https://", "//cdn", "cdn.jsdelivr", "fonts.g"):
            assert address not in answer.text


def test_pages_of_other_sites_cannot_post(client):
    body = {"text": "red", "target": "image"}
    for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        assert client.post("/api/v1/search", json=body, headers=headers).status_code == 403
    own = {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/api/v1/search", json=body, headers=own).status_code == 200


def test_other_addresses_need_a_token():
    for host in ("0.0.0.0", "::", "192.168.1.5", "example.org"):
        with pytest.raises(ValueError, match="token"):
            Settings(host=host)
        assert Settings(host=host, token="x")
    with pytest.raises(ValueError, match="token"):
        Settings(host="0.0.0.0", token="")


def test_a_token_comes_as_a_header_or_once_in_the_address_and_then_as_a_cookie(retriever):
    app = create_app(retriever, Settings(token=TOKEN))
    with TestClient(app, base_url="http://localhost") as client:
        wrong = ("Bearer wrong", f"Basic {TOKEN}", "Bearer é".encode(), TOKEN)
        for headers in (
            *({"Authorization": given} for given in wrong),
            {"Cookie": f"classicxm-token={TOKEN}"},
            {"Cookie": "classicxm-token="},
            {},
        ):
            for path in PATHS:
                assert client.get(path, headers=headers).status_code == 401, (path, headers)
        assert client.get("/api/v1/health", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
        assert client.get("/?token=wrong").status_code == 401
        moved = client.get("/", params={"text": "red", "token": TOKEN}, follow_redirects=False)
        assert moved.status_code == 303 and moved.headers["location"] == "/?text=red"
        cookie = moved.headers["set-cookie"]
        assert "HttpOnly" in cookie and "samesite=strict" in cookie.lower() and TOKEN not in cookie
        page = client.get("/?text=red")
        assert page.status_code == 200 and TOKEN not in page.text
        assert client.post("/api/v1/search", json={"text": "a", "target": "image"}).status_code == 200
        away = client.get("//evil.example/", params={"token": TOKEN}, follow_redirects=False)
        assert not away.headers.get("location", "/").startswith("//")


def test_paths_of_the_machine_stay_on_the_machine(retriever, scenes):
    body = {"text": "red", "target": "image", "k": 1}
    with TestClient(
        create_app(retriever, Settings(host="0.0.0.0", token=TOKEN)), base_url="http://127.0.0.1"
    ) as client:
        answer = client.post("/api/v1/search", json=body, headers={"Authorization": f"Bearer {TOKEN}"})
        assert str(scenes.root) not in answer.text and "images/scene" in answer.text


def test_bodies_are_bounded_announced_or_not(retriever):
    settings = Settings(limits=Limits(bytes=10_000))
    with TestClient(create_app(retriever, settings), base_url="http://localhost") as client:
        many, headers = b"x" * 20_000, {"content-type": "application/json"}
        assert client.post("/api/v1/search", content=many, headers=headers).status_code == 413

        def pieces():
            for _ in range(20):
                yield b"x" * 1000

        for kind in ("application/json", "multipart/form-data; boundary=a"):
            answer = client.post("/api/v1/search", content=pieces(), headers={"content-type": kind})
            assert answer.status_code in (400, 413), answer.text
        assert client.post("/api/v1/search", json={"text": "a", "target": "image"}).status_code == 200
        files = [("files", (f"{n}.png", b"x")) for n in range(9)]
        assert client.post("/api/v1/search", files=files, data={"target": "image"}).status_code == 400


@pytest.mark.slow
def test_a_body_that_does_not_arrive_ends_in_408_and_blocks_nobody(saved):
    with running(saved) as server:
        host, port = server.base.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as slow:
            slow.sendall(
                b"POST /api/v1/search HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                b"Content-Length: 500\r\n\r\n{"
            )
            import httpx

            started = time.perf_counter()
            answer = httpx.post(f"{server.base}/api/v1/search", json={"text": "red", "target": "image"})
            assert answer.status_code == 200 and time.perf_counter() - started < 9


def test_slow_bodies_time_out(retriever):
    app = create_app(retriever, Settings(limits=Limits(seconds=0.05)))
    sent = []

    async def receive():
        await asyncio.sleep(5)

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/api/v1/search", "raw_path": b"/api/v1/search", "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")], "http_version": "1.1",
        "scheme": "http", "server": ("localhost", 80), "client": ("127.0.0.1", 1), "root_path": "",
    }  # fmt: skip
    asyncio.run(asyncio.wait_for(app(scope, receive, send), 4))
    assert sent[0]["status"] == 408
