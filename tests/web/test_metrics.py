"""What a server counts, as Prometheus reads it."""

import asyncio
import re

import pytest

from classicxm.web.metrics import EDGES, Counted, Metrics


def values(text):
    return {
        re.sub(r'process="\d+",', "", name): float(value)
        for name, value in re.findall(r"^(\S+) (\S+)$", text, re.M)
    }


def test_requests_and_times():
    metrics = Metrics()
    for seconds in (0.001, 0.3, 100.0):
        metrics.count("GET", "/a", 200, seconds)
    metrics.count("POST", '/b"\n', 404, 0.02)
    found = values(metrics.text({"items": {"m": 3.0}}))
    assert found['classicxm_requests_total{method="GET",route="/a",status="200"}'] == 3
    assert found['classicxm_requests_total{method="POST",route="/b\\"\\n",status="404"}'] == 1
    buckets = [
        found[f'classicxm_request_seconds_bucket{{route="/a",le="{edge}"}}'] for edge in (*EDGES, "+Inf")
    ]
    assert buckets == sorted(buckets) and buckets[0] == 1 and buckets[-2:] == [2, 3]
    assert found['classicxm_request_seconds_sum{route="/a"}'] == 100.301 and found['items{model="m"}'] == 3


def test_an_application_is_counted_by_route_whatever_it_does():
    async def app(scope, receive, send):
        if scope["type"] == "http":
            scope["route"] = type("Route", (), {"path": "/items/{key}"})()
            await send({"type": "http.response.start", "status": 201})
            if scope["method"] == "POST":
                raise RuntimeError

    async def run():
        metrics = Metrics()
        counted = Counted(app, metrics)

        async def send(message):
            pass

        for method in ("GET", "BREW"):
            await counted({"type": "http", "method": method}, None, send)
        with pytest.raises(RuntimeError):
            await counted({"type": "http", "method": "POST"}, None, send)
        await counted({"type": "lifespan"}, None, send)
        assert metrics.requests == {
            ("GET", "/items/{key}", 201): 1,
            ("other", "/items/{key}", 201): 1,
            ("POST", "/items/{key}", 201): 1,
        }

    asyncio.run(run())
